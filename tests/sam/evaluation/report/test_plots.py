"""Plots are pictures that a browser can read, for all that a report can hold."""

from __future__ import annotations

import base64
import sys
from xml.etree import ElementTree

import pytest

from sam.evaluation.report.plots import DARK, LIGHT, draw_plots

from .samples import make_plots, make_report, make_results


def svg(url: str) -> str:
    head, _, data = url.partition(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


@pytest.fixture
def plots():
    return make_plots()


def test_each_is_an_svg_in_the_colours_of_light_and_dark(plots):
    for plot in plots:
        for url, theme, other in ((plot.light, LIGHT, DARK), (plot.dark, DARK, LIGHT)):
            text = svg(url)
            assert ElementTree.fromstring(text).tag.endswith("svg")
            assert theme.text in text
            assert other.text not in text


def test_there_is_one_for_each_question(plots):
    captions = " ".join(plot.caption for plot in plots)
    for words in ("each number of clicks", "reach which IoU", "by size", "by set", "by colour", "precision and recall"):
        assert words in captions
    assert all(plot.alt for plot in plots)


def test_one_model_and_one_photo_have_plots_too_and_always_the_same():
    results = make_results(("nano",), ("only",))
    results.rows = results.rows[:1]
    results.edges.clear()
    plots, missing = draw_plots(make_report(results))
    assert plots
    assert missing == ""
    assert draw_plots(make_report(results))[0] == plots


def test_methods_without_weights_alone():
    results = make_results()
    results.methods, results.models = ["filled box"], []
    results.edges.clear()
    plots, _ = draw_plots(make_report(results))
    assert plots == []


def test_without_matplotlib_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    plots, missing = draw_plots(make_report())
    assert plots == []
    assert "pip install 'matplotlib" in missing
