"""The names head on ONNX Runtime: it reads nano's embedding, so an image is encoded once for clicks and words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..boxes import clip_boxes
from ..detector import MIN_SCORE, RAW_SCORE, sift
from ..errors import PromptError
from ..masks import logits_to_masks
from ..names import NAMES, Name, find_name, nearest
from ..nano.regions import stuff_boxes, thing_boxes
from ..phrases import read_phrases
from ..types import Boxes, Embedding, Image, Masks, Prompt
from ._head import agree, embedding_of, open_head
from .nano import WEIGHTS, NanoSegmenter

FILE = "names.onnx"
OTHER = "grounding-dino-tiny"
"""What finds names that this model was not taught."""


class NanoNames:
    """See `sam.Detector`; safe to use from several threads at once."""

    def __init__(self, name: str, folder: Path, nano: NanoSegmenter) -> None:
        """
        Args:
            name: of this model.
            folder: where names.onnx is.
            nano: the model whose embeddings it reads.

        Raises:
            ModelUnavailable: as `open_head`.
        """
        self.name = name
        self.nano = nano
        self._session = open_head(folder / FILE, name, nano)
        self._features = [value.name for value in self._session.get_inputs() if value.name not in ("input_hw", "names")]

    @property
    def names(self) -> tuple[str, ...]:
        """All that it was taught; synonyms and plurals of these are understood too."""
        return tuple(name.name for name in NAMES)

    def detect(self, image: Image | Embedding, text: str) -> Boxes:
        """See `sam.Detector`.

        Raises:
            PromptError: no name, too many, or one that this model was not taught.
            ImageError: not such an array.
            ModelUnavailable: the embedding is another model's.
        """
        phrases = self.read(text)
        embedding = embedding_of(self.nano, image)
        logits, distances, presence = self.look(embedding, [name for _, name in phrases])
        found = [
            self._boxes(name, phrase, logits[i], distances[i], float(presence[i]), embedding)
            for i, (phrase, name) in enumerate(phrases)
        ]
        xyxy = np.concatenate([boxes.xyxy for boxes in found])
        scores = np.concatenate([boxes.scores for boxes in found])
        labels = [label for boxes in found for label in boxes.labels]
        order = np.argsort(-scores, kind="stable")
        return Boxes(xyxy[order], scores[order], tuple(labels[i] for i in order))

    def dense_masks(self, image: Image | Embedding, text: str) -> Masks:
        """The whole region of each name in `text`, one mask a phrase in their order, straight from the head's map.

        Good for what has no number, as sky and road; the score is how sure it is that the name is there at all.

        Raises:
            PromptError, ImageError, ModelUnavailable: as `detect`.
        """
        phrases = self.read(text)
        embedding = embedding_of(self.nano, image)
        logits, _, presence = self.look(embedding, [name for _, name in phrases])
        large = enlarged(logits)
        masks = logits_to_masks(large, embedding)
        found = Masks(masks, presence, large)
        return Masks(masks, presence, large, Boxes(found.boxes.xyxy, presence, tuple(phrase for phrase, _ in phrases)))

    def find_masks(self, image: Image | Embedding, text: str, min_score: float = MIN_SCORE) -> Masks:
        """Masks of everything that `text` names, best first: nano's decoder outlines things, the map shows stuff.

        Raises:
            PromptError, ImageError, ModelUnavailable: as `detect`.
        """
        phrases = dict(self.read(text))
        embedding = embedding_of(self.nano, image)
        boxes = sift(self.detect(embedding, text), min_score=min_score)
        if not len(boxes):
            return Masks.empty(embedding.size_hw)
        maps = enlarged(self.look(embedding, list(phrases.values()))[0])
        low, dense = dict(zip(phrases, maps)), dict(zip(phrases, logits_to_masks(maps, embedding)))
        prompts = [
            Prompt(box=box, mask_input=low[label], multimask_output=False)
            for box, label in zip(boxes.xyxy, boxes.labels)
        ]
        drawn = self.nano.predict_many(embedding, prompts)
        masks = []
        for one, box, label in zip(drawn, boxes.xyxy, boxes.labels):
            x0, y0, x1, y1 = np.round(box).astype(int)
            inside = np.zeros(embedding.size_hw, bool)
            inside[max(0, y0) : y1, max(0, x0) : x1] = dense[label][max(0, y0) : y1, max(0, x0) : x1]
            outline = one.masks[0]
            masks.append(outline if not phrases[label].stuff and agree(outline, inside) else inside)
        return Masks(np.stack(masks), boxes.scores, boxes=boxes)

    def read(self, text: str) -> list[tuple[str, Name]]:
        """Phrases as typed, each once, and what they mean.

        Raises:
            PromptError: as `detect`.
        """
        known = {phrase: find_name(phrase) for phrase in read_phrases(text)}
        unknown = [phrase for phrase, name in known.items() if name is None]
        if unknown:
            raise PromptError(self._refusal(unknown))
        return [(phrase, name) for phrase, name in known.items() if name is not None]

    def look(
        self, embedding: Embedding, names: list[Name]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Raw answers: (Q, 64, 64) logits, (Q, 4, 64, 64) distances and (Q,) scores; see `NamesGraph`.

        Raises:
            ModelUnavailable: the embedding is another model's.
        """
        self.nano.check(embedding, [])
        inputs = {name: embedding.arrays[name] for name in self._features}
        inputs["input_hw"] = np.array([embedding.input_hw], np.float32)
        inputs["names"] = np.array([name.index for name in names], np.int64)
        logits, distances, presence = self._session.run(["logits", "distances", "presence"], inputs)
        return logits, distances, presence

    def _boxes(
        self,
        name: Name,
        phrase: str,
        logits: NDArray[np.float32],
        distances: NDArray[np.float32],
        presence: float,
        embedding: Embedding,
    ) -> Boxes:
        rows, columns = (-(-side // 8) for side in embedding.input_hw)
        p = np.asarray(1 / (1 + np.exp(-logits[:rows, :columns])), np.float32)
        if name.stuff:
            xyxy, scores, _ = stuff_boxes(p)
        else:
            xyxy, scores = thing_boxes(p, distances[:, :rows, :columns])
        height, width = embedding.size_hw
        scale = np.array([width / embedding.input_hw[1], height / embedding.input_hw[0]] * 2, np.float32)
        xyxy = clip_boxes(xyxy * scale, embedding.size_hw)
        scores = np.sqrt(np.clip(scores * presence, 0, 1))
        real = ((xyxy[:, 2:] - xyxy[:, :2]) >= 1).all(1) & (scores > RAW_SCORE)
        return Boxes(xyxy[real], scores[real], (phrase,) * int(real.sum()))

    def _refusal(self, unknown: list[str]) -> str:
        named = ", ".join(repr(phrase[:40]) for phrase in unknown[:5]) + ("..." if len(unknown) > 5 else "")
        near = list(dict.fromkeys(name for phrase in unknown[:5] for name in nearest(phrase[:80])))[:4]
        hint = f"Near to that it knows {', '.join(near)}. " if near else ""
        return (
            f"{self.name} knows {len(NAMES)} names, and {named} is not among them. {hint}"
            f"For any other words choose the model {OTHER}."
        )


def enlarged(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 64, 64) logits as (N, 256, 256), what nano takes as `mask_input`."""
    import cv2

    size = logits.shape[-1] * 4
    return np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_LINEAR) for one in logits.clip(-10, 10)])


def load(name: str = "nano-names", folder: Path = WEIGHTS) -> NanoNames:
    """The embedded head, beside the embedded nano that all share.

    Raises:
        ModelUnavailable: as `NanoNames`, or nano's own files are missing or damaged.
    """
    from ..models import load_model

    nano = load_model("nano", NanoSegmenter) if folder == WEIGHTS else NanoSegmenter("nano", folder)
    return NanoNames(name, folder, nano)
