"""Form fields of settings, made from their declarations: label, choices, range and words stand there once."""

from __future__ import annotations

from typing import Any

from sam.options import slider_step

from .tool import Option

_LONGEST_SLIDER = 1000
"""Steps; beyond that a number is typed."""


def title(name: str) -> str:
    """A name for people: "find_subject" -> "Find subject"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def make_field(option: Option, value: Any = ..., words: str = "", **look: Any) -> Any:
    """The form field of an option, from its type and range.

    Args:
        option: one of `Tool.settings`, or of `sam.options.read_options`.
        value: that it has now; default: the option's own.
        words: about it; default: the option's `help`, which a docstring's words stand in for.
        look: further arguments of the component, such as another `label`.
    """
    import gradio as gr

    author = option.default
    value = author if value is ... else value
    words = words or option.help
    # What is made after the page has loaded is for reading only unless it says so.
    about: dict[str, Any] = {
        "label": title(option.name),
        "info": words[:1].upper() + words[1:] or None,
        "interactive": True,
        **look,
    }
    if option.task and not option.choices:
        return gr.Dropdown(_models_for(option.task, author, value), value=value, **about)
    if option.choices:
        empty = [("none", None)] if option.optional else []
        choices = about.pop("choices", [(title(str(choice)), choice) for choice in option.choices])
        return gr.Dropdown(empty + choices, value=value, **about)
    if option.type is bool:
        return gr.Checkbox(bool(value), **about)
    if option.type is str:
        if isinstance(author, str) and author.startswith("#") and len(author) == 7:
            return gr.ColorPicker(value, **about)
        return gr.Textbox(value or "", **about)
    return _number(option, value, about)


def _number(option: Option, value: Any, about: dict[str, Any]) -> Any:
    """A slider over a range that one can slide over, else a number to type."""
    import gradio as gr

    whole = option.type is int
    within = option.within
    if within is None:
        return gr.Number(value, precision=0 if whole else None, **about)
    step = about.pop("step", slider_step(option))
    low, high = about.pop("minimum", within.low), about.pop("maximum", within.usual or within.high)
    if (high - low) / step > _LONGEST_SLIDER or value is None:
        return gr.Number(value, precision=0 if whole else None, minimum=within.low, maximum=within.high, **about)
    return gr.Slider(low, max(high, value), value=value, step=step, **about)


def _models_for(task: str, *more: Any) -> list[Any]:
    from sam import list_models

    names = [spec.name for spec in list_models() if task in spec.tasks]
    return list(dict.fromkeys([*more[:1], *names, *more[1:]]))
