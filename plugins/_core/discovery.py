"""Where plugins come from: built-in files, installed packages, a folder; always in this order."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from sam.errors import suggest

from .host import Host
from .tool import PluginError

GROUP = "sam_studio.plugins"
FOLDER_VARIABLE = "SAM_STUDIO_PLUGINS_DIR"
"""Folder with plugins of your own. Default: none."""
NAMES_VARIABLE = "SAM_STUDIO_PLUGINS"
"""The only plugins to load, such as `click,text`. Default: all."""
_RENAMED = {"refine": "sharpen_outlines"}
"""Plugins' names in settings made before they were renamed."""


@dataclass(frozen=True)
class Found:
    """A plugin that has not been imported yet.

    Attributes:
        name: of the plugin.
        source: where it is, for messages.
        get_setup: imports it and returns its `setup`; raises whatever the import raises.
        file: its source, or None when only the import can tell.
    """

    name: str
    source: str
    get_setup: Callable[[], Callable[[Host], None]]
    file: Path | None


def load_plugins(
    *, strict: bool = False, names: Collection[str] | None = None, folder: str | Path | None = None
) -> Host:
    """A host with every plugin that can be loaded, and a `Failure` for each that cannot.

    Args:
        strict: raise the first failure instead of keeping it.
        names: load only these; default: SAM_STUDIO_PLUGINS ("click,text"), else all.
        folder: of further plugins; default: SAM_STUDIO_PLUGINS_DIR, else none.

    Raises:
        PluginError: only when strict.
    """
    names = _allowed() if names is None else [_RENAMED.get(name, name) for name in names]
    folder = folder or os.environ.get(FOLDER_VARIABLE) or None
    host = Host()
    if folder is not None and not Path(folder).is_dir():
        host.fail(FOLDER_VARIABLE, "import", PluginError(f"expected a folder of plugins, got {str(folder)!r}."))
        folder = None
    found = list(find_plugins(folder))
    for plugin in found:
        if names is None or plugin.name in names:
            host.load(plugin.name, plugin.get_setup, source=plugin.source, requires=_requires(plugin.file))
    for name in names or ():
        if name not in {plugin.name for plugin in found}:
            known = sorted({plugin.name for plugin in found})
            host.fail(name, "import", PluginError(f"there is no plugin {name[:80]!r}. {suggest(name, known)}"))
    if strict and host.failures:
        failure = next(iter(host.failures.values()))
        raise PluginError(str(failure)) from failure.error
    return host


def find_plugins(folder: str | Path | None = None) -> Iterator[Found]:
    """Every plugin, not imported: built-in by name, entry points by name, then those of `folder` by name."""
    here = Path(__file__).parents[1]
    for name, file in _files(here):
        yield Found(name, "built in", lambda name=name: _setup(importlib.import_module(f"plugins.{name}")), file)  # type: ignore[misc]
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        package = f"package {entry.dist.name} {entry.dist.version}" if entry.dist else "package"
        yield Found(entry.name, package, lambda entry=entry: _setup(entry.load()), _entry_file(entry.module))  # type: ignore[misc]
    if folder is not None:
        for name, file in _files(Path(folder)):
            yield Found(name, str(file), lambda name=name, file=file: _setup(_import_file(name, file)), file)  # type: ignore[misc]


def _allowed() -> list[str] | None:
    """Those that SAM_STUDIO_PLUGINS names, by their names of today; None for all."""
    names = [name.strip() for name in os.environ.get(NAMES_VARIABLE, "").split(",") if name.strip()]
    return [_RENAMED.get(name, name) for name in names] or None


def plugins_that_define(function: str) -> list[str]:
    """Names of the plugins whose source defines a function of this name, without importing any; of those that load.

    Reads the source of each, so that it finds tools, and may find more than tools.
    """
    if not function.isidentifier():
        return []
    allowed = _allowed()
    folder = os.environ.get(FOLDER_VARIABLE) or None
    found = []
    for plugin in find_plugins(folder if folder and Path(folder).is_dir() else None):
        if plugin.file is None or (allowed and plugin.name not in allowed):
            continue
        sources = plugin.file.parent.rglob("*.py") if plugin.file.name == "__init__.py" else [plugin.file]
        with contextlib.suppress(OSError, ValueError):
            if any(f"def {function}(" in source.read_text("utf-8") for source in sources):
                found.append(plugin.name)
    return found


def _files(folder: Path) -> list[tuple[str, Path]]:
    """(name, file) of each module or package in `folder`; names that start with _ are machinery."""
    modules = [module for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_")]
    return sorted((m.name, folder / m.name / "__init__.py" if m.ispkg else folder / f"{m.name}.py") for m in modules)


def _setup(loaded: Any) -> Callable[[Host], None]:
    """The `setup` of a module, or the function that an entry point names.

    Raises:
        PluginError: there is none.
    """
    setup = getattr(loaded, "setup", None) if isinstance(loaded, ModuleType) else loaded
    if not callable(setup):
        raise PluginError("it has no function setup(host). Add one: it is the only thing a plugin must have.")
    return setup


def _import_file(name: str, file: Path) -> ModuleType:
    """Import a plugin of a folder, under a name that cannot hide an installed package.

    Raises:
        PluginError: the file name is not a Python name.
    """
    if not name.isidentifier():
        raise PluginError(f"{name!r} is not a Python name. Rename the file, with _ for other characters.")
    full = f"sam_studio_plugin_{name}"
    places = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(full, file, submodule_search_locations=places)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file} is not Python source.")
    # An earlier load, or half of one, must not serve this one stale parts.
    for loaded in [module for module in sys.modules if module == full or module.startswith(f"{full}.")]:
        del sys.modules[loaded]
    module = sys.modules[full] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(full, None)
        raise
    return module


def _entry_file(module: str) -> Path | None:
    """The source of an installed plugin, found from its top-level package, so that nothing of it is imported."""
    top, *parts = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except Exception:
        return None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    file = Path(spec.origin)
    for part in parts:
        package = file.parent / part / "__init__.py"
        file = package if package.is_file() else file.parent / f"{part}.py"
    return file


def _requires(file: Path | None) -> Any:
    """REQUIRES of a plugin, read from its source: the import may be what fails. None where there is none."""
    try:
        body = ast.parse(file.read_text(encoding="utf-8")).body if file else []
    except (OSError, SyntaxError, ValueError):
        return None
    for node in body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == "REQUIRES" for target in targets):
            try:
                return ast.literal_eval(value)
            except ValueError:
                return "something that is not written out as a dictionary"
    return None
