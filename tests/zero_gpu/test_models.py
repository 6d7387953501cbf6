"""Each kind of model answers the same lent and not lent; with Hugging Face's own package, and no GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("spaces.zero", reason="Hugging Face's package spaces is not installed")

from tests.zero_gpu.made_models import DETECTORS, SEGMENTERS, write_all

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="Spaces run on Linux")]

# Photos that are encoded in one lease: more than the CPU copy would do at once.
ENCODES = {"images_at_once"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("lent")
    (folder / "models.json").write_text(json.dumps(write_all(folder)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-m", "tests.zero_gpu.scenario_models", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    assert (folder / "answers.json").is_file(), done.stderr[-4000:]
    return json.loads((folder / "answers.json").read_text())


def of(answers: dict[str, Any], name: str) -> dict[str, Any]:
    found = answers["models"][name]
    assert "failed" not in found, found["failed"]
    return found


def test_the_package_knows_that_the_app_has_started(answers):
    assert answers["started"] == 1


@pytest.mark.parametrize("name", [*SEGMENTERS, *DETECTORS, "vitmatte"])
def test_what_runs_on_torch_is_lent_and_says_what_its_cpu_copy_says(answers, name):
    found = of(answers, name)
    assert found["lent"]
    assert found["kind"]
    assert found["missing"] == []
    assert set(found["different"]) <= ENCODES


@pytest.mark.parametrize("name", SEGMENTERS)
def test_a_segmenter_encodes_there_and_decodes_here(answers, name):
    found = of(answers, name)
    exact = ("embed", "embed_many", "decode", "decode_above", "predict", "predict_many")
    assert {key: found[key] for key in exact} == dict.fromkeys(exact, True)
    # Half precision there, whatever the CPU has here; an array that is all one number has no correlation.
    assert all(value > 0.99 for value in found["close"] if value == value)
    assert found["decoder"] is True
    assert found["tiled"] >= 1
    assert found["everything"]
    assert len(found["refined"]) == 1


@pytest.mark.parametrize("name", SEGMENTERS)
def test_one_lease_a_job(answers, name):
    assert of(answers, name)["leases"] == {
        "embed": 1,
        "decodes": 0,
        "embed_many": 1,
        "everything": 1,
        "refine": 1,
        "tiles": 1,
    }


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_finds_the_same(answers, name):
    found = of(answers, name)
    assert found["detect"]
    assert found["masks"]
    assert found["count"] > 0
    assert found["told"], "it did not say how far it was"
    assert found["leases"] == {"detect": 1}


def test_alpha_is_the_same(answers):
    found = of(answers, "vitmatte")
    assert found["alpha"]
    assert found["told"]
    assert found["leases"] == {"alpha": 1}


def test_what_runs_on_onnx_runtime_is_not_lent(answers):
    found = of(answers, "salient")
    assert not found["lent"]
    assert found["subject"]
    assert found["leases"] == {"subject": 0}
