"""NumPy: an .npz a photo, for one's own code: `masks` (N, H, W) bool, `boxes`, `labels`, `names`, `scores`."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from ..errors import PromptError
from ._core import regions
from ._core.collect import Collected
from ._core.format import Format, FormatError, Options, Shape
from ._core.output import Output
from ._core.sources import Files
from .annotations import Annotations, encode_mask

MAX_BYTES = 1 << 30
"""Of one photo's masks."""


def looks(files: Files) -> bool:
    """A file that ends in .npz."""
    return bool(files.ending(".npz"))


def read(files: Files) -> Annotations:
    """Scores that are NaN are none."""
    found = Collected(files)
    for name in files.ending(".npz"):
        with found.trying(name):
            data = files.read(name, MAX_BYTES)
            arrays = _load(data, name)
            masks = arrays["masks"]
            if masks.ndim != 3 or masks.dtype != bool:
                raise PromptError(f"expected masks as (N, H, W) bool, got {masks.dtype} of shape {masks.shape}")
            said = arrays.get("image")
            photo = str(said) if said is not None and said.ndim == 0 else found.photo_beside(name)
            image = found.image(photo, masks.shape[1:])
            columns = [arrays.get(key) for key in ("labels", "names", "scores")]
            for index, mask in enumerate(masks):
                with found.trying(f"{name}, mask {index}"):
                    label, title, score = (None if one is None else one[index] for one in columns)
                    found.object(
                        image,
                        encode_mask(mask),
                        label=found.label(str(label)) if label else "",
                        name=str(title) if title is not None else "",
                        score=None if score is None or np.isnan(score) else float(score),
                    )
    return found.result()


def write(annotations: Annotations, out: Output, options: Options) -> None:
    """Compressed; `np.load` reads it without pickle."""
    for image, objects in annotations.by_image():
        height, width = image.size_hw
        if len(objects) * height * width > MAX_BYTES:
            raise FormatError(f"{image.name}: its {len(objects):,} masks need more than 1 GB as arrays. Choose COCO.")
        masks = np.zeros((len(objects), height, width), bool)
        for index, one in enumerate(objects):
            mask, left, top = regions.crop_of(one.rle)
            masks[index, top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            masks=masks,
            boxes=np.array([one.box for one in objects], np.int64).reshape(-1, 4),
            labels=np.array([one.label for one in objects], np.str_),
            names=np.array([one.name for one in objects], np.str_),
            scores=np.array([np.nan if one.score is None else one.score for one in objects], np.float64),
            image=np.array(image.name),
        )
        out.add(f"{image.stem}.npz", buffer.getvalue())


def _load(data: bytes, name: str) -> dict[str, np.ndarray]:
    """The arrays, sized before they are unpacked.

    Raises:
        PromptError: damaged, too large, or Python objects.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES + (64 << 20):
                raise PromptError("its arrays are larger than 1 GB")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {key: file[key] for key in file.files if key in ("masks", "labels", "names", "scores", "image")}
    except PromptError:
        raise
    except Exception as error:  # NumPy raises what it likes on damaged files
        raise PromptError(f"it is damaged, or no file of arrays ({type(error).__name__})") from error


FORMATS = (
    Format(
        "numpy",
        "NumPy arrays",
        Shape.MASK,
        frozenset({"class", "name", "score"}),
        ".npz",
        read=read,
        write=write,
        looks=looks,
    ),
)
