"""The stage and the hidden ports: Gradio components whose work is done by ES modules from webapp/static."""

from __future__ import annotations

import json
from typing import Any

from ._gradio import gr
from .routes import PREFIX, static_version

# The page may live below a path (a proxy, a Space in a frame): Gradio knows where, so no address is written out.
_ROOT = "const root = (window.gradio_config?.root || location.origin).replace(/\\/+$/, '');"


def _loader(module: str, call: str, constants: Any) -> str:
    """`js_on_load` that imports one of our modules and calls it as `m`; CONFIG holds `constants` and `base`."""
    path = f"{PREFIX}/static/{static_version()}/{module}"
    # Constants are baked in: Gradio may replace all props of a component that is not mounted yet.
    return (
        f"{_ROOT} const CONFIG = {{...{json.dumps(constants)}, base: root + {json.dumps(PREFIX)}}};"
        f"import(root + {json.dumps(path)}).then((m) => {{ {call} }}).catch((error) => {{ console.error(error);"
        "element.textContent = 'This part of the page could not be loaded. Reload the page; if it stays, "
        "restart the server.'; });"
    )


class Stage(gr.HTML):
    """Canvas, object list and status line. It talks to our routes by itself and holds no value for Gradio.

    Args:
        config: constants for the page: models, default model, examples.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        super().__init__(
            value="",
            html_template="<div class='ss-mount'></div>",
            js_on_load=_loader("stage.mjs", "m.mount({element, config: CONFIG});", config),
            apply_default_css=False,
            elem_id="ss-stage",
        )


class Port(gr.HTML):
    """A hidden component through which tabs see the workspace; the page writes its value.

    Args:
        port: "image", "objects" or "model".
        value: before the page has written one.
        render: Gradio makes a port anew, unrendered, when a handler leaves it as it is (`gr.skip()`).
    """

    def __init__(self, port: str, value: Any = None, render: bool = True) -> None:
        self.port = port
        super().__init__(
            value=value,
            render=render,
            html_template="<span></span>",
            js_on_load=_loader("ports.mjs", "m.register(CONFIG.port, {element, props, watch});", {"port": port}),
            apply_default_css=False,
            visible="hidden",
            elem_id=f"ss-port-{port}",
        )
