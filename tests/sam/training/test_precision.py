"""Which precision is used where."""

from __future__ import annotations

import pytest
import torch

from sam.errors import SamError
from sam.training.precision import autocast, uses_bf16


@pytest.mark.parametrize(("precision", "expected"), [("bf16", True), ("fp32", False)])
def test_what_is_asked_for_is_used(precision: str, expected: bool) -> None:
    assert uses_bf16(precision, "cpu") is expected


def test_auto_asks_the_processor() -> None:
    assert uses_bf16("auto", "cpu") == torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert uses_bf16("auto", "mps") is False


def test_nonsense_is_refused_in_a_sentence() -> None:
    with pytest.raises(SamError, match="expected auto, bf16 or fp32, got 'half'"):
        uses_bf16("half", "cpu")


@pytest.mark.parametrize(("bf16", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_autocast(bf16: bool, dtype: torch.dtype) -> None:
    with autocast(bf16, "cpu"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
