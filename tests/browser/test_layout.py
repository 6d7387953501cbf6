"""The page on other screens and in other places: small, turned, dark, in a frame, below a path."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from .conftest import free_port, serving

pytestmark = pytest.mark.browser


def test_resize_theme_and_tabs_keep_everything(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.drag(200, 60, 400, 250)
    view = tab.page.locator(".ss-canvas").get_attribute("data-view")
    tab.page.set_viewport_size({"width": 700, "height": 900})
    tab.page.wait_for_function(f"document.querySelector('.ss-canvas').dataset.view !== '{view}'")
    tab.page.set_viewport_size({"width": 900, "height": 700})
    tab.open_tab("Cut out")
    dark = tab.page.evaluate("document.body.classList.contains('dark')")
    tab.page.get_by_role("button", name="Dark or light").click()
    assert tab.page.evaluate("document.body.classList.contains('dark')") != dark
    assert [tab.data(name) for name in ("box", "mask", "objects")] == ["1", "1", "1"]
    tab.page.locator(".ss-canvas").focus()
    tab.keep()


def test_a_zoomed_view_survives_a_resize(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.page.mouse.move(*tab.at(225, 150))
    tab.zoom(-500)
    scale, *_ = tab.view()
    width = tab.page.locator(".ss-canvas").bounding_box()["width"]
    tab.page.set_viewport_size({"width": 1000, "height": 700})
    tab.page.wait_for_function(
        "(width) => document.querySelector('.ss-canvas').getBoundingClientRect().width < width", arg=width
    )
    tab.rest()
    assert tab.view()[0] == scale


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def test_a_phone(visit, cat):
    tab = visit(**PHONE)
    tab.drop_photo(cat)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tab.page.touchscreen.tap(*tab.at(150, 120))
    tab.wait("points", 1)
    tab.wait("mask", 1)
    # A long press takes away.
    x, y = tab.at(250, 150)
    session = tab.page.context.new_cdp_session(tab.page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    tab.wait("points", 2)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.settle()
    assert tab.sent[-1][1]["prompts"]["labels"] == [1, 0]
    # Turned on its side, nothing is lost.
    tab.page.set_viewport_size({"width": 844, "height": 390})
    tab.rest()
    assert (tab.data("points"), tab.data("mask")) == ("2", "1")
    tab.page.get_by_role("button", name="Keep").tap()
    tab.wait("objects", 1)


def test_pinch_zooms_and_makes_no_point(visit, cat):
    tab = visit(**PHONE)
    tab.drop_photo(cat)
    before, *_ = tab.view()
    x, y = tab.at(225, 150)
    session = tab.page.context.new_cdp_session(tab.page)

    def touch(kind: str, *gaps: int) -> None:
        points = [{"x": x + gap, "y": y, "id": index} for index, gap in enumerate(gaps)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -20, 20)  # at once: one finger alone might be taken for a long press
    for gap in (30, 45, 60):
        touch("touchMove", -gap, gap)
    touch("touchEnd")
    tab.rest()
    assert tab.view()[0] / before == pytest.approx(3, rel=0.15)
    assert (tab.data("points"), tab.data("box")) == ("0", "0")


def test_everything_has_a_name_and_can_be_reached_by_key(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    nameless = tab.page.evaluate(
        """() => [...document.querySelectorAll(':is(#ss-stage, .ss-header) :is(button, input, select)')]
            .filter((node) => !node.hidden)
            .filter((node) => !(node.getAttribute('aria-label') || node.textContent.trim() || node.labels?.length))
            .map((node) => node.outerHTML)"""
    )
    assert nameless == []
    reached = set()
    tab.page.locator("body").focus()
    for _ in range(60):
        tab.key("Tab")
        reached.add(
            tab.page.evaluate("document.activeElement.className + ' ' + (document.activeElement.ariaLabel ?? '')")
        )
    text = "\n".join(reached)
    for part in (
        "ss-canvas",
        "ss-primary",
        "ss-select",
        "ss-object-main",
        "ss-check",
        "ss-object-more",
        "Undo",
        "Delete",
    ):
        assert part in text


class _Proxy(BaseHTTPRequestHandler):
    """Serves the app below /tools/studio, and at / a page that frames it."""

    upstream = ""
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        if self.path == "/":
            body = b"<iframe src='/tools/studio/' style='width:1200px;height:760px;border:0'></iframe>"
            self._answer(200, [("Content-Type", "text/html")], body)
            return
        if not self.path.startswith("/tools/studio"):
            self._answer(200 if self.path == "/favicon.ico" else 404, [], b"")
            return
        target = urlsplit(self.upstream)
        length = int(self.headers.get("Content-Length") or 0)
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("connection", "host")}
        headers |= {"Host": self.headers["Host"], "Accept-Encoding": "identity"}
        path = self.path.removeprefix("/tools/studio") or "/"
        connection.request(self.command, path, self.rfile.read(length), headers)
        response = connection.getresponse()
        skip = ("transfer-encoding", "content-length", "connection")
        kept = [(key, value) for key, value in response.getheaders() if key.lower() not in skip]
        try:
            body = response.read()
        except http.client.IncompleteRead:
            return  # a line that Gradio keeps open, and the server was stopped
        finally:
            connection.close()
        self._answer(response.status, kept, body)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = _pass_on  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def below_a_path():
    port = free_port()
    with serving(GRADIO_ROOT_PATH=f"http://127.0.0.1:{port}/tools/studio") as upstream:
        proxy = ThreadingHTTPServer(("127.0.0.1", port), type("Proxy", (_Proxy,), {"upstream": upstream}))
        proxy.daemon_threads = True
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        proxy.shutdown()
        proxy.server_close()
        thread.join()


@pytest.mark.slow
def test_in_a_frame_below_a_path(below_a_path, visit, cat):
    tab = visit(below_a_path, "/tools/studio/")
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.page.evaluate("sessionStorage.clear(), (Storage.prototype.setItem = () => {})")  # the frame begins anew
    tab.page.goto(below_a_path + "/")
    frame = tab.page.frame_locator("iframe")
    frame.get_by_role("button", name="Open the example Cat").click()
    frame.locator(".ss-has-picture").wait_for()
    frame.locator(".ss-canvas").click(position={"x": 300, "y": 200})
    frame.locator('[data-mask="1"]').wait_for(state="attached")
