"""Grounding DINO, MM-Grounding-DINO and LLMDet on torch, through transformers and without its processors."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..detection.detector import Progress
from ..detection.phrases import as_caption, deal_phrases, plain_phrase, tokens_of_phrases
from ..errors import ModelUnavailable
from ..models.hub import TOKENIZER
from ..models.packages import install_command
from ..runtime.gpu_memory import on_gpu, settle
from ..types import Boxes, Embedding, Image

try:
    import torch
    from transformers import (
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        MMGroundingDinoConfig,
        MMGroundingDinoForObjectDetection,
    )
except ImportError as error:
    raise ModelUnavailable(
        f"Grounding DINO runs on torch and transformers, which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_grounding_dino import dino_config, dino_to_hub
from ..checkpoints.locate import original_state, read_weights
from ._text import ask_in_turn, build, load_tokenizer, open_folder, read_question, read_settings

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SIZE = {"shortest_edge": 800, "longest_edge": 1333}
_KINDS: dict[str, tuple[Any, Any]] = {
    "grounding-dino": (GroundingDinoConfig, GroundingDinoForObjectDetection),
    "mm-grounding-dino": (MMGroundingDinoConfig, MMGroundingDinoForObjectDetection),
}
_BERT = ("google-bert/bert-base-uncased", "bert-base-uncased")


class GroundingDino:
    """See `sam.Detector`; safe to use from several threads, which take turns."""

    def __init__(
        self, model: Any, tokenizer: Any, settings: dict[str, Any], *, name: str, device: torch.device
    ) -> None:
        """Takes the model over.

        Args:
            model: one of transformers' classes above.
            tokenizer: of BERT, with offsets.
            settings: of its image processor: "size", "image_mean", "image_std".
            name: what people call it.
            device: where it runs, in float32: its sampling positions need the digits.
        """
        self.name = name
        self._model = settle(model.eval().requires_grad_(False), device)
        self._tokenizer = tokenizer
        self._device = device
        self._size = {**_SIZE, **(settings.get("size") or {})}
        self._mean = np.array(settings.get("image_mean") or _MEAN, np.float32)
        self._std = np.array(settings.get("image_std") or _STD, np.float32)
        self._most_tokens = int(model.config.max_text_len)
        self._turn = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of the weights in bytes."""
        return sum(weight.nbytes for weight in self._model.parameters())

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Boxes:
        """See `sam.Detector`; a model run a phrase up to `phrases.SEPARATE` phrases, beyond that one a promptful."""
        picture, phrases = read_question(image, text, self.name)
        prompts = self.prompts(phrases)
        pixels = torch.from_numpy(self.preprocess(picture))[None].to(self._device)
        mask = torch.ones((1, *pixels.shape[-2:]), dtype=torch.int64, device=self._device)
        return ask_in_turn(prompts, lambda prompt: self._ask(pixels, mask, prompt), picture.shape[:2], progress)

    def prompts(self, phrases: Sequence[str]) -> list[list[str]]:
        """The phrases, dealt out to prompts that the model can read whole.

        Raises:
            PromptError: one phrase alone has too many tokens.
        """
        return deal_phrases(phrases, self._count, self._most_tokens, self.name)

    def _count(self, phrase: str) -> int:
        return len(self._tokenizer.tokenize(phrase))

    def preprocess(self, image: Image) -> NDArray[np.float32]:
        """(3, h, w) float32: shortest side 800, longest at most 1333 pixels, standardised; as transformers does it."""
        from PIL import Image as Pil

        height, width = fit_edges(image.shape[:2], int(self._size["shortest_edge"]), int(self._size["longest_edge"]))
        resized = np.asarray(Pil.fromarray(image).resize((width, height), Pil.Resampling.BILINEAR), np.float32)
        return np.ascontiguousarray(((resized / 255 - self._mean) / self._std).transpose(2, 0, 1))

    def _ask(
        self, pixels: torch.Tensor, mask: torch.Tensor, prompt: Sequence[str]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """((Q, 4) centres and sizes, (Q, phrases) scores) of one prompt."""
        plain = [plain_phrase(phrase) for phrase in prompt]
        text = as_caption(plain)
        read = self._tokenizer(text, return_offsets_mapping=True, return_token_type_ids=True, return_tensors="pt")
        offsets = read.pop("offset_mapping")[0].tolist()
        with self._turn, on_gpu(self._model, self._device), torch.inference_mode():
            tokens = {key: value.to(self._device) for key, value in read.items()}
            out = self._model(pixel_values=pixels, pixel_mask=mask, **tokens)
            boxes = out.pred_boxes[0].float().cpu().numpy()
            scores = out.logits[0].float().sigmoid().cpu().numpy()  # (Q, max_text_len), 0 beyond the text
        if len(prompt) == 1:
            return boxes, scores.max(axis=1, keepdims=True)
        columns = [
            scores[:, own].max(axis=1) if own else np.zeros(len(scores), np.float32)
            for own in tokens_of_phrases(plain, offsets)
        ]
        return boxes, np.stack(columns, axis=1)


def fit_edges(size_hw: tuple[int, int], shortest: int, longest: int) -> tuple[int, int]:
    """(height, width) with the shortest side of `shortest` pixels, or less where the other would exceed `longest`.

    Rounds as transformers' get_size_with_aspect_ratio does: a pixel more moves every box.
    """
    small, large = min(size_hw), max(size_hw)
    exact: float = shortest
    if large / small * shortest > longest:
        exact = longest * small / large
    side = round(exact)
    other = large if side == small else int(exact * large / small)
    if not side:
        # A line of pixels, on which transformers' own processor fails.
        side, other = 1, longest
    return (side, other) if size_hw[0] <= size_hw[1] else (other, side)


def load(source: str | Path, *, name: str, device: str | torch.device | None = None) -> GroundingDino:
    """A Grounding DINO, MM-Grounding-DINO or LLMDet.

    Args:
        source: a folder that save_pretrained wrote, a hub id, or an original .pth with BERT's tokenizer beside it.
        name: what people call it.
        device: "cpu", "cuda"; the best there is when left out.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or of another kind.
    """
    from ..runtime.device import pick_device

    path = Path(source).expanduser()
    if path.is_file():
        original = original_state(path)
        try:
            config = dino_config(original)
        except ModelUnavailable as error:
            raise ModelUnavailable(f"{path}: {error}") from error
        state = dino_to_hub(original)
        kind, words, settings = "grounding-dino", _bert_tokenizer(path.parent), {}
    else:
        folder, config = open_folder(source, tuple(_KINDS))
        kind, words, settings = config["model_type"], load_tokenizer(folder), read_settings(folder)
        state = read_weights(folder)
    model = build(_KINDS[kind], config, state, source, "Grounding DINO")
    return GroundingDino(model, words, settings, name=name, device=pick_device(device))


def _bert_tokenizer(folder: Path) -> Any:
    """BERT's words, which the original files do not hold: from beside them, or from the hub's cache.

    Raises:
        ModelUnavailable: neither is there.
    """
    if any((folder / name).is_file() for name in TOKENIZER):
        return load_tokenizer(folder)
    from transformers import AutoTokenizer

    for source in _BERT:
        try:
            return AutoTokenizer.from_pretrained(source, local_files_only=True)
        except Exception:
            continue
    raise ModelUnavailable(
        f"An original Grounding DINO file holds no tokenizer. Put vocab.txt of {_BERT[0]} (Apache-2.0, 0.2 MB) beside "
        f"it, into {folder}: hf download {_BERT[0]} vocab.txt --local-dir {folder}."
    )
