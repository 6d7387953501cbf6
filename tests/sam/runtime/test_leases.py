"""Which calls are leases."""

from __future__ import annotations

import pytest

from sam.runtime import leases, zero_gpu
from sam.runtime.gpu_seconds import Work
from sam.runtime.leases import is_lent, one_lease


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
