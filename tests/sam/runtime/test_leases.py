"""Which calls are leases."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sam.runtime import leases, zero_gpu
from sam.runtime.gpu_seconds import ESTIMATES, MOST_SECONDS, Work
from sam.runtime.leases import in_leases, is_lent, one_lease


class Plain:
    name = "plain"


class Lent(Plain):
    name, lent = "lent", True


@one_lease("sharpen", lambda model, *things, **options: len(things))
def work(model, *things, extra=0, progress=None):
    return model.name, things, extra


@one_lease("diffusion", when=lambda thing, *, engine="auto": engine == "diffusion")
def draw(thing, *, engine="auto"):
    return thing


@pytest.fixture
def asked(monkeypatch):
    calls = []

    def run(work, function, args, options, *, progress=None):
        calls.append((work, function.__name__, args, dict(options), progress))
        return "leased"

    monkeypatch.setattr(zero_gpu, "run", run)
    return calls


def test_a_call_with_a_lent_model_is_one_lease(asked):
    def tell(*step):
        pass

    model = Lent()
    assert work(model, 1, 2, extra=3, progress=tell) == "leased"
    assert asked == [(Work("sharpen", "lent", 2.0), "work", (model, 1, 2), {"extra": 3}, tell)]
    assert is_lent(model)


def test_with_any_other_it_is_a_call(asked):
    assert work(Plain(), 1) == ("plain", (1,), 0)
    assert asked == []
    assert not is_lent(Lent)


@pytest.mark.parametrize(
    ("there", "inside", "engine", "expected"),
    [
        (True, False, "diffusion", "leased"),
        (True, True, "diffusion", 1),
        (False, False, "diffusion", 1),
        (True, False, "auto", 1),
    ],
)
def test_a_function_may_need_a_gpu_without_a_model(there, inside, engine, expected, asked, monkeypatch):
    monkeypatch.setattr(leases, "lends", lambda: there)
    monkeypatch.setattr(zero_gpu, "in_worker", lambda: inside)
    assert draw(1, engine=engine) == expected


def test_long_work_is_done_in_parts_that_one_lease_each_is_long_enough_for():
    things = [3, 400, 1, *range(1, 60)]
    parts = list(in_leases("sharpen", Lent(), things, float))
    assert [one for part in parts for one in part] == things
    assert len(parts) > 2
    for part, after in pairwise(parts):
        # One that is too long by itself is asked for all the same.
        assert len(part) == 1 or ESTIMATES.fits(Work("sharpen", "lent", sum(part)))
        assert not ESTIMATES.fits(Work("sharpen", "lent", sum(part) + after[0]))
    assert ESTIMATES.ask(Work("sharpen", "lent", 400)) == MOST_SECONDS


def test_what_is_not_lent_is_done_in_one_go():
    assert list(in_leases("sharpen", Plain(), [1, 1000, 3], float)) == [[1, 1000, 3]]
    assert list(in_leases("sharpen", Lent(), [], float)) == []
