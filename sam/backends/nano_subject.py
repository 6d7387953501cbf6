"""The subject head on ONNX Runtime: it reads nano's embedding, so an image is encoded once for clicks and subject."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ..errors import ModelUnavailable
from ..subject import subject_masks, tidy
from ..types import Embedding, Image, Masks
from .nano import WEIGHTS, NanoSegmenter, open_session

FILE = "subject.onnx"
MIN_AGREEMENT = 0.3
"""IoU of the decoder's mask with the head's below which the head's is kept."""


class NanoSubject:
    """See `sam.SubjectFinder`; safe to use from several threads at once."""

    def __init__(self, name: str, folder: Path, nano: NanoSegmenter) -> None:
        """
        Args:
            name: of this model.
            folder: where subject.onnx is.
            nano: the model whose embeddings it reads.

        Raises:
            ModelUnavailable: the file is missing, damaged, or was trained for another encoder.
        """
        self.name = name
        self.nano = nano
        file = folder / FILE
        if not file.is_file():
            raise ModelUnavailable(f"{name}: expected {FILE} in {folder}, found no such file. Install again.")
        self._session = open_session(file, name, spin=False)
        self._features = [value.name for value in self._session.get_inputs() if value.name != "input_hw"]
        trained = self._session.get_modelmeta().custom_metadata_map.get("encoder", "")
        actual = hashlib.sha256((nano.folder / "encoder.onnx").read_bytes()).hexdigest()
        if trained != actual:
            raise ModelUnavailable(
                f"{name}: {FILE} was trained for another encoder ({trained[:8] or 'unknown'}) than {nano.name}'s "
                f"({actual[:8]}). Install again; after training, export it anew with python -m sam.nano.subject_export."
            )

    def find_subject(self, image: Image | Embedding) -> Masks:
        """See `sam.SubjectFinder`; an image's embedding is kept for the clicks that follow (`sam.embeddings`)."""
        from ..embeddings import embed

        if isinstance(image, Embedding):
            self.nano.check(image, [])
            embedding = image
        else:
            embedding = embed(self.nano, image)
        inputs = {name: embedding.arrays[name] for name in self._features}
        inputs["input_hw"] = np.array([embedding.input_hw], np.float32)
        logits, score = self._session.run(["logits", "score"], inputs)
        found = subject_masks(logits, float(score[0]), embedding)
        return self._outlined(found, embedding) if len(found) else found

    def _outlined(self, found: Masks, embedding: Embedding) -> Masks:
        """The same subject as nano's decoder draws it, from the head's mask and the box around it.

        The head knows what a photo is of, the decoder what belongs together: mean IoU on held-out photos rose by .04
        (animals, car parts, COCO) and stayed (clothing).
        """
        drawn = self.nano.predict(embedding, boxes=found.boxes.xyxy, mask_input=found.logits[0], multimask_output=False)
        mask = tidy(drawn.masks[0])
        # A decoder that loses the subject altogether must not take it away from the user.
        shared = np.count_nonzero(mask & found.masks[0])
        if shared < MIN_AGREEMENT * np.count_nonzero(mask | found.masks[0]):
            return found
        return Masks(mask[None], found.scores, drawn.logits)


def load(name: str = "nano-subject", folder: Path = WEIGHTS) -> NanoSubject:
    """The embedded head, beside the embedded nano that all share.

    Raises:
        ModelUnavailable: as `NanoSubject`, or nano's own files are missing or damaged.
    """
    from ..models import load_model

    nano = load_model("nano", NanoSegmenter) if folder == WEIGHTS else NanoSegmenter("nano", folder)
    return NanoSubject(name, folder, nano)
