"""The models: a registry that is data, and loading that is lazy, cached and safe to call from any thread."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast, overload

from .cache import LruCache
from .device import on_zero_gpu
from .errors import ModelUnavailable, SamError
from .segmenter import Segmenter

if on_zero_gpu():
    # ZeroGPU looks, when the app starts, for the function that asks for a GPU.
    from . import zero_gpu

T = TypeVar("T")

FOLDER_VARIABLE = "SAM_STUDIO_MODELS_DIR"
NANO_FOLDER = Path(__file__).parent / "nano" / "weights"
NANO_SUMS = "weights.json"
"""The file in a folder of nano's that says which files belong to it and their checksums."""

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")
_CHECKPOINTS = (".pth", ".pt")
_TASKS = {"Segmenter": "segment", "Detector": "detect", "SubjectFinder": "subject"}
_WORDS = {"subject": "find the subject"}
_PACKAGES = {"onnxruntime": "onnxruntime", "torch": "torch", "transformers": "transformers"}


@dataclass(frozen=True)
class ModelSpec:
    """What is known of a model before it is loaded.

    Attributes:
        name: what `load_model` takes.
        family: the module in `sam.backends` that loads it.
        title: for people.
        licence: of the weights, as an SPDX identifier.
        bytes: size of the download, or of the files in this package.
        source: hub id, or "built in".
        tasks: what it can do: "segment" (points, boxes and masks to masks), "detect" (text to boxes), "subject" (the
            main subject to a mask).
        needs: modules that must be installed.
        sha256: file name -> checksum of the files that are verified before use.
        note: one sentence on when to choose it.
    """

    name: str
    family: str
    title: str
    licence: str
    bytes: int
    source: str
    tasks: tuple[str, ...] = ("segment",)
    needs: tuple[str, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    note: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of `needs` that are not installed."""
        return tuple(module for module in self.needs if not _installed(module))

    @property
    def ready(self) -> bool:
        """Whether it loads without a download and without installing anything."""
        return not self.missing and (self.source == "built in" or _local(self) is not None or _downloaded(self.source))


def _nano_files(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads((folder / NANO_SUMS).read_text("utf-8")))
    except (OSError, ValueError):
        # The list of models must still be readable; loading says what is wrong.
        return {}


def _built_in(name: str, title: str, note: str, task: str = "segment") -> ModelSpec:
    """Nano, or a head on its embedding, whose files begin with its task."""
    files = _nano_files(NANO_FOLDER)
    own = {file: entry for file, entry in files.items() if file.startswith("subject.") == (task == "subject")}
    return ModelSpec(
        name=name,
        family=name.replace("-", "_"),
        title=title,
        licence="Apache-2.0",
        bytes=sum(entry["bytes"] for entry in own.values()),
        source="built in",
        tasks=(task,),
        needs=("onnxruntime",),
        sha256=MappingProxyType({file: entry["sha256"] for file, entry in own.items()}),
        note=f"{note} Some of its training photos are for research only: see its card.",
    )


def _sam(
    name: str, title: str, size: int, source: str, note: str, checkpoint: Mapping[str, str] | None = None
) -> ModelSpec:
    return ModelSpec(
        name=name,
        family="sam",
        title=title,
        licence="Apache-2.0",
        bytes=size,
        source=source,
        needs=("torch", "transformers"),
        sha256=MappingProxyType(dict(checkpoint or {})),
        note=note,
    )


# Checksums are those of Meta's original .pth files, which may stand in for the download; the hub verifies its own.
_SPECS = (
    _built_in(
        "nano",
        "Nano",
        "Part of this package: works at once, without download or GPU. Small, so expect rougher edges.",
    ),
    _built_in(
        "nano-subject",
        "Nano subject",
        "Finds the main subject of a photo without a click, on the embedding of nano.",
        "subject",
    ),
    _sam(
        "slimsam-77",
        "SlimSAM 77 %",
        39_100_000,
        "Zigeng/SlimSAM-uniform-77",
        "SAM ViT-B pruned by 77 %: the smallest download.",
    ),
    _sam(
        "slimsam-50",
        "SlimSAM 50 %",
        112_000_000,
        "Zigeng/SlimSAM-uniform-50",
        "SAM ViT-B pruned by half: between slimsam-77 and sam-vit-base.",
    ),
    _sam(
        "sam-vit-base",
        "SAM ViT-B",
        375_042_383,
        "facebook/sam-vit-base",
        "The smallest original SAM: several seconds an image on a laptop's processor.",
        {"sam_vit_b_01ec64.pth": "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"},
    ),
    _sam(
        "sam-vit-large",
        "SAM ViT-L",
        1_249_524_607,
        "facebook/sam-vit-large",
        "Better masks than sam-vit-base, three times the work; for a GPU.",
        {"sam_vit_l_0b3195.pth": "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"},
    ),
    _sam(
        "sam-vit-huge",
        "SAM ViT-H",
        2_564_550_879,
        "facebook/sam-vit-huge",
        "The largest original SAM; for a GPU.",
        {"sam_vit_h_4b8939.pth": "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"},
    ),
)


@dataclass(frozen=True)
class _Target:
    """What a name means: `key` in the cache, `label` for people, and where to load it from."""

    key: str
    label: str
    family: str
    source: str | Path
    spec: ModelSpec | None = None


MODELS: LruCache[tuple[Any, int]] = LruCache(4 << 30, lambda entry: entry[1])
"""Loaded models, by default up to 4 GiB; `resize` changes that, `clear` unloads those that nobody uses."""


def list_models() -> list[ModelSpec]:
    """All models that have a name here, the one to start with first."""
    return list(_SPECS)


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
        kind: what it must be able to do, `Segmenter`, `Detector` or `SubjectFinder`.

    Raises:
        ModelUnavailable: unknown, not downloaded and not reachable, damaged, of another kind, or something that it
            needs is not installed. The message says what to do.
    """
    target = _resolve(os.fspath(name))
    task = _TASKS.get(kind.__name__, "")
    if target.spec is not None and task and task not in target.spec.tasks:
        raise _wrong_kind(target, task)
    model, _ = MODELS.get(target.key, lambda: _load(target, os.fspath(name)))
    if not isinstance(model, kind):
        raise _wrong_kind(target, task or kind.__name__)
    return model


def models_folder() -> Path:
    """Where models are looked for by name before the hub: SAM_STUDIO_MODELS_DIR, else the user's data folder."""
    import platformdirs

    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("sam-studio") / "models"


def _resolve(name: str) -> _Target:
    for spec in _SPECS:
        if name == spec.name or (name == spec.source and "/" in name):
            return _Target(spec.name, spec.name, spec.family, _local(spec) or spec.source, spec)
    try:
        path = Path(name).expanduser()
        folder = path.is_dir()
        trained = (path / NANO_SUMS).is_file()
        if path.is_file() or trained or (path / "config.json").is_file():
            stat = (path / NANO_SUMS if trained else path).stat()
            # A file that was replaced is another model.
            key = f"{path.resolve()} {stat.st_mtime_ns} {stat.st_size}"
            return _Target(key, path.name if folder else path.stem, "nano" if trained else "sam", path)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelUnavailable(f"The model {name[:200]!r} is neither a name nor a path.") from error
    meant_as_path = name.startswith((".", "~")) or path.is_absolute() or path.suffix in _CHECKPOINTS
    if folder and (meant_as_path or len(path.parts) > 1):
        raise ModelUnavailable(
            f"The folder {name} holds no config.json. Expected one that save_pretrained wrote, with config.json and "
            f"model.safetensors, or that python -m sam train wrote, with {NANO_SUMS}, or the path of a .pth file."
        )
    if meant_as_path:
        raise ModelUnavailable(f"There is no file or folder {name}. Check the path.")
    if _HUB_ID.match(name):
        return _Target(name, name, "sam", name)
    known = [spec.name for spec in _SPECS]
    close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    guess = f"Did you mean {' or '.join(close)}? " if close else ""
    raise ModelUnavailable(
        f"There is no model {name[:200]!r}. {guess}Known are: {', '.join(known)} (python -m sam models lists them); "
        "a hub id such as facebook/sam-vit-base, a folder or a .pth file will do too."
    )


def _load(target: _Target, name: str) -> tuple[Any, int]:
    """The model and its bytes in memory."""
    spec = target.spec
    missing = spec.missing if spec else tuple(m for m in ("torch", "transformers") if not _installed(m))
    if missing:
        packages = " ".join(_PACKAGES.get(module, module) for module in missing)
        raise ModelUnavailable(
            f"{target.label} needs {' and '.join(missing)}, not installed here: pip install {packages} "
            "(or -r requirements.txt for the versions that are tested)."
        )
    model = _build(target)
    size = int(getattr(model, "nbytes", 0)) or (spec.bytes if spec else _bytes_on_disk(Path(target.source)))
    if on_zero_gpu() and not target.family.startswith("nano"):
        model = zero_gpu.ZeroGpuSegmenter(model, name, load_here)
    return model, size


def load_here(name: str) -> Segmenter:
    """A model outside the cache, in this very process: what a ZeroGPU worker calls."""
    return cast(Segmenter, _build(_resolve(name)))


def _build(target: _Target) -> Any:
    backend = importlib.import_module(f".backends.{target.family}", __package__)
    try:
        if target.family == "nano" and target.spec is None:
            folder = Path(target.source)
            sums = {name: str(entry["sha256"]) for name, entry in _nano_files(folder).items()}
            _verify(folder, sums, "Export it again.")
            return backend.load(target.label, folder)
        if target.source == "built in":
            _verify(
                NANO_FOLDER, target.spec.sha256 if target.spec else {}, "Reinstall the package, or use git checkout."
            )
            return backend.load(target.label)
        path = Path(target.source)
        if target.spec is not None and path.is_file():
            _verify(path.parent, {path.name: target.spec.sha256[path.name]}, "Download it again.")
        return backend.load(target.source, name=target.label)
    except SamError as error:
        if target.spec is None or target.spec.source != target.source:
            raise
        raise ModelUnavailable(f"{error} {_how_to_get(target.spec)}") from error
    except Exception as error:
        raise ModelUnavailable(
            f"{target.label} cannot be loaded ({type(error).__name__}: {error}). "
            f"{_how_to_get(target.spec) if target.spec else 'Check that it is a SAM model and complete.'}"
        ) from error


def _how_to_get(spec: ModelSpec) -> str:
    if spec.source == "built in":
        return "Reinstall the package."
    files = f" (or {' or '.join(spec.sha256)})" if spec.sha256 else ""
    return (
        f"{spec.title} is a download of {spec.bytes / 1e6:,.0f} MB ({spec.licence}). On a machine with a connection: "
        f"hf download {spec.source} --local-dir {spec.name}. Then put that folder{files} into {models_folder()}, or "
        "pass its path as the model."
    )


def _verify(folder: Path, sums: Mapping[str, str], remedy: str) -> None:
    """Refuse files that are missing or not what they should be.

    Raises:
        ModelUnavailable: names the file.
    """
    if not sums:
        raise ModelUnavailable(f"The list of files, {folder.name}/weights.json, is missing or damaged. {remedy}")
    for name, expected in sums.items():
        try:
            with open(folder / name, "rb") as file:
                actual = _sha256(file)
        except OSError as error:
            raise ModelUnavailable(f"The model file {name} is missing ({error}). {remedy}") from error
        if actual == expected:
            continue
        if (folder / name).stat().st_size < 200 and (folder / name).read_bytes().startswith(b"version https://git-lfs"):
            raise ModelUnavailable(f"The model file {name} is only a pointer of Git LFS. Get the file: git lfs pull.")
        raise ModelUnavailable(
            f"The model file {name} is damaged: expected the checksum {expected[:12]}, got {actual[:12]}. {remedy}"
        )


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _local(spec: ModelSpec) -> Path | None:
    """The model in the user's own folder: as a folder of its name, or as Meta's original file."""
    if spec.source == "built in":
        return None
    folder = models_folder()
    if (folder / spec.name / "config.json").is_file():
        return folder / spec.name
    return next((folder / name for name in spec.sha256 if (folder / name).is_file()), None)


def _downloaded(source: str) -> bool:
    """Whether the hub's client has the weights in its cache."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    files = ("model.safetensors", "pytorch_model.bin")
    return any(isinstance(try_to_load_from_cache(source, file), str) for file in files)


def _bytes_on_disk(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _wrong_kind(target: _Target, task: str) -> ModelUnavailable:
    able = ", ".join(spec.name for spec in _SPECS if task in spec.tasks) or "none here"
    return ModelUnavailable(f"{target.label} cannot {_WORDS.get(task, task)}. Models that can: {able}.")
