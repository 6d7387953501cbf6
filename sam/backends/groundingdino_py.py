"""Grounding DINO as its authors run it: the package groundingdino-py, in an environment of its own.

The package is not maintained, and needs torchvision and a transformers of 2024, which this one's versions exclude. So
another Python runs it, as a process that is asked over pipes (`sam.runtime.subprocess_model`); the prompts,
the phrases of the boxes and the scores are made as by `GroundingDino`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..detection.detector import Progress
from ..detection.phrases import deal_phrases, plain_phrase
from ..errors import ModelUnavailable
from ..models.hub import fetch_file
from ..models.spec import GROUNDINGDINO_PYTHON
from ..runtime import subprocess_model
from ..runtime.subprocess_model import Worker
from ..types import Boxes, Embedding, Image
from ._text import ask_in_turn, read_question

WORKER = Path(subprocess_model.__file__).with_name("groundingdino_worker.py")
HOW = (
    "In the folder of this package: python3.11 -m venv gdino, then gdino/bin/pip install -r "
    f"requirements-groundingdino-py.txt, then set {GROUNDINGDINO_PYTHON} to the path of gdino/bin/python."
)
_BERT = "google-bert/bert-base-uncased"
_START_SECONDS = 300
"""The packages alone take a quarter of a minute to import on a cold disk, and the weights are 0.9 GB."""
_ASK_SECONDS = 600


class GroundingDinoPy:
    """See `sam.Detector`; its process is started again where it has ended. Threads take turns."""

    def __init__(self, start: Callable[[], Worker], *, name: str, seconds: float = _ASK_SECONDS) -> None:
        """Start its process.

        Args:
            start: it; see `sam.runtime.subprocess_model.Worker`.
            name: what people call it.
            seconds: that one prompt may take.

        Raises:
            ModelUnavailable: the process cannot be started.
        """
        self.name = name
        self._start = start
        self._seconds = seconds
        self._turn = threading.Lock()
        self._worker = start()
        self._most_tokens = int(self._worker.ready["most_tokens"])
        self.nbytes = int(self._worker.ready["nbytes"])
        """Memory of the weights in bytes, in the other process."""

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Boxes:
        """See `sam.Detector`; a model run a phrase up to `phrases.SEPARATE` phrases, beyond that one a promptful."""
        picture, phrases = read_question(image, text, self.name)
        with self._turn:
            if not self._worker.alive:
                self._worker = self._start()
            plain = [plain_phrase(phrase) for phrase in phrases]
            counted = self._worker.ask({"call": "tokens", "phrases": plain}, seconds=self._seconds)[0]["tokens"]
            count = dict(zip(plain, counted))
            prompts = deal_phrases(phrases, count.__getitem__, self._most_tokens, self.name)
            self._worker.ask({"call": "look"}, [np.ascontiguousarray(picture)], seconds=self._seconds)
            return ask_in_turn(prompts, self._ask, picture.shape[:2], progress)

    def _ask(self, prompt: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        question = {"call": "ask", "phrases": [plain_phrase(phrase) for phrase in prompt]}
        boxes, found = self._worker.ask(question, seconds=self._seconds)[1]
        return boxes, found


def load(source: str | Path, *, name: str, file: str = "") -> GroundingDinoPy:
    """The model in a process of its own.

    Args:
        source: the original .pth, or a hub id.
        name: what people call it.
        file: in the hub's folder.

    Raises:
        ModelUnavailable: the environment is not set up, or the file or BERT's words are not there, or the process says
            what is wrong.
    """
    python = os.environ.get(GROUNDINGDINO_PYTHON, "").strip()
    if not python:
        raise ModelUnavailable(f"{name} runs in an environment of its own, which is not set up here. {HOW}")
    path = Path(source).expanduser()
    checkpoint = path if path.is_file() else fetch_file(str(source), file)
    vocabulary = _vocabulary(checkpoint.parent)
    # Isolated: neither this package's folder nor its settings are the other Python's.
    command: list[str | Path] = [Path(python).expanduser(), "-I", WORKER, checkpoint.resolve(), vocabulary.resolve()]
    return GroundingDinoPy(lambda: Worker(command, name=name, seconds=_START_SECONDS), name=name)


def _vocabulary(folder: Path) -> Path:
    """BERT's words, from beside the file or from the hub's cache.

    Raises:
        ModelUnavailable: neither is there.
    """
    from huggingface_hub import try_to_load_from_cache

    if (folder / "vocab.txt").is_file():
        return folder / "vocab.txt"
    if isinstance(here := try_to_load_from_cache(_BERT, "vocab.txt"), str):
        return Path(here)
    raise ModelUnavailable(
        f"An original Grounding DINO file holds no tokenizer. Put vocab.txt of {_BERT} (Apache-2.0, 0.2 MB) beside it, "
        f"into {folder}: hf download {_BERT} vocab.txt --local-dir {folder}."
    )
