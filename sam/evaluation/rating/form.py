"""The form as one HTML file that needs nothing else: opened in any browser, offline, keys 1 to 9 and 0."""

from __future__ import annotations

from pathlib import Path

from .study import Study

TEMPLATE = Path(__file__).with_name("form.html.jinja")
GUIDE = (
    ("1", "No object at all."),
    ("2-4", "Huge errors: a large part is missing, or much else is in it."),
    ("5-6", "The object is there; the outline is wrong in places."),
    ("7-9", "Small errors along the outline."),
    ("10", "Nothing to correct."),
)
"""What the numbers mean, by the paper's guide to raters (appendix E)."""


def as_form(study: Study) -> str:
    """The page; it holds no name of a model."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    items = [{"id": one.id, "picture": one.picture, "mask": one.mask, "click": one.click} for one in study.items]
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(
        data={"study": study.id, "pictures": study.pictures, "items": items}, guide=GUIDE
    )
