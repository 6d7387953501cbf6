"""What is known about a model before it is loaded, and where its files are on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

FOLDER_VARIABLE = "SAM_STUDIO_MODELS_DIR"
"""Folder for models: downloads go there, and names are looked for there. Default: in the user's data folder."""
GROUNDINGDINO_PYTHON = "SAM_STUDIO_GROUNDINGDINO_PYTHON"
"""The Python of the environment that `groundingdino-py` is installed in. Default: that model is not used."""
BUILT_IN = "built in"
"""The source of models whose files are part of this package."""
_TERMS = {
    "Apache-2.0": "",
    "MIT": "",
    "BSD-3-Clause": "",
    "AGPL-3.0-only": "AGPL: whoever offers it over a network must publish the source of the whole service.",
    "CC-BY-NC-4.0": "For non-commercial use only.",
    "LicenseRef-SAM": "Under Meta's SAM License, which is no open-source licence: read it before you use it.",
}
"""Licence -> what it asks of people."""


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
            main subject to a mask), "matte" (trimap to alpha).
        needs: modules that must be installed.
        extra: of pyproject.toml, that installs them.
        sha256: file name -> checksum of the files that are verified before use.
        note: one sentence on when to choose it.
        file: the one file of `source` that is the model, where that is no folder with a config.json.
        gated: whether the hub hands it out on request only.
        files: names in the models folder that stand in for the download and have no known checksum.
        python: environment variable that names the Python of an environment of its own; "" where this one runs it.
        folder: its folder in the models folder, where that is another model's of the same download; "" for `name`.
        remote: where in `source` the first of `files` is; "" where the hub has it not.
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
    file: str = ""
    gated: bool = False
    files: tuple[str, ...] = ()
    python: str = ""
    folder: str = ""
    remote: str = ""
    extra: str = "models"

    @property
    def warning(self) -> str:
        """What to know before the download; "" for weights that anyone may use for anything."""
        terms = _TERMS.get(self.licence, f"It comes under terms of its own ({self.licence}): read them first.")
        asked = f"The hub hands it out on request: ask at https://huggingface.co/{self.source}, then `hf auth login`."
        return " ".join([terms] * bool(terms) + [asked] * self.gated)

    @property
    def home(self) -> str:
        """The name of its folder in the models folder."""
        return self.folder or self.name

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of `needs` that are not installed."""
        return tuple(module for module in self.needs if not installed(module))

    @property
    def ready(self) -> bool:
        """Whether it loads without a download and without installing anything."""
        set_up = not self.python or bool(os.environ.get(self.python, "").strip())
        return set_up and self.here and not self.missing

    @property
    def here(self) -> bool:
        """Whether its files are on this machine."""
        return self.source == BUILT_IN or local_files(self) is not None or self.cached

    @property
    def cached(self) -> bool:
        """Whether they are in the cache of the hub's client."""
        return self.source != BUILT_IN and _downloaded(self.source, self.file or self.remote)

    @property
    def offered(self) -> bool:
        """Whether the hub has it, for those whom it is given to."""
        return self.source != BUILT_IN and (not self.files or bool(self.remote))


def models_folder() -> Path:
    """Where models are looked for by name before the hub: SAM_STUDIO_MODELS_DIR, else the user's data folder."""
    import platformdirs

    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("sam-studio") / "models"


def local_files(spec: ModelSpec) -> Path | None:
    """The model in the user's own folder: as a folder of its name, or as the original file, there or beside it."""
    if spec.source == BUILT_IN:
        return None
    folder = models_folder()
    if (folder / spec.home / "config.json").is_file() and not spec.file:
        return folder / spec.home
    originals = [*spec.sha256, *spec.files, *([spec.file] if spec.file else [])]
    places = [place / name for name in originals for place in (folder / spec.home, folder)]
    return next((place for place in places if place.is_file()), None)


def _downloaded(source: str, file: str) -> bool:
    """Whether the hub's client has the weights in its cache."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    files = (file,) if file else ("model.safetensors", "pytorch_model.bin")
    return any(isinstance(try_to_load_from_cache(source, file), str) for file in files)


def bytes_on_disk(path: Path) -> int:
    """Size of a file, or of all in a folder; what goes away meanwhile, such as a download that ends, counts nothing."""
    files = (
        [path] if not path.is_dir() else (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    )
    total = 0
    for file in files:
        with suppress(OSError):
            total += file.stat().st_size
    return total


def installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
