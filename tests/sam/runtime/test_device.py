from __future__ import annotations

import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from sam import ModelUnavailable
from sam.runtime.device import gpu, on_zero_gpu, pick_device, pick_dtype

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in ("SAM_STUDIO_DEVICE", "SPACES_ZERO_GPU"):
        monkeypatch.delenv(name, raising=False)


def best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"


def test_the_best_device_there_is():
    assert pick_device().type == best_device()
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device(torch.device("cpu")) == torch.device("cpu")


def test_the_environment_decides_unless_the_caller_does(monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_DEVICE", "cpu")
    assert pick_device().type == "cpu"
    monkeypatch.setenv("SAM_STUDIO_DEVICE", "warp")
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(ModelUnavailable, match=r"no device 'warp'\. This machine has: .*cpu"):
        pick_device()


@pytest.mark.parametrize("wanted", ["cuda:99", "meta", "xpu"])
def test_a_device_that_is_not_there(wanted):
    with pytest.raises(ModelUnavailable, match=r"This machine has: .*cpu"):
        pick_device(wanted)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("float32", torch.float32), (torch.float16, torch.float16), ("torch.bfloat16", torch.bfloat16)],
)
def test_a_dtype_that_is_asked_for(wanted, expected):
    assert pick_dtype("cpu", wanted) is expected


@pytest.mark.parametrize("wanted", ["int8", "float8", torch.float64, "cuda"])
def test_a_dtype_that_models_do_not_run_in(wanted):
    with pytest.raises(ModelUnavailable, match="expected one of float32, float16, bfloat16"):
        pick_dtype("cpu", wanted)


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"bf16": True}, torch.bfloat16),
        ({"avx512_bf16": False, "avx2": True}, torch.float32),
        ({}, torch.float32),
    ],
)
def test_bfloat16_on_processors_that_have_it(features, expected, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features, raising=False)
    assert pick_dtype("cpu") is expected


def test_a_torch_that_does_not_know_the_processor(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert pick_dtype("cpu") is torch.float32


@pytest.mark.parametrize(
    ("capability", "expected"),
    [((6, 1), torch.float32), ((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((12, 0), torch.bfloat16)],
)
def test_the_dtype_of_a_graphics_card_goes_by_its_generation(capability, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert pick_dtype("cuda") is expected


def test_float32_on_apple():
    assert pick_dtype("mps") is torch.float32


@pytest.mark.parametrize(
    ("value", "expected"), [("", False), ("0", False), ("true", True), ("1", True), ("True", True)]
)
def test_on_zero_gpu(value, expected, monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", value)
    assert on_zero_gpu() is expected


def run(code: str, *paths: Path, **environment: str) -> str:
    """What a fresh interpreter in the project's root prints."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(map(str, paths)), "PATH": "", **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return result.stdout.strip()


DECORATE = """
from sam.runtime.device import gpu
def work(): return "worked"
decorated = gpu(seconds=7)(work)
print(decorated is work, decorated())
"""


@pytest.fixture
def package(tmp_path) -> Path:
    """A folder with a package of the name of Hugging Face's and its decorator."""
    (tmp_path / "spaces").mkdir()
    (tmp_path / "spaces" / "__init__.py").write_text(
        "def GPU(task, *, duration):\n    return lambda: f'{task()} for {duration} s on a GPU'\n"
    )
    return tmp_path


def test_the_decorator_is_zero_gpus_own_on_such_a_space(package):
    assert run(DECORATE, package, SPACES_ZERO_GPU="true") == "False worked for 7 s on a GPU"


def test_the_decorator_does_nothing_elsewhere(package):
    assert run(DECORATE, package) == "True worked"


@pytest.mark.skipif(getattr(find_spec("spaces"), "origin", None) is not None, reason="the real package is installed")
def test_our_own_folder_named_spaces_is_not_taken_for_the_package():
    # Where Hugging Face's package is not installed, `import spaces` finds the project's folder: an empty namespace.
    assert run(DECORATE, SPACES_ZERO_GPU="true") == "True worked"


def test_no_torch_before_it_is_needed():
    assert (
        run("import sys, sam.runtime.device, sam.models.registry, sam.runtime.zero_gpu; print('torch' in sys.modules)")
        == "False"
    )


def test_decorating_keeps_the_function():
    def work() -> int:
        return 3

    assert gpu(seconds=1)(work) is work
