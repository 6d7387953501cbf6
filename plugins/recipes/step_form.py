"""The form of one draft: its name, a card for each step with the fields of its options, and a step to add."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import Any

from plugins import Host, Recipe, Step, Tool, make_field, title, usable_tools
from sam import SamError
from sam.cli.tool_commands import read_docstring

from .draft import (
    Verdict,
    add_step,
    describe,
    drop_step,
    fill_in,
    judge,
    move_step,
    to_draft,
    to_recipe,
    with_fields,
)
from .results import plain

# What is pressed while the steps are made anew would mean steps that are gone by then.
HOLD = """(...values) => {
    for (const one of document.querySelectorAll(".recipes-step, #recipes-add")) {
        one.inert = true;
        setTimeout(() => { one.inert = false; }, 3000);
    }
    return values;
}"""
Change = Callable[[Recipe], Recipe]


@dataclass
class StepForm:
    """Made inside `gr.render`, anew whenever the draft is another.

    Attributes:
        host: with the tools.
        shown: the draft.
        fields: (index of the step, option, its field), in the order of the page.
        edits: (event of a button, what it does to the recipe).
    """

    host: Host
    shown: Mapping[str, Any]
    fields: list[tuple[int, str, Any]] = field(default_factory=list)
    edits: list[tuple[Any, Change]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recipe = fill_in(to_recipe(self.shown), self.host)
        self.verdict: Verdict = judge(self.recipe, self.host)

    def build(self) -> None:
        """All of it, into the current block."""
        import gradio as gr

        self.name = gr.Textbox(self.recipe.name, label="Name", max_lines=1, interactive=True, elem_id="recipes-name")
        for index, step in enumerate(self.recipe.steps):
            with gr.Column(elem_classes="recipes-step"):
                self.build_head(index, step)
                if step.tool in self.host.tools:
                    self.build_fields(index, step, self.host.tools[step.tool])
        choices = [(f"{title(tool.name)}: {describe(tool)}", tool.name) for tool in usable_tools(self.host)]
        self.more = gr.Dropdown(choices, value=None, label="Add a step", interactive=True, elem_id="recipes-add")
        state, text = self.verdict.state, escape(self.verdict.text)
        gr.HTML(f"<div class='recipes-verdict' role='status' data-state='{state}'>{text}</div>")
        if self.shown["notes"]:
            notes = "".join(f"<li>{escape(note)}</li>" for note in self.shown["notes"])
            gr.HTML(f"<div class='recipes-notes'>Of what you did, this is left out:<ul>{notes}</ul></div>")

    def build_head(self, index: int, step: Step) -> None:
        """Number, name and buttons of a step."""
        import gradio as gr

        tool = self.host.tools.get(step.tool)
        flow = describe(tool) if tool else "not here"
        last = len(self.recipe.steps) - 1
        changes: list[tuple[str, bool, Change]] = [
            ("↑", index > 0, partial(move_step, index=index, by=-1)),
            ("↓", index < last, partial(move_step, index=index, by=1)),
            ("✕", True, partial(drop_step, index=index)),
        ]
        with gr.Row(elem_classes="recipes-head"):
            words = f"<b>{index + 1}. {escape(title(step.tool))}</b><span>{escape(flow)}</span>"
            gr.HTML(words, elem_classes="recipes-title")
            for sign, able, change in changes:
                self.edits.append((gr.Button(sign, size="sm", interactive=able).click, change))

    def build_fields(self, index: int, step: Step, tool: Tool) -> None:
        """Text and numbers that the tool takes as data, and its options folded away."""
        import gradio as gr

        words = read_docstring(tool.doc)[1]
        for name, option in tool.settings.items():
            if name in tool.inputs:
                self.fields.append((index, name, make_field(option, step.options[name])))
        if not tool.options:
            return
        with gr.Accordion("Options", open=False, elem_classes="recipes-options"):
            for name, option in tool.options.items():
                value = step.options.get(name, option.default)
                self.fields.append((index, name, make_field(option, value, words.get(name, ""))))

    @property
    def components(self) -> list[Any]:
        """The name, then the fields: what `collect` is given after the draft."""
        return [self.name, *(component for _, _, component in self.fields)]

    def collect(self, shown: dict, name: str, *values: Any) -> dict:
        """The draft with what is in the fields."""
        rows = [[index, option, value] for (index, option, _), value in zip(self.fields, values)]
        return {**shown, "name": name, "fields": rows}

    def changed(self, change: Change, shown: dict, name: str, *values: Any) -> dict:
        """The draft after a change to the recipe that is in the fields.

        Raises:
            gr.Error: a field has a value that its option does not accept.
        """
        import gradio as gr

        given = {(index, option): value for (index, option, _), value in zip(self.fields, values)}
        try:
            recipe = with_fields(to_recipe(shown), self.host, name, given)
        except SamError as error:
            raise gr.Error(plain(str(error)), print_exception=False) from error
        return to_draft(change(recipe), shown["notes"], shown)

    def added(self, shown: dict, tool: str, name: str, *values: Any) -> dict:
        """The draft with one more step."""
        return self.changed(lambda recipe: add_step(recipe, self.host.tools[tool]), shown, name, *values)

    def wire(self, state: Any, **quick: Any) -> None:
        """Its buttons write a new draft into `state`."""
        for event, change in self.edits:
            event(partial(self.changed, change), [state, *self.components], state, js=HOLD, **quick)
        self.more.select(self.added, [state, self.more, *self.components], state, js=HOLD, **quick)
