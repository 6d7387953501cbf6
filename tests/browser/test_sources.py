"""Photos that do not come as a file: from the web, the clipboard and the camera."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .conftest import photo_path

pytestmark = pytest.mark.browser


class _Gallery(BaseHTTPRequestHandler):
    """A web site with one photo, behind a redirect."""

    def do_GET(self) -> None:
        if self.path == "/latest":
            self.send_response(302)
            self.send_header("Location", "/rocket.jpg")
            self.end_headers()
            return
        body = photo_path("rocket.jpg").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Gallery)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def send(tab, event: str, kind: str, text: str) -> None:
    """Drop or paste text, as if from another program."""
    tab.page.evaluate(
        """([event, kind, text]) => {
            const transfer = new DataTransfer();
            transfer.setData(kind, text);
            const target = event === 'drop' ? document.querySelector('.ss-frame') : document;
            const how = { bubbles: true, cancelable: true };
            target.dispatchEvent(event === 'drop' ? new DragEvent('drop', { ...how, dataTransfer: transfer })
                : new ClipboardEvent('paste', { ...how, clipboardData: transfer }));
        }""",
        [event, kind, text],
    )


def by_dialog(tab, address: str) -> None:
    tab.page.get_by_role("button", name="More ways to open a photo").click()
    tab.page.get_by_label("Web address of a picture").fill(address)
    tab.key("Enter")


WAYS = {
    "dialog": by_dialog,
    "paste": lambda tab, address: send(tab, "paste", "text/plain", f" {address}\n"),
    "drop": lambda tab, address: send(tab, "drop", "text/uri-list", address),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_photo_from_the_web(visit, owners_server, gallery, way):
    tab = visit(owners_server)
    WAYS[way](tab, f"{gallery}/latest")
    tab.wait_status("rocket.jpg, 640 × 427")
    tab.click(320, 200)


def test_addresses_of_the_own_network_are_refused_and_nothing_is_lost(visit, gallery, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    picture = tab.data("picture")
    by_dialog(tab, f"{gallery}/latest")
    tab.page.wait_for_selector('.ss-status[data-kind="error"]')
    assert "not opened here" in tab.status()
    # What was typed is still there, with the reason beneath it.
    field = tab.page.get_by_label("Web address of a picture")
    assert field.input_value() == f"{gallery}/latest"
    assert "not opened here" in tab.page.inner_text(".ss-wrong")
    field.fill("http://localhost/photo.jpg")
    tab.key("Enter")
    tab.wait_status("private network")
    tab.key("Escape")
    assert [tab.data(key) for key in ("picture", "points", "mask")] == [picture, "1", "1"]
    tab.problems[:] = [problem for problem in tab.problems if "400" not in problem]


def test_the_dialog_fits_and_keeps_what_is_no_address(visit):
    tab = visit()
    by_dialog(tab, "not an address")
    assert "https://example.org" in tab.page.inner_text(".ss-wrong")
    for width in (1280, 390):
        tab.page.set_viewport_size({"width": width, "height": 760})
        box = tab.page.locator(".ss-sources").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        tab.page.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
        header = tab.page.locator(".ss-header").bounding_box()
        for button in tab.page.locator(".ss-header > :is(button, label)").all():
            inside = button.bounding_box()
            assert inside is None or inside["x"] + inside["width"] <= header["x"] + header["width"]
    tab.key("Escape")
    assert tab.page.locator(".ss-sources").is_hidden()
    send(tab, "paste", "text/plain", "just some words")
    assert tab.status().startswith("Ready")


def test_the_camera(visit):
    tab = visit(permissions=["camera"])
    tab.page.get_by_role("button", name="More ways to open a photo").click()
    tab.page.get_by_role("button", name="Camera", exact=True).click()
    tab.page.wait_for_function("document.querySelector('.ss-video').videoWidth > 0")
    tab.page.get_by_role("button", name="Take the photo").click()
    tab.wait_status("camera.jpg, ")
    assert tab.page.evaluate("document.querySelector('.ss-video').srcObject") is None
    assert tab.page.locator(".ss-camera").is_hidden()


def test_a_camera_that_may_not_be_used(visit):
    tab = visit()
    tab.page.evaluate(
        "void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')))"
    )
    tab.page.get_by_role("button", name="More ways to open a photo").click()
    tab.page.get_by_role("button", name="Camera", exact=True).click()
    tab.page.wait_for_selector(".ss-toast")
    assert "may not be used" in tab.page.inner_text(".ss-toast")


def test_a_phones_photo(visit, tmp_path: Path):
    """The browser does not know HEIC: what it shows is the server's rendition."""
    pytest.importorskip("pi_heif")
    from tests.sam.io.test_heif import PHOTO

    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(PHOTO)
    tab = visit()
    tab.drop_photo(path)
    assert tab.status().startswith("IMG_0001.HEIC, 32 × 48")
