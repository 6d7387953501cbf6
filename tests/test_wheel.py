"""The wheel in an empty environment, as `pip install .` leaves it: both commands, all files, a plugin from a package.

Slow, and the one test that needs a package index: what the wheel asks for is installed for real, without PyTorch.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("sam", "plugins", "webapp")
START_S = 240

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output, of a process that knows nothing of this checkout."""
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("SAM_STUDIO_", "GRADIO_", "PYTHON"))
    }
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=clean, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment `venv`, in which the wheel and a plugin's package are all that was asked for."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    sample = ROOT / "tests/plugins/sample_package"
    run(*pip(folder), "install", "--no-compile", wheel, sample, cwd=folder)
    return folder


def pip(place: Path) -> tuple[str | Path, ...]:
    """This environment's pip, at work on that of the test: to install pip there takes longer than all the rest."""
    return sys.executable, "-m", "pip", "--python", place / "venv/bin/python"


@pytest.fixture(scope="module")
def photo(place: Path) -> Path:
    script = "import skimage.data, PIL.Image; PIL.Image.fromarray(skimage.data.chelsea()).save('photo.jpg')"
    run(place / "venv/bin/python", "-c", script, cwd=place)
    return place / "photo.jpg"


def test_the_wheel_holds_what_the_folders_hold(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == set(listed.split())


def test_it_is_the_light_set(place: Path) -> None:
    names = {row["name"].lower() for row in json.loads(run(*pip(place), "list", "--format=json", cwd=place))}
    assert {"sam-studio", "gradio", "onnxruntime"} <= names
    assert names & {"torch", "transformers", "onnx", "torchvision"} == set()


def test_sam_segments(place: Path, photo: Path) -> None:
    out = place / "cutout.png"
    said = run(place / "venv/bin/sam", "segment", photo, "--point", "220,150", "-o", out, "--json", cwd=place)
    assert json.loads(said)["masks"]
    assert out.stat().st_size > 10_000
    assert run(place / "venv/bin/sam", "--help", cwd=place).lstrip().startswith("Usage: sam ")


def test_recipes_and_a_package_s_plugin_are_there(place: Path, photo: Path) -> None:
    assert "cut-out-on-white" in run(place / "venv/bin/sam", "recipes", cwd=place)
    plugins = json.loads(run(place / "venv/bin/sam", "plugins", "--json", cwd=place))
    assert any("sample" in json.dumps(row) and "package" in json.dumps(row) for row in plugins), plugins


def test_a_model_that_is_not_there_says_what_to_install(place: Path, photo: Path) -> None:
    command = [
        str(place / "venv/bin/sam"),
        "segment",
        str(photo),
        "--point",
        "9,9",
        "--model",
        "sam-vit-base",
        "--json",
    ]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=240)
    assert done.returncode == 1
    assert 'pip install "sam-studio[models]"' in done.stderr


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(place / "venv/bin/sam-studio"), "--port", str(port)]
    with open(place / "log.txt", "w") as log:
        process = subprocess.Popen(
            command, cwd=place, stdout=log, stderr=log, env={**os.environ, "SAM_STUDIO_RUNTIME": "off"}
        )
    base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    try:
        while True:
            try:
                urllib.request.urlopen(base, timeout=30).read()
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, (place / "log.txt").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait(60)


def test_sam_studio_serves_the_page_and_segments(address: str) -> None:
    def post(path: str, body: object) -> dict:
        request = urllib.request.Request(f"{address}/gradio_api/sam_studio{path}", json.dumps(body).encode())
        return json.loads(urllib.request.urlopen(request, timeout=120).read())

    here = "/workspaces/" + post("/workspaces", {})["token"]
    state = post(f"{here}/example", {"name": "chelsea.png"})
    request = urllib.request.Request(
        f"{address}/gradio_api/sam_studio{here}/decode",
        json.dumps({"picture": state["picture"]["id"], "prompts": {"points": [[220, 150]], "labels": [1]}}).encode(),
    )
    assert urllib.request.urlopen(request, timeout=120).read()
    panel = json.loads(urllib.request.urlopen(f"{address}/gradio_api/sam_studio{here}/models", timeout=60).read())
    assert panel["packages"]["missing"] == ["torch", "transformers"]
    assert panel["packages"]["command"] == 'pip install "sam-studio[models]"'
    page = urllib.request.urlopen(address, timeout=60).read().decode()
    assert "sam_studio/static" in page
