"""docs/plugins.md says how to write a plugin: what it shows must work, and what it names must be all there is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from plugins import Host, Page, load_plugins
from plugins._core.check import check_plugin
from plugins._core.discovery import FOLDER_VARIABLE, GROUP, NAMES_VARIABLE
from sam import Boxes, Image, Masks, PromptError

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/plugins.md"
BUILT_IN = [
    file for file in (ROOT / "plugins").rglob("*.py") if not file.relative_to(ROOT / "plugins").parts[0].startswith("_")
]
TESTS = [file for file in Path(__file__).parent.rglob("test_*.py") if file.name != Path(__file__).name]

VERBS = [name for name in dir(Host) if name.startswith("add_")]
MEMBERS = sorted({*Page.__annotations__, *(name for name in vars(Page) if not name.startswith("_"))})


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def used_in(text: str, files: list[Path]) -> list[str]:
    return [file.name for file in files if text in file.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The guide's plugin, saved as the guide says."""
    (source,) = [block for block in blocks("python") if "def setup(host" in block]
    file = tmp_path_factory.mktemp("mine") / "soften_background.py"
    file.write_text(source, encoding="utf-8")
    return file


def test_there_are_verbs_and_members_to_hold():
    assert VERBS == ["add_asset", "add_format", "add_tab", "add_tool"]
    assert [
        *("download", "history", "host", "image", "model", "new_image", "objects"),
        *("progress", "prompt", "propose", "record", "result", "run", "show", "suggest", "toast"),
    ] == MEMBERS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_user_a_test_and_a_line(verb):
    # Our own formats are files of `sam.formats`, found by being there: the verb is for others (issue 22).
    ours = verb == "add_format" or used_in(f"host.{verb}(", BUILT_IN)
    assert ours, f"no built-in plugin uses host.{verb}: take it out"
    assert used_in(f"host.{verb}(", TESTS), f"no test of host.{verb}"
    assert f"host.{verb}(" in GUIDE.read_text(encoding="utf-8"), f"docs/plugins.md does not name host.{verb}"


@pytest.mark.parametrize("member", MEMBERS)
def test_everything_of_a_page_has_a_user_and_a_line(member):
    assert used_in(f"page.{member}", BUILT_IN), f"no built-in plugin uses page.{member}: take it out"
    assert f"page.{member}" in GUIDE.read_text(encoding="utf-8"), f"docs/plugins.md does not name page.{member}"


@pytest.mark.parametrize(
    "name", [GROUP, FOLDER_VARIABLE, NAMES_VARIABLE, "python -m plugins check", "python -m plugins list"]
)
def test_names_that_an_author_types_are_in_the_guide(name):
    assert name in GUIDE.read_text(encoding="utf-8")


def test_the_example_passes_the_conformance_kit(example):
    results = check_plugin(str(example))
    assert [row for row in results if row.ok is not True] == []
    assert {row.check for row in results} == {"import", "setup", "tab", "documented", "image", "sessions"}


def test_the_example_does_what_it_says(example):
    host = load_plugins(names=["soften_background"], folder=example.parent, strict=True)
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, ::2] = 255
    mask = np.zeros((40, 60), bool)
    mask[:, :30] = True
    result = host.tools["soften_background"].run(image, Masks(mask), radius=4)
    assert (result[:, :30] == image[:, :30]).all()
    assert np.ptp(result[:, 40:]) < 40
    with pytest.raises(PromptError, match="Nothing is selected"):
        host.tools["soften_background"].run(image, Masks.empty((40, 60)))


def test_the_chain_of_the_guide_can_be_made(example, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(example.parent))
    (source,) = [block for block in blocks("python") if "load_plugins().chain(" in block]
    names: dict = {}
    exec(source, names)  # noqa: S102
    assert names["chain"].inputs == {"image": Image, "boxes": Boxes}


def test_the_entry_of_the_guide_is_the_one_that_is_looked_for():
    (entry,) = [block for block in blocks("toml") if "entry-points" in block]
    assert f'[project.entry-points."{GROUP}"]' in entry
