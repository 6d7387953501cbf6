"""The whole app: stage, tabs and endpoints in one Blocks whose `launch` brings our routes along."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

from plugins import Host, load_plugins
from sam import SamError, load_model
from sam.models.encode_times import Speeds

from .components.gradio_internals import gr, hide_endpoints
from .components.plugin_page import StudioPage
from .components.stage import Stage
from .components.tabs import build_tabs
from .endpoints.api import add_endpoints
from .endpoints.recipes import add_recipe_endpoint
from .images.examples import list_examples
from .models.manager import Manager, may_manage
from .models.offered import Models
from .models.settings import Settings
from .onnxruntime_web import Runtime
from .routes.models import make_manager_routes
from .routes.routes import STATIC, make_routes
from .theme import make_head, make_theme
from .workspace.registry import Workspaces
from .workspace.sharpen import make_sharpening_routes

TITLE = "SAM Studio"
_WARM_UP_S = 1.5

# Gradio's own copies of uploads and results: looked through every hour, deleted after a day.
_DELETE_CACHE = (3600, 24 * 3600)


class Studio(gr.Blocks):
    """Build with `build_studio`. `launch` takes what Gradio's does; what is given wins over what is set here.

    Attributes:
        host: the plugins, with what failed.
        workspaces: of all visitors.
        models: that the page offers.
    """

    def __init__(self, host: Host, workspaces: Workspaces, models: Models) -> None:
        self.host = host
        self.workspaces = workspaces
        self.models = models
        super().__init__(
            title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=_DELETE_CACHE, elem_id="ss-app"
        )

    def launch(self, *args: Any, **options: Any) -> Any:
        """As Gradio's, with our routes, theme and style."""
        app = dict(options.pop("app_kwargs", None) or {})
        self.models.allowed = may_manage(
            options.get("server_name") or os.environ.get("GRADIO_SERVER_NAME"), share=bool(options.get("share"))
        )
        runtime = Runtime()
        runtime.start()
        app["routes"] = [*app.get("routes", []), *make_routes(self.workspaces, self.models, runtime)]
        app["routes"] += make_manager_routes(Manager(self.models, self.workspaces, Settings()))
        app["routes"] += make_sharpening_routes(self.workspaces)
        assets = self.host.assets
        css = "\n".join(asset.css for asset in assets if asset.css)
        head = "\n".join([make_head(), *(asset.head for asset in assets if asset.head)])
        js = "\n".join(f"(() => {{ {asset.js} }})();" for asset in assets if asset.js)
        ours: dict[str, Any] = {
            "ssr_mode": False,
            "run_history": False,
            "mcp_server": True,
            "footer_links": [],
            "favicon_path": STATIC / "icon.svg",
            "theme": make_theme(),
            "css": css or None,
            "head": head,
            "js": f"() => {{ {js} }}" if js else None,
        }
        # Loaded while the visitor looks at the page, so that the first photo does not wait for it.
        warm_up = threading.Timer(_WARM_UP_S, self._load_default)
        warm_up.daemon = True
        warm_up.start()
        try:
            return super().launch(*args, **{**ours, **options}, app_kwargs=app)
        finally:
            if not options.get("prevent_thread_lock"):
                self.workspaces.close_all()

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
    examples = [{"name": example.name, "title": example.title} for example in list_examples()]
    with Studio(host, workspaces, models) as demo:
        page = StudioPage(workspaces, models, host)
        gr.HTML("<div id='ss-header'></div>", apply_default_css=False, js_on_load=None, elem_id="ss-header-block")
        with gr.Row(elem_id="ss-main", equal_height=False):
            with gr.Column(scale=3, min_width=320, elem_id="ss-left"):
                Stage(models.to_json(), models.default, examples, manager=True)
            with gr.Column(scale=1, min_width=300, elem_id="ss-right"):
                build_tabs(host, page)
        public = add_endpoints(host, models) | add_recipe_endpoint(host, models)
    hide_endpoints(demo, public)
    # Heavy events share one place in the queue, so that two of them never fight for the same GPU.
    demo.queue(default_concurrency_limit=8, max_size=64)
    return demo
