"""Recent answers of the server's decoder, for pages that keep a mask by its answer's id."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import SamError

from .picture import Placed


class AnswerGoneError(SamError):
    """The server does not remember that answer any more; a page that has its logits can send those."""

    def __init__(self) -> None:
        super().__init__("The server does not remember that mask any more. Click again, then keep it.")


@dataclass(frozen=True, eq=False)
class Answer:
    """What a decoder gave for one prompt, as the page has it.

    Attributes:
        picture: id of the image.
        logits: (K, h, w) float16, > 0 is foreground.
        scores: (K,) float32 predicted IoU.
        placed: how the image lies in the logits' square.
    """

    picture: str
    logits: NDArray[np.float16]
    scores: NDArray[np.float32]
    placed: Placed


class Answers:
    """The last answers of the server's decoder to one visitor, whose page keeps one by its id.

    Args:
        most: of them.
        ttl: seconds.
    """

    def __init__(self, most: int = 4, ttl: float = 900) -> None:
        self.most, self.ttl = most, ttl
        self._all: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        with self._lock:
            return sum(answer.logits.nbytes for _, answer in self._all.values())

    def add(self, answer: Answer) -> str:
        """Remember one; returns its id."""
        key = secrets.token_urlsafe(9)
        with self._lock:
            self._all[key] = time.monotonic(), answer
            while len(self._all) > self.most:
                self._all.popitem(last=False)
        return key

    def find(self, key: Any) -> Answer:
        """By id.

        Raises:
            AnswerGoneError: too long ago, or never given.
        """
        self.forget_old()
        with self._lock:
            found = self._all.get(key) if isinstance(key, str) else None
        if found is None:
            raise AnswerGoneError
        return found[1]

    def forget_old(self) -> None:
        """Drop what is older than `ttl`."""
        with self._lock:
            while self._all and time.monotonic() - next(iter(self._all.values()))[0] > self.ttl:
                self._all.popitem(last=False)
