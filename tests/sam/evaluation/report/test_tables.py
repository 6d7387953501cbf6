"""The report's tables."""

from __future__ import annotations

import pytest

from sam.evaluation.report.tables import by_part, main_figures, markdown, overview, tables, value

from .samples import EVIL, make_report, make_results


@pytest.fixture(scope="module")
def report():
    return make_report()


def test_there_is_a_table_for_everything(report):
    titles = [table.title for table in tables(report)]
    assert titles[0] == "All figures"
    for name in ("nano", EVIL):
        assert {f"{name} by set", f"{name} by colour", f"{name} by size", f"{name} by class"} <= set(titles)
    assert {"filled box by set", "filled box by size", "Edge detection", "Left out"} <= set(titles)
    assert "filled box by class" not in titles


def test_one_set_needs_no_table_of_sets():
    titles = [table.title for table in tables(make_report(make_results(sets=("only",))))]
    assert not any(title.endswith("by set") for title in titles)


def test_rows_fit_their_headers(report):
    for table in tables(report):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.header)}


def test_the_overview_has_every_figure_and_gaps_where_a_method_has_none(report):
    table = overview(report)
    assert table.header == ["figure", "nano", EVIL, "filled box"]
    assert [row[0].text for row in table.rows][:2] == ["box", "1 click, single mask"]
    assert "NoC@85 (clicks)" in [row[0].text for row in table.rows]
    assert table.rows[1][3].text == "–"


def test_parts_are_in_order_and_cut(report):
    assert [row[0].text for row in by_part(report, "nano", "sizes", "size").rows] == ["small", "medium", "large"]
    sets = by_part(report, "nano", "sets", "set")
    assert sets.rows[-1][0].text == "mean of sets"
    assert sets.rows[-1][1].text == "60"
    cut = by_part(report, "nano", "classes", "class", 2)
    assert len(cut.rows) == 2
    assert cut.note == "The 2 classes with most objects of 6."


def test_groups_show_one_and_three_clicks_without_noc(report):
    header = by_part(report, "nano", "groups", "colour").header
    assert {"1 click, top score", "3 clicks"} <= set(header)
    assert not any("NoC" in name for name in header)
    assert "noc_85" in main_figures(report)


@pytest.mark.parametrize(
    ("cell", "text", "detail"),
    [
        ({"mean": 0.6704, "low": 0.641, "high": 0.699}, "0.670", "[0.64, 0.70]"),
        ({"mean": 12.345, "low": 11.0, "high": 13.0}, "12.35", "[11.00, 13.00]"),
        ({"mean": 1.0, "low": None, "high": None}, "1.000", ""),
        (None, "–", ""),
    ],
)
def test_values(cell, text, detail):
    assert value(cell) == (text, detail)


def test_markdown_cannot_be_broken_by_names(report):
    text = markdown(tables(report))
    assert "<script" not in text
    assert "&lt;script>" in text
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == len(tables(report))
    for lines in blocks:
        bars = {line.replace("\\|", "").count("|") for line in lines}
        assert len(bars) == 1, "a name must not add a column or a line"
