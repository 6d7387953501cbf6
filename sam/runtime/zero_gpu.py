"""Models on a ZeroGPU Space: the weights stay here, the work goes to the process that has been lent a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from ..detection.detector import Progress
from ..errors import SamError
from ..segmenter import DecoderRules, Segmenter
from ..types import Boxes, Embedding, Image, Prompt
from .device import gpu

# Inherited by each fork. Without locks of their own: one that is held during a fork stays held in it for ever.
_RESIDENT: WeakValueDictionary[str, Any] = WeakValueDictionary()
_LOADED_LATE: dict[str, Any] = {}


@gpu(seconds=30)
def _run(load: Callable[[str], Any], key: str, method: str, *arguments: Any) -> Any:
    """The one function that asks for a GPU: ZeroGPU keeps a process, with a copy of everything, for each one."""
    try:
        model = _RESIDENT.get(key) or _LOADED_LATE.get(key)
        if model is None:
            # The process was forked before this model was loaded.
            model = _LOADED_LATE[key] = load(key)
        return getattr(model, method)(*arguments)
    except SamError as error:
        # Raised in the process, it would arrive as a nameless failure of ZeroGPU.
        return error


def _lend(load: Callable[[str], Any], key: str, method: str, *arguments: Any) -> Any:
    result = _run(load, key, method, *arguments)
    if isinstance(result, SamError):
        raise result
    return result


class ZeroGpuSegmenter(Segmenter):
    """A segmenter that borrows a GPU for each call."""

    def __init__(self, model: Segmenter, key: str, load: Callable[[str], Segmenter]) -> None:
        """Keep `model` for all processes to come.

        Args:
            model: placed on "cuda", which ZeroGPU emulates here.
            key: stands for the model.
            load: makes the same model from the key; a module-level function.
        """
        self.name = model.name
        self.weights = model.weights
        self.dtype = getattr(model, "dtype", "")
        self.nbytes = int(getattr(model, "nbytes", 0))
        self._model = _RESIDENT[key] = model
        self._key = key
        self._load = load

    @cached_property
    def decoder_file(self) -> Path | None:
        """As the model's, asked where the weights are: a file made of them here might hold none."""
        return _lend(self._load, self._key, "__getattribute__", "decoder_file")

    @property
    def decoder_rules(self) -> DecoderRules:
        """As the model's."""
        return self._model.decoder_rules

    def embed(self, image: Image) -> Embedding:
        """As the model's."""
        return _lend(self._load, self._key, "embed", image)

    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """As the model's."""
        return _lend(self._load, self._key, "decode", embedding, list(prompts))


class ZeroGpuDetector:
    """A detector that borrows a GPU for each call; see `sam.Detector`."""

    def __init__(self, model: Any, key: str, load: Callable[[str], Any]) -> None:
        """Arguments as `ZeroGpuSegmenter`'s."""
        self.name = model.name
        self.nbytes = int(getattr(model, "nbytes", 0))
        self._model = _RESIDENT[key] = model
        self._key = key
        self._load = load

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Boxes:
        """As the model's; another process does not tell how far it is."""
        return _lend(self._load, self._key, "detect", image, text)
