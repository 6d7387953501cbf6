"""The tab: where to begin, the steps as a form, and what came of them."""

from __future__ import annotations

import json
import zipfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins import Recipe, Tool, list_recipes, name_results, parse_recipe, read_recipe, usable_tools
from sam import Cancelled, Image, Masks, ModelUnavailable, PromptError, SamError, read_image

from .draft import (
    add_step,
    describe,
    drop_step,
    fill_in,
    judge,
    move_step,
    read_upload,
    title,
    to_draft,
    to_recipe,
    with_fields,
)
from .form import make_field
from .results import as_file, in_words, look, plain, run_one

if TYPE_CHECKING:
    from plugins import Page

MOST_PHOTOS = 100

HELP = """
Steps to repeat on other photos. Begin with what you did to this one, or with a ready-made recipe.
"""
# What is pressed while the steps are made anew would mean steps that are gone by then.
HOLD = """(...values) => {
    for (const one of document.querySelectorAll(".recipes-step, #recipes-add")) {
        one.inert = true;
        setTimeout(() => { one.inert = false; }, 3000);
    }
    return values;
}"""
SAVE = """(text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}"""


def build_tab(page: Page) -> None:
    """Where to begin, the steps, whether they fit together, and what came of them."""
    import gradio as gr

    from sam.cli.tool_commands import read_docstring

    host = page.host
    ready = [(read_recipe(name).name, name) for name in list_recipes()]

    gr.Markdown(HELP)
    begin = gr.Dropdown(ready, value=None, label="Ready-made recipes", elem_id="recipes-ready")
    with gr.Row(elem_classes="recipes-pair"):
        did = gr.Button("What I did", min_width=120)
        opened = gr.UploadButton("Open a file", file_types=[".json"], min_width=120, elem_id="recipes-open")
    shown = gr.State(to_draft(Recipe("My recipe", ())))
    draft = gr.State({})
    kept = gr.State({})
    saved = gr.Textbox(visible="hidden", label="Recipe as JSON")
    name_of_file = gr.Textbox("recipe.json", visible="hidden", label="Name of the file")

    def choose(name: str, shown: dict) -> dict:
        return to_draft(read_recipe(name), before=shown) if name else shown

    def load(path: str, shown: dict) -> dict:
        return to_draft(parse_recipe(read_upload(path)), before=shown)

    def take(port: dict, shown: dict) -> dict:
        steps, notes = page.history()
        if not steps and not notes:
            raise PromptError(
                "Nothing was done to this photo with a tool yet: find its subject, cut it out, erase something."
            )
        return to_draft(Recipe("What I did", tuple(steps)), notes, shown)

    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    begin.select(page.run(choose), [begin, shown], shown, **quick)
    opened.upload(page.run(load), [opened, shown], shown, **quick)
    did.click(page.run(take), [page.image, shown], shown, **quick)

    def tell_of(count: int, at: int = 0, of: int = 1, name: str = "") -> Any:
        def tell(number: int, tool: Tool) -> None:
            page.progress((at + number / count) / of, f"{name}{title(tool.name)}")

        return tell

    def finish(value: Any, kind: Any, recipe: Recipe, image: Image) -> tuple[Any, ...]:
        """What the outputs become after a run on the stage's photo."""
        data, ending = as_file(value, kind)
        path = page.download(data, f"result{ending}")
        for step in recipe.steps:
            page.record(step.tool, step.options)
        picture = look(value, image)
        fits = kind == Image and value.shape == image.shape
        keep = {"path": path, "steps": recipe.to_json()["steps"]} if fits else {}
        return (
            f"Made {in_words(value)}.",
            gr.update(value=[] if picture is None else [picture], visible=picture is not None),
            gr.update(value=path, interactive=True, visible=True),
            gr.update(visible=fits),
            keep,
            value if isinstance(value, Masks) else gr.skip(),
        )

    def run_here(image: Image, draft: dict) -> Any:
        recipe = read_draft(draft)
        value, kind = run_one(recipe, host, {"image": image}, tell_of(len(recipe.steps)))
        return finish(value, kind, recipe, image)

    def run_on_objects(image: Image, masks: Masks, draft: dict) -> Any:
        recipe = read_draft(draft)
        value, kind = run_one(recipe, host, {"image": image, "masks": masks}, tell_of(len(recipe.steps)))
        return finish(value, kind, recipe, image)

    def run_others(port: dict, files: list, draft: dict) -> Any:
        recipe = read_draft(draft)
        paths = [Path(file) for file in files or []]
        if not 1 <= len(paths) <= MOST_PHOTOS:
            raise PromptError(f"Choose 1 to {MOST_PHOTOS} photos, got {len(paths)}. For more, use python -m sam run.")
        pictures, lines = [], []
        archive = Path(page.download(b"", "results.zip"))
        single, ending = "", ".png"
        with zipfile.ZipFile(archive, "w") as results:
            for at, path in enumerate(paths):
                page.progress(at / len(paths), path.name)
                try:
                    image = read_image(path)
                    tell = tell_of(len(recipe.steps), at, len(paths), f"{path.name}: ")
                    value, kind = run_one(recipe, host, {"image": image}, tell)
                    data, ending = as_file(value, kind)
                except (Cancelled, ModelUnavailable):
                    raise
                except SamError as error:
                    if len(paths) == 1:
                        raise
                    lines.append(f"- **{plain(path.name)}**: {plain(str(error))}")
                    continue
                except Exception as error:  # a tool's own mistake with one photo must not cost the others
                    if len(paths) == 1:
                        raise
                    lines.append(f"- **{plain(path.name)}**: the recipe failed ({type(error).__name__}).")
                    continue
                name = name_results(paths, ending)[at]
                results.writestr(name, data)
                single = page.download(data, name) if len(paths) == 1 else ""
                picture = look(value, image)
                if picture is not None:
                    pictures.append((picture, path.name))
        done = len(paths) - len(lines)
        said = f"{done} of {len(paths)} photos done." + ("\n\nNot done:\n\n" + "\n".join(lines) if lines else "")
        return (
            said,
            gr.update(value=pictures, visible=bool(pictures)),
            gr.update(value=(single or str(archive)) if done else None, interactive=bool(done), visible=bool(done)),
            gr.update(visible=False),
            {},
        )

    def read_draft(draft: dict) -> Recipe:
        values = {(index, name): value for index, name, value in draft["fields"]}
        recipe = with_fields(to_recipe(draft), host, draft["name"], values)
        if not recipe.steps:
            raise PromptError("This recipe has no steps yet: add one first.")
        return recipe

    def put_on_stage(image: Image, kept: dict) -> Any:
        if not kept:
            raise PromptError("Run the recipe on this photo first.")
        for step in kept["steps"]:
            page.record(step["tool"], step.get("options", {}))
        return page.new_image(read_image(kept["path"])), gr.update(visible=False)

    def as_text(draft: dict) -> Any:
        recipe = read_draft(draft)
        slug = "".join(char if char.isalnum() else "-" for char in recipe.name.lower()).strip("-")
        return json.dumps(recipe.to_json(), indent=2, ensure_ascii=False) + "\n", f"{slug or 'recipe'}.json"

    @gr.render(inputs=shown, show_progress="hidden")
    def show(shown: dict) -> None:
        recipe = fill_in(to_recipe(shown), host)
        verdict = judge(recipe, host)
        name = gr.Textbox(recipe.name, label="Name", max_lines=1, interactive=True, elem_id="recipes-name")
        fields: list[tuple[int, str, Any]] = []
        edits: list[tuple[Any, Any]] = []
        for index, step in enumerate(recipe.steps):
            with gr.Column(elem_classes="recipes-step"):
                with gr.Row(elem_classes="recipes-head"):
                    tool = host.tools.get(step.tool)
                    flow = describe(tool) if tool else "not here"
                    gr.HTML(
                        f"<b>{index + 1}. {escape(title(step.tool))}</b><span>{escape(flow)}</span>",
                        elem_classes="recipes-title",
                    )
                    for sign, change in (
                        ("↑", lambda recipe, index=index: move_step(recipe, index, -1)),
                        ("↓", lambda recipe, index=index: move_step(recipe, index, 1)),
                        ("✕", lambda recipe, index=index: drop_step(recipe, index)),
                    ):
                        able = not (sign == "↑" and index == 0) and not (sign == "↓" and index == len(recipe.steps) - 1)
                        edits.append((gr.Button(sign, size="sm", interactive=able).click, change))
                if tool is None:
                    continue
                words = read_docstring(tool.doc)[1]
                settings = tool.settings
                for option in settings:
                    if option in tool.inputs:
                        fields.append((index, option, make_field(settings[option], step.options[option], "")))
                if tool.options:
                    with gr.Accordion("Options", open=False, elem_classes="recipes-options"):
                        for option, known in tool.options.items():
                            value = step.options.get(option, known.default)
                            made = make_field(known, value, words.get(option, ""))
                            fields.append((index, option, made))
        choices = [(f"{title(tool.name)}: {describe(tool)}", tool.name) for tool in usable_tools(host)]
        more = gr.Dropdown(choices, value=None, label="Add a step", interactive=True, elem_id="recipes-add")
        gr.HTML(f"<div class='recipes-verdict' role='status' data-state='{verdict.state}'>{escape(verdict.text)}</div>")
        if shown["notes"]:
            notes = "".join(f"<li>{escape(note)}</li>" for note in shown["notes"])
            gr.HTML(f"<div class='recipes-notes'>Of what you did, this is left out:<ul>{notes}</ul></div>")
        components = [component for _, _, component in fields]

        def collect(shown: dict, name: str, *values: Any) -> dict:
            rows = [[index, option, value] for (index, option, _), value in zip(fields, values)]
            return {**shown, "name": name, "fields": rows}

        def changed(change: Any) -> Any:
            def apply(shown: dict, name: str, *values: Any) -> dict:
                given = {(index, option): value for (index, option, _), value in zip(fields, values)}
                try:
                    recipe = with_fields(to_recipe(shown), host, name, given)
                except SamError as error:
                    raise gr.Error(plain(str(error)), print_exception=False) from error
                return to_draft(change(recipe), shown["notes"], shown)

            return apply

        inputs = [shown_state, name, *components]
        for event, change in edits:
            event(changed(change), inputs, shown_state, js=HOLD, **quick)

        def add(shown: dict, tool: str, name: str, *values: Any) -> dict:
            return changed(lambda recipe: add_step(recipe, host.tools[tool]))(shown, name, *values)

        more.select(add, [shown_state, more, name, *components], shown_state, js=HOLD, **quick)
        if verdict.state in ("ready", "here"):
            with gr.Row(elem_classes="recipes-pair"):
                here = gr.Button("Run on this photo", variant="primary", min_width=130)
                if verdict.state == "ready":
                    others = gr.UploadButton(
                        "On other photos",
                        file_count="multiple",
                        file_types=["image"],
                        min_width=130,
                        type="filepath",
                    )
            on_objects = verdict.state == "here"
            picture = [page.image, page.objects] if on_objects else [page.image]
            chosen = here.click(collect, inputs, draft, **quick)
            chosen.success(
                page.run(run_on_objects if on_objects else run_here),
                [*picture, draft],
                [report, gallery, download, put, kept, page.objects],
                concurrency_id="gpu",
                api_visibility="private",
            )
            if not on_objects:
                chosen = others.upload(collect, inputs, draft, **quick)
                chosen.success(
                    page.run(run_others),
                    [page.image, others, draft],
                    [report, gallery, download, put, kept],
                    concurrency_id="gpu",
                    api_visibility="private",
                )
        if recipe.steps:
            save = gr.Button("Save this recipe", elem_id="recipes-save")
            chosen = save.click(collect, inputs, draft, **quick)
            chosen = chosen.success(page.run(as_text), [draft], [saved, name_of_file], **quick)
            chosen.success(None, [saved, name_of_file], None, js=SAVE, **quick)

    shown_state = shown
    report = gr.Markdown("", elem_id="recipes-report")
    gallery = gr.Gallery(
        label="Results",
        columns=2,
        height="auto",
        interactive=False,
        buttons=["fullscreen"],
        visible=False,
        elem_id="recipes-results",
        format="png",
        object_fit="contain",
    )
    with gr.Row(elem_classes="recipes-pair"):
        put = gr.Button("Put it on the stage", visible=False, min_width=130)
        download = gr.DownloadButton("Download", visible=False, min_width=130, elem_id="recipes-download")
    put.click(page.run(put_on_stage), [page.image, kept], [page.image, put], concurrency_id="gpu")
