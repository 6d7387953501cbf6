"""OWLv2 on torch, through transformers and without its processor: each phrase is compared with each patch."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..detection.detector import RAW_SCORE, Progress
from ..errors import ModelUnavailable, PromptError
from ..models.packages import install_command
from ..runtime.gpu_memory import on_gpu, settle
from ..types import Boxes, Embedding, Image

try:
    import torch
    from transformers import Owlv2Config, Owlv2ForObjectDetection
except ImportError as error:
    raise ModelUnavailable(
        f"OWLv2 runs on torch and transformers, which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.locate import read_weights
from ._text import build, load_tokenizer, open_folder, read_question, read_settings, to_boxes

_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_SIDE = 960


class Owlv2:
    """See `sam.Detector`; safe to use from several threads, which take turns."""

    def __init__(
        self, model: Any, tokenizer: Any, settings: dict[str, Any], *, name: str, device: torch.device
    ) -> None:
        """Takes the model over.

        Args:
            model: Owlv2ForObjectDetection.
            tokenizer: of CLIP.
            settings: of its image processor: "size", "image_mean", "image_std".
            name: what people call it.
            device: where it runs, in float32.
        """
        self.name = name
        self._model = settle(model.eval().requires_grad_(False), device)
        self._tokenizer = tokenizer
        self._device = device
        size = settings.get("size") or {}
        self._side_hw = int(size.get("height", _SIDE)), int(size.get("width", _SIDE))
        self._mean = np.array(settings.get("image_mean") or _MEAN, np.float32)
        self._std = np.array(settings.get("image_std") or _STD, np.float32)
        self._most_tokens = int(model.config.text_config.max_position_embeddings)
        self._turn = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of the weights in bytes."""
        return sum(weight.nbytes for weight in self._model.parameters())

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Boxes:
        """See `sam.Detector`; one model run for all phrases, which do not influence each other.

        transformers gives each place to its best phrase only; here a dog is an animal, too, as with `GroundingDino`.
        """
        picture, phrases = read_question(image, text, self.name)
        words = self._tokenizer(list(phrases), padding="max_length", max_length=self._most_tokens, return_tensors="pt")
        if words.input_ids.shape[1] > self._most_tokens:
            long = max(phrases, key=lambda phrase: len(self._tokenizer(phrase).input_ids))
            raise PromptError(f"{long!r} is too long for {self.name}. Use fewer words.")
        if progress is not None:
            progress(0)
        pixels = torch.from_numpy(self.preprocess(picture))[None]
        with self._turn, on_gpu(self._model, self._device), torch.inference_mode():
            out = self._model(
                input_ids=words.input_ids.to(self._device),
                attention_mask=words.attention_mask.to(self._device),
                pixel_values=pixels.to(self._device),
            )
            centres = out.pred_boxes[0].float().cpu().numpy()  # (places, 4) in shares of the padded square
            scores = out.logits[0].float().sigmoid().cpu().numpy()  # (places, phrases)
        place, phrase = np.nonzero(scores > RAW_SCORE)
        height, width = picture.shape[:2]
        side = float(max(height, width))
        labels = [phrases[int(index)] for index in phrase]
        return to_boxes(centres[place], scores[place, phrase], labels, (side, side), (height, width))

    def preprocess(self, image: Image) -> NDArray[np.float32]:
        """(3, h, w) float32: padded below and to the right to a square, resized and standardised, as transformers does.

        That follows scikit-image's resize with its Gaussian blur, as the original did: another filter moves every box.
        """
        from scipy import ndimage

        height, width = image.shape[:2]
        side = max(height, width)
        square = np.zeros((side, side, 3), np.float32)
        square[:height, :width] = image / np.float32(255)
        factors = np.array([side / self._side_hw[0], side / self._side_hw[1], 1.0])
        blurred = ndimage.gaussian_filter(square, np.maximum(0, (factors - 1) / 2), mode="mirror")
        out = ndimage.zoom(blurred, 1 / factors, order=1, mode="mirror", grid_mode=True)
        out = np.clip(out, square.min(), square.max())
        return np.ascontiguousarray(((out - self._mean) / self._std).transpose(2, 0, 1), np.float32)


def load(source: str | Path, *, name: str, device: str | torch.device | None = None) -> Owlv2:
    """An OWLv2.

    Args:
        source: a folder that save_pretrained wrote, or a hub id.
        name: what people call it.
        device: "cpu", "cuda"; the best there is when left out.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or of another kind.
    """
    from ..runtime.device import pick_device

    folder, config = open_folder(source, ("owlv2",))
    model = build((Owlv2Config, Owlv2ForObjectDetection), config, read_weights(folder), source, "OWLv2")
    return Owlv2(model, load_tokenizer(folder), read_settings(folder), name=name, device=pick_device(device))
