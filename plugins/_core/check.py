"""The conformance kit: what `python -m plugins check NAME` tries on a plugin, built-in or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sam.errors import SamError

from .check_formats import try_format
from .check_samples import build_samples, differ, wrong
from .discovery import load_plugins
from .host import Host, Tab
from .page import Page
from .tool import PluginError, Tool, read_signature, type_name

_HEAVY = ("torch", "gradio", "transformers")
_IMPORT_LIMIT = 60
_ROUNDS = 4
"""So often two sessions run a quick tool at once. One that takes longer than `_LONG_S` meets the other in one round."""
_LONG_S = 0.25
_IMPORT = """
import json, sys, time
import numpy, sam.types
from plugins import load_plugins
start = time.process_time()
host = load_plugins(names=[sys.argv[1]], folder=sys.argv[2] or None)
seconds = time.process_time() - start
print()
print(json.dumps({"seconds": seconds, "heavy": [name for name in json.loads(sys.argv[3]) if name in sys.modules]}))
"""


@dataclass(frozen=True)
class Result:
    """One thing that was tried.

    Attributes:
        check: what: import, setup, documented, tab, format, image, sessions.
        subject: on which plugin, tool or tab.
        ok: True, False, or None where it could not be tried.
        detail: what was seen.
    """

    check: str
    subject: str
    ok: bool | None
    detail: str = ""


def check_plugin(name: str, folder: str | Path | None = None) -> list[Result]:
    """Try a plugin out, from import to two sessions at once.

    Args:
        name: of a plugin that discovery finds, or the path of a plugin's file or folder.
        folder: of further plugins, as for `load_plugins`.
    """
    path = Path(name)
    if path.exists() and (path.suffix == ".py" or (path / "__init__.py").is_file()):
        path = path.resolve()
        name, folder = path.stem, path.parent
    results = [_check_import(name, folder)]
    if not results[0].ok:
        return results
    host = load_plugins(names=[name], folder=folder)
    for failure in host.failures.values():
        results.append(Result("setup", name, False, str(failure)))
    if host.failures:
        return results
    results.append(Result("setup", name, True, _added(host)))
    results += [_check_tab(tab) for tab in host.tabs]
    for format in host.formats.values():
        results += [Result("format", f"{format.name}, {what}", ok, detail) for what, ok, detail in try_format(format)]
    for tool in host.tools.values():
        results.append(_check_documented(tool))
        results += _check_images(tool)
        results.append(_check_sessions(tool))
    return results


def _added(host: Host) -> str:
    formats = f", {len(host.formats)} formats" if host.formats else ""
    return f"{len(host.tools)} tools, {len(host.tabs)} tabs{formats}"


def _check_import(name: str, folder: str | Path | None) -> Result:
    """In a fresh process, since here half of everything is loaded already."""
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    command = [sys.executable, "-c", _IMPORT, name, str(folder or ""), json.dumps(_HEAVY)]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            timeout=_IMPORT_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return Result("import", name, False, f"takes more than {_IMPORT_LIMIT} s; import slow modules inside functions")
    try:
        seen = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        return Result("import", name, False, f"the process ended with code {done.returncode}: {last}")
    if seen["heavy"]:
        return Result("import", name, False, f"loads {', '.join(seen['heavy'])}; import them inside functions")
    return Result("import", name, True, f"{seen['seconds']:.2f} s of CPU, without {', '.join(_HEAVY)}")


def _check_documented(tool: Tool) -> Result:
    first = tool.doc.partition("\n")[0].strip()
    if not first:
        return Result("documented", tool.name, False, "has no docstring; the web app, MCP and --help show it")
    return Result("documented", tool.name, True, str(tool))


def _check_tab(tab: Tab) -> Result:
    try:
        import gradio as gr
    except ImportError:
        return Result("tab", tab.title, None, "Gradio is not installed")
    try:
        with gr.Blocks() as blocks:
            page: Page = _Page(gr)
            own = set(blocks.blocks)
            with gr.Tabs(), gr.Tab(tab.title):
                tab.build(page)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Result("tab", tab.title, False, f"{type(error).__name__}: {error}")
    made = [block for key, block in blocks.blocks.items() if key not in own]
    ids = [str(block.elem_id) for block in made if getattr(block, "elem_id", None)]
    foreign = [one for one in ids if not one.replace("-", "_").startswith(tab.plugin)]
    if foreign:
        return Result("tab", tab.title, False, f"elem_id {foreign[0]!r} must begin with the plugin's name")
    return Result("tab", tab.title, True, f"{len(made)} components, {len(blocks.fns)} events")


def _check_images(tool: Tool) -> Iterator[Result]:
    """Each image that is known to break tools: a result of the promised type or a SamError, nothing else."""
    for sample in build_samples():
        subject = f"{tool.name}, {sample.name}"
        try:
            data = sample.data_for(tool.inputs)
        except KeyError as error:
            yield Result("image", tool.name, None, f"no sample of type {error.args[0]} to try it with")
            return
        before = {name: value.copy() for name, value in data.items() if isinstance(value, np.ndarray)}
        try:
            result = tool.function(**data)  # not `run`, which would keep a change from being seen
        except SamError as error:
            yield Result("image", subject, True, f"{type(error).__name__}: {error}")
            continue
        except Exception as error:
            yield Result("image", subject, False, f"raised {type(error).__name__}, not a SamError: {error}")
            continue
        changed = [name for name, value in before.items() if not np.array_equal(value, data[name])]
        problem = f"changed its input {changed[0]} in place" if changed else wrong(result, tool.returns, sample)
        yield Result("image", subject, not problem, problem or f"gives {type_name(tool.returns)}")


def _check_sessions(tool: Tool) -> Result:
    """Two sessions that run the tool at the same time get what each gets alone."""
    pair = [sample for sample in build_samples() if sample.session]
    try:
        inputs = [sample.data_for(tool.inputs) for sample in pair]
        began = time.process_time()
        alone = [tool.run(**data) for data in inputs]
        rounds = 1 if time.process_time() - began > len(inputs) * _LONG_S else _ROUNDS
        again = [tool.run(**data) for data in inputs]
    except KeyError as error:
        return Result("sessions", tool.name, None, f"no sample of type {error.args[0]} to try it with")
    except SamError as error:
        return Result("sessions", tool.name, None, f"could not be run: {error}")
    except Exception as error:
        return Result("sessions", tool.name, False, f"raised {type(error).__name__}: {error}")
    if differ(alone, again):
        return Result("sessions", tool.name, None, "gives another result each time, so that they cannot be compared")
    barrier = threading.Barrier(len(inputs))
    errors: list[Exception] = []

    def session(index: int) -> list[Any]:
        results = []
        try:
            for _ in range(rounds):
                barrier.wait()
                results.append(tool.run(**inputs[index]))
        except threading.BrokenBarrierError:
            pass
        except Exception as error:
            errors.append(error)
            barrier.abort()  # or the other session would wait for this one for ever
        return results

    with ThreadPoolExecutor(len(inputs)) as pool:
        together = list(pool.map(session, range(len(inputs))))
    if errors:
        return Result("sessions", tool.name, False, f"two at once: {type(errors[0]).__name__}: {errors[0]}")
    if any(differ(alone[index], one) for index, results in enumerate(together) for one in results):
        return Result("sessions", tool.name, False, "two sessions at once get each other's result; keep no state")
    return Result("sessions", tool.name, True, "two at once get what each gets alone")


class _Page:
    """A `Page` without an app around it: tabs can be built on it, and their handlers' signatures are checked."""

    def __init__(self, gr: Any) -> None:
        self.image, self.objects, self.model = gr.State(), gr.State(), gr.State("nano")
        self.boxes, self.prompt, self.result = gr.State(), gr.State(), gr.State()
        self.host = Host()

    def run(self, function: Any, **options: Any) -> Any:
        function = getattr(function, "function", function)  # a Tool will do
        known = read_signature(function)[1]
        for name in options:
            if name not in known:
                raise PluginError(f"page.run: {function.__name__} has no option {name!r}. It has: {', '.join(known)}.")
        return lambda *values: None

    def progress(self, fraction: float, message: str = "") -> None:
        return None

    def toast(self, message: str) -> None:
        return None

    def suggest(self, box: Any) -> Any:
        raise PluginError("suggest: only a handler can put a box on the stage, not build_tab.")

    def record(self, tool: str, options: Any = None, note: str = "") -> None:
        return None

    def history(self) -> Any:
        return (), ()

    def new_image(self, image: Any, hide: bool = False) -> Any:
        raise PluginError("new_image: only a handler can change the photo, not build_tab.")

    def show(self, pictures: Any, **options: Any) -> Any:
        raise PluginError("show: only a handler can put pictures on the stage, not build_tab.")

    def propose(self, masks: Any, **options: Any) -> Any:
        raise PluginError("propose: only a handler can propose objects, not build_tab.")

    def download(self, value: Any, name: str, window: Any = None) -> str:
        raise PluginError("download: only a handler can make a file, not build_tab.")


def describe(host: Host) -> list[dict[str, Any]]:
    """What `python -m plugins list` shows, JSON-able."""
    rows: list[dict[str, Any]] = [
        {
            "plugin": name,
            "source": source,
            "state": "ready",
            "tools": [str(tool) for tool in host.tools.values() if tool.plugin == name],
            "tabs": [tab.title for tab in host.tabs if tab.plugin == name],
        }
        for name, source in host.plugins.items()
    ]
    for failure in host.failures.values():
        rows.append(
            {
                "plugin": failure.plugin,
                "state": "failed",
                "stage": failure.stage,
                "cause": failure.cause,
                "missing": failure.missing,
                "hint": failure.hint,
                "traceback": failure.traceback,
            }
        )
    return rows
