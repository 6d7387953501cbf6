"""Where the weights of a SAM come from: Meta's .pth, a folder that save_pretrained wrote, or a hub id."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from ..errors import ModelUnavailable
from ._convert import POSITIONS, TIED_POSITIONS, config_of, some, to_transformers

State = dict[str, torch.Tensor]

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
"""Preferred first; transformers writes large models as several files of one of these names."""
_PROBE_SECONDS = 10


def read_checkpoint(source: str | Path) -> tuple[dict[str, Any], State]:
    """(what SamConfig takes, the weights under SamModel's names) of a .pth, a folder or a hub id.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not a SAM.
    """
    path = Path(source).expanduser()
    if str(source) and path.is_dir():
        return _read_folder(path)
    if path.is_file():
        return _read_original(path)
    if isinstance(source, str) and _HUB_ID.match(source) and path.suffix not in (".pth", ".pt"):
        return _read_folder(fetch(source))
    raise ModelUnavailable(
        f"There is no file or folder {str(source)!r}. Expected Meta's .pth, a folder with config.json and "
        "model.safetensors, or a hub id such as facebook/sam-vit-base."
    )


def _read_original(path: Path) -> tuple[dict[str, Any], State]:
    """Meta's format."""
    loaded = _load_pickled(path)
    # Fine-tunes keep the weights beside the state of their optimiser, or under the prefix of a parallel wrapper.
    for wrapper in ("model", "state_dict"):
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
    if not isinstance(loaded, dict) or not all(isinstance(weight, torch.Tensor) for weight in loaded.values()):
        raise ModelUnavailable(
            f"{path} holds no weights of a SAM: expected a dictionary of tensors, got {_kind(loaded)}."
        )
    state = {str(key).removeprefix("module."): weight for key, weight in loaded.items()}
    try:
        return config_of(state), to_transformers(state)
    except ModelUnavailable as error:
        raise ModelUnavailable(f"{path}: {error}") from error


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


def _read_folder(folder: Path) -> tuple[dict[str, Any], State]:
    """What save_pretrained wrote."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        family = config.get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelUnavailable(
            f"{folder} holds no readable config.json ({error}). Expected a folder that save_pretrained wrote."
        ) from error
    if family != "sam":
        raise ModelUnavailable(f"{folder} holds a model of the type {family!r}, expected 'sam' (SAM 1 or SlimSAM).")
    for pattern in _WEIGHTS:
        if files := sorted(folder.glob(pattern)):
            state: State = {}
            for file in files:
                state.update(_read_weights(file))
            if POSITIONS in state:
                state.setdefault(TIED_POSITIONS, state[POSITIONS])
            elif TIED_POSITIONS in state:
                state[POSITIONS] = state[TIED_POSITIONS]
            return config, state
    raise ModelUnavailable(f"{folder} holds no weights: expected {' or '.join(_WEIGHTS)} beside config.json.")


def _read_weights(file: Path) -> State:
    if file.suffix != ".safetensors":
        return dict(_load_pickled(file))
    try:
        with safe_open(file, "pt") as weights:
            return {key: weights.get_tensor(key) for key in weights.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelUnavailable(_damaged(file)) from error


def fetch(source: str) -> Path:
    """The local copy of a hub model, downloaded when it is not there yet."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    for pattern in _WEIGHTS:
        try:
            folder = Path(snapshot_download(source, allow_patterns=["config.json", pattern], local_files_only=True))
        except (OSError, ValueError):
            continue  # not downloaded yet, or only in part
        if (folder / "config.json").exists() and any(folder.glob(pattern)):
            return folder
    try:
        # One cheap question first: a download retries for half a minute before it says that there is no network.
        siblings = HfApi().model_info(source, timeout=_PROBE_SECONDS).siblings or []
        names = [sibling.rfilename for sibling in siblings]
        for pattern in _WEIGHTS:
            if any(Path(name).match(pattern) for name in names):
                return Path(snapshot_download(source, allow_patterns=["config.json", pattern]))
    except GatedRepoError as error:
        raise ModelUnavailable(
            f"{source} is given out on request only: accept its terms at https://huggingface.co/{source}, "
            "then log in with `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(
            f"The hub has no model {source}, or it is private. Check the spelling, or log in with `hf auth login`."
        ) from error
    except Exception as error:  # the hub's client lets the errors of its HTTP library through
        raise ModelUnavailable(
            f"{source} is not on this machine and cannot be downloaded ({error}). Connect this machine once and try "
            "again, or give the path of a folder with its config.json and model.safetensors."
        ) from error
    raise ModelUnavailable(f"{source} holds no weights for SamModel: expected {' or '.join(_WEIGHTS)}.")
