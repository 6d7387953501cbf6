"""All uses of Gradio's internals, in one file with one test, so that an upgrade breaks only one place.

The rest of the web app takes Gradio from here (`gr`), so that it is loaded the quick way.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from sam.permits import hide_places

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
_LOOK_S = 0.25
"""How often somebody looks whether a client is still there."""
_PATIENCE_S = 600.0
_LONGEST = 400
"""Characters of an error."""


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
    # A Space's own package imports Gradio before us: from here on it writes none either.
    import gradio as gr

    setattr(sys.modules[_COMPONENT_META], _STUBS, lambda *args, **kwargs: None)

import gradio.blocks  # noqa: E402
import gradio.mcp  # noqa: E402
import gradio.networking  # noqa: E402
import gradio.utils  # noqa: E402
from gradio.context import Context, LocalContext  # noqa: E402
from gradio.data_classes import FileData  # noqa: E402
from gradio.exceptions import InvalidPathError  # noqa: E402
from gradio.helpers import TrackedIterable  # noqa: E402
from gradio.processing_utils import save_bytes_to_cache  # noqa: E402

# A Space's own package imports Gradio before us: what was read then is put right.
for _module in [module for name, module in sys.modules.items() if name.startswith("gradio.")]:
    if hasattr(_module, "DEFAULT_TEMP_DIR"):
        _module.DEFAULT_TEMP_DIR = str(FILES)  # type: ignore[attr-defined]

__all__ = [
    "FILES",
    "InvalidPathError",
    "event_gone",
    "event_visitor",
    "file_for_visitor",
    "gr",
    "hide_endpoints",
    "on_behalf_of",
    "show_waiting",
    "transaction",
]

# Asked of this very server when it starts; through an office's proxy it is not there.
setattr(gradio.blocks, "httpx", WithoutProxy(gradio.blocks.httpx))  # noqa: B010
# A second question of the same kind, with three seconds to answer: on a slow machine it ended the app. The first one,
# which waits, has been answered by then.
gradio.networking.url_ok = lambda url: True


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


def event_gone(demo: gr.Blocks, event_id: str | None, request: Any) -> Callable[[], Awaitable[bool]] | None:
    """Whether the client of an event has hung up, queued or asked for directly; None where Gradio cannot say."""
    event = _event(demo, event_id)
    if event is None:
        # The request of a queued event is over by now; that of any other is being answered.
        direct = getattr(request, "request", None) if event_id is None else None
        return getattr(direct, "is_disconnected", None)

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


class _McpServer(gradio.mcp.GradioMCPServer.Server):
    """As the package's own, which checks what is sent by the tools' schemas, for seconds and on the thread that answers
    everybody, and repeats all of it where it does not fit: the endpoints check by rules of their own."""

    def call_tool(self, *, validate_input: bool = True) -> Any:
        return super().call_tool(validate_input=False)

    def _make_error_result(self, error_message: str) -> Any:
        said = hide_places(error_message)
        return super()._make_error_result(said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…")


class _Mcp(gradio.mcp.GradioMCPServer):
    """As Gradio's own, which goes on with a tool's work after the client has hung up, uploads to itself whatever file
    of the server the arguments name, and writes lists as Python does."""

    Server = _McpServer

    def _prepare_tool_call_args(self, name: str, arguments: dict[str, Any]) -> Any:
        return super()._prepare_tool_call_args(name, {key: _unmarked(value) for key, value in arguments.items()})

    def postprocess_output_data(self, data: Any, root_url: str) -> Any:
        return super().postprocess_output_data(
            [json.dumps(one) if isinstance(one, list) else one for one in data], root_url
        )

    async def _execute_tool_without_progress(self, job: Any) -> list[Any]:
        async with self._watching(job):
            return await super()._execute_tool_without_progress(job)

    async def _execute_tool_with_progress(self, job: Any, progress_token: str | int) -> dict[str, Any]:
        async with self._watching(job):
            return await super()._execute_tool_with_progress(job, progress_token)

    @asynccontextmanager
    async def _watching(self, job: Any) -> AsyncIterator[None]:
        request = self.mcp_server.request_context.request
        watcher = asyncio.create_task(self._stop_when_gone(request, job)) if request is not None else None
        try:
            yield
        finally:
            if watcher is not None:
                watcher.cancel()

    async def _stop_when_gone(self, request: Any, job: Any) -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(_LOOK_S)
        event = _event(self.blocks, job.communicator.event_id)
        if event is not None:
            event.alive = False
        await self.blocks._queue.clean_events(event_id=job.communicator.event_id)
        # A thread of Gradio's waits for the job, which nobody answers now.
        job.communicator.should_cancel = True


# Gradio's MCP server asks itself as a client, which gives up after five seconds: on a busy machine that is no time.
gradio.mcp.Client = functools.partial(gradio.mcp.Client, httpx_kwargs={"timeout": _PATIENCE_S})
gradio.mcp.GradioMCPServer = _Mcp  # type: ignore[misc]


def _unmarked(value: Any) -> Any:
    """A value of a client's without marks that say that it names a file: only Gradio may set them."""
    if isinstance(value, list):
        return [_unmarked(one) if isinstance(one, (list, dict)) else one for one in value]
    if isinstance(value, dict):
        kept = value.items() if "path" not in value else ((key, one) for key, one in value.items() if key != "meta")
        return {key: _unmarked(one) for key, one in kept}
    return value


def _event(demo: gr.Blocks, event_id: str | None) -> Any:
    running = (event for job in demo._queue.active_jobs or () if job for event in job)
    return next((event for event in running if event._id == event_id), None)


def file_for_visitor(data: bytes, name: str, folder: str) -> FileData:
    """A file that is handed out to whoever gets its address, as components answer with one.

    Args:
        folder: where a component keeps such files.
    """
    path = save_bytes_to_cache(data, name, folder)
    return FileData(path=path, orig_name=name, size=len(data))
