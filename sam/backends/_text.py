"""Shared by all detectors on transformers: where their files are, and their boxes in the project's format."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..boxes import clip_boxes
from ..checkpoints.convert_sam import some
from ..checkpoints.locate import State, fetch
from ..detection.detector import RAW_SCORE, Progress
from ..detection.phrases import check_latin, read_phrases
from ..errors import ModelUnavailable
from ..images import check_image
from ..models.hub import BESIDE, PIXELS, TOKENIZER
from ..types import Boxes, Embedding, Image


def open_folder(source: str | Path, model_types: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """(folder, its config.json) of a model that save_pretrained wrote, downloaded first when `source` is a hub id.

    Raises:
        ModelUnavailable: not there, not reachable, or of another type.
    """
    path = Path(source).expanduser()
    folder = path if path.is_dir() else fetch(str(source), (*BESIDE, *PIXELS), one_of=TOKENIZER)
    config = read_json(folder / "config.json")
    if config.get("model_type") not in model_types:
        raise ModelUnavailable(
            f"{source} holds a model of the type {config.get('model_type')!r}, expected {' or '.join(model_types)}."
        )
    return folder, config


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ModelUnavailable: missing or damaged.
    """
    try:
        return dict(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelUnavailable(f"{file} cannot be read ({error}). Download the model again, all its files.") from error


def read_settings(folder: Path) -> dict[str, Any]:
    """How the model wants its pixels; {} where the folder does not say."""
    for name in PIXELS:
        if (folder / name).is_file():
            settings = read_json(folder / name)
            return dict(settings.get("image_processor", settings))
    return {}


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in a folder.

    Raises:
        ModelUnavailable: there is none, or it is damaged.
    """
    from transformers import AutoTokenizer, BertTokenizer

    if not any((folder / name).is_file() for name in TOKENIZER):
        raise ModelUnavailable(f"{folder} holds no tokenizer: expected {' or '.join(TOKENIZER)} beside the weights.")
    try:
        # Beside an original file there is no config.json to say whose words these are, and they are BERT's.
        kind = AutoTokenizer if (folder / "config.json").is_file() else BertTokenizer
        return kind.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # whatever a damaged file leads to
        raise ModelUnavailable(f"The tokenizer in {folder} cannot be read ({error}). Download it again.") from error


def build(kind: tuple[Any, Any], config: dict[str, Any], state: State, source: str | Path, what: str) -> Any:
    """The model with all its weights, in float32.

    Args:
        kind: classes of the configuration and of the model.
        config: of config.json.
        state: weights under the model's names.
        source: where they are from, for messages.
        what: the family, for messages.

    Raises:
        ModelUnavailable: the configuration is of no use, or a weight is missing, unknown or of another shape.
    """
    import torch

    make_config, make_model = kind
    try:
        model, report = make_model.from_pretrained(
            None,
            config=make_config.from_dict(config),
            state_dict=state,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    except Exception as error:  # whatever a damaged configuration leads to
        raise ModelUnavailable(f"{source}: this configuration makes no {what} ({error}).") from error
    faults = {
        "missing": report["missing_keys"],
        "unknown": report["unexpected_keys"],
        "of another shape": [str(key[0]) for key in report["mismatched_keys"]],
    }
    if found := [f"{fault}: {some(keys)}" for fault, keys in faults.items() if keys]:
        raise ModelUnavailable(f"{source} does not hold the weights of a {what} ({'; '.join(found)}).")
    return model


def read_question(image: Image | Embedding, text: str, name: str) -> tuple[Image, tuple[str, ...]]:
    """The image and the phrases of a question to a detector that encodes the image itself.

    Args:
        image: (H, W, 3) uint8.
        text: see `sam.Detector`.
        name: of the detector, for messages.

    Raises:
        ModelUnavailable: an embedding instead of an image.
        ImageError, PromptError: no image; no phrase, or one in other letters than Latin.
    """
    if isinstance(image, Embedding):
        raise ModelUnavailable(f"{name} has an encoder of its own: expected an image, got an embedding.")
    check_image(image)
    phrases = read_phrases(text)
    check_latin(phrases, name)
    return image, tuple(phrases)


def ask_in_turn(
    prompts: Sequence[Sequence[str]],
    ask: Callable[[Sequence[str]], tuple[NDArray[np.float32], NDArray[np.float32]]],
    size_hw: tuple[int, int],
    progress: Progress | None,
) -> Boxes:
    """What is found of all prompts, each box under the phrase that fits it best.

    Args:
        prompts: phrases that are asked for together.
        ask: one prompt -> (N, 4) boxes as shares of the image, see `to_boxes`, and (N, phrases) scores.
        size_hw: of the image.
        progress: see `sam.Detector`.
    """
    centres, scores, labels = [], [], []
    for done, prompt in enumerate(prompts):
        if progress is not None:
            progress(done / len(prompts))
        boxes, found = ask(prompt)
        best = found.argmax(axis=1)
        centres.append(boxes)
        scores.append(found[np.arange(len(best)), best])
        labels += [prompt[index] for index in best]
    return to_boxes(np.concatenate(centres), np.concatenate(scores), labels, size_hw[::-1], size_hw)


def to_boxes(
    centres: ArrayLike, scores: ArrayLike, labels: Sequence[str], sides: tuple[float, float], size_hw: tuple[int, int]
) -> Boxes:
    """Raw answers as boxes, best first, without those below `RAW_SCORE` or without an area in the image.

    Args:
        centres: (N, 4) centre x, centre y, width, height as shares of `sides`.
        scores: (N,) in [0, 1].
        labels: N phrases.
        sides: (width, height) in image pixels that the shares are of.
        size_hw: of the image.
    """
    centre, size = np.split(np.asarray(centres, np.float64).reshape(-1, 4), 2, axis=1)
    ranks = np.asarray(scores, np.float32)
    inside = clip_boxes(np.concatenate([centre - size / 2, centre + size / 2], axis=1) * np.tile(sides, 2), size_hw)
    kept = worth(inside, ranks)
    return Boxes(inside[kept], ranks[kept], tuple(labels[int(row)] for row in kept))


def worth(inside: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows of the boxes with a score above `RAW_SCORE` and an area in the image, best first.

    Args:
        inside: (N, 4) half-open xyxy, clipped to the image.
        scores: (N,) in [0, 1].
    """
    kept = np.flatnonzero((scores > RAW_SCORE) & (inside[:, 2:] > inside[:, :2]).all(axis=1))
    return kept[np.argsort(-scores[kept], kind="stable")]
