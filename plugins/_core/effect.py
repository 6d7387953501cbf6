"""A whole tab for a tool that changes the photo where the objects are: a field an option, a button, the stage."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from .form import make_field
from .tool import read_signature

if TYPE_CHECKING:
    from .page import Page


def effect_tab(page: Page, tool: Callable[..., Any], *, button: str, title: str, **looks: Mapping[str, Any]) -> None:
    """The tab of a tool image + masks -> image: its options as fields, and its result on the stage, applied or not.

    Args:
        page: what `build_tab` is given.
        tool: as `host.add_tool` takes it.
        button: what it is called to, such as "Blur the background".
        title: what the result is, such as "Background blurred".
        looks: by an option's name, arguments of its field such as a `label`; see `make_field`.

    Raises:
        PluginError: the function is no tool, or looks name an option that it has not.
    """
    import gradio as gr

    from .tool import PluginError

    _, options, _ = read_signature(tool)
    unknown = sorted(set(looks) - set(options))
    if unknown:
        raise PluginError(f"{tool.__name__} has no option {unknown[0]!r}. It has: {', '.join(options) or 'none'}.")
    fields = [make_field(option, **looks.get(name, {})) for name, option in options.items()]

    def apply(image: Any, masks: Any, **chosen: Any) -> dict[str, Any]:
        page.record(tool.__name__, chosen)
        return page.show(tool(image, masks, **chosen), title=title)

    # `page.run` fills parameters by the signature; it is the tool's.
    hints = get_type_hints(tool, include_extras=True) | {"return": dict}
    apply.__annotations__ = hints
    apply.__signature__ = inspect.signature(tool).replace(return_annotation=dict)  # type: ignore[attr-defined]
    gr.Button(button, variant="primary").click(page.run(apply), [page.image, page.objects, *fields], page.result)
