"""Starts the scenarios in processes of their own and reads what they saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOGETHER = 3600
"""Seconds after which a scenario hangs for sure, on any machine."""


class ScenarioFailed(Exception):
    """The scenario itself, not the app, with all that it said."""


def see_app(folder: Path, parts: Sequence[str] = (), family: str = "sam_hq") -> dict[str, Any]:
    """What `scenario_app` saw: small models of every kind that the app lends are made in `folder` first.

    Args:
        folder: an empty one, on a disk.
        parts: of the scenario; none: all.
        family: of the promptable model.
    """
    write_space(folder, family)
    seen = _run("tests.zero_gpu.scenario_app", folder, parts, folder / "seen.json")
    if "failed" in seen:
        raise ScenarioFailed("\n".join(seen["failed"].values()))
    return seen


def write_space(folder: Path, family: str = "sam_hq") -> None:
    """The models of a Space in an empty folder: `model`, and by name in `models`; diffusion where it is installed."""
    from tests.sam.backends.dinos import write_tiny_dino
    from tests.sam.backends.pipelines import write_tiny_pipeline
    from tests.sam.backends.tiny import tiny_model

    from .made_models import write_vitmatte

    models = folder / "models"
    models.mkdir()
    tiny_model(family, folder / "model")
    write_tiny_dino(models / "grounding-dino-tiny")
    write_vitmatte(models / "vitmatte-small")
    if find_spec("diffusers"):
        write_tiny_pipeline(models / "diffusion")


def see_models(folder: Path, models: dict[str, list[str]]) -> dict[str, Any]:
    """What `scenario_models` saw of models, name -> [path, task]."""
    (folder / "models.json").write_text(json.dumps(models))
    return _run("tests.zero_gpu.scenario_models", folder, (), folder / "answers.json")


def _run(module: str, folder: Path, parts: Sequence[str], result: Path) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(folder / "cache"), "TQDM_DISABLE": "1"}
    command = [sys.executable, "-m", module, str(folder), *parts]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TOGETHER, check=False
    )
    if not result.is_file():
        raise ScenarioFailed(done.stdout[-2000:] + done.stderr[-4000:])
    found: dict[str, Any] = json.loads(result.read_text())
    return found
