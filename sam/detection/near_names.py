"""Any English words -> the taught name that is nearest in meaning, by an encoder of sentences.

A phrase and a name agree as far as their sentences' embeddings do (cosine, as in Sentence-BERT, Reimers & Gurevych
2019), within CLIP's prompt (Radford et al. 2021, section 3.1.4): with it fewer of the words below are mistaken. An
English noun is what its last word says, so that one must agree as well: cat food is no cat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from .vocabulary import NAMES, Name

LEAST = 0.7
"""Agreement from which a phrase is taken for a name. Of 70 words for taught things that are in no list of synonyms, 51
are taken, all rightly; of 65 words for other things, 12 (lamp -> pole, lion -> tiger): tests/sam/backends/
test_nano_words.py holds the words."""
PROMPT = "a photo of a {}"

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]
"""Sentences -> (N, D) embeddings of length 1."""


@dataclass(frozen=True)
class Meaning:
    """What a phrase was taken for.

    Attributes:
        phrase: as typed.
        name: that was taught.
        score: how far the two agree, up to 1; 1 where the phrase is the name, a synonym or a plural.
    """

    phrase: str
    name: Name
    score: float

    def __str__(self) -> str:
        return f"{self.phrase} -> {self.name.name} ({self.score:.2f})"


def near_names(phrases: Sequence[str], encode: Encoder) -> list[Meaning | None]:
    """The nearest taught name of each phrase; None where none is near enough.

    Args:
        phrases: in lower or upper case, in number as they come.
        encode: see `Encoder`.
    """
    if not phrases:
        return []
    phrases = [phrase.strip() for phrase in phrases]
    table = _table(encode)
    own, ends = _encode(phrases, encode), _encode([_last(phrase) for phrase in phrases], encode)
    whole, last, heads = own @ table.forms.T, ends @ table.forms.T, own @ table.heads.T
    # One word alone is its own last word, and a name of one word its own head.
    agreement = np.minimum(whole, np.minimum(last, heads))
    best = agreement.argmax(1)
    return [
        Meaning(phrase, table.names[row], round(float(scores[row]), 4)) if scores[row] >= LEAST else None
        for phrase, row, scores in zip(phrases, best, agreement)
    ]


@dataclass(frozen=True, eq=False)
class _Table:
    names: tuple[Name, ...]
    forms: NDArray[np.float32]
    heads: NDArray[np.float32]


_TABLES: WeakKeyDictionary[Encoder, _Table] = WeakKeyDictionary()
"""Gone with the encoder: its weights are in it."""


def _table(encode: Encoder) -> _Table:
    found = _TABLES.get(encode)
    if found is None:
        found = _TABLES[encode] = _make_table(encode)
    return found


def _make_table(encode: Encoder) -> _Table:
    forms = [(name, word) for name in NAMES for word in (name.name, *name.synonyms)]
    words = [word for _, word in forms]
    heads = [_last(word) for word in words]
    return _Table(tuple(name for name, _ in forms), _encode(words, encode), _encode(heads, encode))


def _encode(words: Sequence[str], encode: Encoder) -> NDArray[np.float32]:
    return encode([PROMPT.format(word.lower()) for word in words])


def _last(phrase: str) -> str:
    return phrase.split()[-1] if phrase.split() else phrase
