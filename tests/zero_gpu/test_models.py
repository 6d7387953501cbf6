"""Each kind of model answers the same lent and not lent; with Hugging Face's own package, and no GPU."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytest.importorskip("spaces.zero", reason="Hugging Face's package spaces is not installed")

from tests.zero_gpu.__main__ import models_table
from tests.zero_gpu.made_models import DETECTORS, SEGMENTERS, write_all
from tests.zero_gpu.run import TOGETHER, see_models

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(TOGETHER),
    pytest.mark.skipif(sys.platform != "linux", reason="Spaces run on Linux"),
]
LENT = [*SEGMENTERS, *DETECTORS, "vitmatte"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("lent")
    return see_models(folder, write_all(folder))


def of(answers: dict[str, Any], name: str) -> dict[str, Any]:
    found = answers["models"][name]
    assert "failed" not in found, found["failed"]
    return found


def test_the_package_knows_that_the_app_has_started(answers):
    assert answers["started"] == 1


@pytest.mark.parametrize("name", [*LENT, "birefnet"])
def test_every_attribute_and_method_answers_the_same(answers, name):
    found = of(answers, name)
    assert found["wrong"] == []
    assert found["kind"]
    # What runs on ONNX Runtime needs no GPU.
    assert found["lent"] == (name in LENT)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_what_is_lent_sees_what_the_cpu_sees(answers, name):
    found = of(answers, name)
    # Half precision there, whatever the CPU has here; an array that is all one number has no correlation.
    assert all(value > 0.99 for value in found["close"] if value == value)
    assert found["count"] > 0


@pytest.mark.parametrize("name", [*LENT, "birefnet"])
def test_one_lease_a_job(answers, name):
    found = of(answers, name)
    jobs = dict.fromkeys(("embed", "embed_many", "everything", "sharpen", "tiles"), 1)
    expected = {name: {**jobs, "decodes": 0} for name in SEGMENTERS}
    expected |= {name: {"detect": 1} for name in DETECTORS}
    expected |= {"vitmatte": {"alpha": 1}, "birefnet": {"subject": 0}}
    assert found["leases"] == expected[name]
    for job, leases in found["leases"].items():
        assert (found["sent"][job] > 0) == (found["got"][job] > 0) == bool(leases)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_copy_here_has_given_up_what_it_does_not_need(answers, name):
    found = of(answers, name)
    assert 0 < found["held"] < found["nbytes"]


def test_the_table(answers):
    table = models_table(answers)
    assert "failed" not in table
    assert all(f"| {name} | True | nothing |" in table for name in LENT)
