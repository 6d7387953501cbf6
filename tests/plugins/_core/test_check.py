"""The conformance kit: passes what is well made, and finds each defect it looks for."""

from __future__ import annotations

import json
import pkgutil
from pathlib import Path

import numpy as np
import pytest

from plugins import Page, load_plugins
from plugins.__main__ import main
from plugins._core.check import _Page, check_plugin
from plugins._core.check_samples import build_samples, differ
from sam import Boxes, Masks

FOLDER = Path(__file__).parents[3] / "plugins"
BUILT_IN = [module.name for module in pkgutil.iter_modules([str(FOLDER)]) if not module.name.startswith("_")]

GOOD = """
def half(image: Image, masks: Masks, *, factor: float = 0.5) -> Image:
    '''The image, darker inside the masks.'''
    return np.where(masks.union()[..., None], image * factor, image).astype(np.uint8)

def build_tab(page):
    import gradio as gr
    button = gr.Button("Go", elem_id="good-go")
    button.click(page.run(half, factor=0.2), [page.image, page.objects], gr.Image())

def setup(host):
    host.add_tool(half)
    host.add_tab("Half", build_tab)
"""

TOOL = """
STATE = {{}}
def tool(image: Image) -> {returns}:
    '''Something.'''
    {body}

def setup(host):
    host.add_tool(tool)
"""

TAB = """
def build_tab(page):
    import gradio as gr
    {body}

def setup(host):
    host.add_tab("Tab", build_tab)
"""


def failures(write, source: str) -> list[tuple[str, str]]:
    return [(row.check, row.detail) for row in check_plugin(str(write("suspect", source))) if row.ok is False]


def test_a_good_plugin_passes_everything(write):
    results = check_plugin(str(write("good", GOOD)))
    assert [row for row in results if row.ok is not True] == []
    checked = [row.check for row in results]
    assert checked == ["import", "setup", "tab", "documented", *["image"] * len(build_samples()), "sessions"]


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_plugin_passes(name):
    results = check_plugin(name)
    assert [row for row in results if row.ok is not True] == []
    host = load_plugins(names=[name])
    ran = [row for row in results if row.check == "image"]
    assert len(ran) == len(host.tools) * len(build_samples())
    tried = [row for row in ran if row.detail.startswith("gives")]
    assert len(tried) >= len(ran) - len(host.tools), "at most one image of each tool may end in a SamError"


@pytest.mark.parametrize(
    ("source", "check", "words"),
    [
        ("import gradio\ndef setup(host): ...", "import", "loads gradio"),
        ("import os\nos._exit(7)", "import", "code 7"),
        ("import no_such_module", "setup", "no_such_module"),
        ("def setup(host): host.add_tool(3)", "setup", "def"),
        (TOOL.format(returns="Image", body="return image").replace("'''Something.'''", ""), "documented", "docstring"),
        (TOOL.format(returns="Image", body="return image[5, 5, None, None]"), "image", "IndexError, not a SamError"),
        (TOOL.format(returns="Image", body="image[:] = 0; return image"), "image", "changed its input image"),
        (TOOL.format(returns="Masks", body="return None"), "image", "promises Masks, gives NoneType"),
        (TOOL.format(returns="Masks", body="return Masks.empty((3, 3))"), "image", "(3, 3) for an image"),
        (TOOL.format(returns="Cutout", body="return image"), "image", "(H, W, 4) uint8, gives"),
        (TOOL.format(returns="Image", body="return image / 255"), "image", "float64"),
        (TAB.format(body="raise RuntimeError('torn')"), "tab", "RuntimeError: torn"),
        (TAB.format(body="exit(2)"), "tab", "SystemExit"),
        (TAB.format(body="gr.Button(elem_id='stage')"), "tab", "'stage' must begin with"),
        (TAB.format(body="page.run(lambda x: x)"), "tab", "def"),
        (TAB.format(body="page.run(build_tab)"), "tab", "'page' has no annotation"),
        (TAB.format(body="page.images"), "tab", "images"),
    ],
)
def test_each_defect_is_found(write, source, check, words):
    found = failures(write, source)
    assert found, "nothing was found"
    assert found[0][0] == check
    assert words in found[0][1], found[0][1]


def test_state_between_sessions_is_found(write):
    body = """
    import time
    STATE['image'] = image
    for _ in range(100):
        if STATE['image'] is not image: break
        time.sleep(0.001)
    return STATE['image'].copy()
    """
    found = failures(write, TOOL.format(returns="Image", body=body.strip()))
    assert [check for check, _ in found] == ["sessions"]


def test_what_cannot_be_tried_is_skipped_not_passed(write):
    source = """
    class Song: ...
    def sing(song: Song) -> Masks:
        '''La.'''
        return Masks.empty()
    def guess(image: Image) -> Image:
        '''Never the same.'''
        return np.random.default_rng().integers(0, 255, image.shape, dtype=np.uint8)
    def setup(host):
        host.add_tool(sing)
        host.add_tool(guess)
    """
    results = check_plugin(str(write("odd", source)))
    skipped = [(row.check, row.subject) for row in results if row.ok is None]
    assert skipped == [("image", "sing"), ("sessions", "sing"), ("sessions", "guess")]
    assert not [row for row in results if row.ok is False]


def test_the_page_of_the_kit_is_a_page():
    import gradio as gr

    with gr.Blocks():
        assert isinstance(_Page(gr), Page)


def test_the_samples_are_what_their_names_say():
    samples = {sample.name: sample for sample in build_samples()}
    assert samples["1x1"].image.shape == (1, 1, 3)
    assert samples["EXIF-rotated"].image.shape == (64, 40, 3)
    assert samples["wide"].image.shape[1] > 100 * samples["wide"].image.shape[0]
    assert samples["first session"].image.shape == samples["second session"].image.shape
    for sample in samples.values():
        x0, y0, x1, y1 = sample.box
        inside = np.zeros(sample.image.shape[:2], bool)
        inside[y0:y1, x0:x1] = True
        spread = sample.image.astype(int).max(2) - sample.image.astype(int).min(2)
        assert (spread[inside] > 30).mean() > 0.9, sample.name
        assert inside.all() or spread[~inside].mean() < 30, sample.name


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (np.zeros(5000, bool), np.arange(5000) == 3, False),
        (np.zeros(5000, bool), np.arange(5000) < 100, True),
        (np.zeros(3), np.zeros(4), True),
        (np.zeros(3), np.full(3, 1e-5), False),
        (np.zeros(3), np.ones(3), True),
        (np.array([np.nan]), np.array([np.nan]), False),
        (Masks.empty((2, 2)), Masks.empty((2, 2)), False),
        (Masks(np.zeros((1, 4, 4))), Masks(np.ones((1, 4, 4))), True),
        (Masks.empty((2, 2)), Boxes.empty(), True),
        ([1, "a"], [1, "a"], False),
        ({"a": 1}, {"a": 2}, True),
        ({"a": 1}, {"b": 1}, True),
    ],
)
def test_results_are_compared_but_for_rounding(first, second, expected):
    assert differ(first, second) is expected


def test_the_command_line_prints_a_table_and_fails_with_1(write, capsys):
    assert main(["check", str(write("good", GOOD))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["ok", "import", "good"]
    assert lines[-1] == f"0 of {len(lines) - 1} failed"
    assert main(["check", str(write("bad", "import no_such_module"))]) == 1
    assert "FAIL  setup" in capsys.readouterr().out
    assert main(["check", "no_such_plugin"]) == 1
    assert "there is no plugin 'no_such_plugin'" in capsys.readouterr().out


def test_the_command_line_speaks_json(write, capsys, monkeypatch):
    assert main(["check", str(write("good", GOOD)), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert report["results"][0].keys() == {"check", "subject", "ok", "detail"}
    write("bad", "import no_such_module")
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(write("good", GOOD).parent))
    assert main(["list", "--json"]) == 0
    rows = {row["plugin"]: row for row in json.loads(capsys.readouterr().out)}
    assert (
        rows["click"]["tools"][0]
        == "points_to_masks(image: Image, points: Points, *, model='nano', tiles=False) -> Masks"
    )
    assert rows["good"]["tabs"] == ["Half"]
    assert (rows["bad"]["state"], rows["bad"]["missing"]) == ("failed", "no_such_module")
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    assert "click (built in)\n    points_to_masks(" in text
    assert "bad: FAILED at import: the Python module 'no_such_module' is not installed." in text
