"""Small images and prompts that the conformance kit tries tools with, and how it judges what comes back."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam.types import Boxes, Masks, Points

from .tool import holds, type_name


@dataclass(frozen=True)
class Sample:
    """One image with a prompt for it.

    Attributes:
        name: what is special about it.
        image: (H, W, 3) uint8, as `sam.read_image` gives it.
        box: half-open xyxy of what is drawn in it.
        session: whether it is one of the pair that two sessions run at once; these two have the same size.
    """

    name: str
    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]
    session: bool = False

    def data_for(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """A value for each data parameter of a tool.

        Raises:
            KeyError: there is none of a type; the type's name is the argument.
        """
        x0, y0, x1, y1 = self.box
        mask = np.zeros(self.image.shape[:2], bool)
        mask[y0:y1, x0:x1] = True
        values: dict[str, Any] = {
            "Image": self.image.copy(),
            "Cutout": np.dstack([self.image, mask.astype(np.uint8) * 255]),
            "Points": Points([[(x0 + x1) / 2, (y0 + y1) / 2]], [1]),  # type: ignore[arg-type]
            "Boxes": Boxes([self.box]),  # type: ignore[arg-type]
            "Masks": Masks(mask),
            # A word that every detector knows, the embedded one too.
            "str": "ball",
            "int": 1,
            "float": 1.0,
            "bool": True,
        }
        return {name: values[type_name(kind)] for name, kind in inputs.items()}


def build_samples() -> list[Sample]:
    """1x1, RGBA, EXIF-rotated, wide, and a pair of one size for two sessions."""
    from PIL import Image

    from sam.images import read_image

    alpha = Image.fromarray(_draw(48, 64, (20, 12, 44, 36))).convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(alpha.size))
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side: the camera was turned by a quarter
    turned = Image.fromarray(_draw(40, 64, (20, 10, 40, 30)))
    return [
        Sample("1x1", _draw(1, 1, (0, 0, 1, 1)), (0, 0, 1, 1)),
        Sample("RGBA source", read_image(_encode(alpha, "PNG")), (20, 12, 44, 36)),
        # Turned clockwise: x, y of the stored 40-row picture become 40 - y, x.
        Sample("EXIF-rotated", read_image(_encode(turned, "JPEG", exif=exif.tobytes())), (10, 20, 30, 40)),
        Sample("wide", _draw(8, 1600, (700, 2, 900, 6)), (700, 2, 900, 6)),
        Sample("first session", _draw(60, 80, (8, 8, 30, 40)), (8, 8, 30, 40), session=True),
        Sample("second session", _draw(60, 80, (45, 20, 75, 55), 2), (45, 20, 75, 55), session=True),
    ]


def _draw(height: int, width: int, box: tuple[int, int, int, int], channel: int = 0) -> NDArray[np.uint8]:
    """A grey slope with a bright box on it."""
    image = np.repeat(np.linspace(40, 90, width, dtype=np.uint8)[None, :, None], height, 0).repeat(3, 2)
    x0, y0, x1, y1 = box
    image[y0:y1, x0:x1, channel] = 230
    return image


def _encode(image: Any, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def wrong(result: Any, annotation: Any, sample: Sample) -> str:
    """What about `result` is not as a tool that returns `annotation` promises; "" when all is well."""
    name = type_name(annotation)
    if not holds(result, annotation):
        return f"promises {name}, gives {type(result).__name__}"
    if isinstance(result, Masks) and result.size_hw != sample.image.shape[:2]:
        return f"gives masks of {result.size_hw} for an image of {sample.image.shape[:2]}"
    channels = {"Image": 3, "Cutout": 4}.get(name)
    if channels and (result.ndim != 3 or result.shape[2] != channels or result.dtype != np.uint8):
        return f"promises {name}, (H, W, {channels}) uint8, gives {result.shape} {result.dtype}"
    return ""


def differ(first: Any, second: Any) -> bool:
    """Whether two results are not the same but for rounding: threads may add up in another order."""
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        if first.shape != second.shape or first.dtype != second.dtype:
            return True
        if first.dtype.kind == "f":
            return not np.allclose(first, second, rtol=1e-3, atol=1e-3, equal_nan=True)
        return bool(np.count_nonzero(first != second) > first.size // 1000)
    if dataclasses.is_dataclass(first) and type(first) is type(second):
        return differ(vars(first), vars(second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() != second.keys() or any(differ(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) != len(second) or any(differ(a, b) for a, b in zip(first, second))
    return bool(first != second)
