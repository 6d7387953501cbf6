"""Mixed precision: bfloat16 where the CPU or GPU has it, float32 elsewhere."""

from __future__ import annotations

import contextlib
from typing import Any, Literal

import torch

from ..errors import SamError

Precision = Literal["auto", "bf16", "fp32"]


def uses_bf16(precision: Precision, device: str) -> bool:
    """Whether to compute in bfloat16.

    Emulated bfloat16 (older CPUs, GPUs before Ampere) is slower than float32, so "auto" asks the hardware.

    Raises:
        SamError: none of the three precisions.
    """
    if precision not in ("auto", "bf16", "fp32"):
        raise SamError(f"precision: expected auto, bf16 or fp32, got {precision!r}.")
    if precision != "auto":
        return precision == "bf16"
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return False


def autocast(bf16: bool, device: str) -> Any:
    """A context in which convolutions and products run in bfloat16, or in nothing special."""
    return torch.autocast(device, torch.bfloat16) if bf16 else contextlib.nullcontext()
