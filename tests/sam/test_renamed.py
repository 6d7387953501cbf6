"""Old names of modules lead to the modules' new places: by import, and by `python -m`."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import sam
from sam.renamed import RENAMED

ROOT = Path(sam.__file__).parents[1]


@pytest.mark.parametrize("old", sorted(RENAMED))
def test_an_old_name_is_the_same_module(old: str) -> None:
    if old.startswith("sam.training") or ".export" in old or old.split(".")[1] == "nano":
        pytest.importorskip("torch")
    module = importlib.import_module(RENAMED[old])
    own = module.__spec__
    assert importlib.import_module(old) is module
    assert module.__spec__ is own
    assert module.__name__ == RENAMED[old]


@pytest.mark.parametrize("old", sorted(RENAMED))
def test_no_module_lies_at_an_old_name(old: str) -> None:
    place = ROOT.joinpath(*old.split("."))
    assert not place.with_suffix(".py").exists()
    assert not (place / "__init__.py").exists()


def test_commands_keep_their_old_names() -> None:
    command = [sys.executable, "-m", "sam.evaluation.names", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "--data" in done.stdout


def test_a_name_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("sam.no_such_module")
