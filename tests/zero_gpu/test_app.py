"""The app on Hugging Face's own package, without a GPU: leases, tokens, bytes, refusals, stop; through every door."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from typing import Any

import pytest

pytest.importorskip("spaces.zero", reason="Hugging Face's package spaces is not installed")

from tests.zero_gpu.__main__ import app_table
from tests.zero_gpu.device_api import REFUSALS
from tests.zero_gpu.run import TOGETHER, see_app

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(TOGETHER),
    pytest.mark.skipif(sys.platform != "linux", reason="Spaces run on Linux"),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, Any]:
    return see_app(tmp_path_factory.mktemp("space"))


LEASES = {
    "route": {
        "open": 0,
        "read": 1,
        "embedding granted": 0,
        "embedding": 0,
        "decoder": 0,
        "click 1": 0,
        "click 5": 0,
        "keep": 0,
        "refine": 0,
        "edit": 0,
        "sharpen three": 1,
    },
    "tab": {
        "click": 0,
        "text": 1,
        "everything": 1,
        "cut-out with ViTMatte": 1,
        "cut-out": 0,
        "erase with patches": 0,
    },
    "API": {
        "click": 1,
        "click in tiles": 1,
        "everything": 1,
        "sharpen two": 1,
        "text and masks": 1,
        "text": 1,
        "matte with ViTMatte": 1,
        "click with nano": 0,
        "erase with patches": 0,
    },
    "MCP": {
        "click": 1,
        "everything": 1,
        "sharpen two": 1,
        "text and masks": 1,
        "matte with ViTMatte": 1,
        "click with nano": 0,
    },
}
if find_spec("diffusers"):
    for rows in (LEASES["tab"], LEASES["API"]):
        rows["erase by diffusion"] = 1
ACTIONS = [(door, name, leases) for door, rows in LEASES.items() for name, leases in rows.items()]
DOORS = tuple(LEASES)


def row(seen: dict[str, Any], door: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in seen["rows"] if (one["door"], one["name"]) == (door, name)]
    return found


@pytest.mark.parametrize(("door", "name", "leases"), ACTIONS)
def test_leases_of_an_action_and_whose_they_are(seen, door, name, leases):
    found = row(seen, door, name)
    assert found.get("error") is None
    assert found.get("status") == 200
    assert found["leases"] == found["releases"] == leases
    assert found["tokens"] == ([seen["visitors"]["ann"]] if leases else [])
    # What a photo of 1600 x 1200 takes at most: itself once, and what was made of it.
    assert found["sent"] <= 10_000_000
    assert found["got"] <= 5_000_000


def test_no_action_is_left_out(seen):
    there = {(one["door"], one["name"]) for one in seen["rows"] if one["door"] in DOORS and "answers" not in one}
    assert there == {(door, name) for door, name, _ in ACTIONS}


@pytest.mark.parametrize(("door", "name", "leases"), [one for one in ACTIONS if one[0] in ("route", "tab")])
def test_a_visitor_is_told_what_it_took(seen, door, name, leases):
    found = row(seen, door, name)
    if door == "route":
        assert (float(found["gpu"] or 0) > 0) == bool(leases)
    else:
        assert any("of your GPU time" in one for one in found["told"]) == bool(leases)


def test_models_are_placed_once_before_the_launch(seen):
    assert seen["started"] == 1
    assert seen["packed"] > 0
    before, after = seen["resident_mb"]
    assert 0 < before <= after


def test_nano_reads_the_photo_first_and_a_model_given_by_its_path_takes_over(seen):
    before, after = seen["open"], seen["read"]
    assert (before["model"], before["awaits"]) == ("nano", "model")
    assert (after["model"], after["awaits"]) == ("model", "")


@pytest.mark.parametrize("door", DOORS)
def test_two_visitors_at_once(seen, door):
    found = row(seen, door, "two at once")
    assert {name: one.get("status") for name, one in found["answers"].items()} == {"ann": 200, "bob": 200}
    both = set(seen["visitors"].values())
    if door == "route":
        # Photos that wait for each other share a lease of whoever came first.
        assert 1 <= found["leases"] <= 2
        assert set(found["tokens"]) <= both
    else:
        assert found["leases"] == 2
        assert set(found["tokens"]) == both


@pytest.mark.parametrize("door", DOORS)
def test_each_pays_for_their_own(seen, door):
    """One of two who ask at once has no time left: the other's work is done, and nobody's is done on another's time."""
    answers = row(seen, door, "one of two is out of time")["answers"]
    assert answers["ann"].get("status") == 200
    if door == "route" and answers["bob"].get("status") == 200:
        return  # his photo came along in her lease
    assert answers["bob"].get("status") == (429 if door == "route" else None)
    assert "Your GPU time is used up" in answers["bob"]["error"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("mode", [*REFUSALS, "killed"])
def test_a_refusal_is_a_sentence_and_the_next_call_works(seen, mode, door):
    found = seen["refused"][f"{mode} {door}"]
    assert found["first"]["error"].rstrip().endswith(".")
    assert "Error" not in found["first"]["error"]
    assert found["again"].get("error") is None
    assert found["again"]["status"] == 200
    if door == "route":
        quota = mode in ("quota", "illegal", "runs", "pending")
        assert found["first"]["status"] == (429 if quota else 503)
        # Nano goes on meanwhile.
        assert (found["first"]["reader"], found["again"]["reader"]) == ("nano", "model")


@pytest.mark.parametrize("mode", [*REFUSALS, "killed"])
def test_every_door_says_the_same(seen, mode):
    def said(door: str) -> str:
        return re.sub(r"\d+ s", "N s", seen["refused"][f"{mode} {door}"]["first"]["error"].strip())

    assert all(said("route") in said(door) for door in DOORS), [said(door) for door in DOORS]


def test_a_worker_killed_in_the_middle_is_told_and_replaced(seen):
    found = seen["killed in the middle"]
    assert found["killed"] > 0
    assert "taken away in the middle" in found["first"]["error"]
    assert found["again"] == {"status": 200}


def test_stop_ends_the_work_in_the_worker(seen):
    found = seen["stop"]
    assert found["pressed"] == 1
    assert "Nothing was changed" in found["error"]
    assert found["releases"] == 1
    # Hundredths of a second of CPU from then on, of several seconds that were left.
    assert found["ticks"] < 100


def test_bytes_of_everything_mode(seen):
    found = row(seen, "engine", "everything balanced")
    assert found["masks"] > 1000
    assert found["leases"] == 1
    assert found["sent"] <= 10_000_000
    assert found["got"] <= 5_000_000


def test_the_table(seen):
    table = app_table(seen)
    assert "| route | read | 1 | " in table
    assert table.count("| ann |") >= sum(leases for *_, leases in ACTIONS)
    # The engine's own row, which no visitor asked for.
    assert table.count("nobody") == 1
