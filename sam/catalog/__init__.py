"""The table of all models with a name: a module a family, found by being in this folder.

A module has `SPECS`, a tuple of `ModelSpec`; it may have `ORDER`, where its models stand in the list (100 unless said),
and `MODEL_TYPES`, the `model_type`s in a config.json that its backend loads. None of them imports the backend.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType

from ..spec import ModelSpec


@cache
def specs() -> tuple[ModelSpec, ...]:
    """All models that have a name, the one to start with first."""
    return tuple(spec for module in _modules() for spec in module.SPECS)


def family_of(folder: Path) -> str | None:
    """The backend for a folder that save_pretrained wrote, by its config.json; None where no family claims it."""
    try:
        model_type = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):
        return None
    return next((_name(module) for module in _modules() if model_type in getattr(module, "MODEL_TYPES", ())), None)


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(sorted(modules, key=lambda module: (getattr(module, "ORDER", 100), module.__name__)))


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
