"""A third party's plugin: built and installed by pip, found without a word to the app, working in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "sample_package"

USE = """
import json, sys
import numpy as np
from plugins import load_plugins
from sam import Masks

host = load_plugins(strict=True)
image = np.zeros((4, 6, 3), np.uint8)
image[:] = (30, 60, 90)
mask = np.zeros((4, 6), bool)
mask[:, 3:] = True
values = host.chain(("grey_out", {"strength": 1.0}), "cutout_png")(image=image, masks=Masks(mask))
print(json.dumps({
    "plugins": list(host.plugins.items()),
    "tabs": [tab.title for tab in host.tabs],
    "css": [asset.css for asset in host.assets if asset.plugin == "sample"],
    "left": values["image"][0, 0].tolist(),
    "right": values["image"][0, 5].tolist(),
    "alpha": values["cutout"][0, :, 3].tolist(),
    "heavy": [name for name in ("torch", "gradio") if name in sys.modules],
}))
"""


def run(*arguments: str, target: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAM_STUDIO_")}
    environment.update(variables, PYTHONPATH=os.pathsep.join([str(ROOT), str(target)]))
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, cwd=target)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder that pip has installed the package into; the source is copied, since building writes beside it."""
    folder = tmp_path_factory.mktemp("sample")
    source = shutil.copytree(
        SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    )
    target = folder / "target"
    target.mkdir()
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--no-cache-dir"]
    done = run("-m", "pip", "install", *options, "--target", str(target), str(source), target=target)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_installing_the_package_is_enough(installed):
    done = run("-c", USE, target=installed)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    plugins = dict(seen["plugins"])
    assert plugins["sample"] == "package sam-sample 0.3.0"
    assert plugins["click"] == "built in"
    assert list(plugins)[-1] == "sample"
    assert "Grey" in seen["tabs"]
    assert seen["css"] == ["#sample-button { filter: grayscale(1) }"]
    assert (seen["left"], seen["right"]) == ([30, 60, 90], [60, 60, 60])
    assert seen["alpha"] == [0, 0, 0, 255, 255, 255]
    assert seen["heavy"] == []


def test_it_can_be_left_out(installed):
    done = run("-m", "plugins", "list", "--json", target=installed, SAM_STUDIO_PLUGINS="click")
    assert [row["plugin"] for row in json.loads(done.stdout)] == ["click"]


@pytest.mark.slow
def test_it_passes_the_conformance_kit(installed):
    done = run("-m", "plugins", "check", "sample", "--json", target=installed)
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert report["ok"] is True
    assert [row for row in report["results"] if row["ok"] is not True] == []
    assert {row["check"] for row in report["results"]} == {"import", "setup", "tab", "documented", "image", "sessions"}


def test_a_missing_requirement_is_told_before_the_import(installed, tmp_path):
    broken = shutil.copytree(installed, tmp_path / "target")
    module = broken / "sam_sample" / "__init__.py"
    module.write_text(module.read_text().replace('"numpy": "pip install numpy"', '"greylib": "pip install grey-lib"'))
    done = run("-m", "plugins", "list", "--json", target=broken)
    (row,) = [row for row in json.loads(done.stdout) if row["plugin"] == "sample"]
    assert (row["state"], row["stage"]) == ("failed", "import")
    assert (row["missing"], row["hint"]) == ("greylib", "Install it: pip install grey-lib")
