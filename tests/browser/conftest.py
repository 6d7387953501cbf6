"""A real server and a real Chromium, shared by all tests that can share them."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sam.models.hub_server import Hub, serving_hub

from .broken_plugins import BROKEN
from .chromium import Chromium
from .studio_tab import StudioTab

ROOT = Path(__file__).parents[2]
START_S = 240
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


def photo_path(name: str) -> Path:
    """A photo of the installed scikit-image package."""
    import skimage

    return Path(skimage.__file__).parent / "data" / name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(**env: str) -> Iterator[str]:
    """`python app.py` on a free port; yields its address."""
    port = free_port()
    with running([sys.executable, "app.py", "--port", str(port)], port, env) as url:
        yield url


@contextmanager
def serving_script(script: Path) -> Iterator[str]:
    """A script that starts a server on PORT, which is put in; yields its address."""
    port = free_port()
    script.write_text(script.read_text().replace("PORT", str(port)))
    with running([sys.executable, str(script)], port, {"PYTHONPATH": str(ROOT), "SAM_STUDIO_RUNTIME": "off"}) as url:
        yield url


@contextmanager
def running(command: list[str], port: int, env: dict[str, str], start_s: float = START_S) -> Iterator[str]:
    """A server of ours; yields its address once it answers, which it must within `start_s`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAM_STUDIO_", "GRADIO_"))}
    # Nobody's own settings, and none are written.
    clean["XDG_CONFIG_HOME"] = os.devnull
    # A file, for a pipe that nobody reads is full one day, and the server waits for ever.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, env={**clean, **env}, stdout=said, stderr=subprocess.STDOUT)
        try:
            _wait_for(process, port, said, start_s)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, said: Any, start_s: float) -> None:
    """Until it answers."""
    deadline = time.monotonic() + start_s
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", "/gradio_api/sam_studio/examples/none")
                connection.getresponse().read()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                said.seek(0)
                raise RuntimeError(f"the server did not start:\n{said.read().decode(errors='replace')}") from None
            time.sleep(0.1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app, decoding on the server. The hub's address leads nowhere, as on a machine without a network."""
    with serving(HF_ENDPOINT="http://127.0.0.1:9", SAM_STUDIO_RUNTIME="off") as url:
        yield url


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub on this machine, with two models."""
    folder = tmp_path_factory.mktemp("hub")
    save_small_sam(folder)
    tiny = tmp_path_factory.mktemp("tiny")
    save_small_sam2(tiny)
    repositories = {"facebook/sam-vit-base": folder, "facebook/sam2.1-hiera-tiny": tiny}
    files = {name: {path.name: path.read_bytes() for path in here.iterdir()} for name, here in repositories.items()}
    with serving_hub(files) as server:
        yield server


@pytest.fixture(scope="session")
def owners_server(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An owner's app: with broken plugins, open to addresses of the own network, and asking `hub` for models.

    What it remembers of speeds is its own.
    """
    folder, plugins = tmp_path_factory.mktemp("machine"), tmp_path_factory.mktemp("plugins")
    for name, source in BROKEN.items():
        (plugins / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    own = {"SAM_STUDIO_MODELS_DIR": "models", "HF_HUB_CACHE": "cache", "XDG_CACHE_HOME": "cache"}
    settings = {name: str(folder / place) for name, place in own.items()}
    settings |= {"SAM_STUDIO_RUNTIME": "off", "SAM_STUDIO_FETCH": "all", "SAM_STUDIO_PLUGINS_DIR": str(plugins)}
    with serving(HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="0", **settings) as url:
        yield url


@pytest.fixture(scope="session")
def page_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, decoding in the page with what `make test` has set up; two other models have random weights."""
    from webapp.onnxruntime_web import Runtime

    assert Runtime().ready, "Set the page's decoder up first: python -m webapp.onnxruntime_web"
    models = tmp_path_factory.mktemp("models")
    save_small_sam(models / "sam-vit-base")
    save_small_sam2(models / "sam2.1-tiny")
    with serving(HF_ENDPOINT="http://127.0.0.1:9", SAM_STUDIO_MODELS_DIR=str(models)) as url:
        yield url


def save_small_sam(folder: Path) -> None:
    """SAM's real decoder on a grid of 16 x 16 behind a thin encoder, as transformers saves it."""
    import torch
    from transformers import SamConfig, SamModel

    vision = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 256}
    torch.manual_seed(0)
    config = SamConfig(
        vision_config={**vision, "global_attn_indexes": [0]},
        prompt_encoder_config={"image_size": 256},
    )
    model = SamModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    model.save_pretrained(folder)


def save_small_sam2(folder: Path) -> None:
    """SAM 2's real decoder on a grid of 16 x 16, with its features of higher resolution, behind a thin encoder."""
    import torch
    from transformers import Sam2Config, Sam2Model

    trunk = {"model_type": "sam2_hiera_det_model", "hidden_size": 8, "blocks_per_stage": [1, 1, 2, 1]}
    trunk |= {"embed_dim_per_stage": [8, 16, 32, 64], "num_attention_heads_per_stage": [1, 1, 1, 1]}
    trunk |= {"window_size_per_stage": [8, 4, 4, 2], "global_attention_blocks": [3]}
    vision = {"backbone_config": trunk, "backbone_channel_list": [64, 32, 16, 8]}
    vision |= {"backbone_feature_sizes": [[64, 64], [32, 32], [16, 16]]}
    torch.manual_seed(0)
    model = Sam2Model(Sam2Config.from_dict({"vision_config": vision, "prompt_encoder_config": {"image_size": 256}}))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    model.save_pretrained(folder)


_open: list[Chromium] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Playwright's event loop runs as long as its browser lives, and no other may run beside it in this process."""
    if _open and (nextitem is None or nextitem.path.parent != Path(__file__).parent):
        _open.pop().close()


@pytest.fixture(scope="module")
def flags() -> list[str]:
    """What Chromium is started with; a module may add to it."""
    return FLAGS


@pytest.fixture(scope="module")
def chromium(flags: list[str]) -> Chromium:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        pytest.skip("no Chromium: install Debian's package chromium, or set CHROMIUM to an executable")
    if _open and _open[0].flags != flags:
        _open.pop().close()
    if not _open:
        _open.append(Chromium(executable, flags))
    return _open[0]


@contextmanager
def visiting(request: pytest.FixtureRequest, chromium: Chromium) -> Iterator[Callable[..., StudioTab]]:
    """A function that opens the page of `server`, or of another, as a new visitor.

    Afterwards nothing may have gone wrong or gone elsewhere. Problems that a test expects are taken out of `problems`
    by the test.
    """
    tabs: list[StudioTab] = []
    failed = request.session.testsfailed

    def visit(url: str = "", path: str = "/", **options: Any) -> StudioTab:
        url = url or request.getfixturevalue("server")
        tabs.append(StudioTab(chromium.page(**options), url))
        return tabs[-1].open(path)

    yield visit
    problems = [problem for tab in tabs for problem in tab.problems]
    elsewhere = [address for tab in tabs for address in tab.elsewhere]
    for tab in tabs:
        tab.leave()
        if request.session.testsfailed == failed and not tab.spoilt:
            chromium.give_back(tab.page)
        else:
            chromium.throw_away(tab.page)
    assert problems == []
    assert elsewhere == []


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Chromium) -> Iterator[Callable[..., StudioTab]]:
    """visit() opens the page of `server` as a new visitor."""
    with visiting(request, chromium) as visit:
        yield visit


@pytest.fixture(scope="session")
def astronaut() -> Path:
    return photo_path("astronaut.png")


@pytest.fixture(scope="session")
def cat() -> Path:
    return photo_path("chelsea.png")
