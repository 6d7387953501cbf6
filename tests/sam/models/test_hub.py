from __future__ import annotations

import pytest

from sam import Cancelled, ModelUnavailable, PromptError
from sam.models.hub import reaching


@pytest.mark.parametrize("error", [OSError("no route"), TimeoutError("slow"), ValueError("odd")])
def test_whatever_goes_wrong_is_a_sentence(error: Exception) -> None:
    with (
        pytest.raises(ModelUnavailable, match=rf"acme/x is not on this machine .*{error}.*path of the file"),
        reaching("acme/x", "the file"),
    ):
        raise error


@pytest.mark.parametrize("error", [Cancelled("Stopped."), PromptError("No.")])
def test_what_is_a_sentence_already_stays(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, reaching("acme/x", "the file"):
        raise error
    assert caught.value is error
