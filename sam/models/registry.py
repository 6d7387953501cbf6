"""The models: a registry that is data, and loading that is lazy, cached and safe to call from any thread."""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, overload

from ..errors import HubUnreachable, ModelUnavailable, OutOfMemory, SamError, suggest
from ..io.arrays import shown
from ..permits import permit
from ..runtime.device import lends, on_zero_gpu
from ..runtime.lru_cache import LruCache
from ..runtime.out_of_memory import enough_memory, is_out_of_memory, release
from ..segmenter import Segmenter
from .allowed import check_model
from .catalog import family_of, specs
from .catalog.nano import FOLDER, SUMS, nano_files
from .checksums import verify_files
from .packages import MODELS as MODELS_EXTRA
from .packages import install_command
from .spec import BUILT_IN, ModelSpec, bytes_on_disk, installed, local_files, models_folder

if on_zero_gpu():
    # ZeroGPU looks, when the app starts, for the functions that ask for a GPU.
    from ..runtime import lending, zero_gpu

_log = logging.getLogger("sam_studio")

T = TypeVar("T")

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")
_CHECKPOINTS = (".pth", ".pt")
_TASKS = {"Segmenter": "segment", "Detector": "detect", "SubjectFinder": "subject", "AlphaEstimator": "matte"}
_WORDS = {
    "subject": "find the subject",
    "detect": "find things by name",
    "matte": "make alpha from a trimap",
}


@dataclass(frozen=True)
class _Target:
    """What a name means: `key` in the cache, `label` for people, and where to load it from.

    `family` is "" where only the weights tell it; `task` is what the model is wanted for, "" where nobody said.
    """

    key: str
    label: str
    family: str
    source: str | Path
    spec: ModelSpec | None = None
    task: str = ""


MODELS: LruCache[tuple[Any, int]] = LruCache(4 << 30, lambda entry: entry[1])
"""Loaded models, by default up to 4 GiB; `resize` changes that, `clear` unloads those that nobody uses."""


_given: dict[str, str] = {}
"""Names that the owner's own models go by -> what they stand for."""
_giving = threading.Lock()


def give_name(source: str | os.PathLike[str]) -> str:
    """A short name for a model that is given by its path or hub id; `load_model` knows it from now on.

    What is shown and sent around is then a name as other models have, which says nothing of this machine.
    """
    source = os.fspath(source)
    last = re.split(r"[\\/]+", source.rstrip("\\/"))[-1] or "model"
    base = last.removesuffix(Path(last).suffix) if Path(last).suffix in (*_CHECKPOINTS, ".onnx") else last
    taken = {spec.name for spec in specs()}
    with _giving:
        name, number = base, 2
        while name in taken or _given.setdefault(name, source) != source:
            name, number = f"{base}-{number}", number + 1
    return name


def list_models() -> list[ModelSpec]:
    """All models that have a name here, the one to start with first."""
    return list(specs())


@overload
def load_model(name: str | os.PathLike[str]) -> Segmenter: ...


# Callable and not type[T], which takes no abstract class, and both kinds are abstract.
@overload
def load_model(name: str | os.PathLike[str], kind: Callable[..., T]) -> T: ...


def load_model(name: str | os.PathLike[str], kind: Any = Segmenter) -> Any:
    """A model, loaded on first use and shared from then on.

    Args:
        name: from `list_models`; or a hub id of a SAM ("facebook/sam-vit-base"), a folder that `save_pretrained` or
            `python -m sam train` wrote, or a checkpoint file (.pth) in Meta's format.
        kind: what it must be able to do, `Segmenter`, `Detector`, `SubjectFinder` or `AlphaEstimator`.

    Raises:
        ModelUnavailable: unknown, not for whoever asks (`sam.permits`), not downloaded and not reachable, damaged, of
            another kind, or something that it needs is not installed. The message says what to do.
        OutOfMemory: it does not fit, not even after all other models were unloaded.
    """
    task = _TASKS.get(kind.__name__, "")
    if not isinstance(name, (str, os.PathLike)) or not isinstance(os.fspath(name), str):
        raise ModelUnavailable(f"There is no model {shown(name)}. Expected a name, a hub id, a folder or a file.")
    check_model(os.fspath(name))
    # A decoder is asked for at each click: what is in memory needs no look at the disk.
    kept = _in_memory(os.fspath(name), task)
    if kept is not None and isinstance(kept, kind):
        return kept
    target = _resolve(os.fspath(name), task)
    if target.spec is not None and task and task not in target.spec.tasks:
        raise _wrong_kind(target, task)
    model, _ = MODELS.get(target.key, lambda: _make_room_and_load(target, os.fspath(name)))
    if not isinstance(model, kind):
        raise _wrong_kind(target, task or kind.__name__)
    return model


def find_model(name: str | os.PathLike[str]) -> None:
    """Refuse a name that stands for no model, such as when an app starts; nothing is downloaded.

    What lies at a path is loaded and kept: only so is it known to be a model.

    Raises:
        ModelUnavailable: neither a name that is known, nor a model's folder or file that loads here, nor like a hub id.
    """
    target = _resolve(os.fspath(name))
    if isinstance(target.source, Path) and target.spec is None:
        load_model(name)


def _spec(name: str, task: str) -> ModelSpec | None:
    named = [spec for spec in specs() if name == spec.name]
    named = named or [spec for spec in specs() if name == spec.source and "/" in name]
    # Two models may come as one download.
    return next((spec for spec in named if task in spec.tasks), named[0] if named else None)


def _in_memory(name: str, task: str) -> Any:
    """The loaded model of a name or a hub id; None where it is not, or where only the disk tells which it is."""
    name = _given.get(name, name)
    spec = _spec(name, task)
    if spec is not None:
        key = spec.name if not task or task in spec.tasks else ""
    else:
        key = f"{name} {task}" if _HUB_ID.match(name) else ""
    kept = MODELS.peek(key) if key else None
    return kept[0] if kept else None


def _resolve(name: str, task: str = "") -> _Target:
    if name in _given:
        return replace(_resolve(_given[name], task), label=name)
    spec = _spec(name, task)
    if spec is not None:
        return _Target(spec.name, spec.name, spec.family, local_files(spec) or spec.source, spec, task)
    try:
        path = Path(name).expanduser().absolute()
        folder = path.is_dir()
        trained = folder and (path / SUMS).is_file()
        if trained or (folder and (path / "config.json").is_file()) or (not folder and path.is_file()):
            stat = (path / SUMS if trained else path).stat()
            return _at(path, folder, trained, stat.st_mtime_ns, stat.st_size, task)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelUnavailable(f"The model {name[:80]!r} is neither a name nor a path.") from error
    given = Path(name)
    meant_as_path = name.startswith((".", "~")) or given.is_absolute() or path.suffix in _CHECKPOINTS
    if folder and (meant_as_path or len(given.parts) > 1):
        raise ModelUnavailable(
            f"The folder {name} holds no config.json. Expected one that save_pretrained wrote, with config.json and "
            f"model.safetensors, or that python -m sam train wrote, with {SUMS}, or the path of a .pth file."
        )
    if meant_as_path:
        raise ModelUnavailable(f"There is no file or folder {name}. Check the path.")
    if _HUB_ID.match(name):
        return _Target(f"{name} {task}", name, "", name, task=task)
    raise ModelUnavailable(
        f"There is no model {name[:80]!r}. {suggest(name, [spec.name for spec in specs()])} python -m sam models lists "
        "all; a hub id, a folder or a .pth file will do too."
    )


@lru_cache(64)
def _at(path: Path, folder: bool, trained: bool, changed: int, size: int, task: str) -> _Target:
    """What lies at a path; kept, since its family is read from its files."""
    # A detector's file does not say what it is for, whoever asks does; a SAM's family is in its weights.
    usual = "grounding_dino" if task == "detect" else ""
    # A file that was replaced is another model.
    key = f"{path.resolve()} {changed} {size}"
    if trained:
        family = "nano"
    elif folder:
        family = family_of(path, task) or usual or "sam"
    else:
        family = "salient" if path.suffix.lower() == ".onnx" else usual
    return _Target(f"{key} {family}", path.name if folder else path.stem, family, path, task=task)


def _make_room_and_load(target: _Target, name: str) -> tuple[Any, int]:
    try:
        return _load(target, name)
    except OutOfMemory:
        if not len(MODELS):
            raise
    MODELS.clear()
    release()
    return _load(target, name)


def _load(target: _Target, name: str) -> tuple[Any, int]:
    """The model and its bytes in memory."""
    spec = target.spec
    missing = spec.missing if spec else _missing_by_family(target.family)
    if missing:
        extra = spec.extra if spec else MODELS_EXTRA
        raise ModelUnavailable(
            f"{target.label} needs {' and '.join(missing)}, not installed here: {install_command(extra)}.",
            visitors=f"{target.label} is not ready on this server. Choose another model.",
        )
    lent = lends() and _runs_on_torch(target)
    megabytes = f" (a file of {spec.bytes / 1e6:,.0f} MB)" if spec else ""
    with enough_memory(f"to load {target.label}{megabytes}"):
        model = _build(target, **({"device": "cpu"} if lent else {}))
    if lent:
        model = lending.lend(model, zero_gpu.Ref(_given.get(name, name), target.task, load_here))
        return model, lending.held_bytes(model)
    size = int(getattr(model, "nbytes", 0)) or (spec.bytes if spec else bytes_on_disk(Path(target.source)))
    return model, size


def _missing_by_family(family: str) -> tuple[str, ...]:
    """Modules that a model of one's own lacks here: of those that its family needs in the catalogue, else most do."""
    known = next((spec for spec in specs() if spec.family == family), None)
    return known.missing if known else tuple(module for module in ("torch", "transformers") if not installed(module))


def place_models(names: Sequence[tuple[str, str]]) -> None:
    """On a ZeroGPU Space: have models where every worker finds them. On the main thread, before the app is launched.

    A model that cannot be loaded is left for whoever asks for it, who is told why.

    Args:
        names: (name, task), one of `ModelSpec.tasks`.
    """
    for name, task in names if lends() else ():
        try:
            if _runs_on_torch(_resolve(name, task)):
                zero_gpu.place(zero_gpu.Ref(_given.get(name, name), task, load_here))
        except SamError as error:
            _log.warning("%s is not placed: %s", name, error)
    if lends():
        diffusion = importlib.import_module("sam.backends.diffusion")
        if diffusion.is_here():
            diffusion.load_pipeline()


def _runs_on_torch(target: _Target) -> bool:
    """Whether the family takes a device to run on; what runs on ONNX Runtime, or in a process of its own, does not."""
    backend = importlib.import_module(f"sam.backends.{_with_family(target).family}")
    return "device" in inspect.signature(backend.load).parameters


def load_here(name: str, task: str = "", **options: Any) -> Any:
    """A model outside the cache, in this very process: what a ZeroGPU worker calls.

    Args:
        name: as `load_model` takes it.
        task: what it is wanted for, one of `ModelSpec.tasks`; "" where nobody said.
        options: of the family's `load`, such as device and dtype; nano, which has none, does without.
    """
    return _build(_resolve(name, task), **options)


def _with_family(target: _Target) -> _Target:
    if target.family:
        return target
    from ..checkpoints.detect_family import family_of_source

    family, source = family_of_source(target.source, target.task)
    return replace(target, family=family, source=source)


def _build(target: _Target, **options: Any) -> Any:
    target = _with_family(target)
    backend = importlib.import_module(f"sam.backends.{target.family}")
    try:
        if target.family == "nano" and target.spec is None:
            folder = Path(target.source)
            sums = {name: str(entry["sha256"]) for name, entry in nano_files(folder).items()}
            verify_files(folder, sums, "Export it again.")
            return backend.load(target.label, folder)
        if target.source == BUILT_IN:
            verify_files(
                FOLDER, target.spec.sha256 if target.spec else {}, "Reinstall the package, or use git checkout."
            )
            return backend.load(target.label)
        path = Path(target.source)
        if target.spec is not None and path.is_file() and path.name in target.spec.sha256:
            verify_files(path.parent, {path.name: target.spec.sha256[path.name]}, "Download it again.")
        if target.spec is not None and target.spec.file and not path.is_file():
            return backend.load(target.source, name=target.label, file=target.spec.file, **options)
        return backend.load(target.source, name=target.label, **options)
    except SamError as error:
        if target.spec is None or target.spec.source != target.source:
            raise
        kind = HubUnreachable if isinstance(error, HubUnreachable) else ModelUnavailable
        raise kind(f"{error} {how_to_get(target.spec)}") from error
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise ModelUnavailable(
            f"{target.label} cannot be loaded ({type(error).__name__}: {error}). "
            f"{how_to_get(target.spec) if target.spec else 'Check that it is a SAM model and complete.'}"
        ) from error


def how_to_get(spec: ModelSpec) -> str:
    """A sentence or two on how to bring a model onto this machine; for visitors, who cannot, what to do instead."""
    if not permit().told_places:
        return f"{spec.title} is not ready on this server: choose another model, or ask its owner."
    if spec.source == BUILT_IN:
        return "Reinstall the package."
    if spec.files:
        return (
            f"{spec.title} is a download of {spec.bytes / 1e6:,.0f} MB ({spec.licence}; {spec.source}). {spec.note} "
            f"Put it as {' or '.join(spec.files)} into {models_folder()}, or pass its path as the model."
        )
    files = f" (or {' or '.join(spec.sha256)})" if spec.sha256 and not spec.file else ""
    wanted = f"{spec.source} {spec.file}" if spec.file else spec.source
    # The path of a file does not say that another Python is to run it.
    path = "" if spec.python else f", or pass {f'the path of {spec.file}' if spec.file else 'its path'} as the model"
    return (
        f"{spec.title} is a download of {spec.bytes / 1e6:,.0f} MB ({spec.licence}). "
        f"{spec.warning + ' ' if spec.warning else ''}On a machine with a connection: "
        f"hf download {wanted} --local-dir {spec.home}. Then put that folder{files} into {models_folder()}{path}."
    )


def _wrong_kind(target: _Target, task: str) -> ModelUnavailable:
    able = suggest("", [spec.name for spec in specs() if task in spec.tasks], "Models that can")
    return ModelUnavailable(f"{target.label} cannot {_WORDS.get(task, task)}. {able}")
