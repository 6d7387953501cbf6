"""Device, dtype and Hugging Face's ZeroGPU. Imports torch only when asked."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

F = TypeVar("F", bound=Callable[..., Any])

DEVICE_VARIABLE = "SAM_STUDIO_DEVICE"
"""Where torch models run: `cpu`, `cuda`, `cuda:1` or `mps`. Default: the best device there is."""
_GPU_VISITORS = 8
_DTYPES = ("float32", "float16", "bfloat16")


def pick_device(wanted: str | torch.device | None = None) -> torch.device:
    """The device that a torch model should run on.

    Args:
        wanted: "cpu", "cuda", "cuda:1", "mps"; default: SAM_STUDIO_DEVICE, else the best that is there.

    Raises:
        ModelUnavailable: no such device, or not on this machine.
    """
    import torch

    wanted = wanted or os.environ.get(DEVICE_VARIABLE) or None
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted is None:
        return torch.device(next(name for name, available in there.items() if available))
    known = ", ".join(name for name, available in there.items() if available)
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise ModelUnavailable(f"There is no device {wanted!r}. This machine has: {known}.") from error
    beyond = device.type == "cuda" and (device.index or 0) >= max(1, torch.cuda.device_count())
    if not there.get(device.type, False) or beyond:
        raise ModelUnavailable(f"The device {wanted} is not available. This machine has: {known}.")
    return device


def pick_dtype(device: str | torch.device, wanted: str | torch.dtype | None = None) -> torch.dtype:
    """The number format that a device computes fast in, with masks as good as in float32.

    Args:
        device: as `pick_device` returns it.
        wanted: "float32", "float16", "bfloat16" or the torch dtype; default: bfloat16 on CPUs and NVIDIA cards
            that have it, float16 on older cards with tensor cores, float32 on all others and on Apple's.

    Raises:
        ModelUnavailable: another format.
    """
    import torch

    if wanted is not None:
        name = str(wanted).removeprefix("torch.")
        if name not in _DTYPES:
            raise ModelUnavailable(f"dtype: expected one of {', '.join(_DTYPES)}, got {wanted!r}.")
        return getattr(torch, name)
    device = torch.device(device)
    if device.type == "cuda":
        major, _ = torch.cuda.get_device_capability(device)
        return torch.bfloat16 if major >= 8 else torch.float16 if major == 7 else torch.float32
    if device.type == "cpu" and _cpu_has_bfloat16():
        return torch.bfloat16
    return torch.float32


def _cpu_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 itself; emulated, it is slower than float32."""
    import torch

    features: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(features.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def on_zero_gpu() -> bool:
    """Whether this is a Space that borrows a GPU for each call."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def gpu(*, seconds: int | Callable[..., int]) -> Callable[[F], F]:
    """Decorator of a module-level function that needs a GPU: ZeroGPU's own on such a Space, and nothing elsewhere.

    There the function runs in a forked process: arguments and results are pickled, what it changes is lost.

    Args:
        seconds: at most, for one call, or what says so from its arguments; the less, the sooner ZeroGPU grants it.
    """

    def wrap(function: F) -> F:
        if not on_zero_gpu():
            return function
        try:
            # Our own folder of this name holds no module, so that only Hugging Face's package can have GPU.
            package = importlib.import_module("spaces")
        except ImportError:
            return function
        if not hasattr(package, "GPU"):
            return function
        config = getattr(getattr(package, "config", None), "Config", None)
        if config is not None:
            # It deletes downloads once their weights are packed; a worker may have to read them again.
            config.zerogpu_mmap_autoprune_pattern = "no-such-folder/*"
        return package.GPU(function, duration=seconds)

    return wrap


def lends() -> bool:
    """Whether models that run on torch get their GPU from ZeroGPU: it is such a Space, and nobody chose the CPU."""
    return on_zero_gpu() and os.environ.get(DEVICE_VARIABLE, "cuda").startswith("cuda")


def encodes_at_once() -> int:
    """Photos of different visitors that may be encoded at the same time: more than one only where a GPU does them."""
    if lends():
        return _GPU_VISITORS
    torch = sys.modules.get("torch")
    chosen = os.environ.get(DEVICE_VARIABLE, "")
    there = chosen.startswith("cuda") if chosen else torch is not None and torch.cuda.is_available()
    return _GPU_VISITORS if there else 1
