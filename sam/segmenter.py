"""The interface of every promptable model, and the part that all families share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ModelUnavailable, PromptError
from .io.arrays import shown
from .masks import each_to_masks
from .stopping import check_stopped
from .types import Boxes, Embedding, Image, Masks, Points, Prompt


@dataclass(frozen=True)
class DecoderRules:
    """What a decoder that runs elsewhere does before and after its graph.

    Attributes:
        slots: places for points come in multiples of this; 0 for SAM's own padding, one empty point where there is no
            box.
        tidy: masks are made tidy afterwards (`sam.nano.postprocess`).
        pad_box: with SAM's own padding, one empty point beside a box, too.
        least: with SAM's own padding, empty points up to so many places instead.
    """

    slots: int = 0
    tidy: bool = False
    pad_box: bool = False
    least: int = 0


_PROMPTS_AT_ONCE = 128
"""After so many, `predict_many` looks whether it is still wanted."""


class Segmenter(ABC):
    """A promptable model: `embed` is slow and once an image, `predict` is fast and once a prompt.

    It keeps no image and no prompt: two sessions that share one instance cannot meet.
    """

    name: str
    weights: str
    """Hash of the weights; goes into each embedding and must match on the way back."""
    input_size: int = 1024
    """Side of the model's square input, in pixels: of a photo with a longer side it sees a smaller copy."""
    mask_side: int = 256
    """Side of the square of logits that `decode` returns and `mask_input` takes, in cells."""
    sure_iou: float = 0.88
    """Predicted IoU above which everything mode trusts a mask; SAM's, as in Meta's code."""
    sure_stability: float = 0.95
    """Stability above which it does."""

    images_at_once: int = 1
    """Images that `embed_many` encodes together: on a GPU several take hardly longer than one."""

    @property
    def encoder_file(self) -> Path | None:
        """The encoder as .onnx, small enough for a page to run, or None where there is none."""
        return None

    @property
    def decoder_file(self) -> Path | None:
        """The decoder as .onnx for the page to run, or None where there is none."""
        return None

    @property
    def decoder_rules(self) -> DecoderRules:
        """What must be done around the graph in `decoder_file` to get the answers of `decode`."""
        return DecoderRules()

    @abstractmethod
    def embed(self, image: Image) -> Embedding:
        """Encode an image.

        Args:
            image: (H, W, 3) uint8 RGB.

        Raises:
            ImageError: not such an array.
        """

    def embed_many(self, images: Sequence[Image]) -> list[Embedding]:
        """Encode several images, `images_at_once` of them together; each as `embed` would.

        Args:
            images: (H, W, 3) uint8 RGB each, of any sizes.

        Raises:
            ImageError: not such arrays.
        """
        return [self.embed(image) for image in images]

    @abstractmethod
    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """For each prompt ((K, h, w) float32 logits, (K,) float32 predicted IoU), best first; K is 3 or 1.

        The logits cover the model's padded square input, not the image.
        """

    def decode_above(
        self, embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """As `decode`, but of all K scores, and logits only of those above `least`: what everything mode asks for.

        A family overrides this where it can spare itself the other masks.
        """
        return [(logits[scores > least], scores) for logits, scores in self.decode(embedding, prompts)]

    def predict(
        self,
        embedding: Embedding,
        *,
        points: ArrayLike | Points | None = None,
        labels: ArrayLike | None = None,
        boxes: ArrayLike | Boxes | None = None,
        mask_input: ArrayLike | None = None,
        multimask_output: bool | None = None,
    ) -> Masks:
        """Masks for one prompt, best first.

        Args:
            embedding: of this model.
            points: (N, 2) x, y in image pixels.
            labels: (N,) 1 foreground, 0 background; all foreground when left out.
            boxes: one half-open xyxy box in image pixels.
            mask_input: (h, w) logits of an earlier answer, to refine it.
            multimask_output: see `Prompt`.

        Raises:
            PromptError: empty or impossible prompt.
            ModelUnavailable: the embedding is another model's.
        """
        prompt = Prompt.of(
            points=points, labels=labels, boxes=boxes, mask_input=mask_input, multimask_output=multimask_output
        )
        return self.predict_many(embedding, [prompt])[0]

    def predict_many(self, embedding: Embedding, prompts: Sequence[Prompt]) -> list[Masks]:
        """One Masks for each prompt; the model runs them in batches.

        Raises:
            PromptError, ModelUnavailable: as `predict`.
            Cancelled: see `sam.stopping`.
        """
        self.check(embedding, prompts)
        answers = []
        for start in range(0, len(prompts), _PROMPTS_AT_ONCE):
            check_stopped()
            answers += self.decode(embedding, prompts[start : start + _PROMPTS_AT_ONCE])
        each = each_to_masks((logits for logits, _ in answers), embedding)
        return [
            Masks(masks, np.clip(scores, 0, 1), logits) for masks, (logits, scores) in zip(each, answers, strict=True)
        ]

    def check(self, embedding: Embedding, prompts: Sequence[Prompt]) -> None:
        """Refuse what would give a wrong mask instead of an error.

        Raises:
            PromptError, ModelUnavailable: as `predict`.
        """
        if not isinstance(embedding, Embedding):
            hint = "Encode the image first: model.embed(image)." if isinstance(embedding, np.ndarray) else "Use embed."
            raise PromptError(f"embedding: expected what embed returns, got {type(embedding).__name__}. {hint}")
        if not isinstance(prompts, Sequence) or not all(isinstance(prompt, Prompt) for prompt in prompts):
            raise PromptError(f"prompts: expected a list of sam.Prompt, got {shown(prompts)}.")
        if (embedding.model, embedding.weights) != (self.name, self.weights):
            raise ModelUnavailable(
                f"This embedding was made by {embedding.model} ({embedding.weights[:8]}), not by {self.name} "
                f"({self.weights[:8]}). Encode the image again with {self.name}."
            )
        for prompt in prompts:
            prompt.check_inside(embedding.size_hw)
