"""Networks that map a photo to its subject, from ONNX files: U2-Net, IS-Net, BiRefNet, RMBG, and any of their kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..models.catalog.salient import SPECS
from ..models.hub import fetch_file
from ..models.spec import models_folder
from ..subject import MIN_SCORE, tidy
from ..types import Embedding, Image, Masks

SIDE = 1024
"""Input side in pixels where the file leaves it open."""
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_CENTRED = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))


@dataclass(frozen=True)
class Recipe:
    """How a network was trained, which its file does not say.

    Attributes:
        file: its name in the models folder.
        mean, std: of colours in [0, 1].
        stretch: whether the map is stretched to [0, 1], as U2-Net, IS-Net and RMBG 1.4 do.
    """

    file: str
    mean: tuple[float, float, float] = _IMAGENET[0]
    std: tuple[float, float, float] = _IMAGENET[1]
    stretch: bool = False


RECIPES = {
    "u2net": Recipe("u2net.onnx", stretch=True),
    "isnet": Recipe("isnet-general-use.onnx", *_CENTRED, stretch=True),
    "birefnet": Recipe("birefnet.onnx"),
    "birefnet-lite": Recipe("birefnet-lite.onnx"),
    "rmbg-1.4": Recipe("rmbg-1.4.onnx", *_CENTRED, stretch=True),
    "rmbg-2.0": Recipe("rmbg-2.0.onnx"),
}
"""Model name -> recipe. Sources: the projects' own inference code, and rembg's sessions."""


class SalientFinder:
    """See `sam.SubjectFinder`; safe to use from several threads at once."""

    def __init__(self, name: str, file: Path, recipe: Recipe) -> None:
        """
        Raises:
            ModelUnavailable: not an ONNX file, or not one picture in.
        """
        import onnxruntime

        self.name = name
        self.nbytes = file.stat().st_size
        self._recipe = recipe
        try:
            self._session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            inputs = self._session.get_inputs()
            if len(inputs) != 1 or len(inputs[0].shape) != 4:
                raise ValueError(f"its inputs are {[(one.name, one.shape) for one in inputs]}")
        except Exception as error:  # a damaged file can make the reader raise anything
            raise ModelUnavailable(
                f"{file.name} does not work as a subject finder ({error}). Expected one input (1, 3, S, S) and a map "
                "(1, 1, S, S) out. Download it again."
            ) from error
        side = inputs[0].shape[-1]
        self._input, self._side = inputs[0].name, side if isinstance(side, int) else SIDE

    def find_subject(self, image: Image | Embedding) -> Masks:
        """See `sam.SubjectFinder`; takes images only."""
        if isinstance(image, Embedding):
            raise ModelUnavailable(f"{self.name} reads photos, not embeddings: give it the image.")
        low = self._probability(image)
        import cv2

        height, width = image.shape[:2]
        full = np.asarray(cv2.resize(low, (width, height), interpolation=cv2.INTER_LINEAR)).reshape(height, width)
        mask = tidy(full > 0.5)
        # A network that is sure says 0 or 1 everywhere; the mean over what it chose is how sure it is.
        score = float(full[mask].mean()) if mask.any() else 0.0
        if not score >= MIN_SCORE:
            return Masks.empty((height, width))
        return Masks(mask[None], np.array([min(1.0, score)], np.float32))

    def _probability(self, image: Image) -> NDArray[np.float32]:
        """(S, S) float32 in [0, 1]."""
        from PIL import Image as Pil

        small = Pil.fromarray(image).resize((self._side, self._side), Pil.Resampling.BILINEAR)
        colours: Any = np.asarray(small, np.float32) / 255
        colours = (colours - np.array(self._recipe.mean, np.float32)) / np.array(self._recipe.std, np.float32)
        outputs = self._session.run(None, {self._input: np.ascontiguousarray(colours.transpose(2, 0, 1))[None]})
        # U2-Net, IS-Net and RMBG 1.4 answer at several sizes, the best first; BiRefNet's answer is its last.
        found: Any = np.asarray(outputs[0 if self._recipe.stretch else -1], np.float32)
        found = found.reshape(-1, *found.shape[-2:])[0]
        low, high = float(found.min()), float(found.max())
        if low < 0 or high > 1:
            found = 1 / (1 + np.exp(-np.clip(found, -60, 60)))
        elif self._recipe.stretch and high > 0.1 and high - low > 1e-6:
            # Nothing found must stay nothing, not become everything.
            found = (found - low) / (high - low)
        return np.ascontiguousarray(found, np.float32)


def load(source: str | Path, *, name: str) -> SalientFinder:
    """A network from an ONNX file, from the models folder, or from a hub id, downloaded on first use.

    Raises:
        ModelUnavailable: not there, not reachable, or damaged.
    """
    path = Path(source)
    if path.is_file():
        recipe = next((one for one in RECIPES.values() if one.file == path.name), Recipe(path.name))
        return SalientFinder(name, path, recipe)
    recipe = RECIPES[name]
    local = models_folder() / recipe.file
    if local.is_file():
        return SalientFinder(name, local, recipe)
    remote = next(spec.remote for spec in SPECS if spec.name == name)
    if not remote:
        raise ModelUnavailable(f"{name} is not here: put {recipe.file} into {models_folder()}.")
    return SalientFinder(name, fetch_file(str(source), remote), recipe)
