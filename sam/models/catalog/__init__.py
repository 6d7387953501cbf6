"""The table of all models with a name: a module a family, found by being in this folder.

A module has `SPECS`, a tuple of `ModelSpec`; it may have `ORDER`, where its models stand in the list (100 unless said),
`MODEL_TYPES`, the `model_type`s in a config.json that its backend loads, and `ORIGINAL`, a pattern that each original
file of the family has among the names of its weights, and no other family's. None of them imports the backend.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from ..spec import ModelSpec


@cache
def specs() -> tuple[ModelSpec, ...]:
    """All models that have a name, the one to start with first."""
    return tuple(spec for module in _modules() for spec in module.SPECS)


def family_of(folder: Path, task: str = "") -> str | None:
    """The backend for a folder that save_pretrained wrote, by its config.json; None where no family claims it.

    Args:
        folder: with a config.json.
        task: what the model is wanted for, as in `ModelSpec.tasks`: some folders hold two models.
    """
    try:
        model_type = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):
        return None
    claims = [module for module in _modules() if model_type in getattr(module, "MODEL_TYPES", ())]
    fitting = [module for module in claims if any(task in spec.tasks for spec in module.SPECS)]
    return next((_name(module) for module in (*fitting, *claims)), None)


def family_of_weights(names: Iterable[str]) -> str | None:
    """The backend for an original file, by the names of its weights; None where no family claims it."""
    known = list(names)
    for module in _modules():
        pattern = getattr(module, "ORIGINAL", None)
        if pattern and any(re.search(pattern, name) for name in known):
            return _name(module)
    return None


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(sorted(modules, key=lambda module: (getattr(module, "ORDER", 100), module.__name__)))


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
