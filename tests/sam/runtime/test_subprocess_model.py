"""Another process is asked over pipes; whatever it does, a sentence or an answer comes back."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
import pytest

from sam import ModelUnavailable, PromptError
from sam.runtime.subprocess_model import Worker

ROOT = Path(__file__).parents[3]
SERVE = f"import os, sys, time; sys.path.insert(0, {str(ROOT)!r}); from sam.runtime.groundingdino_worker import serve\n"
MODEL = (
    SERVE
    + """
class Model:
    def tokens(self, phrases):
        print("library chatter")
        os.write(1, b"more of it")
        if "late" in phrases: time.sleep(60)
        if "crash" in phrases: os._exit(7)
        if "bad" in phrases: raise ValueError("not like this")
        if "broken" in phrases: raise KeyError("inside")
        return [len(phrase) for phrase in phrases]
    def look(self, image): self.image = image
    def ask(self, phrases): return self.image.astype(float), [[0.5] * len(phrases)]
serve(lambda: (Model(), {"most_tokens": 16}))
"""
)


def started(code, seconds=120.0):
    return Worker([sys.executable, "-I", "-c", code], name="tiny", seconds=seconds)


@pytest.fixture
def worker():
    one = started(MODEL)
    yield one
    one.stop()


def ask(worker, *phrases, seconds=120.0):
    return worker.ask({"call": "tokens", "phrases": phrases}, seconds=seconds)[0]["tokens"]


def test_messages_and_arrays_come_and_go_beside_what_libraries_print(worker):
    assert worker.ready["most_tokens"] == 16
    assert ask(worker, "dog", "Zürich") == [3, 6]
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    worker.ask({"call": "look"}, [image], seconds=120)
    _, (boxes, scores) = worker.ask({"call": "ask", "phrases": ["a", "b"]}, seconds=120)
    np.testing.assert_array_equal(boxes, image)
    assert scores.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("phrase", "kind", "message", "alive"),
    [
        ("bad", PromptError, "^not like this$", True),
        ("broken", ModelUnavailable, "tiny: KeyError: 'inside'", True),
        ("crash", ModelUnavailable, r"ended by itself \(exit code 7\)", False),
    ],
)
def test_what_goes_wrong_inside_is_a_sentence(phrase, kind, message, alive, worker):
    with pytest.raises(kind, match=message):
        ask(worker, phrase)
    assert worker.alive == alive
    if alive:
        assert ask(worker, "dog") == [3]
    else:
        with pytest.raises(ModelUnavailable, match="ended by itself"):
            ask(worker, "dog")


def test_who_is_late_is_stopped(worker):
    with pytest.raises(ModelUnavailable, match=r"did not answer within 0\.2 seconds and was stopped"):
        ask(worker, "late", seconds=0.2)
    assert not worker.alive


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "import sys; print('no module named groundingdino', file=sys.stderr); sys.exit(3)",
            "code 3.*last words: no mod",
        ),
        ("print('x' * 100, flush=True); input()", "said something that is no answer"),
        (SERVE + "serve(lambda: 1 / 0)", "tiny: ZeroDivisionError: division by zero"),
    ],
    ids=["dies", "speaks something else", "cannot load"],
)
def test_a_process_that_does_not_get_ready(code, message):
    with pytest.raises(ModelUnavailable, match=message):
        started(code)


def test_one_that_never_gets_ready():
    with pytest.raises(ModelUnavailable, match=r"did not answer within 0\.3 seconds"):
        started("input()", 0.3)


def test_no_such_interpreter(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"needs the Python .* cannot be run"):
        Worker([tmp_path / "python"], name="tiny", seconds=1)


def test_it_ends_with_whoever_asked():
    one = started(MODEL)
    process = one._process
    del one
    gc.collect()
    assert process.poll() is not None
