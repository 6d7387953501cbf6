"""What the tab's buttons do: begin, run here, run on other photos, put on the stage, save."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins import Chain, Recipe, Tool, name_results, parse_recipe, read_recipe, title
from sam import Cancelled, Image, Masks, ModelUnavailable, PromptError, SamError, read_image

from .draft import read_upload, to_draft, to_recipe, with_fields
from .results import as_file, check_chain, in_words, look, plain, run_chain

if TYPE_CHECKING:
    from plugins import Page

MOST_PHOTOS = 100
Tell = Callable[[int, Tool], None]


@dataclass
class Batch:
    """Results of several photos, as they are collected.

    Attributes:
        paths: of the photos.
        pictures: small ones, each with the name of its photo.
        failed: a line for each photo that could not be used.
    """

    paths: list[Path]
    pictures: list[tuple[Any, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def alone(self) -> bool:
        """Whether there is one photo only, whose error is the error."""
        return len(self.paths) == 1

    def fail(self, path: Path, why: str) -> None:
        """Go on without this photo."""
        self.failed.append(f"- **{plain(path.name)}**: {why}")

    @property
    def done(self) -> int:
        """Photos that have a result."""
        return len(self.paths) - len(self.failed)

    def report(self) -> str:
        """For people, as Markdown."""
        lines = "\n\nNot done:\n\n" + "\n".join(self.failed) if self.failed else ""
        return f"{self.done} of {len(self.paths)} photos done.{lines}"


@dataclass(frozen=True)
class Handlers:
    """For `page.run`."""

    page: Page

    def choose(self, name: str, shown: dict) -> dict:
        """A ready-made recipe."""
        return to_draft(read_recipe(name), before=shown) if name else shown

    def load(self, path: str, shown: dict) -> dict:
        """A visitor's file."""
        return to_draft(parse_recipe(read_upload(path)), before=shown)

    def take(self, port: dict, shown: dict) -> dict:
        """What was done to this photo."""
        steps, notes = self.page.history()
        if not steps and not notes:
            raise PromptError(
                "Nothing was done to this photo with a tool yet: find its subject, cut it out, erase something."
            )
        return to_draft(Recipe("What I did", tuple(steps)), notes, shown)

    def run_here(self, image: Image, draft: dict) -> Any:
        """On the stage's photo."""
        return self.run(draft, {"image": image})

    def run_on_objects(self, image: Image, masks: Masks, draft: dict) -> Any:
        """On the stage's photo and the objects that are selected there."""
        return self.run(draft, {"image": image, "masks": masks})

    def run(self, draft: dict, data: dict[str, Any]) -> tuple[Any, ...]:
        """What the outputs become after a run on the stage's photo."""
        import gradio as gr

        recipe = self.read_draft(draft)
        chain = check_chain(recipe, self.page.host, data)
        value, kind = run_chain(chain, data, self.tell_of(chain))
        content, ending = as_file(value, kind)
        path = self.page.download(content, f"result{ending}")
        for step in recipe.steps:
            self.page.record(step.tool, step.options)
        picture = look(value, data["image"])
        fits = kind == Image and value.shape == data["image"].shape
        keep = {"path": path, "steps": recipe.to_json()["steps"]} if fits else {}
        return (
            f"Made {in_words(value)}.",
            gr.update(value=[] if picture is None else [picture], visible=picture is not None),
            gr.update(value=path, interactive=True, visible=True),
            gr.update(visible=fits),
            keep,
            value if isinstance(value, Masks) else gr.skip(),
        )

    def run_others(self, port: dict, files: list, draft: dict) -> Any:
        """On a visitor's other photos; the chain is made once."""
        import gradio as gr

        paths = [Path(file) for file in files or []]
        if not 1 <= len(paths) <= MOST_PHOTOS:
            raise PromptError(f"Choose 1 to {MOST_PHOTOS} photos, got {len(paths)}. For more, use python -m sam run.")
        chain = check_chain(self.read_draft(draft), self.page.host, {"image": None})
        batch, single = Batch(paths), ""
        archive = Path(self.page.download(b"", "results.zip"))
        with zipfile.ZipFile(archive, "w") as results:
            for at in range(len(paths)):
                made = self.run_other(chain, batch, at)
                if made is not None:
                    data, ending = made
                    name = name_results(paths, ending)[at]
                    results.writestr(name, data)
                    single = self.page.download(data, name) if batch.alone else ""
        there = bool(batch.done)
        return (
            batch.report(),
            gr.update(value=batch.pictures, visible=bool(batch.pictures)),
            gr.update(value=(single or str(archive)) if there else None, interactive=there, visible=there),
            gr.update(visible=False),
            {},
        )

    def run_other(self, chain: Chain, batch: Batch, at: int) -> tuple[bytes, str] | None:
        """One photo's result as (bytes, ending); None where it could not be used and the others go on."""
        path = batch.paths[at]
        self.page.progress(at / len(batch.paths), path.name)
        try:
            image = read_image(path)
            tell = self.tell_of(chain, at, len(batch.paths), f"{path.name}: ")
            value, kind = run_chain(chain, {"image": image}, tell)
            made = as_file(value, kind)
        except (Cancelled, ModelUnavailable):
            raise
        except SamError as error:
            if batch.alone:
                raise
            batch.fail(path, plain(str(error)))
            return None
        except Exception as error:  # a tool's own mistake with one photo must not cost the others
            if batch.alone:
                raise
            batch.fail(path, f"the recipe failed ({type(error).__name__}).")
            return None
        picture = look(value, image)
        if picture is not None:
            batch.pictures.append((picture, path.name))
        return made

    def tell_of(self, chain: Chain, at: int = 0, of: int = 1, name: str = "") -> Tell:
        """What says how far a run is: of one photo, or of several."""

        def tell(number: int, tool: Tool) -> None:
            self.page.progress((at + number / len(chain.tools)) / of, f"{name}{title(tool.name)}")

        return tell

    def put_on_stage(self, image: Image, kept: dict) -> Any:
        """The last result becomes the photo."""
        import gradio as gr

        if not kept:
            raise PromptError("Run the recipe on this photo first.")
        for step in kept["steps"]:
            self.page.record(step["tool"], step.get("options", {}))
        return self.page.new_image(read_image(kept["path"])), gr.update(visible=False)

    def as_text(self, draft: dict) -> Any:
        """(JSON, name of its file)."""
        recipe = self.read_draft(draft)
        slug = "".join(char if char.isalnum() else "-" for char in recipe.name.lower()).strip("-")
        return json.dumps(recipe.to_json(), indent=2, ensure_ascii=False) + "\n", f"{slug or 'recipe'}.json"

    def read_draft(self, draft: dict) -> Recipe:
        """The recipe as the form has it.

        Raises:
            PromptError: it has no steps.
        """
        values = {(index, name): value for index, name, value in draft["fields"]}
        recipe = with_fields(to_recipe(draft), self.page.host, draft["name"], values)
        if not recipe.steps:
            raise PromptError("This recipe has no steps yet: add one first.")
        return recipe
