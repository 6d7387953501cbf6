"""Whatever a caller hands over as numbers, as a finite NumPy array; or a sentence about it, never NumPy's own error.

Every array that enters a value of `sam.types` comes through here: lists, NumPy, torch and whatever else NumPy reads.
"""

from __future__ import annotations

import reprlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError, SamError

_LARGEST = float(np.finfo(np.float32).max)
_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = 60
_SHOWN.maxlevel = 2


def shown(value: Any) -> str:
    """A value in a few words for a message, whatever its size, depth and faults."""
    try:
        return _SHOWN.repr(value)
    except Exception:  # its own repr may raise anything
        return f"a {type(value).__name__}"


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view: a value shared between threads must not change under anyone."""
    view = array.view()
    view.flags.writeable = False
    return view


def read_array(value: Any, name: str, what: str, error: type[SamError] = PromptError) -> NDArray[Any]:
    """As NumPy has it, when it holds real numbers or booleans; tensors are taken off their graph and their device.

    Args:
        value: anything.
        name: how messages call it.
        what: what messages expect, such as "a list of [x, y] pairs".
        error: kind to raise.

    Raises:
        SamError: ragged, nested too deep, text, objects, complex numbers, dates, or entries that are masked out.
    """
    try:
        array = np.asarray(_off_graph(value))
        hidden = isinstance(value, np.ma.MaskedArray) and bool(np.ma.getmaskarray(value).any())
    except MemoryError:
        raise
    except Exception as problem:  # an object's own __array__ may raise anything
        raise error(f"{name}: expected {what}, got {shown(value)}.") from problem
    if hidden:
        raise error(f"{name}: expected {what}, got a masked array. Fill or drop what is masked first.")
    if array.size and array.dtype.kind not in "biuf":
        kind = "complex numbers" if array.dtype.kind == "c" else f"shape {array.shape} of {array.dtype}"
        got = kind if isinstance(value, np.ndarray) or array.dtype.kind == "c" else shown(value)
        raise error(f"{name}: expected {what}, got {got}.")
    if array.dtype.kind in "iuf" and isinstance(value, (list, tuple)) and _holds_flags(value):
        raise error(f"{name}: expected {what}, got true or false among numbers.")
    return array


def _holds_flags(value: list[Any] | tuple[Any, ...]) -> bool:
    """Whether true or false, which NumPy takes for 1 and 0, is anywhere in it; it has no more levels than an array."""
    kinds = set(map(type, value))
    if kinds & {bool, np.bool_}:
        return True
    return any(_holds_flags(one) for one in value if isinstance(one, (list, tuple))) if kinds & {list, tuple} else False


def read_floats(value: Any, name: str, what: str, error: type[SamError] = PromptError) -> NDArray[np.float32]:
    """Finite numbers of any shape as float32.

    Raises:
        SamError: as `read_array`; booleans, NaN, infinity, or a number that float32 cannot hold.
    """
    array = read_array(value, name, what, error)
    if array.size == 0:
        return array.astype(np.float32)
    if array.dtype.kind == "b":
        raise error(f"{name}: expected {what}, got true and false.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise error(f"{name}: expected {_finite(what)}, got NaN or infinity.")
    if array.dtype.kind == "f" and array.dtype.itemsize > 4 and np.abs(array).max() > _LARGEST:
        raise error(f"{name}: expected {_finite(what)}, got {np.abs(array).max():g}.")
    return np.asarray(array, np.float32)


def read_rows(value: Any, name: str, width: int, what: str) -> NDArray[np.float32]:
    """(N, width) float32, read-only; one row may come alone.

    Raises:
        PromptError: as `read_floats`, or another shape.
    """
    array = read_floats(value, name, what)
    if array.size == 0:
        array = array.reshape(0, width)
    if array.ndim == 1 and array.size == width:
        array = array[None]
    if array.ndim != 2 or array.shape[1] != width:
        raise PromptError(f"{name}: expected {what}, got shape {array.shape}.")
    return frozen(array)


def read_scores(value: Any, count: int) -> NDArray[np.float32]:
    """(N,) float32, read-only; `count` ones where there are none.

    Raises:
        PromptError: as `read_floats`.
    """
    return frozen(np.ones(count, np.float32) if value is None else read_floats(value, "scores", "numbers").reshape(-1))


def read_labels(value: Any, count: int) -> NDArray[np.int64]:
    """(count,) int64 of 1 foreground, 0 background, read-only; all foreground where there are none.

    Raises:
        PromptError: other numbers than 0 and 1, or another number of them.
    """
    if value is None:
        return frozen(np.ones(count, np.int64))
    what = "1 (foreground) or 0 (background)"
    labels = read_array(value, "labels", what).reshape(-1)
    if len(labels) != count:
        raise PromptError(f"labels: expected one for each of the {count} points, got {len(labels)}.")
    if not np.isin(labels, (0, 1)).all():
        raise PromptError(f"labels: expected {what}, got {shown(labels.tolist())}.")
    return frozen(labels.astype(np.int64))


def read_names(value: Any, count: int) -> tuple[str, ...]:
    """Texts, `count` empty ones where there are none; half a character (a lone surrogate) becomes U+FFFD.

    Raises:
        PromptError: not text.
    """
    if value is None:
        return ("",) * count
    names = [value] if isinstance(value, str) else list(value) if np.iterable(value) else [None]
    if not all(isinstance(name, str) for name in names):
        raise PromptError(f"boxes: expected labels as text, got {shown(value)}.")
    return tuple(whole_text(str(name)) for name in names)


def whole_text(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no file and no wire can carry."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_masks(value: Any) -> NDArray[np.bool_]:
    """(N, H, W) bool, read-only; one (H, W) may come alone. Whole numbers count as true where they are not 0.

    Raises:
        PromptError: as `read_array`; other axes; or floats that are not 0 and 1.
    """
    array = read_array(value, "masks", "(N, H, W) of true and false")
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3:
        raise PromptError(f"masks: expected (N, H, W), got shape {array.shape}.")
    if array.dtype.kind == "f" and not np.isin(array, (0, 1)).all():
        raise PromptError("masks: expected true and false, got floats. Say what counts as inside, such as masks > 0.5.")
    return frozen(array.astype(bool, copy=False))


def read_logits(value: Any, count: int) -> NDArray[np.float32]:
    """(N, h, w) float32, read-only; (count, 0, 0) where there are none.

    Raises:
        PromptError: as `read_array`, or another shape.
    """
    if value is None:
        return frozen(np.zeros((count, 0, 0), np.float32))
    array = np.asarray(read_array(value, "logits", "(N, h, w) numbers"), np.float32)
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3:
        raise PromptError(f"masks: expected {count} scores and logits (N, h, w), got logits {array.shape}.")
    return frozen(array)


GUIDE_LOGIT = 6.0
"""What a mask counts as when it is handed back as logits; nano was taught with 3 to 8 (`sam/training/prompts.py`)."""


def read_mask_input(value: Any) -> NDArray[np.float32]:
    """(h, w) float32 logits of an earlier answer, read-only; a mask in their place is turned into logits.

    A mask is what no decoder answers: true and false, unsigned numbers such as 0 and 255, 0 and one other number, or
    nothing but numbers from 0 to 1. What lies between its two values is taken for a share.

    Raises:
        PromptError: as `read_floats`; other axes, or an empty mask that is none of floats.
    """
    what = "finite (h, w) logits"
    array = read_array(value, "mask_input", what)
    if array.ndim == 3 and len(array) == 1:
        array = array[0]
    if array.ndim != 2 or array.size == 0:
        raise PromptError(f"mask_input: expected {what}, got shape {array.shape}.")
    unsigned = array.dtype.kind in "bu"
    numbers = array.astype(np.float32) if array.dtype.kind == "b" else read_floats(array, "mask_input", what)
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0 or not (unsigned or high <= 1 or np.isin(numbers, (0, high)).all()):
        return frozen(numbers)
    if high == 0:
        if array.dtype.kind == "f":  # as logits: sure of nothing
            return frozen(numbers)
        raise PromptError("mask_input: this mask is empty. Leave it out, or give the logits of an earlier answer.")
    full = 255.0 if unsigned and 1 < high <= 255 else max(1.0, high)
    if np.isin(numbers, (0, high)).all():
        full = high
    return frozen((2 * numbers / np.float32(full) - 1) * np.float32(GUIDE_LOGIT))


def read_size(value: Any, name: str = "size_hw") -> tuple[int, int]:
    """(height, width) in pixels, each at least 0.

    Raises:
        PromptError: not two whole numbers.
    """
    what = "(height, width) in pixels"
    array = read_array(value, name, what)
    if array.shape != (2,) or array.dtype.kind == "b" or not np.isfinite(array).all():
        raise PromptError(f"{name}: expected {what}, got {shown(value)}.")
    if (array != np.floor(array)).any() or (array < 0).any() or (array > 2**31).any():
        raise PromptError(f"{name}: expected {what}, got {shown(value)}.")
    return int(array[0]), int(array[1])


def read_text(value: Any, name: str) -> str:
    """Text; half a character becomes U+FFFD.

    Raises:
        PromptError: anything else.
    """
    if not isinstance(value, str):
        raise PromptError(f"{name}: expected text, got {shown(value)}.")
    return whole_text(value)


def read_flag(value: Any, name: str) -> bool:
    """True or false; 1 and 0 are taken for them, no text is.

    Raises:
        PromptError: anything else.
    """
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, (int, np.integer)) and value in (0, 1)):
        return bool(value)
    raise PromptError(f"{name}: expected true or false, got {shown(value)}.")


def read_whole(value: Any, name: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`; 3.0 is one, true and "3" are not.

    Raises:
        PromptError: anything else.
    """
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):  # noqa: SIM102
        if low <= value <= high and value == int(value):
            return int(value)
    raise PromptError(f"{name}: expected {low} to {high}, a whole number, got {shown(value)}.")


def read_number(value: Any, name: str, low: float, high: float) -> float:
    """A number from `low` to `high`; true and "3" are none.

    Raises:
        PromptError: anything else, NaN among it.
    """
    right = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not right or not low <= value <= high:
        raise PromptError(f"{name}: expected a number from {low:g} to {high:g}, got {shown(value)}.")
    return float(value)


def _finite(what: str) -> str:
    return what if "finite" in what else "finite numbers"


def _off_graph(value: Any) -> Any:
    """A torch tensor as NumPy takes it: without its gradient, on the CPU, and not in bfloat16, which NumPy lacks."""
    if not callable(getattr(value, "detach", None)):
        return value
    value = value.detach().cpu()
    return value.float() if str(value.dtype) == "torch.bfloat16" else value
