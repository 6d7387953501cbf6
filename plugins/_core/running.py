"""What a tab shows while its work runs: how far it is, and Stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .page import Page

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}


class Running:
    """A line of progress with a Stop button, where it is made; seen only while something runs.

    What is stopped ends at its next `Page.progress`, and every output keeps its value.
    """

    def __init__(self, page: Page) -> None:
        import gradio as gr

        self._page = page
        with gr.Row(visible=False, elem_classes="ss-running", equal_height=True) as self._row:
            self._line = gr.HTML("", min_height=56, padding=False)
            self._stop = gr.Button("Stop", min_width=64, scale=0)
        self._stop.click(page.stop, page.image, None, **QUIET)

    def on(self, trigger: Callable[..., Any], function: Callable[..., Any], inputs: Sequence[Any], outputs: Any) -> Any:
        """Run a handler, as `Page.run` makes it, on an event such as `button.click`.

        Args:
            trigger: the event.
            function: as for `Page.run`.
            inputs: components, in the order of its parameters.
            outputs: components, as the event takes them.

        Returns:
            The event, for `then`.
        """
        import gradio as gr

        trigger(lambda: gr.Row(visible=True), None, self._row, **QUIET)
        event = trigger(self._page.run(function), inputs, outputs, concurrency_id="gpu", show_progress_on=[self._line])
        event.then(lambda: gr.Row(visible=False), None, self._row, **QUIET)
        return event
