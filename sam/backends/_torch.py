"""Shared by all families on torch: locks, devices, batches of prompts, and what is copied off the device."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable, PromptError
from ..images import check_image
from ..models.packages import install_command
from ..runtime.batching import Batcher
from ..runtime.gpu_memory import on_gpu, settle
from ..runtime.out_of_memory import is_out_of_memory, release
from ..segmenter import Segmenter
from ..types import Embedding, Image, Prompt

try:
    import torch
except ImportError as error:
    raise ModelUnavailable(
        f"Models of the SAM family run on torch and transformers, which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

# Small enough for a click never to wait long behind somebody's thousand prompts.
_CPU_BATCH = 8
_GPU_BATCH = 64
# A ViT-H takes about a gigabyte and a half for each.
_GPU_IMAGES = 4

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Batch = tuple["torch.Tensor | None", ...]


@dataclass(frozen=True)
class Prepared:
    """A photo as a model sees it.

    Attributes:
        pixels: (1, 3, side, side), standardised.
        input_hw: (height, width) of the photo in it.
        size_hw: (height, width) of the photo itself.
    """

    pixels: torch.Tensor
    input_hw: tuple[int, int]
    size_hw: tuple[int, int]

    def packed(self, dtype: torch.dtype) -> Prepared:
        """With the pixels in the format that they will be computed in."""
        return Prepared(self.pixels.to(dtype), self.input_hw, self.size_hw)

    def __reduce__(self) -> Any:
        # As bytes: a tensor would go through shared memory, of which a container may have next to none.
        name = str(self.pixels.dtype).removeprefix("torch.")
        bits = self.pixels.contiguous().view(torch.uint8).numpy().tobytes()
        return _unpacked, (bits, name, tuple(self.pixels.shape), self.input_hw, self.size_hw)


def _unpacked(
    bits: bytes, dtype: str, shape: tuple[int, ...], input_hw: tuple[int, int], size_hw: tuple[int, int]
) -> Prepared:
    pixels = torch.frombuffer(bytearray(bits), dtype=getattr(torch, dtype)).reshape(shape)
    return Prepared(pixels, input_hw, size_hw)


class TorchSegmenter(Segmenter):
    """A promptable torch model; a family says how it encodes, and how it decodes prompts of one shape.

    Attributes:
        name: what the embeddings say they were made by.
        weights: SHA-256 of the weights in float32, the same for an original checkpoint and the folder made from it.
        device: where it runs.
        dtype: what the image encoder computes in, and the mask decoder where it pays. Prompts are encoded in float32
            always, since bfloat16 cannot tell neighbouring pixels apart.
    """

    def __init__(
        self, model: Any, *, name: str, weights: str, device: torch.device, dtype: torch.dtype, side: int, grid: int
    ) -> None:
        """
        Args:
            model: taken over: put on `device`, and kept from training.
            side: of the model's square input, in pixels.
            grid: of the image embedding, in cells; logits and mask inputs have four times as many.
        """
        self.name = name
        self.weights = weights
        self.device = device
        self.dtype = dtype
        self._pixel_dtype = self._feature_dtype = dtype
        self._model = settle(model.eval().requires_grad_(False), device)
        self._side = self.input_size = side
        self._grid = grid
        self.mask_side = 4 * grid
        # Two locks, so that nobody's click waits for somebody else's new image; each keeps memory to one batch.
        self._encoding = threading.Lock()
        self._decoding = threading.Lock()
        self.images_at_once = 1 if device.type == "cpu" else _GPU_IMAGES
        self._together = Batcher(self.embed_prepared, self.images_at_once)

    @property
    def nbytes(self) -> int:
        """Memory of the weights in bytes."""
        return sum(weight.nbytes for weight in self._model.parameters())

    def _decoder_of(self, make: Callable[[], Any]) -> Path | None:
        """The file of a `DecoderGraph`: made on first use, which takes seconds, and kept in the user's cache."""
        from ..export.decoder_file import cached_decoder

        return cached_decoder(make, f"{self.weights}-{str(self._feature_dtype).removeprefix('torch.')}")

    def drop_encoder(self) -> None:
        """Give up the weights that only encoding needs: what is left decodes. Cannot be undone."""
        for name in ("vision_encoder", "image_encoder"):
            part = getattr(self._model, name, None)
            if part is not None:
                part.to("meta")

    @abstractmethod
    def _pixels(self, image: Image) -> tuple[torch.Tensor, tuple[int, int]]:
        """((1, 3, side, side) float32, (height, width) of the image inside it)."""

    @abstractmethod
    def _encode(self, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        """The arrays of embeddings, each with a leading axis of B, from (B, 3, side, side) in `_pixel_dtype`."""

    @property
    @abstractmethod
    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name -> shape of the arrays of an embedding."""

    def _shared(self, features: Mapping[str, torch.Tensor], embedding: Embedding, count: int) -> Mapping[str, Any]:
        """`features`, and whatever else the batches of `count` prompts on one image would each compute again."""
        return features

    @abstractmethod
    def _decode_batch(
        self, features: Mapping[str, Any], embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """((N, K, h, w), (N, K)) for N prompts of one shape; masks that score `least` or less need not be drawn."""

    def embed(self, image: Image) -> Embedding:
        """As `Segmenter.embed`; on a GPU, photos that wait at the same time are encoded together.

        float32 stays float32; any other dtype is kept as float16, which holds it.
        """
        return self._together(self._prepare(image))

    def embed_many(self, images: Sequence[Image]) -> list[Embedding]:
        """As `Segmenter.embed_many`; where the GPU has no memory for so many, one at a time."""
        found: list[Embedding] = []
        for start in range(0, len(images), self.images_at_once):
            some = images[start : start + self.images_at_once]
            found += self.embed_prepared([self._prepare(image) for image in some])
        return found

    def prepare(self, images: Sequence[Image]) -> list[Prepared]:
        """What encoding on a GPU begins with: all that `embed_many` does before it, to be sent to another process.

        Raises:
            ImageError: not (H, W, 3) uint8.
        """
        from ..runtime.device import pick_dtype

        return [self._prepare(image).packed(pick_dtype("cuda")) for image in images]

    def embed_prepared(self, prepared: Sequence[Prepared]) -> list[Embedding]:
        """As `embed_many`, of what `prepare` gave; where the GPU has no memory for so many, one at a time."""
        found: list[Embedding] = []
        for start in range(0, len(prepared), self.images_at_once):
            some = prepared[start : start + self.images_at_once]
            try:
                found += self._embed(some)
            except RuntimeError as error:
                if len(some) == 1 or not is_out_of_memory(error):
                    raise
                release()
                found += [one for each in some for one in self._embed([each])]
        return found

    def _prepare(self, image: Image) -> Prepared:
        check_image(image)
        return Prepared(*self._pixels(image), (image.shape[0], image.shape[1]))

    def _embed(self, prepared: Sequence[Prepared]) -> list[Embedding]:
        with self._encoding, on_gpu(self._model, self.device), torch.inference_mode():
            pixels = torch.cat([one.pixels for one in prepared])
            found = self._encode(pixels.to(self.device, self._pixel_dtype))
            arrays = {name: value.float().cpu().numpy() for name, value in found.items()}
        if self.dtype != torch.float32:
            arrays = {name: value.astype(np.float16) for name, value in arrays.items()}
        # Copies, for an embedding that is kept must not hold those beside it.
        rows = [{name: value[row : row + 1].copy() for name, value in arrays.items()} for row in range(len(prepared))]
        return [
            Embedding(self.name, self.weights, own, one.size_hw, one.input_hw, self._side)
            for one, own in zip(prepared, rows, strict=True)
        ]

    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """As `Segmenter.decode`; the logits are (K, 256, 256) for an input of 1024.

        Raises:
            PromptError: a mask_input of another size.
            ModelUnavailable: an embedding of another shape.
        """
        return self._decode(embedding, prompts, -np.inf)

    def decode_above(
        self, embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """As `Segmenter.decode_above`; raises as `decode`."""
        return self._decode(embedding, prompts, least)

    def _decode(
        self, embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """`decode_above`: where many are asked and few pass, no more than a batch is ever held of the others."""
        for name, shape in self._shapes.items():
            array = embedding.arrays.get(name)
            if array is None or array.shape != shape:
                raise ModelUnavailable(
                    f"{self.name}: expected {name} of shape {shape}, got {'none' if array is None else array.shape}. "
                    f"Encode the image again with {self.name}."
                )
        side = self.mask_side
        for prompt in prompts:
            if prompt.mask_input is not None and prompt.mask_input.shape != (side, side):
                raise PromptError(
                    f"mask_input: expected ({side}, {side}) logits of an earlier answer of {self.name}, "
                    f"got {prompt.mask_input.shape}."
                )
        # A copy: torch warns about arrays that are read-only, as those of an Embedding are.
        features = {
            name: torch.tensor(embedding.arrays[name]).to(self.device, self._feature_dtype) for name in self._shapes
        }
        with on_gpu(self._model, self.device), torch.inference_mode():
            shared = self._shared(features, embedding, len(prompts))
        answers: list[Any] = [None] * len(prompts)
        for rows in _batches(prompts, _CPU_BATCH if self.device.type == "cpu" else _GPU_BATCH):
            with self._decoding, on_gpu(self._model, self.device), torch.inference_mode():
                logits, scores = self._decode_batch(shared, embedding, [prompts[row] for row in rows], least)
            for row, one_logits, one_scores in zip(rows, logits, scores, strict=True):
                order = np.argsort(-one_scores, kind="stable")
                # Not "greater than": a broken model's NaN has its mask, too.
                answers[row] = (one_logits[order[~(one_scores[order] <= least)]], one_scores[order])
        return answers

    def _tensors(self, prompts: Sequence[Prompt], embedding: Embedding) -> Batch:
        """`stacked`, on the device."""
        return tuple(
            None if part is None else torch.from_numpy(part).to(self.device) for part in stacked(prompts, embedding)
        )


def exact_scores(head: Any) -> None:
    """Keep a head for predicted IoU in float32: scores lie close together, and bfloat16 knows only steps of 1/256."""
    head.float()
    head.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))


def squeeze(
    image: Image,
    side: int,
    *,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    antialias: bool = True,
) -> torch.Tensor:
    """(1, 3, side, side) float32: the image stretched to a square whatever its shape, as SAM 2 and its kin want it.

    In float, as Meta's transforms do it; transformers' processor rounds to whole grey levels in between.
    """
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255
    if pixels.shape[2:] != (side, side):
        pixels = torch.nn.functional.interpolate(
            pixels, (side, side), mode="bilinear", align_corners=False, antialias=antialias
        )
    return (pixels - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def stacked(prompts: Sequence[Prompt], embedding: Embedding) -> tuple[NDArray[Any] | None, ...]:
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
