"""A Space's environment, as the Space builds it, and the app in it: `python -m tests.zero_gpu.space_environment`.

An empty environment with the Space's Python gets what its requirements and its front matter name; the files that
`webapp.deploy` uploads are laid out; the app is started on them, on ZeroGPU's own package, and a photo is opened, read
on a lease and clicked. About 3 GB are downloaded, since torch brings CUDA: too much for the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from webapp.deploy import ROOT, ZERO_GPU, Plan, lay_out

from .run import write_space

EXTRAS = ("uvicorn>=0.14.0", "websockets>=10.4", "spaces")
"""What a Space with a Gradio SDK installs on its own account, beside Gradio itself with its extras."""


def find_python(version: str) -> str | None:
    """A Python of this version here, or of the same minor one."""
    minor = ".".join(version.split(".")[:2])
    names = [str(Path.home() / f".pyenv/versions/{version}/bin/python")]
    names += [str(path / "bin/python") for path in sorted((Path.home() / ".pyenv/versions").glob(f"{minor}.*"))]
    return next((found for name in (*names, f"python{minor}") if (found := shutil.which(name))), None)


def build(folder: Path, python: str, settings: dict[str, Any]) -> Path:
    """An environment in an empty folder. Returns its Python."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    wanted = [f"gradio[oauth,mcp]=={settings['sdk_version']}", *EXTRAS]
    requirements = str(Plan("me/studio", ZERO_GPU).settings / "requirements.txt")
    there = folder / "bin/python"
    pip = [str(there), "-m", "pip"]
    subprocess.run([*pip, "install", "--no-compile", "-q", "-r", requirements, *wanted], check=True)
    subprocess.run([*pip, "check"], check=True)
    return there


def start_and_click(there: Path, folder: Path) -> dict[str, Any]:
    """What the scenario of the page's own requests saw, of the files that a Space gets."""
    space, seen = folder / "space", folder / "seen"
    for one in (space, seen):
        one.mkdir()
    lay_out(Plan("me/studio", ZERO_GPU), space)
    write_space(seen)
    shutil.rmtree(seen / "models" / "diffusion", ignore_errors=True)
    # Of the checkout, the scenario alone is taken.
    shutil.copytree(ROOT / "tests/zero_gpu", space / "tests/zero_gpu")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAM_STUDIO_", "PYTHON"))}
    command = [str(there), "-m", "tests.zero_gpu.scenario_app", str(seen), "routes"]
    done = subprocess.run(command, cwd=space, env=clean, capture_output=True, text=True, check=False)
    if not (seen / "seen.json").is_file():
        raise SystemExit(f"The app does not start there:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads((seen / "seen.json").read_text())
    return found


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.zero_gpu.space_environment", description=__doc__)
    parser.add_argument("--environment", type=Path, help="one that is there already, in place of a new one")
    given = parser.parse_args()
    text = (Plan("me/studio", ZERO_GPU).settings / "README.md").read_text("utf-8")
    settings = yaml.safe_load(text.split("---\n")[1])
    python = find_python(settings["python_version"])
    if python is None:
        say(f"Python {settings['python_version']} is not here; this one, {sys.version.split()[0]}, stands in for it.")
        python = sys.executable
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        there = given.environment / "bin/python" if given.environment else build(folder / "venv", python, settings)
        version = subprocess.run([str(there), "--version"], capture_output=True, text=True, check=True).stdout.strip()
        say(f"{version}; the Space asks for {settings['python_version']}.")
        seen = start_and_click(there, folder)
    if "failed" in seen:
        say("\n".join(seen["failed"].values()))
        return 1
    wrong = [row for row in seen["rows"] if row.get("status") != 200]
    for row in seen["rows"]:
        say(f"{row['name']}: {row.get('status')}, {row['leases']} leases {row.get('error', '')}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
