"""The app on Hugging Face's own package, without a GPU: leases, tokens, bytes, refusals, stop; routes, API and MCP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("spaces.zero", reason="Hugging Face's package spaces is not installed")

from tests.sam.backends.dinos import write_tiny_dino
from tests.sam.backends.tiny import tiny_model
from tests.zero_gpu.device_api import REFUSALS
from tests.zero_gpu.made_models import write_vitmatte

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="Spaces run on Linux")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("space")
    (folder / "models").mkdir()
    tiny_model("sam_hq", folder / "model")
    write_tiny_dino(folder / "models" / "grounding-dino-tiny")
    write_vitmatte(folder / "models" / "vitmatte-small")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.zero_gpu.scenario_app", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    assert (folder / "seen.json").is_file(), done.stderr[-4000:]
    found = json.loads((folder / "seen.json").read_text())
    assert "failed" not in found, "\n".join(found["failed"].values())
    return found


LEASES = {
    "open": 0,
    "read": 1,
    "grant": 0,
    "embedding": 0,
    "decoder": 0,
    "click 1": 0,
    "click 5": 0,
    "keep": 0,
    "refine": 0,
    "edit": 0,
    "points_to_masks": 1,
    "points_to_masks in tiles": 1,
    "find_everything": 1,
    "sharpen_outlines": 1,
    "text_to_masks": 1,
    "text_to_boxes": 1,
    "matte": 1,
    "nano": 0,
    "mcp": 1,
    "everything balanced": 1,
}


@pytest.mark.parametrize(("name", "leases"), LEASES.items())
def test_leases_of_an_action(seen, name, leases):
    found = seen[name]
    assert found.get("error") is None
    assert found["leases"] == found["releases"] == leases
    assert found.get("status") in (None, 200)


@pytest.mark.parametrize("name", [name for name, leases in LEASES.items() if leases and name != "everything balanced"])
def test_each_lease_carries_the_visitors_token(seen, name):
    assert seen[name]["tokens"] == [seen["visitors"]["ann"]]


def test_models_are_placed_once_before_the_launch(seen):
    assert seen["started"] == 1
    assert seen["packed"] > 0


def test_nano_reads_the_photo_first_and_a_model_given_by_its_path_takes_over(seen):
    before, after = seen["open"]["picture"], seen["read"]["picture"]
    assert (before["model"], before["awaits"]) == ("nano", "model")
    assert after["model"] != "nano"
    assert after["awaits"] == ""
    assert float(seen["read"]["gpu"]) > 0


def test_two_visitors_at_once(seen):
    both = set(seen["visitors"].values())
    photos, jobs = seen["two photos at once"], seen["two jobs at once"]
    assert photos["status"] == jobs["status"] == 200
    # Photos that wait for each other share a lease of whoever came first.
    assert 1 <= photos["leases"] <= 2
    assert set(photos["tokens"]) <= both
    assert jobs["leases"] == 2
    assert set(jobs["tokens"]) == both


@pytest.mark.parametrize("mode", [*REFUSALS, "killed"])
def test_a_refusal_is_a_sentence_and_loses_nothing(seen, mode):
    found = seen["refused"][mode]
    assert found["status"] == (429 if mode in ("quota", "illegal", "runs", "pending") else 503)
    assert found["error"].endswith(".")
    assert "Error" not in found["error"]
    assert found["reader"] == "nano"
    assert found["again"] == 200
    assert found["then"] != "nano"


@pytest.mark.parametrize("door", ["api", "mcp"])
def test_a_refusal_reaches_clients_as_a_sentence(seen, door):
    assert "Your GPU time is used up" in seen["refusals"][door]


def test_stop_ends_the_work_in_the_worker(seen):
    found = seen["stop"]
    assert found["raised"] == "Cancelled"
    assert found["share"] < 1
    # From a second after it, a second long, in hundredths of a second of CPU: waiting, it uses next to none.
    assert found["ticks"] < 20
    assert len(found["released"]) == 1


def test_bytes_of_everything_mode(seen):
    found = seen["everything balanced"]
    assert found["masks"] > 1000
    assert found["sent"] <= 10_000_000
    assert found["got"] <= 5_000_000
