"""The tab: begin, change, run here and on other photos, put on the stage, save, open."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import skimage.data
from PIL import Image as Pil

from plugins import Recipe, Step, read_recipe
from plugins.blur_background import blur_background
from plugins.recipes.draft import to_draft, to_recipe
from plugins.recipes.tab import build_tab
from plugins.subject import find_subject
from sam import Image, Masks, PromptError, SamError
from sam.permits import Permit, acting_for

BLUR = Recipe("Blur", (Step("find_subject"), Step("blur_background", {"blur": 1.0})))


class Tab:
    """The tab with one visitor, and the form of one draft in it."""

    def __init__(self, visitor: Any) -> None:
        self.visitor = visitor.build(build_tab)
        visitor.download = self.download
        self.shown, self.draft, self.kept = (
            block for block in visitor.blocks.blocks.values() if isinstance(block, gr.State) and block not in self.doors
        )
        self.values: dict[Any, Any] = {}

    @property
    def doors(self) -> tuple:
        visitor = self.visitor
        return visitor.image, visitor.objects, visitor.model, visitor.prompt, visitor.result

    def download(self, value: Any, name: str) -> str:
        path = self.visitor.folder / name
        path.write_bytes(value)
        return str(path)

    def show(self, recipe: Recipe, notes: list[str] | None = None) -> Tab:
        """Make the form, as Gradio does when the draft changes."""
        draft = to_draft(recipe, notes or [])
        blocks = self.visitor.blocks
        before = set(blocks.blocks)
        with blocks:
            blocks.renderables[0].fn(draft)
        self.form = [block for key, block in blocks.blocks.items() if key not in before]
        self.values = {self.shown: draft}
        return self

    def find(self, words: str, which: int = 0) -> Any:
        """A component of the form."""
        return [b for b in self.form if words in (getattr(b, "label", 0), getattr(b, "value", 0))][which]

    def fire(self, event: str, component: Any, **values: Any) -> dict[Any, Any]:
        return self.visitor.fire(event, component, {**self.values, **values})

    def edit(self, component: Any, event: str = "click") -> list[str]:
        """The tools after a change."""
        return [step.tool for step in to_recipe(self.fire(event, component)[self.shown]).steps]

    def run(self, words: str, event: str = "click") -> dict[Any, Any]:
        """Press a button whose work comes in two parts: what is in the form, then the run."""
        button = self.find(words)
        outputs = self.fire(event, button)
        self.values[self.draft] = outputs[self.draft]
        blocks = self.visitor.blocks
        (first,) = (fn for fn in blocks.fns.values() if (button._id, event) in fn.targets)
        (second,) = (fn for fn in blocks.fns.values() if fn.trigger_after == first._id)
        results = second.fn(*[self.values.get(one, one.value) for one in second.inputs])
        return dict(zip(second.outputs, results))


@pytest.fixture
def tab(visitor) -> Tab:
    return Tab(visitor)


@pytest.fixture
def photo():
    return np.ascontiguousarray(skimage.data.chelsea()[::3, ::3])


def result(outputs: dict[Any, Any], kind: type) -> Any:
    (found,) = (value for block, value in outputs.items() if type(block) is kind)
    return found


def test_begin_with_a_ready_made_one_a_file_or_what_was_done(tab, tmp_path):
    visitor = tab.visitor
    begin = visitor.find("Ready-made recipes")
    made = visitor.fire("select", begin, {begin: "blur-the-background"})[tab.shown]
    assert to_recipe(made) == read_recipe("blur-the-background")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(BLUR.to_json()))
    opened = visitor.find("Open a file")
    assert to_recipe(visitor.fire("upload", opened, {opened: str(file)})[tab.shown]) == BLUR
    file.write_text("{}")
    with pytest.raises(SamError, match="not a recipe"):
        visitor.fire("upload", opened, {opened: str(file)})
    with pytest.raises(PromptError, match="Nothing was done to this photo"):
        visitor.fire("click", visitor.find("What I did"), {})
    visitor.past = (Step("matte"),), ("A click cannot be repeated.",)
    taken = visitor.fire("click", visitor.find("What I did"), {})[tab.shown]
    assert (to_recipe(taken).steps, taken["notes"]) == ((Step("matte"),), ["A click cannot be repeated."])


def test_the_form_shows_steps_options_notes_and_whether_it_fits(tab):
    tab.show(BLUR, ["<b>Not</b> repeated."])
    words = " ".join(str(block.value) for block in tab.form if isinstance(block, gr.HTML))
    assert "1. Find subject" in words
    assert "photo, objects → photo" in words
    assert "data-state='ready'" in words
    assert "&lt;b&gt;Not&lt;/b&gt; repeated." in words
    assert (tab.find("Blur").value, tab.find("Falloff").value) == ("Blur", True)
    assert tab.find("Blur", 1).value == 1.0
    tab.show(Recipe("x", (Step("text_to_things", {}, "gone"),)))
    assert "not here" in str([block.value for block in tab.form if isinstance(block, gr.HTML)])
    assert not [block for block in tab.form if block.__class__ is gr.Button and "Run" in block.value]


def test_steps_are_changed_and_fields_go_along(tab):
    tab.show(BLUR)
    tab.values[tab.find("Blur", 1)] = 4
    assert tab.edit(tab.find("↓")) == ["blur_background", "find_subject"]
    assert tab.edit(tab.find("✕")) == ["blur_background"]
    more = tab.find("Add a step")
    tab.values[more] = "pixelate"
    assert tab.edit(more, "select") == ["find_subject", "blur_background", "pixelate"]
    kept = to_recipe(tab.fire("select", more)[tab.shown]).steps[1]
    assert kept == Step("blur_background", {"blur": 4.0}, "blur_background")
    tab.values[tab.find("Blur", 1)] = "wide"
    with pytest.raises(gr.Error, match="blur expects float"):
        tab.edit(tab.find("↓"))


def test_a_run_here_gives_what_the_tools_give_and_can_go_on_the_stage(tab, photo):
    tab.show(BLUR)
    tab.values |= {tab.visitor.image: photo, tab.find("Blur", 1): 2.5, tab.find("Falloff"): False}
    outputs = tab.run("Run on this photo")
    expected = blur_background(photo, find_subject(photo), blur=2.5, falloff=False)
    kept = outputs[tab.kept]
    np.testing.assert_array_equal(np.asarray(Pil.open(kept["path"])), expected)
    assert result(outputs, gr.Markdown) == "Made a picture of 151 x 100 pixels."
    assert tab.visitor.recorded == [("find_subject", {}), ("blur_background", {"blur": 2.5, "falloff": False})]
    put = tab.visitor.find("Put it on the stage")
    tab.values |= {tab.kept: kept}
    np.testing.assert_array_equal(tab.fire("click", put)[tab.visitor.image], expected)
    with pytest.raises(PromptError, match="Run the recipe"):
        tab.visitor.fire("click", put, {tab.visitor.image: photo})


def test_found_objects_become_objects(tab, photo):
    tab.show(Recipe("Find", (Step("find_subject"),)))
    tab.values |= {tab.visitor.image: photo}
    outputs = tab.run("Run on this photo")
    np.testing.assert_array_equal(outputs[tab.visitor.objects].masks, find_subject(photo).masks)
    assert outputs[tab.kept] == {}


def test_what_begins_with_objects_runs_here_only(tab, photo):
    tab.show(Recipe("Blur", (Step("blur_background"),)))
    assert not [block for block in tab.form if getattr(block, "label", "") == "Run on other photos"]
    masks = Masks(np.indices(photo.shape[:2])[1] < 70)
    tab.values |= {tab.visitor.image: photo, tab.visitor.objects: masks}
    outputs = tab.run("Run on this photo")
    np.testing.assert_array_equal(np.asarray(Pil.open(outputs[tab.kept]["path"])), blur_background(photo, masks))
    tab.values[tab.visitor.objects] = Masks.empty(photo.shape[:2])
    with pytest.raises(PromptError, match="no objects on this photo"):
        tab.run("Run on this photo")


def test_other_photos_one_of_them_damaged(tab, photo, tmp_path):
    Pil.fromarray(photo).save(tmp_path / "cat.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "cat.png").read_bytes()[:2000])
    tab.show(BLUR)
    others = next(block for block in tab.form if isinstance(block, gr.UploadButton))
    others.label = "others"
    tab.values[others] = [str(tmp_path / "half.png"), str(tmp_path / "cat.png")]
    outputs = tab.run("others", "upload")
    assert "1 of 2 photos done" in result(outputs, gr.Markdown)
    assert "**half.png**: half.png is cut off" in result(outputs, gr.Markdown)
    archive = zipfile.ZipFile(result(outputs, gr.DownloadButton)["value"])
    assert archive.namelist() == ["cat.png"]
    with archive, archive.open("cat.png") as file:
        np.testing.assert_array_equal(np.asarray(Pil.open(file)), blur_background(photo, find_subject(photo), blur=1.0))
    tab.values[others] = [str(tmp_path / "cat.png")]
    single = result(tab.run("others", "upload"), gr.DownloadButton)["value"]
    assert Path(single).name == "cat.png"
    tab.values[others] = [str(tmp_path / "half.png")]
    with pytest.raises(Exception, match="cut off"):
        tab.run("others", "upload")
    tab.values[others] = []
    with pytest.raises(PromptError, match="Choose 1 to 100 photos"):
        tab.run("others", "upload")


def test_a_tool_that_breaks_on_one_photo_does_not_cost_the_others(tab, photo, tmp_path):
    def fragile(image: Image) -> Image:
        """Breaks on small photos."""
        return image[:, :: int(image.shape[1] > 50) or 0]

    tab.visitor.host.add_tool(fragile)
    Pil.fromarray(photo).save(tmp_path / "good.png")
    Pil.fromarray(photo[:, :9]).save(tmp_path / "small.png")
    tab.show(Recipe("x", (Step("fragile"),)))
    others = next(block for block in tab.form if isinstance(block, gr.UploadButton))
    others.label = "others"
    tab.values[others] = [str(tmp_path / "small.png"), str(tmp_path / "good.png")]
    said = result(tab.run("others", "upload"), gr.Markdown)
    assert "1 of 2 photos done" in said
    assert "**small.png**: the recipe failed (ValueError)" in said


def test_a_saved_recipe_is_the_one_in_the_form(tab):
    tab.show(BLUR)
    tab.values |= {tab.find("Name"): "Weich, hinten!", tab.find("Blur", 1): 3}
    text, name = tab.run("Save this recipe").values()
    assert name == "weich--hinten.json"
    assert Recipe.from_json(json.loads(text)).steps[1].options == {"blur": 3.0}
    assert json.loads(text)["recipe"] == "Weich, hinten!"


def test_models_of_a_stranger_are_refused(tab, photo):
    tab.show(Recipe("x", (Step("find_subject", {"model": "/etc/passwd"}),)))
    tab.values |= {tab.visitor.image: photo}
    stranger = Permit(frozenset({"nano", "nano-subject"}), fetch=False, told_places=False)
    with acting_for(stranger), pytest.raises(Exception, match="There is no model 'passwd' here"):
        tab.run("Run on this photo")


def test_the_conformance_kit_finds_no_fault():
    from plugins._core.check import check_plugin

    assert [row for row in check_plugin("recipes") if row.ok is False] == []
