"""What is seen while a tab's work runs: wired to the button that starts it, and to Stop."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from plugins import Running


class Page:
    """Of a tab: what a handler becomes is told by its name."""

    def __init__(self) -> None:
        self.image, self.result = gr.JSON(), gr.JSON()
        self.ran: list[str] = []

    def run(self, function: Any) -> Any:
        def handler(value: Any) -> Any:
            return function(value)

        handler.__name__ = f"run_{function.__name__}"
        return handler

    def stop(self, image: Any) -> None:
        self.ran.append("stop")


def work(value: Any) -> Any:
    return value


@pytest.fixture
def built() -> tuple[gr.Blocks, Page]:
    with gr.Blocks() as blocks:
        page = Page()
        first, second = gr.Button("First"), gr.Button("Second")
        running = Running(page)  # type: ignore[arg-type]
        for button in (first, second):
            running.on(button.click, work, page.image, page.result)
    return blocks, page


def test_it_is_hidden_until_something_runs(built) -> None:
    blocks, _ = built
    (row,) = (one for one in blocks.blocks.values() if isinstance(one, gr.Row))
    assert not row.visible
    shows = [one for one in blocks.fns.values() if one.outputs == [row]]
    assert [one.fn().visible if callable(one.fn) else None for one in shows] == [True, False, True, False]
    assert not any(one.queue for one in shows), "what shows Stop never waits behind what it stops"


def test_the_work_shows_how_far_it_is_beside_stop(built) -> None:
    blocks, page = built
    (line,) = (one for one in blocks.blocks.values() if isinstance(one, gr.HTML))
    runs = [one for one in blocks.fns.values() if one.name == "run_work"]
    assert len(runs) == 2
    for one in runs:
        assert one.show_progress_on == [line]
        assert one.concurrency_id == "gpu"
        assert one.outputs == [page.result]


def test_stop_is_the_pages(built) -> None:
    blocks, page = built
    (stop,) = (one for one in blocks.fns.values() if one.inputs == [page.image] and not one.outputs)
    assert not stop.queue
    stop.fn(None)
    assert page.ran == ["stop"]
