from __future__ import annotations

import pytest

import sam
from sam.errors import short, suggest
from sam.permits import Permit, acting_for


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


def test_what_is_suggested_is_short_and_close():
    names = [f"model-{number}" for number in range(50)] + ["nano", "nano-names"]
    assert suggest("nan", names) == "Did you mean nano?"
    assert suggest("zzzz", names) == "There are: nano, nano-names, model-0, model-1 and 48 more."
    assert suggest("zzzz", ["one"], "Models that can") == "Models that can: one."
    assert suggest("zzzz", []) == "There are: none."


def test_values_in_messages_are_cut_off():
    assert short({"a": 1}) == "{'a': 1}"
    assert len(short("x" * 10_000)) < 100


UNKNOWN = "z" * 3000
HUGE = 2**63 - 1
WRONG = {
    "a model": lambda: sam.load_model(UNKNOWN),
    "a model that is spelled wrong": lambda: sam.load_model("sam-vit-bsae"),
    "a model that cannot": lambda: sam.load_model("nano-subject"),
    "runs that do not fit": lambda: sam.rle.decode({"size": [480, 640], "counts": [5]}),
    "a run below 0": lambda: sam.rle.decode({"size": [480, 640], "counts": [307205, -5]}),
    "runs whose sum comes round": lambda: sam.rle.decode({"size": [480, 640], "counts": [HUGE, HUGE, 307202]}),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_message_is_one_or_two_lines_and_does_not_contradict_itself(case):
    with pytest.raises(sam.SamError) as caught:
        WRONG[case]()
    said = str(caught.value)
    assert 20 < len(said) < 240
    expected, _, got = said.partition(", got ")
    assert not got or got.rstrip(".").split()[0] not in expected.split()


@pytest.mark.parametrize("kind", [sam.SamError, sam.ImageError, sam.ModelUnavailable])
def test_the_owners_log_holds_what_visitors_are_not_told(kind, caplog, tmp_path):
    place = str(tmp_path / "weights.onnx")
    with acting_for(Permit(told_places=False)):
        try:
            try:
                raise OSError(f"{place} is cut off")
            except OSError as cause:
                raise kind(f"{place} is damaged.") from cause
        except sam.SamError as error:
            told = [str(error), str(error)]
        plain = str(kind("No such point."))
    assert (told, plain) == (["weights.onnx is damaged."] * 2, "No such point.")
    (record,) = caplog.records
    assert f"{place} is damaged." in record.getMessage()
    assert "Traceback" in caplog.text
    assert f"{place} is cut off" in caplog.text


def test_the_owner_is_told_and_nothing_is_logged(caplog, tmp_path):
    assert str(sam.ImageError(f"{tmp_path} is damaged.")) == f"{tmp_path} is damaged."
    assert caplog.records == []
