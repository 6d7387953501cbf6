"""Plugins written to a folder, and loaded as a user's would be."""

from __future__ import annotations

import asyncio
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugins import Host, load_plugins

HEADER = "from __future__ import annotations\nimport numpy as np\nfrom sam import Boxes, Cutout, Image, Masks, Points\n"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    """What the machine's user has set must not decide what a test loads."""
    for name in ("SAM_STUDIO_PLUGINS", "SAM_STUDIO_PLUGINS_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _close_loops(monkeypatch):
    """Gradio makes event loops for each Blocks and closes none, which is a ResourceWarning later on."""
    made: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def make_and_note() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", make_and_note)
    yield
    for loop in made:
        loop.close()


@pytest.fixture
def write(tmp_path) -> Callable[..., Path]:
    """write(name, source) puts a plugin file into one folder and returns its path."""

    def write_plugin(name: str, source: str) -> Path:
        file = tmp_path / "folder" / name
        file = file if file.suffix else file.with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEADER + textwrap.dedent(source), encoding="utf-8")
        return file

    return write_plugin


@pytest.fixture
def load(write) -> Callable[..., Host]:
    """load(name=source, ...) writes these plugins and loads them, and no other."""

    def load_sources(**sources: str) -> Host:
        files = [write(name, source) for name, source in sources.items()]
        return load_plugins(names=list(sources), folder=files[0].parent)

    return load_sources


class Visitor:
    """A `Page` with one photo and one visitor: handlers can be called with the values of their inputs."""

    def __init__(self, folder: Path) -> None:
        import gradio as gr

        self.folder = folder
        self.said: list[str] = []
        self.host = load_plugins()
        self.recorded: list[tuple[str, dict]] = []
        self.past: tuple[tuple, tuple[str, ...]] = (), ()
        with gr.Blocks() as self.blocks:
            self.image, self.objects, self.model = gr.State(), gr.State(), gr.State("nano")
            self.prompt, self.result = gr.State(), gr.State()

    def build(self, build_tab: Callable[[object], None]) -> Visitor:
        with self.blocks:
            build_tab(self)
        return self

    def run(self, function: Callable, **options: object) -> Callable:
        names = [name for name in inspect.signature(function).parameters if name not in options]
        return lambda *values: function(**dict(zip(names, values)), **options)

    def progress(self, fraction: float, message: str = "") -> None:
        self.said.append(message)

    def toast(self, message: str) -> None:
        self.said.append(message)

    def suggest(self, box: Any) -> Any:
        return "suggested", box

    def record(self, tool: str, options: dict | None = None, note: str = "") -> None:
        self.host.tools[tool].bind(**(options or {}))
        self.recorded.append((tool, options or {}))

    def history(self) -> tuple[tuple, tuple[str, ...]]:
        return self.past

    def new_image(self, image: object, hide: bool = False) -> object:
        return image

    def show(self, pictures: Any, **options: Any) -> Any:
        self.shown = options
        return pictures

    def propose(self, masks: Any, **options: Any) -> Any:
        self.shown = options
        return masks

    def download(self, value: object, name: str, window: object = None) -> str:
        from PIL import Image

        self.window = window
        Image.fromarray(value).save(self.folder / name)
        return str(self.folder / name)

    def find(self, label: str) -> Any:
        """The component with this label or text."""
        (found,) = (b for b in self.blocks.blocks.values() if label in (getattr(b, "label", 0), getattr(b, "value", 0)))
        return found

    def fire(self, event: str, component: Any, values: dict[Any, Any]) -> dict[Any, Any]:
        """Trigger an event; the components in `values` have these values, the others those they were made with."""
        functions = [f for f in self.blocks.fns.values() if (component._id, event) in f.targets]
        # Beside the work there may be one that shows Stop.
        (function,) = [f for f in functions if f.inputs] if len(functions) > 1 else functions
        results = function.fn(*[values.get(one, one.value) for one in function.inputs])
        return dict(zip(function.outputs, results if len(function.outputs) > 1 else [results]))


@pytest.fixture
def visitor(tmp_path) -> Visitor:
    return Visitor(tmp_path)
