"""Recognise out-of-memory errors of any library, and say what to do."""

from __future__ import annotations

import errno
import gc
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import OutOfMemory, SamError

# What torch (CPU, NVIDIA, Apple) and ONNX Runtime say; torch raises a plain RuntimeError on a CPU.
_SIGNS = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "failed to allocate memory",
    "bad allocation",
    "bad_alloc",
)
_ON_GPU = ("cuda", "mps", "hip")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception of any library means that memory ran out."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return any(sign in str(error).lower() for sign in _SIGNS)


@contextmanager
def enough_memory(doing: str) -> Iterator[None]:
    """Work that may need more memory than there is.

    Args:
        doing: completes "There is not enough memory ...", such as "to load sam-vit-huge (2,565 MB)".

    Raises:
        OutOfMemory: instead of what the library raised; all other errors are left as they are.
    """
    try:
        yield
    except SamError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        # Its frames hold the arrays that filled the memory, and the new error holds it.
        traceback.clear_frames(error.__traceback__)
        release()
        gpu = any(name in str(error).lower() for name in _ON_GPU)
        where, other = ("on the GPU ", "set SAM_STUDIO_DEVICE=cpu") if gpu else ("", "close other programs")
        raise OutOfMemory(
            f"There is not enough memory {where}{doing}. Choose a smaller model or a smaller photo, unload models that "
            f"you do not need, or {other}; then try again."
        ) from error


def release() -> None:
    """Hand back what nobody uses any more, on the GPU too."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
