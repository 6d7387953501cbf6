"""What is recorded with each figure so that it can be checked later: versions, commit, weights."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from ... import __version__
from ...segmenter import Segmenter

PACKAGES = ("numpy", "opencv-python-headless", "scikit-image", "pycocotools", "pillow", "onnxruntime", "torch")


def versions() -> dict[str, str]:
    """Of this package, Python, and the packages that can change a figure; those not installed are left out."""
    found = {"sam-studio": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit(folder: Path = Path(__file__).parent) -> str | None:
    """The commit of this package's source, with "+ changes" where files of it differ; None outside of git.

    Args:
        folder: the source. A folder that merely lies in someone else's repository, as an installed package may, has
            no commit: git must know its files.
    """
    if not _git(folder, "ls-files", "--error-unmatch", "__init__.py"):
        return None
    found = _git(folder, "rev-parse", "HEAD")
    if not found:
        return None
    changed = _git(folder.parent, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return f"{found} + changes" if changed else found


def describe_model(model: Segmenter) -> dict[str, Any]:
    """Name and the hash of the weights."""
    return {"name": model.name, "weights": model.weights}


def _git(folder: Path, *words: str) -> str:
    """What git says; "" when it fails or is not there."""
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
