"""Where the weights of a SAM come from: Meta's .pth, a folder that save_pretrained wrote, or a hub id."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from ..errors import ModelUnavailable
from ..models.hub import HUB_ID, PROBE_SECONDS, reaching
from .convert_sam import some

State = dict[str, torch.Tensor]

_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
"""Preferred first; transformers writes large models as several files of one of these names."""


@dataclass(frozen=True)
class Layout:
    """How a family's weights are published.

    Attributes:
        kind: what it is, for messages: "a SAM 1".
        model_types: the `model_type`s in the config.json of its folders; none where it has no folders.
        convert: from the original file's weights to (configuration, weights under our model's names).
        tied: names of one array that folders may hold only once.
        unused: patterns of weights that folders hold and this model does not use.
        adapt: what a folder's configuration and weights have to go through first, where other models are in it as well.
        example: a hub id of the family, for messages; "" where there is none.
    """

    kind: str
    model_types: tuple[str, ...]
    convert: Callable[[State], tuple[dict[str, Any], State]]
    tied: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    adapt: Callable[[dict[str, Any], State], tuple[dict[str, Any], State]] | None = None
    example: str = ""


def read_checkpoint(source: str | Path, layout: Layout) -> tuple[dict[str, Any], State]:
    """(configuration, weights under the names of transformers' model) of an original file, a folder or a hub id.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or of another family.
    """
    path = Path(source).expanduser()
    if str(source) and path.is_dir():
        return _read_folder(path, layout)
    if path.is_file():
        return _read_original(path, layout)
    if layout.model_types and isinstance(source, str) and HUB_ID.match(source) and path.suffix not in (".pth", ".pt"):
        return _read_folder(fetch(source), layout)
    folders = " a folder with config.json and model.safetensors, or a hub id such as " + layout.example
    raise ModelUnavailable(
        f"There is no file or folder {str(source)!r}. Expected the original .pth or .pt"
        f"{',' + folders if layout.model_types else ''}."
    )


def _read_original(path: Path, layout: Layout) -> tuple[dict[str, Any], State]:
    """The format of those who trained the model."""
    state = original_state(path)
    try:
        return layout.convert(state)
    except ModelUnavailable as error:
        raise ModelUnavailable(f"{path}: {error}") from error


def original_state(path: Path) -> State:
    """The weights in an original file, under the names that they have there.

    Raises:
        ModelUnavailable: damaged, or no weights.
    """
    loaded = _load_pickled(path)
    # Fine-tunes keep the weights beside the state of their optimiser, or under the prefix of a parallel wrapper.
    for wrapper in ("model", "state_dict"):
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
    if not isinstance(loaded, dict) or not all(isinstance(weight, torch.Tensor) for weight in loaded.values()):
        raise ModelUnavailable(f"{path} holds no weights: expected a dictionary of tensors, got {_kind(loaded)}.")
    return {str(key).removeprefix("module."): weight for key, weight in loaded.items()}


def _load_pickled(path: Path) -> Any:
    """A .pth or .bin. Only tensors are unpickled: a file from anywhere can run no code."""
    try:
        # torch itself does not compare the checksums, and would answer with whatever the bits have become.
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if broken := archive.testzip():
                    raise ValueError(f"the checksum of {broken} is wrong")
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can make the readers raise anything
        if "Unsupported global" in str(error):
            raise ModelUnavailable(
                f"{path} holds Python objects besides weights, which could run code, so it was not opened. "
                "Save the weights alone: torch.save(model.state_dict(), path)."
            ) from error
        raise ModelUnavailable(_damaged(path)) from error


def _damaged(path: Path) -> str:
    return (
        f"{path} cannot be read: it is damaged, or its download stopped early "
        f"({path.stat().st_size:,} bytes are here). Download it again."
    )


def _kind(loaded: Any) -> str:
    if isinstance(loaded, dict):
        return f"one with {some(str(key) for key, value in loaded.items() if not isinstance(value, torch.Tensor))}"
    return type(loaded).__name__


def _read_folder(folder: Path, layout: Layout) -> tuple[dict[str, Any], State]:
    """What save_pretrained wrote."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        family = config.get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelUnavailable(
            f"{folder} holds no readable config.json ({error}). Expected a folder that save_pretrained wrote."
        ) from error
    if family not in layout.model_types:
        expected = " or ".join(map(repr, layout.model_types)) or "none: give the original file"
        raise ModelUnavailable(f"{folder} holds a model of the type {family!r}, expected {expected} ({layout.kind}).")
    state = read_weights(folder)
    if layout.adapt is not None:
        config, state = layout.adapt(config, state)
    _tie(state, layout.tied)
    return config, {key: weight for key, weight in state.items() if not _matches(key, layout.unused)}


def read_weights(folder: Path) -> State:
    """All weights in a folder that save_pretrained wrote.

    Raises:
        ModelUnavailable: none there, or damaged.
    """
    for pattern in _WEIGHTS:
        if files := sorted(folder.glob(pattern)):
            state: State = {}
            for file in files:
                state.update(_read_file(file))
            return state
    raise ModelUnavailable(f"{folder} holds no weights: expected {' or '.join(_WEIGHTS)} beside config.json.")


def _tie(state: State, names: Sequence[str]) -> None:
    """Give an array that a folder holds once all its names."""
    known = next((state[name] for name in names if name in state), None)
    for name in names:
        if known is not None:
            state.setdefault(name, known)


def _matches(key: str, patterns: Sequence[str]) -> bool:
    return any(re.search(pattern, key) for pattern in patterns)


def _read_file(file: Path) -> State:
    if file.suffix != ".safetensors":
        return dict(_load_pickled(file))
    try:
        with safe_open(file, "pt") as weights:
            return {key: weights.get_tensor(key) for key in weights.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelUnavailable(_damaged(file)) from error


def fetch(source: str, also: Sequence[str] = (), *, one_of: Sequence[str] = ()) -> Path:
    """The local copy of a hub model's folder, downloaded when it is not there yet.

    Args:
        source: hub id.
        also: patterns of files that are wanted besides config.json and the weights.
        one_of: names of files of which one is needed; all that there are come.

    Raises:
        ModelUnavailable: not there, not given out, or not reachable.
    """
    from huggingface_hub import HfApi, snapshot_download

    also = (*also, *one_of)
    for pattern in _WEIGHTS:
        try:
            folder = Path(
                snapshot_download(source, allow_patterns=["config.json", *also, pattern], local_files_only=True)
            )
        except (OSError, ValueError):
            continue  # not downloaded yet, or only in part
        # Another model of the same download may have come without the words.
        complete = not one_of or any((folder / name).exists() for name in one_of)
        if (folder / "config.json").exists() and any(folder.glob(pattern)) and complete:
            return folder
    with reaching(source, "a folder with its config.json and model.safetensors"):
        # One cheap question first: a download retries for half a minute before it says that there is no network.
        siblings = HfApi().model_info(source, timeout=PROBE_SECONDS).siblings or []
        names = [sibling.rfilename for sibling in siblings]
        for pattern in _WEIGHTS:
            if any(Path(name).match(pattern) for name in names):
                return Path(snapshot_download(source, allow_patterns=["config.json", *also, pattern]))
    raise ModelUnavailable(f"{source} holds no weights: expected {' or '.join(_WEIGHTS)}.")
