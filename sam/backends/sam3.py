"""Text prompts with SAM 3, on torch, through transformers' Sam3Model and without its processor: boxes and masks.

Each phrase is a concept prompt of its own (SAM 3 paper, section 3): a presence score says whether it is there at all,
and scales the scores of its boxes. The image is encoded once for all phrases.
"""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..boxes import clip_boxes
from ..detection.detections import Detections
from ..detection.detector import Progress
from ..errors import ModelUnavailable, PromptError
from ..models.packages import install_command
from ..runtime.gpu_memory import on_gpu, settle
from ..types import Embedding, Image

try:
    import torch
    from transformers import Sam3Config
except ImportError as error:
    raise ModelUnavailable(
        f"SAM 3 runs on torch and transformers (5.0 or later), which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.locate import State, read_weights
from ._text import build, load_tokenizer, open_folder, read_question, read_settings, worth
from .sam3_tracker import register_encoder

_HALF = (0.5, 0.5, 0.5)
_MOST_TOKENS = 32
_PREFIX = "detector_model."
_OTHERS = ("tracker_model.", "tracker_neck.")


class Sam3:
    """See `sam.Detector`; what it finds are `Detections`. Safe to use from several threads, which take turns."""

    def __init__(
        self, model: Any, tokenizer: Any, settings: dict[str, Any], *, name: str, device: torch.device
    ) -> None:
        """Takes the model over.

        Args:
            model: Sam3Model.
            tokenizer: of CLIP.
            settings: of its image processor: "image_mean", "image_std".
            name: what people call it.
            device: where it runs, in float32.
        """
        self.name = name
        self._model = settle(model.eval().requires_grad_(False), device)
        self._tokenizer = tokenizer
        self._device = device
        side = model.config.vision_config.image_size
        self._side_hw = (side, side) if isinstance(side, int) else (int(side[0]), int(side[1]))
        self._mean = np.array(settings.get("image_mean") or _HALF, np.float32)
        self._std = np.array(settings.get("image_std") or _HALF, np.float32)
        self._most_tokens = min(_MOST_TOKENS, int(model.config.text_config.max_position_embeddings))
        self._turn = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of the weights in bytes."""
        return sum(weight.nbytes for weight in self._model.parameters())

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Detections:
        """See `sam.Detector`; the image is encoded once, then one shorter run a phrase."""
        picture, phrases = read_question(image, text, self.name)
        words = [self._read(phrase) for phrase in phrases]
        if progress is not None:
            progress(0)
        seen = self._look(picture)
        found = []
        for done, (phrase, tokens) in enumerate(zip(phrases, words), 1):
            found.append(self._ask(seen, phrase, tokens, picture.shape[:2]))
            if progress is not None:
                progress(done / len(phrases))
        scores = np.concatenate([one.scores for one in found])
        return Detections(
            np.concatenate([one.xyxy for one in found]),
            scores,
            tuple(label for one in found for label in one.labels),
            np.concatenate([one.logits for one in found]),
            picture.shape[:2],
        )[np.argsort(-scores, kind="stable")]

    def preprocess(self, image: Image) -> NDArray[np.float32]:
        """(3, side, side) float32: stretched to a square and rounded to whole grey levels, as its processor does.

        That resizes in float with torchvision, whose antialiased kernel is torch's; Pillow, which rounds after each of
        its two passes, gives another level to one pixel in six, and other boxes.
        """
        levels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()
        if levels.shape[2:] != self._side_hw:
            levels = torch.nn.functional.interpolate(
                levels, self._side_hw, mode="bilinear", align_corners=False, antialias=True
            )
        pixels = levels[0].round().clamp(0, 255).numpy() / 255
        return np.ascontiguousarray((pixels - self._mean[:, None, None]) / self._std[:, None, None])

    def _read(self, phrase: str) -> dict[str, torch.Tensor]:
        """The tokens of one phrase.

        Raises:
            PromptError: too many of them.
        """
        read = self._tokenizer(phrase, padding="max_length", max_length=self._most_tokens, return_tensors="pt")
        if read.input_ids.shape[1] > self._most_tokens:
            raise PromptError(f"{phrase!r} is too long for {self.name}. Use fewer words.")
        return {key: read[key].to(self._device) for key in ("input_ids", "attention_mask")}

    def _look(self, image: Image) -> Any:
        pixels = torch.from_numpy(self.preprocess(image))[None].to(self._device)
        with self._turn, on_gpu(self._model, self._device), torch.inference_mode():
            return self._model.get_vision_features(pixel_values=pixels)

    def _ask(self, seen: Any, phrase: str, tokens: dict[str, torch.Tensor], size_hw: tuple[int, ...]) -> Detections:
        """What one phrase names, unfiltered but for what nobody asks for."""
        with self._turn, on_gpu(self._model, self._device), torch.inference_mode():
            out = self._model(vision_embeds=seen, **tokens)
            scores = (out.pred_logits[0].sigmoid() * out.presence_logits[0].sigmoid()).float().cpu().numpy()
            shares = out.pred_boxes[0].float().cpu().numpy()
            height, width = size_hw
            inside = clip_boxes(shares * np.array([width, height] * 2, np.float32), (height, width))
            kept = worth(inside, scores)
            logits = out.pred_masks[0][torch.from_numpy(kept).to(self._device)].float().clamp(-50, 50)
        return Detections(inside[kept], scores[kept], (phrase,) * len(kept), logits.cpu().numpy(), (height, width))


def load(source: str | Path, *, name: str, device: str | torch.device | None = None) -> Sam3:
    """The detector of a SAM 3.

    Args:
        source: a folder that save_pretrained wrote, of the detector or of all of SAM 3; or a hub id.
        name: what people call it.
        device: "cpu", "cuda"; the best there is when left out.

    Raises:
        ModelUnavailable: not there, not given out, not reachable, damaged, or not a SAM 3.
    """
    from ..runtime.device import pick_device

    folder, config = open_folder(source, ("sam3", "sam3_video"))
    model = build((Sam3Config, _network()), config.get("detector_config") or config, _own(folder), source, "SAM 3")
    return Sam3(model, load_tokenizer(folder), read_settings(folder), name=name, device=pick_device(device))


def _own(folder: Path) -> State:
    """The detector's weights: the folder of all of SAM 3 holds the tracker's, too."""
    weights = read_weights(folder)
    return {key.removeprefix(_PREFIX): value for key, value in weights.items() if not key.startswith(_OTHERS)}


def _network() -> Any:
    """Sam3Model without torchvision, which only its box prompts use, and transformers asks for at the front door."""
    register_encoder()
    return importlib.import_module("transformers.models.sam3.modeling_sam3").Sam3Model
