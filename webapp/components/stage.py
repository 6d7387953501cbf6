"""The stage and the hidden ports: Gradio components whose work is done by ES modules from webapp/static.

The stage is the photo with everything on it: prompts, masks, the list of objects. It works in any Blocks that launches
with our routes:

    import gradio as gr
    from sam import Masks
    from webapp.components.plugin_page import StudioPage
    from webapp.components.stage import Stage
    from webapp.models.offered import Models
    from webapp.routes.table import make_all_routes
    from webapp.theme import make_head
    from webapp.workspace.registry import Workspaces

    def count_pixels(masks: Masks) -> str:
        return f"{int(masks.masks.sum())} pixels"

    workspaces, models = Workspaces(), Models()
    with gr.Blocks() as demo:
        page = StudioPage(workspaces, models)  # page.image, page.objects and page.model are inputs of your events
        Stage(models.to_json(), models.default)
        result = gr.Textbox()
        gr.Button("Count").click(page.run(count_pixels), page.objects, result)
    demo.launch(head=make_head(), app_kwargs={"routes": make_all_routes(workspaces, models)})
"""

from __future__ import annotations

import functools
import json
import types
from collections.abc import Sequence
from typing import Any

from ..routes.requests import PREFIX
from ..routes.routes import static_version
from .gradio_internals import gr

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
    """Canvas, object list and status line; one to a page. It talks to our routes by itself and holds no value for
    Gradio: what it shows reaches events through the ports of a `StudioPage`.

    Args:
        models: the rows of the model picker, as `Models.to_json` gives them.
        model: name of the model that is chosen at first.
        examples: photos to begin with, {"name": of a file in `webapp/images/examples.py`'s list, "title": for people,
            "tab": to open with it, "shows": what to do there}; the last two may be left out.
        manager: whether the model manager is offered beside the picker, for which the app needs the routes of
            `webapp.routes.models` too. Without it the picker gets a model that is not here at once.
    """

    def __init__(
        self,
        models: Sequence[dict[str, Any]],
        model: str,
        examples: Sequence[dict[str, str]] = (),
        manager: bool = False,
    ) -> None:
        # Gradio takes a parameter that is not an attribute, too, for an event.
        self.models, self.model, self.examples, self.manager = list(models), model, list(examples), manager
        config = {"models": self.models, "model": model, "examples": self.examples, "manager": manager}
        super().__init__(
            value="",
            html_template="<div class='ss-mount'></div>",
            js_on_load=_loader("app.mjs", "m.mount({element, config: CONFIG});", config),
            apply_default_css=False,
            elem_id="ss-stage",
        )


class Port(gr.HTML):
    """A hidden component through which tabs see the workspace; the page writes its value.

    Args:
        port: "image", "objects", "prompt", "result" or "model".
        value: before the page has written one.
        render: Gradio makes a port anew, unrendered, when a handler leaves it as it is (`gr.skip()`).
    """

    def __init__(self, port: str, value: Any = None, render: bool = True) -> None:
        self.port = port
        super().__init__(
            value=value,
            render=render,
            html_template="<span></span>",
            js_on_load=_loader(
                "server/gradio_ports.mjs", "m.register(CONFIG.port, {element, props, watch});", {"port": port}
            ),
            apply_default_css=False,
            visible="hidden",
            elem_id=f"ss-port-{port}",
        )
        self.change = _quiet(self.change, self)  # type: ignore[method-assign]


def _quiet(listen: Any, port: Port) -> Any:
    """The same event; what `page.run` has made says nothing there where no photo is: nobody has asked for it."""

    def change(_: Port, fn: Any = "decorator", *arguments: Any, **options: Any) -> Any:
        return listen(getattr(fn, "unasked", fn), *arguments, **options)

    functools.update_wrapper(change, listen)
    return types.MethodType(change, port)
