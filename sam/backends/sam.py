"""SAM 1 and SlimSAM on torch, through transformers' SamModel; answers are those of Meta's SamPredictor."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable, PromptError
from ..images import pad_square, resize_longest
from ..segmenter import Segmenter
from ..types import Embedding, Image, Prompt

try:
    import torch
    from transformers import SamConfig, SamModel
except ImportError as error:
    raise ModelUnavailable(
        f"Models of the SAM family run on torch and transformers, which cannot be imported here ({error}). "
        "Install them: pip install torch transformers."
    ) from error

from ._checkpoint import State, read_checkpoint
from ._convert import some

_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_STD = np.array([58.395, 57.12, 57.375], np.float32)
# Small enough for the caches of a CPU, and for a click never to wait long behind somebody's thousand prompts.
_CPU_BATCH = 4
_GPU_BATCH = 64


class SamSegmenter(Segmenter):
    """A SamModel behind the interface that all families share.

    Attributes:
        name: what the embeddings say they were made by.
        weights: SHA-256 of the weights in float32, the same for a .pth and for the folder made from it.
        device: where it runs.
        dtype: what the image encoder and the mask decoder compute in. Prompts are encoded in float32 always, since
            bfloat16 cannot tell neighbouring pixels apart.
    """

    def __init__(self, model: SamModel, *, name: str, weights: str, device: torch.device, dtype: torch.dtype) -> None:
        """Takes the model over: moves it to `device` and its two heavy parts to `dtype`."""
        self.name = name
        self.weights = weights
        self.device = device
        self.dtype = dtype
        with torch.inference_mode():
            self._positions = model.get_image_wide_positional_embeddings().to(dtype)
        self._model = model.eval().requires_grad_(False).to(device)
        self._model.vision_encoder.to(dtype)
        self._model.mask_decoder.to(dtype)
        # Scores lie close together, and bfloat16 knows only steps of 1/256 below 1.
        head = self._model.mask_decoder.iou_prediction_head.float()
        head.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))
        vision: Any = model.config.vision_config
        self._side: int = vision.image_size
        self._grid: int = vision.image_size // vision.patch_size
        self.mask_side = 4 * self._grid
        self._channels: int = vision.output_channels
        # Two locks, so that nobody's click waits for somebody else's new image; each keeps memory to one batch.
        self._encoding = threading.Lock()
        self._decoding = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of the weights in bytes."""
        return sum(weight.nbytes for weight in self._model.parameters())

    @property
    def decoder_file(self) -> Path | None:
        """As `Segmenter.decoder_file`: made on first use, which takes seconds, and kept in the user's cache."""
        from ..export.sam_decoder import cached_decoder

        return cached_decoder(self._model, f"{self.weights}-{str(self.dtype).removeprefix('torch.')}")

    def embed(self, image: Image) -> Embedding:
        """As `Segmenter.embed`. float32 stays float32; any other dtype is kept as float16, which holds it."""
        pixels, input_hw = preprocess(image, self._side)
        with self._encoding, torch.inference_mode():
            batch = torch.from_numpy(pixels).to(self.device, self.dtype)
            features = self._model.vision_encoder(batch).last_hidden_state.float().cpu().numpy()
        kept = features if self.dtype == torch.float32 else features.astype(np.float16)
        return Embedding(self.name, self.weights, {"image_embeddings": kept}, image.shape[:2], input_hw, self._side)

    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """As `Segmenter.decode`; the logits are (K, 256, 256) for an input of 1024.

        Raises:
            PromptError: a mask_input of another size.
            ModelUnavailable: an embedding of another shape.
        """
        expected = (1, self._channels, self._grid, self._grid)
        array = embedding.arrays.get("image_embeddings")
        if array is None or array.shape != expected:
            raise ModelUnavailable(
                f"{self.name}: expected image_embeddings of shape {expected}, got "
                f"{'none' if array is None else array.shape}. Encode the image again with {self.name}."
            )
        side = self.mask_side
        for prompt in prompts:
            if prompt.mask_input is not None and prompt.mask_input.shape != (side, side):
                raise PromptError(
                    f"mask_input: expected ({side}, {side}) logits of an earlier answer of {self.name}, "
                    f"got {prompt.mask_input.shape}."
                )
        # A copy: torch warns about arrays that are read-only, as those of an Embedding are.
        features = torch.tensor(array).to(self.device, self.dtype)
        answers: list[Any] = [None] * len(prompts)
        for rows in _batches(prompts, _CPU_BATCH if self.device.type == "cpu" else _GPU_BATCH):
            logits, scores = self._decode_batch(features, embedding, [prompts[row] for row in rows])
            for row, one_logits, one_scores in zip(rows, logits, scores, strict=True):
                order = np.argsort(-one_scores, kind="stable")
                answers[row] = (one_logits[order], one_scores[order])
        return answers

    def _decode_batch(
        self, features: torch.Tensor, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """((N, K, h, w), (N, K)) for N prompts of one shape."""
        points, labels, boxes, masks = (
            None if part is None else torch.from_numpy(part).to(self.device) for part in _stack(prompts, embedding)
        )
        with self._decoding, torch.inference_mode():
            sparse, dense = self._model.prompt_encoder(
                input_points=points, input_labels=labels, input_boxes=boxes, input_masks=masks
            )
            # Each prompt is an image of its own to SamModel: only so can each have its own mask input.
            logits, scores = self._model.mask_decoder(
                image_embeddings=features.expand(len(prompts), -1, -1, -1),
                image_positional_embeddings=self._positions.to(self.device),
                sparse_prompt_embeddings=None if sparse is None else sparse.to(self.dtype),
                dense_prompt_embeddings=dense.to(self.dtype),
                multimask_output=prompts[0].wants_many,
            )
            return logits[:, 0].float().cpu().numpy(), scores[:, 0].float().cpu().numpy()


def preprocess(image: Image, side: int) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """((1, 3, side, side) float32, (height, width) of the resized image in it), exactly as Meta's predictor does it.

    Raises:
        ImageError: not (H, W, 3) uint8, or without a pixel.
    """
    resized = resize_longest(image, side)
    pixels = pad_square((resized.astype(np.float32) - _MEAN) / _STD, side)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))[None], resized.shape[:2]


def _stack(prompts: Sequence[Prompt], embedding: Embedding) -> tuple[NDArray[Any] | None, ...]:
    """Points (N, 1, P, 2), labels (N, 1, P), boxes (N, 1, 4), masks (N, 1, h, w) in the model's input; None if absent.

    Coordinates go in as they are, as everybody gives them to Meta's predictor, and the prompt encoder adds half a pixel
    of the model's input. Strictly that is half such a pixel too much where the centre of the first pixel is (0.5, 0.5);
    to answer exactly as Meta's predictor does for the same numbers is worth more than 1/2048 of the image.
    """
    (height, width), (new_height, new_width) = embedding.size_hw, embedding.input_hw
    scale = np.array([new_width / width, new_height / height])
    first = prompts[0]
    points = labels = boxes = masks = None
    if first.points is not None:
        points = np.stack([(p.points.xy * scale).astype(np.float32)[None] for p in prompts if p.points is not None])
        labels = np.stack([p.points.labels[None] for p in prompts if p.points is not None])
    if first.box is not None:
        boxes = np.stack([(p.box * np.tile(scale, 2)).astype(np.float32)[None] for p in prompts if p.box is not None])
    if first.mask_input is not None:
        masks = np.stack([p.mask_input[None] for p in prompts if p.mask_input is not None])
    return points, labels, boxes, masks


def _batches(prompts: Sequence[Prompt], size: int) -> Iterator[list[int]]:
    """Rows of prompts that fit into one array: as many points, and a box, a mask, three answers in all or in none."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row, prompt in enumerate(prompts):
        count = -1 if prompt.points is None else len(prompt.points)
        shape = (count, prompt.box is None, prompt.mask_input is None, prompt.wants_many)
        groups.setdefault(shape, []).append(row)
    for rows in groups.values():
        for start in range(0, len(rows), size):
            yield rows[start : start + size]


def load(
    source: str | Path, *, name: str, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> SamSegmenter:
    """A SAM 1 or SlimSAM.

    Args:
        source: Meta's original .pth, a folder that save_pretrained wrote, or a hub id, downloaded on first use.
        name: what the model is called in the embeddings.
        device: "cpu", "cuda", "mps"; the best there is when left out.
        dtype: "float32", "float16", "bfloat16"; the fastest that the device runs well when left out.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not a SAM 1.
    """
    from ..device import pick_device, pick_dtype

    config, state = read_checkpoint(source)
    try:
        with torch.device("meta"):
            model = SamModel(SamConfig.from_dict(config))
    except Exception as error:  # whatever a damaged configuration leads to
        raise ModelUnavailable(f"{source}: this configuration makes no SAM ({error}).") from error
    weights = _fill(model, state, source)
    where = pick_device(device)
    return SamSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))


def _fill(model: SamModel, state: State, source: str | Path) -> str:
    """Puts the weights of `state`, emptied on the way, into `model` as float32; their SHA-256."""
    wanted = model.state_dict()
    missing, unexpected = wanted.keys() - state.keys(), state.keys() - wanted.keys()
    misfits = [key for key in wanted.keys() & state.keys() if wanted[key].shape != state[key].shape]
    faults = {"missing": missing, "unknown": unexpected, "of another shape": misfits}
    if found := [f"{fault}: {some(keys)}" for fault, keys in faults.items() if keys]:
        raise ModelUnavailable(
            f"{source} does not hold the weights of a SAM 1 ({'; '.join(found)}). "
            "Other families (SAM 2, HQ-SAM, MobileSAM, ...) do not load as SAM 1."
        )
    digest = hashlib.sha256()
    filled: State = {}
    for key in sorted(state):
        filled[key] = state.pop(key).to(torch.float32, copy=True).contiguous()
        digest.update(f"{key} {tuple(filled[key].shape)}".encode())
        digest.update(filled[key].numpy().data)
    model.load_state_dict(filled, assign=True)
    return digest.hexdigest()
