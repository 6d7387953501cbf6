"""The page: whole by itself, and safe whatever the names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from sam.evaluation.report.page import as_html

from .samples import EVIL, make_plots, make_report, make_results


class Reader(HTMLParser):
    """Tags, addresses and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("meta", "img", "source", "br"):
            self.open.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "srcset", "href", "style") and value]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "tags close in order"

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page() -> str:
    results = make_results()
    return as_html(make_report(results), make_plots(), list(results.worst))


def test_names_are_text(page):
    found = Reader(page)
    assert found.open == []
    assert "script" not in found.tags
    assert EVIL in found.text
    assert "<script" not in page


def test_nothing_is_fetched(page):
    found = Reader(page)
    assert found.addresses
    assert all(address.startswith(("data:image/", "background: #")) for address in found.addresses)
    assert "default-src 'none'; img-src data:" in page
    assert not re.search(r"https?://|url\(", page)
    assert "link" not in found.tags


def test_it_follows_light_and_dark_and_the_width(page):
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page
    assert Reader(page).tags.count("source") == len(make_plots())


def test_tables_plots_and_pictures_are_there(page):
    found = Reader(page)
    assert found.tags.count("table") == found.tags.count("thead") >= 8
    assert "data:image/jpeg;base64," in page
    assert "data:image/svg+xml;base64," in page
    assert "from one click" in found.text


def test_without_plots_it_says_why():
    page = as_html(make_report(), [], [], "matplotlib is not installed.")
    assert "No plots." in page
    assert "matplotlib is not installed." in page
    assert "Worst answers" not in page
