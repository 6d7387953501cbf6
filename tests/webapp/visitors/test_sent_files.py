from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from anyio import CapacityLimiter

from sam import ImageError
from webapp.images.fetch_url import Fetcher
from webapp.visitors.sent_files import bring_in, mark_files
from webapp.visitors.uploads import Uploads

MARK = {"_type": "gradio.FileData"}


class Asked(Fetcher):
    """Hands out the address itself."""

    def fetch(self, url):
        if "refused" in url:
            raise ImageError("No.")
        return url.encode(), "../a name/photo?.png"


def brought(values, tmp_path):
    async def run():
        return await bring_in(values, Asked("all"), Uploads(tmp_path / "files"), CapacityLimiter(2))

    return asyncio.run(run())


@pytest.mark.parametrize("address", ["http://a.b/c.png", "https://a.b/c.png", "HTTPS://a.b/c.png"])
def test_what_is_elsewhere_is_brought_here_wherever_it_stands(tmp_path, address):
    file = {"path": address, "url": address, "meta": MARK, "orig_name": "x"}
    first, (second, third), rest = brought([file, [3, {"deep": file}], {"path": address}], tmp_path)
    for found in (first, third["deep"]):
        assert found["path"].startswith(str(tmp_path / "files"))
        assert found["path"].endswith("photo.png")
        assert Path(found["path"]).read_bytes() == address.encode()
        assert (found["url"], found["orig_name"]) == (None, "x")
    assert (second, rest) == (3, {"path": address}), "what is no file is nobody's business"


@pytest.mark.parametrize("value", [None, 3, "http://a.b", [], {}, {"path": "/tmp/x", "meta": MARK}, {"path": 3}])
def test_everything_else_stays(tmp_path, value):
    assert brought([value], tmp_path) == [value]


def test_a_refusal_says_why(tmp_path):
    with pytest.raises(ImageError, match="No"):
        brought([{"path": "http://refused", "meta": MARK}], tmp_path)


@pytest.mark.parametrize("meta", [{}, {"meta": None}, {"meta": 3}, {"meta": {"_type": "other"}}, {"meta": MARK}])
def test_every_path_is_marked(meta):
    value = [{"path": "/etc/passwd", **meta}, {"image": {"path": "b", **meta}, "caption": 3}, {"path": 4}, "text"]
    marked = mark_files(value)
    assert marked == [
        {"path": "/etc/passwd", "meta": MARK},
        {"image": {"path": "b", "meta": MARK}, "caption": 3},
        {"path": 4},
        "text",
    ]
