from __future__ import annotations

import numpy as np
import pytest

from webapp.workspace.answers import Answer, AnswerGoneError, Answers
from webapp.workspace.picture import Placed


def answer() -> Answer:
    return Answer("photo", np.zeros((3, 8, 8), np.float16), np.zeros(3, np.float32), Placed((8, 8), (8, 8), 8))


def test_so_many_are_remembered_and_their_bytes_are_counted():
    answers = Answers(most=2)
    given = [answer() for _ in range(3)]
    keys = [answers.add(one) for one in given]
    assert len(set(keys)) == 3
    assert answers.find(keys[2]) is given[2]
    assert answers.nbytes == 2 * 3 * 64 * 2
    for key in (keys[0], "", None, 7, ["x"]):
        with pytest.raises(AnswerGoneError):
            answers.find(key)


def test_what_is_old_is_forgotten(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("webapp.workspace.answers.time.monotonic", lambda: now[0])
    answers = Answers(ttl=10)
    first = answers.add(answer())
    now[0] += 9
    second = answers.add(answer())
    now[0] += 2
    answers.forget_old()
    assert answers.nbytes == 3 * 64 * 2
    assert answers.find(second)
    with pytest.raises(AnswerGoneError):
        answers.find(first)
