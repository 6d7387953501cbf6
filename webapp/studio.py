"""The whole app: stage, tabs and endpoints in one Blocks whose `launch` brings our routes along."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import threading
from typing import Any

from anyio import CapacityLimiter
from starlette.middleware import Middleware

from plugins import Host, load_plugins
from sam import Cancelled, PromptError, SamError, load_model
from sam.models.best_on_gpu import models_to_place
from sam.models.encode_times import Speeds
from sam.models.registry import place_models
from sam.permits import tell
from sam.runtime.device import encodes_at_once

from .components.gradio_internals import (
    FILES,
    InvalidPathError,
    event_gone,
    event_visitor,
    gr,
    hide_endpoints,
    show_waiting,
)
from .components.plugin_page import StudioPage, plain
from .components.stage import Stage
from .components.tabs import build_tabs, group_css
from .endpoints.api import add_endpoints
from .endpoints.border import Sentences, note_refusal
from .endpoints.event_stream import EndsTogether
from .endpoints.recipes import add_recipe_endpoint
from .images.examples import list_examples
from .images.fetch_url import Fetcher
from .models.manager import may_manage
from .models.offered import Models
from .onnxruntime_web import Runtime
from .routes.requests import refusal_status
from .routes.routes import STATIC
from .routes.table import make_all_routes
from .scheduler import PHOTO, BusyError, GoneError, Scheduler
from .theme import make_head, make_theme
from .visitors.gate import Gate
from .visitors.sent_files import bring_in, mark_files
from .visitors.uploads import Uploads
from .workspace.registry import Workspaces

_log = logging.getLogger("sam_studio")

TITLE = "SAM Studio"
_WARM_UP_S = 1.5
_FETCHES_AT_ONCE = 4

HEAVY = "gpu"
"""The `concurrency_id` by which an event says that it is heavy."""


class Studio(gr.Blocks):
    """Build with `build_studio`. `launch` takes what Gradio's does; what is given wins over what is set here.

    Attributes:
        host: the plugins, with what failed.
        workspaces: of all visitors.
        models: that the page offers.
        scheduler: of all heavy work, whichever door it comes through.
    """

    def __init__(self, host: Host, workspaces: Workspaces, models: Models, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.host = host
        self.workspaces = workspaces
        self.models = models
        self.uploads = Uploads(FILES)
        self.fetcher = Fetcher()
        self._fetching = CapacityLimiter(_FETCHES_AT_ONCE)
        super().__init__(title=TITLE, analytics_enabled=False, fill_width=True, elem_id="ss-app")

    def launch(self, *args: Any, **options: Any) -> Any:
        """As Gradio's, with our routes, theme and style."""
        app = dict(options.pop("app_kwargs", None) or {})
        self.models.allowed = may_manage(
            options.get("server_name") or os.environ.get("GRADIO_SERVER_NAME"), share=bool(options.get("share"))
        )
        runtime = Runtime()
        runtime.start()
        app["middleware"] = [Middleware(Sentences), *app.get("middleware", []), Middleware(Gate, self.uploads)]
        app["middleware"].append(Middleware(EndsTogether))
        formats = list(self.host.formats.values())
        ours = make_all_routes(self.workspaces, self.models, self.scheduler, runtime, formats)
        app["routes"] = [*app.get("routes", []), *ours]
        assets = self.host.assets
        css = "\n".join([group_css(self.host.tabs), *(asset.css for asset in assets if asset.css)])
        head = "\n".join([make_head(), *(asset.head for asset in assets if asset.head)])
        js = "\n".join(f"(() => {{ {asset.js} }})();" for asset in assets if asset.js)
        defaults: dict[str, Any] = {
            "ssr_mode": False,
            # Whoever waits for a turn holds a place of Gradio's, too: enough are left for what is not heavy.
            "max_threads": 40 + self.scheduler.most,
            "run_history": False,
            "mcp_server": True,
            "footer_links": [],
            "favicon_path": STATIC / "icon.svg",
            "theme": make_theme(),
            "css": css or None,
            "head": head,
            "js": f"() => {{ {js} }}" if js else None,
        }
        # On this thread and before the launch: only so does ZeroGPU take their weights.
        place_models(models_to_place(self.models.default))
        # Loaded while the visitor looks at the page, so that the first photo does not wait for it.
        warm_up = threading.Timer(_WARM_UP_S, self._load_default)
        warm_up.daemon = True
        warm_up.start()
        self.uploads.start()
        try:
            return super().launch(*args, **{**defaults, **options}, app_kwargs=app)
        finally:
            if not options.get("prevent_thread_lock"):
                self.workspaces.close_all()
                self.uploads.stop()

    def close(self, *args: Any, **options: Any) -> None:
        """As Gradio's; what visitors have sent and got is gone with it."""
        super().close(*args, **options)
        self.uploads.stop()

    async def process_api(self, *args: Any, **options: Any) -> dict[str, Any]:
        """As Gradio's, for a visitor: every event of the page, of API and MCP comes through here."""
        session = options.get("session_hash")
        with self.models.visiting():
            try:
                self.uploads.use(session, options.get("inputs"))
                output = await super().process_api(*args, **options)
            except gr.Error as error:
                said = str(error.message)
                error.message = tell(said)
                if error.message != said:
                    _log.warning("In full, as visitors are told less: %s", said, exc_info=error)
                if isinstance(error.__cause__, SamError):
                    note_refusal(refusal_status(error.__cause__))
                raise
            except SamError as error:
                note_refusal(refusal_status(error))
                raise gr.Error(plain(str(error)), print_exception=False) from error
            except Exception as error:
                _log.exception("an event failed outside of its handler")
                raise gr.Error(f"This failed on the server ({type(error).__name__}).", print_exception=False) from error
        self.uploads.use(session, output.get("data"))
        return output

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> list[Any]:
        """As Gradio's, which would fetch web addresses itself, by rules of its own."""
        # Whoever leaves options out means their defaults, however the endpoint is called.
        given = list(inputs) + [None] * (len(block_fn.inputs) - len(inputs))
        # What holds JSON may name paths of its own, which nobody opens. Gradio would look for files in all of it, on
        # the thread that answers everybody, and keep it for the session.
        rows = {at: given[at] for at, one in enumerate(block_fn.inputs) if isinstance(one, gr.JSON)}
        takers = [getattr(one, "data_model", None) and not isinstance(one, gr.JSON) for one in block_fn.inputs]
        inputs = [mark_files(value) if taker else value for value, taker in zip(given, takers, strict=False)]
        inputs = [None if at in rows else value for at, value in enumerate(inputs)]
        inputs = await bring_in(inputs, self.fetcher, self.uploads, self._fetching)
        try:
            read = await super().preprocess_data(block_fn, inputs, *args, **options)
            return [rows.get(at, value) for at, value in enumerate(read)]
        except InvalidPathError as error:
            raise PromptError("A file must be uploaded first, or be given by its web address.") from error
        except (gr.Error, SamError):
            raise
        except Exception as error:  # Gradio's components raise what they like on what they cannot read
            _log.info("an event was sent what it cannot read", exc_info=error)
            raise PromptError("What was sent does not fit: look at the parameters of this endpoint.") from error

    def forget(self, request: gr.Request) -> None:
        """A page is closed, or a client."""
        self.uploads.leave(request.session_hash)

    async def call_function(
        self,
        block_fn: Any,
        processed_input: list[Any],
        iterator: Any = None,
        requests: Any = None,
        event_id: str | None = None,
        *args: Any,
        **options: Any,
    ) -> Any:
        """As Gradio's, in its turn where the event is a heavy one: tabs', the API's and MCP's events all run here."""
        run = functools.partial(
            super().call_function, block_fn, processed_input, iterator, requests, event_id, *args, **options
        )
        function = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        if function.concurrency_id != HEAVY:
            return await run()
        visitor = event_visitor(processed_input, requests, event_id)
        told = functools.partial(show_waiting, self, event_id)
        try:
            async with self.scheduler.turn(visitor, gone=event_gone(self, event_id, requests), told=told):
                return await run()
        except BusyError as error:
            raise gr.Error(str(error), title="Busy", print_exception=False) from error
        except (Cancelled, GoneError) as error:
            raise gr.Error("Stopped. Nothing was changed.", title="Stopped", print_exception=False) from error

    def _load_default(self) -> None:
        with contextlib.suppress(SamError):  # whoever opens a photo is told
            load_model(self.models.default)


def build_studio(model: str = "", *, host: Host | None = None, workspaces: Workspaces | None = None) -> Studio:
    """The app, not yet running.

    Args:
        model: that new workspaces start with; default: the first of `sam.list_models()`.
        host: plugins; default: `load_plugins()`.
        workspaces: default: with the default limits.
    """
    host = host or load_plugins()
    workspaces = workspaces or Workspaces()
    models = Models(model, Speeds())
    models.trust(host)
    examples = [{key: getattr(one, key) for key in ("name", "title", "tab", "shows")} for one in list_examples()]
    scheduler = Scheduler({PHOTO: encodes_at_once()})
    with Studio(host, workspaces, models, scheduler) as demo:
        page = StudioPage(workspaces, models, host, scheduler)
        gr.HTML("<div id='ss-header'></div>", apply_default_css=False, js_on_load=None, elem_id="ss-header-block")
        with gr.Row(elem_id="ss-main", equal_height=False):
            with gr.Column(scale=3, min_width=320, elem_id="ss-left"):
                Stage(models.to_json(), models.default, examples, manager=True)
            with gr.Column(scale=1, min_width=300, elem_id="ss-right"):
                gr.HTML(
                    "<div id='ss-objects'></div>", apply_default_css=False, js_on_load=None, elem_id="ss-objects-block"
                )
                build_tabs(host, page)
        demo.unload(demo.forget)
        public = add_endpoints(host, models) | add_recipe_endpoint(host, models)
    hide_endpoints(demo, public)
    # Gradio's queue takes whoever comes first: it hands all on at once, and the scheduler says whose turn it is.
    demo.queue(default_concurrency_limit=None, max_size=4 * scheduler.most)
    return demo
