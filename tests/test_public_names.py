"""What others import and call: it may grow, and nothing of it may go. The lists are written out on purpose."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).parents[1]

IMPORTS = {
    "sam": "Boxes Cancelled Cutout Detector DetectorName Embedding Image ImageError Masks ModelFor ModelSpec "
    "ModelUnavailable Points Prompt PromptError SamError Segmenter SegmenterName SubjectFinder SubjectFinderName "
    "list_models load_model read_image segment_everything",
    "sam.boxes": "masks_to_boxes nms",
    "sam.clicks": "predict_in_turn",
    "sam.everything": "PRESETS propose segment_everything sure FilterOptions SearchOptions",
    "sam.formats": "AnnotatedImage AnnotatedObject Annotations Files Format FormatError LabelClass Loss Options Output "
    "Shape find_format list_formats loss read_annotations recognise write_annotations",
    "sam.images": "read_image read_photo",
    "sam.inpainting": "Engine MAX_GROW MAX_HOLE MAX_SHARE THIN check_hole inpaint EraseOptions",
    "sam.masks": "dilate drop_islands feather fill_holes stability_score to_polygons",
    "sam.matting": "AlphaEstimator MAX_BAND Matting auto_band estimate_alpha estimate_foreground make_trimap matte",
    "sam.models": "ModelSpec list_models load_model",
    "sam.options": "Between Option Options read_options spread",
    "sam.rle": "decode encode iou",
    "plugins": "Asset Chain ChainError Failure Host Option Page PluginError Recipe RecipeError Step Tab Tool "
    "check_models list_recipes load_plugins makers name_results parse_recipe plugins_that_define read_recipe "
    "read_signature read_word type_name usable_tools",
}
COMMANDS = [
    "segment",
    "models",
    "download",
    "eval",
    "train",
    "export",
    "plugins",
    "run",
    "recipes",
    "blur_background",
    "points_to_masks",
    "boxes_to_masks",
    "matte",
    "compose",
    "frame_cutout",
    "cutout_png",
    "inpaint",
    "find_everything",
    "frame_photo",
    "pixelate",
    "recolour",
    "replace_background",
    "sharpen_outlines",
    "find_subject",
    "text_to_boxes",
    "text_to_masks",
]
PROGRAMS = [
    "sam",
    "plugins",
    "sam.evaluation",
    "sam.evaluation.alpha",
    "sam.evaluation.closeups",
    "sam.evaluation.edges",
    "sam.evaluation.edge_benchmark",
    "sam.evaluation.inpainting",
    "sam.evaluation.names",
    "sam.evaluation.subject",
    "sam.evaluation.benchmarks.convergence",
    "sam.training.names",
    "sam.training.subject",
    "sam.nano.export",
    "webapp.deploy",
]


@pytest.mark.parametrize("module", IMPORTS)
def test_what_others_import_is_there(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in IMPORTS[module].split() if not hasattr(found, name)] == []


def test_every_command_is_there_with_underscores_and_with_hyphens() -> None:
    from sam.__main__ import plugin_commands
    from sam.cli.main import build_cli, with_hyphens

    group = typer.main.get_command(build_cli(plugin_commands()))
    there = set(group.commands)  # type: ignore[attr-defined]
    assert {with_hyphens(name) for name in COMMANDS} <= there
    assert not [name for name in there if "_" in name]


@pytest.mark.parametrize("module", PROGRAMS)
def test_what_is_run_by_its_module_is_there(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sam.renamed  # noqa: F401 - which finds the old names

    # An old name that was imported before has the spec of the new one; `python -m` starts afresh.
    monkeypatch.delitem(sys.modules, module, raising=False)
    spec = importlib.util.find_spec(module)
    if spec is not None and spec.submodule_search_locations:
        spec = importlib.util.find_spec(f"{module}.__main__")
    assert spec is not None
    if spec.origin and Path(spec.origin).is_file():
        source = Path(spec.origin).read_text("utf-8")
        assert "__main__" in Path(spec.origin).name or '__name__ == "__main__"' in source


@pytest.mark.slow
def test_the_scripts_of_the_package_are_there() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8").partition("[project.scripts]")[2].partition("[")[0]
    scripts = dict(re.findall(r'^([\w-]+) = "([\w.]+):main"$', text, re.MULTILINE))
    assert scripts == {"sam": "sam.__main__", "sam-studio": "webapp.main"}
    for module in scripts.values():
        code = f"import sys; from {module} import main; sys.exit(main(['--help']))"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        assert "usage:" in done.stdout.lower()
