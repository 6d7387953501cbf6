"""Python packages that only some models need: the command that adds them to this installation, and running it."""

from __future__ import annotations

import importlib
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

from ..errors import ModelUnavailable

DISTRIBUTION = "sam-studio"
MODELS, DIFFUSERS, WORDS = "models", "diffusers", "words"
"""The extras of pyproject.toml: the published models; erasing with Stable Diffusion or FLUX; searching by any words."""
_FILES = {MODELS: "requirements.txt", DIFFUSERS: "requirements-diffusers.txt", WORDS: "requirements-words.txt"}
_LOOK_S = 0.3
_ROOT = Path(__file__).parents[2]


def install_command(extra: str = MODELS) -> str:
    """What to type, in the project's folder or anywhere, so that the packages of an extra are installed.

    Args:
        extra: `MODELS`, `DIFFUSERS` or `WORDS`.
    """
    if extra == MODELS and Path(sys.prefix) == _ROOT / ".venv":
        return "make models"
    first, *rest = _wanted(extra)
    return " ".join(["pip install", first, *rest] if rest else [f'pip install "{first}"'])


def install(extra: str = MODELS, tell: Callable[[str], None] = print) -> None:
    """Install the packages of an extra into this Python's environment, in the versions that pyproject.toml pins.

    Args:
        extra: `MODELS`, `DIFFUSERS` or `WORDS`.
        tell: given each line that pip prints, a few times a second; what it raises stops pip, and is raised here.

    Raises:
        ModelUnavailable: pip failed; says with what, and the command for a terminal.
    """
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    last = ""
    with subprocess.Popen(
        [*pip, *_wanted(extra)], cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(running.stdout, lines), daemon=True).start()
        try:
            while (line := _next(lines, last)) is not None:
                last = line.strip() or last
                tell(last)
        except BaseException:
            running.terminate()
            raise
    if running.returncode:
        raise ModelUnavailable(
            f"The packages cannot be installed ({last[:300]}). In a terminal: {install_command(extra)}"
        )
    # Modules that were not there when this process last looked.
    importlib.invalidate_caches()


def _read(stream: IO[str] | None, lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


def _next(lines: queue.SimpleQueue[str | None], last: str) -> str | None:
    """The next line, None at the end; the last one again where pip has been silent, as it is during a download."""
    try:
        return lines.get(timeout=_LOOK_S)
    except queue.Empty:
        return last


def _wanted(extra: str) -> list[str]:
    """What pip is given. A distribution that is installed is not looked for in the index: only its extra is read."""
    try:
        distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return ["-r", _FILES[extra]]
    return [f"{DISTRIBUTION}[{extra}]"]
