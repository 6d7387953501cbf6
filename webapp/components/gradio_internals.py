"""All uses of Gradio's internals, in one file with one test, so that an upgrade breaks only one place.

The rest of the web app takes Gradio from here (`gr`), so that it is loaded the quick way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from ..proxies import WithoutProxy, settle_proxies, tell
from ..visitors.uploads import own_folder

FILES = own_folder()
"""Where Gradio keeps what visitors send and get; read when Gradio is imported."""

# Nothing about the user or the machine is reported anywhere; read when Gradio is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# At the end of each event Gradio would sum up all events so far, with pandas, for a page that nobody can open here.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
# For tabs that draw with it: an event is no place to open a window.
os.environ.setdefault("MPLBACKEND", "agg")

# Gradio makes an HTTP client at its import, which fails on a proxy that httpx cannot use.
tell(settle_proxies(os.environ))

_COMPONENT_META = "gradio.component_meta"
_STUBS = "create_or_modify_pyi"


class _NoStubs(MetaPathFinder, Loader):
    """Loads Gradio without the .pyi file that it rewrites for each component class, a third of its import time."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != _COMPONENT_META:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self.loader = spec.loader
            spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        if hasattr(module, _STUBS):
            setattr(module, _STUBS, lambda *args, **kwargs: None)


if _COMPONENT_META not in sys.modules:
    _finder = _NoStubs()
    sys.meta_path.insert(0, _finder)
    try:
        import gradio as gr
    finally:
        sys.meta_path.remove(_finder)
else:
    import gradio as gr

import gradio.blocks  # noqa: E402
import gradio.networking  # noqa: E402
import gradio.utils  # noqa: E402
from gradio.context import Context, LocalContext  # noqa: E402
from gradio.exceptions import InvalidPathError  # noqa: E402
from gradio.helpers import TrackedIterable  # noqa: E402

# A Space's own package imports Gradio before us: what was read then is put right.
for _module in [module for name, module in sys.modules.items() if name.startswith("gradio.")]:
    if hasattr(_module, "DEFAULT_TEMP_DIR"):
        _module.DEFAULT_TEMP_DIR = str(FILES)  # type: ignore[attr-defined]

__all__ = [
    "FILES",
    "InvalidPathError",
    "event_gone",
    "event_visitor",
    "gr",
    "hide_endpoints",
    "on_behalf_of",
    "show_waiting",
    "transaction",
]

# Asked of this very server when it starts; through an office's proxy it is not there.
gradio.blocks.httpx = WithoutProxy(gradio.blocks.httpx)
# A second question of the same kind, with three seconds to answer: on a slow machine it ended the app. The first one,
# which waits, has been answered by then.
gradio.networking.url_ok = lambda _url: True


def on_behalf_of(request: Any) -> None:
    """From here on work is done for whoever sent this request, as in Gradio's own events: what a package asks them for.

    ZeroGPU's finds the visitor's token in the headers, and the port to close in its workers by the app.
    """
    LocalContext.request.set(request)
    LocalContext.blocks.set(getattr(request.scope.get("app"), "blocks", None))


class _DrawingQuietly(gradio.utils.MatplotlibBackendMananger):
    """As Gradio's own, which imports matplotlib for each event where it is installed: a second for the first one, and a
    cache of fonts in the user's home. Here only for those who have imported it themselves."""

    def __enter__(self) -> None:
        self.wanted = "matplotlib" in sys.modules
        if self.wanted:
            super().__enter__()

    def __exit__(self, *error: Any) -> None:
        if self.wanted:
            super().__exit__(*error)


gradio.utils.MatplotlibBackendMananger = _DrawingQuietly  # type: ignore[misc]


@contextmanager
def transaction() -> Iterator[None]:
    """All components and events made inside are kept, or on an exception none: the surrounding Blocks is as before.

    Must be inside a `gr.Blocks`. The exception goes on to the caller.
    """
    root, block = Context.root_block, Context.block
    if root is None or block is None:
        raise RuntimeError("transaction() must be used inside a gr.Blocks.")
    config = root.default_config
    blocks, fns, fn_id = dict(config.blocks), dict(config.fns), config.fn_id
    renderables, children = list(root.renderables), list(block.children)
    try:
        yield
    except BaseException:
        # A nested Blocks that raises leaves no root behind, and then nothing after it can be built.
        Context.root_block, Context.block = root, block
        config.blocks, config.fns, config.fn_id = blocks, fns, fn_id
        root.renderables[:] = renderables
        block.children[:] = children
        raise


def hide_endpoints(demo: gr.Blocks, public: set[str]) -> None:
    """Make every event private whose API name is not in `public`: what plugins wire up is for the page only."""
    for function in demo.fns.values():
        if function.api_name not in public:
            function.api_visibility = "private"


def event_visitor(values: Sequence[Any], request: Any, event_id: str | None) -> str:
    """Whose an event is: the workspace's, where an input comes from a port; else the client's session or address."""
    for value in values:
        if isinstance(value, Mapping) and isinstance(value.get("workspace"), str):
            return str(value["workspace"])
    one = request[0] if isinstance(request, list) and request else request
    session = getattr(one, "session_hash", None)
    if session and session != event_id:
        return f"session {session}"
    client = getattr(one, "client", None)
    return f"address {getattr(client, 'host', '')}"


def event_gone(demo: gr.Blocks, event_id: str | None) -> Callable[[], Awaitable[bool]] | None:
    """Whether the client of a queued event has hung up; None where Gradio cannot say."""
    event = _event(demo, event_id)
    if event is None:
        return None

    async def gone() -> bool:
        return not event.alive

    return gone


def show_waiting(demo: gr.Blocks, event_id: str | None, ahead: int) -> None:
    """Say at the outputs of a queued event how many are ahead of it; 0 takes that away."""
    if _event(demo, event_id) is None:
        return
    text = f"In the queue: {ahead} ahead" if ahead else None
    unit = TrackedIterable(None, 0 if ahead else None, None, text, "steps", None, 0 if ahead else None)
    demo._queue.set_progress(str(event_id), [unit])


def _event(demo: gr.Blocks, event_id: str | None) -> Any:
    running = (event for job in demo._queue.active_jobs or () if job for event in job)
    return next((event for event in running if event._id == event_id), None)
