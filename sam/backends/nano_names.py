"""The names head on ONNX Runtime: it reads nano's embedding, so an image is encoded once for clicks and words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..boxes import clip_boxes
from ..detection.detector import MIN_SCORE, RAW_SCORE, Progress, sift
from ..detection.phrases import fold, join_phrases, read_phrases
from ..detection.vocabulary import NAMES, Name, find_name, nearest
from ..errors import PromptError
from ..masks import logits_to_masks
from ..nano.maps_to_boxes import stuff_boxes, thing_boxes
from ..types import Boxes, Embedding, Image, Masks, Prompt
from ._head import agree, embedding_of, open_head
from .nano import WEIGHTS, NanoSegmenter

FILE = "names.onnx"
OTHER = "grounding-dino-tiny"
"""What finds names that this model was not taught."""

LEAST_SHARE = 0.08
"""Of a box that the head's map must fill, or it has nothing to say about what is in there."""


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

    def detect(self, image: Image | Embedding, text: str, *, progress: Progress | None = None) -> Boxes:
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
        embedding = embedding_of(self.nano, image)
        return self.outline(embedding, sift(self.detect(embedding, text), min_score=min_score))

    def outline(self, image: Image | Embedding, boxes: Boxes) -> Masks:
        """See `sam.detection.detector.Outliner`: nano's decoder draws things, the head's map shows stuff.

        Raises:
            PromptError: a label that this model was not taught.
            ImageError, ModelUnavailable: as `detect`.
        """
        embedding = embedding_of(self.nano, image)
        if not len(boxes):
            return Masks.empty(embedding.size_hw)
        names = dict(self.read(join_phrases(tuple(dict.fromkeys(boxes.labels)))))
        maps = enlarged(self.look(embedding, list(names.values()))[0])
        low = {fold(phrase): one for phrase, one in zip(names, maps)}
        dense = {fold(phrase): one for phrase, one in zip(names, logits_to_masks(maps, embedding))}
        stuff = {fold(phrase) for phrase, name in names.items() if name.stuff}
        parts: list[NDArray[np.bool_] | None] = []
        prompts = []
        for box, label in zip(boxes.xyxy, boxes.labels):
            x0, y0, x1, y1 = np.round(clip_boxes(box[None], embedding.size_hw)[0]).astype(int)
            part = np.zeros(embedding.size_hw, bool)
            part[y0:y1, x0:x1] = dense[fold(label)][y0:y1, x0:x1]
            seen = np.count_nonzero(part) >= LEAST_SHARE * (y1 - y0) * (x1 - x0) > 0
            parts.append(part if seen else None)
            prompts.append(Prompt(box=box, mask_input=low[fold(label)] if seen else None, multimask_output=False))
        masks = []
        for answer, own, label in zip(self.nano.predict_many(embedding, prompts), parts, boxes.labels):
            drawn = answer.masks[0]
            masks.append(drawn if own is None or (fold(label) not in stuff and agree(drawn, own)) else own)
        found = Masks(np.stack(masks), boxes.scores)
        return Masks(found.masks, found.scores, boxes=Boxes(found.boxes.xyxy, boxes.scores, boxes.labels))

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
        verb = "are" if len(unknown) > 1 else "is"
        return (
            f"{self.name} knows {len(NAMES)} names, and {named} {verb} not among them. {hint}"
            f"For any other words choose the model Grounding DINO ({OTHER})."
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
    from ..models.registry import load_model

    nano = load_model("nano", NanoSegmenter) if folder == WEIGHTS else NanoSegmenter("nano", folder)
    return NanoNames(name, folder, nano)
