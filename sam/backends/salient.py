"""Networks that map a photo to its subject, from ONNX files: U2-Net, IS-Net, BiRefNet, RMBG, and any of their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..models.catalog.salient import SPECS
from ..models.hub import fetch_file
from ..models.packages import install_command
from ..models.spec import installed, models_folder
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


_BY_NAME = {"isnet": "isnet", "is-net": "isnet", "rmbg-1": "rmbg-1.4", "rmbg1": "rmbg-1.4", "u2net": "u2net"}
_RSU_POOLS = 5
"""MaxPools that a U-block inside a U has; a plain U-Net on another encoder has one."""


def recipe_by_graph(file: Path) -> Recipe:
    """How a network of any file name wants its input and is to be read, from what it is made of.

    U2-Net, IS-Net and RMBG 1.4 are nested U-blocks: many poolings, no attention, a map a level. IS-Net and RMBG 1.4
    halve the picture first, U2-Net does not. BiRefNet and RMBG 2.0 attend (Swin). What shows neither is taken by the
    file's name, and else as most networks are trained. Sources: the projects' `models/isnet.py`, `model/u2net.py`.

    Raises:
        ModelUnavailable: the package onnx, which reads the graph, is not installed.
    """
    if not installed("onnx"):
        raise ModelUnavailable(
            f"{file.name} is not a file that is known by its name, and only the package onnx can tell what it is: "
            f"{install_command()}."
        )
    import onnx

    try:
        graph = onnx.load(str(file), load_external_data=False).graph
    except Exception:  # the reader of the weights says what is wrong with the file
        return Recipe(file.name)
    ops = [node.op_type for node in graph.node]
    nested = ops.count("MaxPool") >= _RSU_POOLS or (len(graph.output) >= _RSU_POOLS and "MaxPool" in ops)
    if nested and "Softmax" not in ops:
        first = next((node for node in graph.node if node.op_type == "Conv"), None)
        strides = next((list(a.ints) for a in first.attribute if a.name == "strides"), []) if first is not None else []
        return replace(RECIPES["isnet" if strides[:1] == [2] else "u2net"], file=file.name)
    stem = file.stem.lower()
    named = next((RECIPES[name] for part, name in _BY_NAME.items() if part in stem), None)
    return replace(named, file=file.name) if named is not None and "Softmax" not in ops else Recipe(file.name)


def other_model(inputs: Sequence[Any], outputs: Sequence[Any]) -> str:
    """What an ONNX file is that finds no subject, and what to do instead; "" for one picture in and a map out.

    Args:
        inputs, outputs: of an onnxruntime session, with `name` and `shape`.
    """
    names = {one.name for one in inputs}
    shapes = [tuple(one.shape) for one in outputs]
    channels = [shape[1] for shape in shapes if len(shape) == 4]
    if names & {"point_coords", "points", "image_embeddings", "image_embed"}:
        return f"the decoder of a SAM, {_HALF}"
    if any("embed" in one.name for one in outputs) or any(isinstance(c, int) and c >= 32 for c in channels):
        return f"the image encoder of a SAM, or of another model of that kind: {_HALF}"
    if len(inputs) == 2 and any("mask" in name for name in names):
        return "a model that fills holes, such as LaMa. Choose it where things are erased."
    if len(inputs) == 1 and len(inputs[0].shape) == 4 and inputs[0].shape[1] == 4:
        return "a model of alpha from a trimap, such as ViTMatte. Choose it where outlines are refined."
    if shapes and all(len(shape) == 3 for shape in shapes):
        return "an object detector, such as YOLO, which cannot be used here."
    if shapes and all(len(shape) <= 2 for shape in shapes):
        return "a classifier, or another model without a map as its answer, which cannot be used here."
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or not channels:
        found = ", ".join(f"{one.name} {list(one.shape)}" for one in inputs)
        return f"no subject finder: expected one picture (1, 3, S, S) and a map (1, 1, S, S), got the inputs {found}."
    return ""


_HALF = "one half of a model. Give the whole: its checkpoint (.pth), its folder, or its name."


class SalientFinder:
    """See `sam.SubjectFinder`; safe to use from several threads at once."""

    def __init__(self, name: str, file: Path, recipe: Recipe) -> None:
        """
        Raises:
            ModelUnavailable: not an ONNX file, or one of another kind of model, which is named.
        """
        import onnxruntime

        self.name = name
        self.nbytes = file.stat().st_size
        self._recipe = recipe
        try:
            self._session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        except Exception as error:  # a damaged file can make the reader raise anything
            raise ModelUnavailable(
                f"{file.name} does not work as a subject finder: it is damaged, or no ONNX file ({error}). Download it "
                "again."
            ) from error
        inputs = self._session.get_inputs()
        other = other_model(inputs, self._session.get_outputs())
        if other:
            raise ModelUnavailable(f"{file.name} is {other}")
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
        known = next((one for one in RECIPES.values() if one.file == path.name), None)
        return SalientFinder(name, path, known or recipe_by_graph(path))
    recipe = RECIPES[name]
    local = models_folder() / recipe.file
    if local.is_file():
        return SalientFinder(name, local, recipe)
    remote = next(spec.remote for spec in SPECS if spec.name == name)
    if not remote:
        raise ModelUnavailable(f"{name} is not here: put {recipe.file} into {models_folder()}.")
    return SalientFinder(name, fetch_file(str(source), remote), recipe)
