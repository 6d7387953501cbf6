"""The text a user types, split into phrases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from ..errors import PromptError

MAX_PHRASES = 50
"""One model run each, in the worst case: seconds on a CPU."""
MAX_WORDS = 80
"""Characters of one phrase. More is a description of a scene, which no detector of names follows."""
EXAMPLE = "dog. red car"
SEPARATE = 8
"""Up to so many phrases, Grounding DINO is asked for each alone: in one prompt they compete, and labels merge or get
lost (IDEA-Research/GroundingDINO#141, #432). More share prompts, to be done in a bearable time."""

# Full stops, commas, semicolons, question marks and line ends of Latin, Arabic, Chinese and Japanese. A point between
# digits, as in "3.5 mm jack", separates nothing; one in front of a letter does, since people forget the space.
# So do bullets and circled numbers, and what stands between two quotations.
_ENDS = re.compile(
    r"(?<!\d)\.|\.(?!\d)|[;\n\r?!|،؛؟。、，；！？．]|(?<!\d),|,(?!\d)"
    r"|[\u2022\u2023\u2043\u25aa\u25cf\u25e6\u2460-\u2473\u24f5-\u24fe\u2776-\u2793]"
    r"|(?<=[\u201d\u2019\u00bb\u203a\u300d\"])\s*(?=[\u201c\u2018\u201e\u00ab\u2039\u300c])|(?<=\")\s+(?=\")"
)

# Full stops that end nothing: "U.S.", "e.g.", "T. rex", and titles before a name.
_ABBREVIATIONS = re.compile(
    r"\b(?:[^\W\d_]\.){2,}"
    r"|(?:(?<=^)|(?<=[.,;\n] ))[A-Z]\.(?=\s+[a-z]{2})"
    r"|\b(?:[Nn]os?|Nr|Fig|Vol)\.(?=\s*\d)|\bvs\.(?=\s+\w)"
    r"|\b(?:St|Dr|Mr|Mrs|Ms|Mt|Ft|Jr|Sr|Prof|Capt|Gen|Lt)\.(?=\s+[A-Z])"
)
_KEPT_STOP = "\ue000"
"""Stands for such a full stop while phrases are told apart; what people type holds no character for private use."""
_MARKER = re.compile(r"(?:^|\s)(?:\(?(\d{1,3})[.):]|[-*\u2022\u2013])(?=\s+\S|(?<=\.)[^\W\d_])", re.MULTILINE)
_BULLET = re.compile(r"^\s*[-*\u2022\u2013]\s", re.MULTILINE)
_AROUND = (
    " '\"`*-–—_()[]{}\u2022\u00ab\u00bb\u2039\u203a\u201c\u201d\u201e\u201f"
    "\u2018\u2019\u201a\u201b\u300c\u300d\u300e\u300f"
)
"""What may stand around a phrase and is no part of it: quotes of all scripts, brackets, bullets."""

_ARTICLES = frozenset({"a", "an", "the", "all", "every", "any"})


def read_phrases(text: str, what: str = "what to find") -> tuple[str, ...]:
    """("dog", "red car") from "dog. red car", with commas or on lines of their own; each once, in order, as typed.

    Args:
        text: at most `MAX_PHRASES` phrases of at most `MAX_WORDS` characters.
        what: how messages call it.

    Raises:
        PromptError: nothing to look for, too much of it, or something that is no word.
    """
    if not isinstance(text, str):
        raise PromptError(f"Type {what}: expected text such as {EXAMPLE!r}, got {type(text).__name__}.")
    # Marks that only steer the direction of writing would make two equal words differ.
    clean = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
    clean = _ABBREVIATIONS.sub(lambda found: found[0].replace(".", _KEPT_STOP), _without_numbers(clean))
    pieces = [" ".join(piece.split()).strip(_AROUND) for piece in _ENDS.split(clean)]
    pieces = [piece.replace(_KEPT_STOP, ".").replace("\u2019", "'") for piece in pieces]
    phrases: dict[str, str] = {}
    for piece in pieces:
        if piece:
            phrases.setdefault(fold(piece), piece)
    found = tuple(phrases.values())
    if not found:
        raise PromptError(f"Type {what}, such as {EXAMPLE!r}.")
    if len(found) > MAX_PHRASES:
        raise PromptError(f"{len(found)} phrases are too many at once: expected at most {MAX_PHRASES}.")
    for phrase in found:
        _check(phrase)
    return found


def _without_numbers(text: str) -> str:
    """A numbered or bulleted list with its items on lines of their own: "1. dog 2. cat", "- dog\\n- cat".

    Only numbers that follow each other are taken for such, and only from the beginning of the text on.
    """
    places, due = [], None
    for found in _MARKER.finditer(text):
        if found[1] is None:
            if _BULLET.match(text, found.start() + (text[found.start()] == "\n")):
                places.append(found)
        elif due is None and text[: found.start(1)].strip(" (\n") == "":
            due = int(found[1]) + 1
            places.append(found)
        elif due is not None and int(found[1]) == due:
            due += 1
            places.append(found)
    for found in reversed(places):
        text = f"{text[: found.start()]}\n{text[found.end() :]}"
    return text


def read_excluded(text: str) -> tuple[str, ...]:
    """As `read_phrases`, for what is not wanted: blank is ().

    Raises:
        PromptError: as `read_phrases`, but for nothing.
    """
    return read_phrases(text, "what to leave out") if isinstance(text, str) and text.strip(" .,;\n\t") else ()


def join_phrases(phrases: tuple[str, ...]) -> str:
    """The text that means these phrases."""
    return ". ".join(phrases)


def fold(phrase: str) -> str:
    """Equal for phrases that mean the same: case, compatible forms of letters, hyphens, spaces and a leading article
    make no difference."""
    words = unicodedata.normalize("NFKC", phrase).casefold().replace("-", " ").replace("_", " ").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


def check_latin(phrases: tuple[str, ...], model: str) -> None:
    """Refuse what a model of English cannot read, instead of boxes around anything.

    Raises:
        PromptError: a phrase without a Latin letter or a digit; it is named.
    """
    for phrase in phrases:
        if not any(c.isdigit() or unicodedata.name(c, "").startswith("LATIN") for c in phrase):
            raise PromptError(f"{model} knows English only, and cannot look for {phrase!r}. Type it in English.")


def plain_phrase(phrase: str) -> str:
    """As Grounding DINO was taught to read: lower case, and no full stop or question mark, which would end it."""
    return " ".join(phrase.lower().replace(".", " ").replace("?", " ").split())


def as_caption(plain: Sequence[str]) -> str:
    """The one text that asks Grounding DINO for several phrases, which are plain already."""
    return ". ".join(plain) + "."


def tokens_of_phrases(plain: Sequence[str], offsets: Sequence[Sequence[int]]) -> list[list[int]]:
    """Which tokens of `as_caption(plain)` are each phrase's own.

    Args:
        plain: phrases.
        offsets: first and last character of each token in that text; an empty range for special tokens.
    """
    found, start = [], 0
    for phrase in plain:
        end = start + len(phrase)
        found.append([row for row, (first, last) in enumerate(offsets) if start <= first < last <= end])
        start = end + len(". ")
    return found


def deal_phrases(
    phrases: Sequence[str], count_tokens: Callable[[str], int], most_tokens: int, model: str
) -> list[list[str]]:
    """The phrases, dealt out to prompts that a Grounding DINO can read whole; one a phrase up to `SEPARATE`.

    Args:
        phrases: as typed.
        count_tokens: of a plain phrase.
        most_tokens: that a prompt may have, with its two ends and a full stop after each phrase.
        model: its name, for messages.

    Raises:
        PromptError: one phrase alone has too many tokens.
    """
    lengths = [count_tokens(plain_phrase(phrase)) + 1 for phrase in phrases]
    for phrase, length in zip(phrases, lengths):
        if length + 2 > most_tokens:
            raise PromptError(f"{phrase!r} is too long for {model}. Use fewer words.")
    dealt: list[list[str]] = []
    taken = most_tokens
    for phrase, length in zip(phrases, lengths):
        if not dealt or len(phrases) <= SEPARATE or taken + length > most_tokens:
            dealt.append([])
            taken = 2
        dealt[-1].append(phrase)
        taken += length
    return dealt


def _check(phrase: str) -> None:
    if len(phrase) > MAX_WORDS:
        raise PromptError(
            f"Expected short names such as {EXAMPLE!r}, got one of {len(phrase):,} characters "
            f"({phrase[:30]!r}...). Separate names by a full stop."
        )
    if any(c.isalnum() for c in phrase):
        return
    named = " ".join(unicodedata.name(c, "").lower() for c in phrase if unicodedata.category(c) == "So").strip()
    hint = f", such as {named!r}" if named else f", such as {EXAMPLE!r}"
    raise PromptError(f"{phrase[:30]!r} is no word. Type its name{hint}.")
