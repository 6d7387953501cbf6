"""What the README promises runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as PillowImage
from skimage import data

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    PillowImage.fromarray(data.chelsea()).save(path)
    return path


def test_the_python_example_runs(photo: Path) -> None:
    (code,) = blocks("python")
    assert len(code.strip().splitlines()) <= 10
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        cwd=photo.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "[300, 451]" in run.stdout


@pytest.mark.parametrize(
    "line", [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines() if "-m sam" in line]
)
def test_the_commands_run(photo: Path, line: str) -> None:
    words = shlex.split(line.replace("photo.jpg", str(photo)).replace("cutout.png", str(photo.parent / "cutout.png")))
    run = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_every_make_command_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
