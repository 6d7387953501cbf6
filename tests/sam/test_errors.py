from __future__ import annotations

import pytest

import sam


@pytest.mark.parametrize(
    ("error", "also"),
    [(sam.ImageError, ValueError), (sam.PromptError, ValueError), (sam.ModelUnavailable, RuntimeError)],
)
def test_errors_are_ours_and_of_a_usual_kind(error, also):
    assert issubclass(error, sam.SamError)
    assert issubclass(error, also)
    with pytest.raises(also, match="what to do"):
        raise error("what to do")


def test_cancelled_is_no_failure_of_the_input():
    assert issubclass(sam.Cancelled, sam.SamError)
    assert not issubclass(sam.Cancelled, (ValueError, RuntimeError))


def test_a_hub_that_is_out_of_reach_is_a_model_that_is_unavailable():
    assert issubclass(sam.errors.HubUnreachable, sam.ModelUnavailable)
    assert issubclass(sam.errors.OutOfMemory, sam.SamError)
    assert not issubclass(sam.errors.OutOfMemory, sam.ModelUnavailable)
