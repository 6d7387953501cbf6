"""nano on ONNX Runtime: the embedded model, and any other export with the same graph."""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable, PromptError
from ..nano.postprocess import obey, tidy
from ..segmenter import DecoderRules, Segmenter
from ..types import Embedding, Image, Prompt

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS = Path(__file__).parents[1] / "nano" / "weights"
INPUT_SIZE = 512
"""Side of the encoder's square input, in pixels."""
LOGITS_SIZE = 256
"""Side of the decoder's masks, in cells."""
BATCH = 4
"""Prompts in one run: on a CPU larger batches are slower per prompt (measured: 8 at once cost as much as 8 alone)."""
NO_CLICK = np.float32(1e-30)
"""In `has_mask_input`: no mask, and none of the decoder's graph for clicks either. That one is made for the single
thread of a page; two threads take 13 ms for it, and 9 for the one that answers every prompt (alternated)."""
MOST_THREADS = 4
"""The graphs are small, and a server has other sessions to answer."""
PAD_COLOUR = (124, 116, 104)
"""The training mean: zero once normalised."""
SLOTS = 6
"""Places for points in training, empty ones included, of graphs that do not say so in their metadata: fewer at
prediction would be a sight the decoder never had."""
PROMPT_INPUTS = ("point_coords", "point_labels", "mask_input", "has_mask_input")
EMPTY_SLOT, BOX_LOW, BOX_HIGH = -1, 2, 3


class NanoSegmenter(Segmenter):
    """Encoder and decoder sessions; both are safe to run from several threads at once."""

    # Its scores are products with stability and its edges soft: SAM's thresholds would leave nothing of a photo.
    sure_iou = 0.25
    sure_stability = 0.4
    input_size = INPUT_SIZE
    slots: int
    """Places for points come in multiples of this."""

    def __init__(self, name: str, folder: Path) -> None:
        """
        Raises:
            ModelUnavailable: files missing, damaged, or not these graphs.
        """
        self.name = name
        self.folder = folder
        encoder, decoder = folder / "encoder.onnx", folder / "decoder.onnx"
        for file in (encoder, decoder):
            if not file.is_file():
                raise ModelUnavailable(f"{name}: expected {file.name} in {folder}, found no such file. Install again.")
        self.weights = hashlib.sha256(encoder.read_bytes() + decoder.read_bytes()).hexdigest()
        # Threads that spin between runs take time from all beside them: worth it only where a person waits.
        self._encoder = open_session(encoder, name, spin=False)
        self._decoder = open_session(decoder, name, spin=True)
        self._single: onnxruntime.InferenceSession | None = None
        self._seen: tuple[weakref.ref[Embedding], dict[str, NDArray[Any]]] | None = None
        self._opening = threading.Lock()
        self.slots = int(self._decoder.get_modelmeta().custom_metadata_map.get("slots", SLOTS))
        self._outputs = [output.name for output in self._encoder.get_outputs()]
        expected = {*self._outputs, *PROMPT_INPUTS}
        found = {value.name for value in self._decoder.get_inputs()}
        if found != expected:
            raise ModelUnavailable(
                f"{name}: {decoder.name} does not belong to {encoder.name}: expected the inputs {sorted(expected)}, "
                f"got {sorted(found)}. Install again."
            )

    @property
    def encoder_file(self) -> Path:
        """The encoder that the page may run: uint8 pixels of a square that `fit` and padding made."""
        return self.folder / "encoder.onnx"

    @property
    def decoder_file(self) -> Path:
        """The decoder that the page runs: the same file, so that page and server agree."""
        return self.folder / "decoder.onnx"

    @property
    def decoder_rules(self) -> DecoderRules:
        """See `Segmenter.decoder_rules`."""
        return DecoderRules(slots=self.slots, tidy=True)

    def embed(self, image: Image) -> Embedding:
        """See `Segmenter.embed`; the arrays are float16, about 1.2 MB."""
        from ..images import pad_square

        small = fit(image)
        square = pad_square(small, INPUT_SIZE, PAD_COLOUR)
        arrays = self._encoder.run(None, {"image": square[None]})
        return Embedding(
            self.name,
            self.weights,
            dict(zip(self._outputs, arrays)),
            (image.shape[0], image.shape[1]),
            (small.shape[0], small.shape[1]),
            INPUT_SIZE,
        )

    def decode(
        self, embedding: Embedding, prompts: Sequence[Prompt]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """See `Segmenter.decode`; logits are (K, 256, 256), tidied by `tidy`."""
        return self.decode_above(embedding, prompts, -np.inf)

    def decode_above(
        self, embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """See `Segmenter.decode_above`; several batches run side by side, each on a core of its own."""
        rows = list(batches(prompts, self.slots))
        features = self._features(embedding)
        if len(rows) < 2:
            found = [
                self._answers(self._decoder, features, embedding, [prompts[i] for i in row], least) for row in rows
            ]
        else:
            session = self._decoder_of_one_thread()
            with ThreadPoolExecutor(min(MOST_THREADS, usable_cores(), len(rows))) as pool:
                found = list(
                    pool.map(
                        lambda row: self._answers(session, features, embedding, [prompts[i] for i in row], least), rows
                    )
                )
        answers = {i: answer for row, some in zip(rows, found) for i, answer in zip(row, some)}
        return [answers[i] for i in range(len(prompts))]

    def _decoder_of_one_thread(self) -> onnxruntime.InferenceSession:
        """For many batches at once: threads that share one batch wait for each other at every step of the graph."""
        with self._opening:
            if self._single is None:
                self._single = open_session(self.decoder_file, self.name, spin=False, threads=1)
            return self._single

    def _features(self, embedding: Embedding) -> dict[str, NDArray[Any]]:
        """As `features_for`; those of the last embedding are kept, since clicks come on one photo after another."""
        seen = self._seen
        if seen is not None and seen[0]() is embedding:
            return seen[1]
        features = features_for(self._decoder, embedding)
        self._seen = weakref.ref(embedding), features
        return features

    def _answers(
        self,
        session: onnxruntime.InferenceSession,
        features: Mapping[str, NDArray[Any]],
        embedding: Embedding,
        prompts: Sequence[Prompt],
        least: float,
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """What `decode_above` answers to one batch."""
        inputs = {**features, **feeds(embedding, prompts, self.slots)}
        inputs["has_mask_input"] = np.maximum(inputs["has_mask_input"], NO_CLICK)
        found = []
        for prompt, masks, predicted in zip(prompts, *session.run(["logits", "scores"], inputs)):
            rows = 1 + np.argsort(-predicted[1:], kind="stable") if prompt.wants_many else np.zeros(1, int)
            scores = predicted[rows]
            found.append((as_meant(masks[rows[scores > least]], embedding, prompt), scores))
        return found


def fit(image: Image) -> Image:
    """The image with its longest side at `INPUT_SIZE`; area averages where it shrinks, as good as Pillow's and faster.

    Raises:
        ImageError: not (H, W, 3) uint8.
    """
    from ..images import check_image, fit_hw, resize_longest

    check_image(image)
    if max(image.shape[:2]) <= INPUT_SIZE:
        return resize_longest(image, INPUT_SIZE)
    import cv2

    height, width = fit_hw((image.shape[0], image.shape[1]), INPUT_SIZE)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def slots(prompt: Prompt, step: int = SLOTS) -> int:
    """Places for points that this prompt takes: what it needs, rounded up to whole multiples of `step`."""
    needed = (len(prompt.points) if prompt.points else 0) + (2 if prompt.box is not None else 0)
    return step * max(1, -(-needed // step))


def batches(prompts: Sequence[Prompt], step: int = SLOTS) -> Iterator[list[int]]:
    """Indices of prompts to run together: of equal slots, so that no answer depends on its neighbours."""
    for count in sorted({slots(prompt, step) for prompt in prompts}):
        same = [i for i, prompt in enumerate(prompts) if slots(prompt, step) == count]
        for start in range(0, len(same), BATCH):
            yield same[start : start + BATCH]


def feeds(embedding: Embedding, prompts: Sequence[Prompt], step: int = SLOTS) -> dict[str, NDArray[np.float32]]:
    """The decoder's prompt inputs in SAM's own ONNX convention, places without a point filled with label -1.

    Raises:
        PromptError: a mask_input of another size than the decoder's masks.
    """
    scale = np.array(
        [embedding.input_hw[1] / embedding.size_hw[1], embedding.input_hw[0] / embedding.size_hw[0]], np.float32
    )
    coords = np.zeros((len(prompts), max(slots(prompt, step) for prompt in prompts), 2), np.float32)
    labels = np.full(coords.shape[:2], EMPTY_SLOT, np.float32)
    mask_input = np.zeros((len(prompts), 1, LOGITS_SIZE, LOGITS_SIZE), np.float32)
    has_mask = np.zeros(len(prompts), np.float32)
    for row, prompt in enumerate(prompts):
        used = 0
        if prompt.points is not None:
            used = len(prompt.points)
            coords[row, :used], labels[row, :used] = prompt.points.xy * scale, prompt.points.labels
        if prompt.box is not None:
            coords[row, used : used + 2] = prompt.box.reshape(2, 2) * scale
            labels[row, used : used + 2] = (BOX_LOW, BOX_HIGH)
        if prompt.mask_input is not None:
            if prompt.mask_input.shape != (LOGITS_SIZE, LOGITS_SIZE):
                raise PromptError(
                    f"mask_input: expected ({LOGITS_SIZE}, {LOGITS_SIZE}) logits of an earlier answer, "
                    f"got {prompt.mask_input.shape}. Pass masks.logits[0], not the full-size mask."
                )
            mask_input[row, 0], has_mask[row] = prompt.mask_input, 1
    return dict(zip(PROMPT_INPUTS, (coords, labels, mask_input, has_mask)))


def features_for(session: onnxruntime.InferenceSession, embedding: Embedding) -> dict[str, NDArray[Any]]:
    """An embedding's arrays as a graph takes them: float32, or float16 in weights of one's own that are older."""
    half = {one.name for one in session.get_inputs() if one.type == "tensor(float16)"}
    return {name: array.astype(np.float16 if name in half else np.float32) for name, array in embedding.arrays.items()}


def as_meant(masks: NDArray[np.float32], embedding: Embedding, prompt: Prompt) -> NDArray[np.float32]:
    """(K, 256, 256) logits, tidy and right at the prompt's points, changed in place."""
    if prompt.points is None:
        return tidy(masks)
    scale = np.array(embedding.input_hw[::-1], np.float32) / np.array(embedding.size_hw[::-1], np.float32)
    cells = np.asarray(prompt.points.xy * scale * (LOGITS_SIZE / INPUT_SIZE), np.float32)
    on = prompt.points.labels == 1
    # A box says by itself where the object is.
    tidy(masks, cells[on] if prompt.box is None else None, cells[~on])
    return obey(masks, cells, on)


def usable_cores() -> int:
    """Cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_session(file: Path, name: str, *, spin: bool, threads: int | None = None) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session on the CPU; one thread a core, `MOST_THREADS` at most, unless `threads` says otherwise.

    Raises:
        ModelUnavailable: the file is damaged or not ONNX.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(MOST_THREADS, usable_cores())
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin else "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelUnavailable(
            f"{name}: {file.name} cannot be loaded; the file is damaged ({type(error).__name__}). Install again."
        ) from error


def load(name: str = "nano", folder: Path = WEIGHTS) -> NanoSegmenter:
    """The embedded model, from the tree; `sam.load_model` checks the files' checksums first.

    Raises:
        ModelUnavailable: as `NanoSegmenter`.
    """
    return NanoSegmenter(name, folder)
