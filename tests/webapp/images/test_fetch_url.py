from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sam import ImageError
from webapp.images.fetch_url import MAX_REDIRECTS, Fetcher


class _Site(BaseHTTPRequestHandler):
    """A small web site; `asked` collects (Host, path) of what reaches it."""

    asked: list[tuple[str, str]]
    png: bytes
    port: int

    def do_GET(self) -> None:
        type(self).asked.append((self.headers["Host"], self.path))
        port = self.port
        targets = {
            "/moved": "/photo.png",
            "/loop": "/loop",
            "/to-loopback": f"http://127.0.0.2:{port}/photo.png",
            "/to-name": f"http://inside.test:{port}/photo.png",
            "/to-metadata": "http://169.254.169.254/latest/meta-data/",
            "/to-file": "file:///etc/passwd",
            "/to-port": "http://photos.test:22/",
            "/to-user": f"http://me:secret@photos.test:{port}/photo.png",
        }
        if self.path in targets:
            self.send_response(302)
            self.send_header("Location", targets[self.path])
            self.end_headers()
            return
        if self.path == "/endless":
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(bytes(1 << 14))
            except OSError:
                pass
            return
        found = self.path in ("/photo.png", "/page.html", "/f%C3%BCr%20dich.png?a=1")
        body = self.png if found else b"no"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html" if self.path == "/page.html" else "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(png) -> Iterator[type[_Site]]:
    class Site(_Site):
        pass

    Site.asked, Site.png = [], png
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.port = server.server_port
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield Site
    server.shutdown()
    thread.join()
    server.server_close()


NAMES = {
    "photos.test": ["127.0.0.1"],
    "inside.test": ["127.0.0.2"],
    "both.test": ["127.0.0.1", "10.0.0.1"],
    "gone.test": [],
}


def fetcher(site, **options) -> Fetcher:
    """As on the internet, with the test's site as all that is public."""
    known = {"resolve": lambda host, port: NAMES.get(host, [host]), "judge": lambda address: address == "127.0.0.1"}
    return Fetcher("public", **{**known, "ports": (site.port,), **options})


@pytest.mark.parametrize(
    ("path", "name", "asked"),
    [
        ("/photo.png", "photo.png", ["/photo.png"]),
        ("/moved", "photo.png", ["/moved", "/photo.png"]),
        ("/für dich.png?a=1#top".replace(" ", "%20"), "für dich.png", ["/f%C3%BCr%20dich.png?a=1"]),
    ],
)
def test_a_photo_is_fetched_under_its_hosts_name(site, png, path, name, asked):
    assert fetcher(site).fetch(f"  http://photos.test:{site.port}{path} ") == (png, name)
    assert site.asked == [(f"photos.test:{site.port}", one) for one in asked]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/to-loopback", "private network"),
        ("/to-name", "private network"),
        ("/to-metadata", "port 80"),
        ("/to-file", "Expected the address of a picture.*file:"),
        ("/to-port", "port 22"),
        ("/to-user", "user name"),
        ("/loop", "never to an image"),
        ("/page.html", "not an image but text/html"),
        ("/missing.png", "status 404"),
        ("/endless", "larger than 1 MB"),
    ],
)
def test_what_is_refused_on_the_way(site, path, message):
    with pytest.raises(ImageError, match=message) as caught:
        fetcher(site, max_bytes=1 << 20).fetch(f"http://photos.test:{site.port}{path}")
    assert str(caught.value).endswith(".")
    assert {asked for _, asked in site.asked} == {path}
    assert len(site.asked) <= MAX_REDIRECTS + 1


def test_an_announced_size_is_believed(site):
    with pytest.raises(ImageError, match="larger than 0 MB"):
        fetcher(site, max_bytes=10).fetch(f"http://photos.test:{site.port}/photo.png")


@pytest.mark.parametrize("host", ["inside.test", "both.test", "gone.test", "127.0.0.2", "10.0.0.1"])
def test_a_name_is_judged_by_all_its_addresses(site, host):
    with pytest.raises(ImageError, match="private network"):
        fetcher(site).fetch(f"http://{host}:{site.port}/photo.png")
    assert site.asked == []


def test_a_name_that_changes_its_address_is_resolved_once_a_connection(site, png):
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    turning = fetcher(site, resolve=lambda host, port: next(answers))
    assert turning.fetch(f"http://photos.test:{site.port}/photo.png")[0] == png
    with pytest.raises(ImageError, match="private network"):
        turning.fetch(f"http://photos.test:{site.port}/photo.png")
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/photo.png",
        "http://localhost:{port}/photo.png",
        "http://2130706433:{port}/photo.png",
        "http://0x7f.1:{port}/photo.png",
        "http://0:{port}/photo.png",
        "http://[::ffff:127.0.0.1]:{port}/photo.png",
        "http://127.0.0.1.:{port}/photo.png",
    ],
)
def test_loopback_in_every_spelling(site, url):
    with pytest.raises(ImageError, match=r"private network|cannot be reached"):
        Fetcher("public", ports=(site.port,)).fetch(url.format(port=site.port))
    assert site.asked == []


NO_ADDRESSES = [
    None,
    5,
    "",
    "   ",
    "photo.jpg",
    "ftp://photos.test/a.png",
    "file:///etc/passwd",
    "data:image/png;base64,AA",
    "http://",
    "http://[::1",
    "http://photos.test:99999/",
    "http://photos.test/a b",
    "http://photos.test/\r\nX: y",
    "http://\u2024/",
    "https://" + "a" * 5000,
]


@pytest.mark.parametrize("url", NO_ADDRESSES, ids=range(len(NO_ADDRESSES)))
def test_what_is_no_address(site, url):
    with pytest.raises(ImageError) as caught:
        fetcher(site).fetch(url)
    assert str(caught.value).endswith(".")
    assert site.asked == []


def test_settings(site, png, monkeypatch):
    here = f"http://127.0.0.1:{site.port}/photo.png"
    monkeypatch.setenv("SAM_STUDIO_FETCH", "all")
    assert Fetcher().fetch(here)[0] == png
    monkeypatch.setenv("SAM_STUDIO_FETCH", "off")
    with pytest.raises(ImageError, match="opens no web addresses"):
        Fetcher().fetch(here)
    monkeypatch.setenv("SAM_STUDIO_FETCH", "yes")
    with pytest.raises(ValueError, match="public, all or off"):
        Fetcher()
    monkeypatch.delenv("SAM_STUDIO_FETCH")
    with pytest.raises(ImageError, match="port"):
        Fetcher().fetch(here)


def test_nobody_there():
    with pytest.raises(ImageError, match=r"photos\.test cannot be reached"):
        Fetcher("all", resolve=lambda host, port: ["127.0.0.1"]).fetch("http://photos.test:1/photo.png")


def test_bytes_that_drip_end_at_the_deadline(site, monkeypatch):
    monkeypatch.setattr("webapp.images.fetch_url.TOTAL_S", 0.0)
    with pytest.raises(ImageError, match="takes too long"):
        fetcher(site).fetch(f"http://photos.test:{site.port}/photo.png")
