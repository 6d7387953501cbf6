"""What was found, as the tab shows it: rows with thumbnails, a sentence, and the histogram of all scores."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from sam import Boxes, Image
from sam.detection.phrases import fold, read_phrases
from sam.detection.vocabulary import NAMES

LOW, HIGH, BINS = 0.05, 0.95, 36
"""Of the histogram: .025 of confidence each, over the slider's range; what is surer counts with the surest."""
THUMB = 44
"""Side of a thumbnail in pixels; twice what is shown, for sharp screens, would double the message for little."""
MOST_THUMBS = 60
"""Rows with a picture; a crowd's last heads look alike."""
COLORS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
"""Okabe and Ito's, one a phrase, as the objects on the stage have them."""


@dataclass(frozen=True)
class Said:
    """What a visitor has said about what was found.

    Attributes:
        off: rows of the raw boxes that are not ticked.
        names: row -> another name for it.
        asked: the row that was pressed to be corrected, or None.
    """

    off: frozenset[int] = frozenset()
    names: Mapping[int, str] = None  # type: ignore[assignment]
    asked: int | None = None

    @classmethod
    def read(cls, value: Any, count: int) -> Said:
        """From the list in the page, which may send anything.

        Args:
            value: {"off": [row], "names": {row: name}, "asked": row}.
            count: of raw boxes.
        """
        fields = value if isinstance(value, Mapping) else {}

        def row(number: Any) -> int | None:
            try:
                return int(number) if 0 <= int(number) < count else None
            except (TypeError, ValueError, OverflowError):
                return None

        off, names = fields.get("off"), fields.get("names")
        rows = {row(number) for number in (off if isinstance(off, list) else [])}
        renamed = names.items() if isinstance(names, Mapping) else ()
        return cls(
            frozenset(number for number in rows if number is not None),
            {number: str(name)[:80] for key, name in renamed if (number := row(key)) is not None and str(name).strip()},
            row(fields.get("asked")),
        )


def colors_of(text: str) -> dict[str, str]:
    """Folded phrase -> its colour."""
    return {fold(phrase): COLORS[index % len(COLORS)] for index, phrase in enumerate(read_phrases(text))}


def make_rows(image: Image, question: Mapping[str, Any], raw: Boxes, rows: Sequence[int], said: Said) -> dict[str, Any]:
    """The value of the list in the page.

    Args:
        image: (H, W, 3) uint8.
        question: "text" that was looked for, and the "id" of the search.
        raw: all boxes.
        rows: those that are shown, best first.
        said: what was ticked off and renamed before.
    """
    colors = colors_of(question["text"])
    return {
        "search": question["id"],
        "rows": [
            {
                "row": int(row),
                "label": raw.labels[row],
                "score": round(float(raw.scores[row]), 3),
                "color": colors.get(fold(raw.labels[row]), COLORS[0]),
                "box": raw.xyxy[row].tolist(),
            }
            for row in rows
        ],
        "thumb": THUMB,
        "thumbs": draw_thumbs(image, raw[np.asarray(rows[:MOST_THUMBS], int)]) if len(rows) else "",
        "off": sorted(said.off),
        "names": {str(row): name for row, name in said.names.items()},
    }


def draw_thumbs(image: Image, boxes: Boxes) -> str:
    """What is in each box, one below the other, as a JPEG in a data URL: one picture loads faster than sixty."""
    from PIL import Image as Pil

    height, width = image.shape[:2]
    sheet = Pil.new("RGB", (THUMB, THUMB * len(boxes)), (128, 128, 128))
    for place, (x0, y0, x1, y1) in enumerate(boxes.xyxy):
        # A square around the box, so that nothing is distorted; a little of what is around it helps to see what it is.
        side = max(x1 - x0, y1 - y0, 8) * 1.1
        left, top = (x0 + x1 - side) / 2, (y0 + y1 - side) / 2
        window = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
        edges = [round(float(value)) for value in window]
        crop = Pil.fromarray(image[edges[1] : max(edges[3], edges[1] + 1), edges[0] : max(edges[2], edges[0] + 1)])
        scale = THUMB / side
        size = (
            min(THUMB, max(1, round(crop.width * scale))),
            min(THUMB, max(1, round(crop.height * scale))),
        )
        at = round((window[0] - left) * scale), round((window[1] - top) * scale)
        sheet.paste(
            crop.resize(size, Pil.Resampling.BILINEAR, reducing_gap=2.0), (at[0], place * THUMB + min(at[1], THUMB - 1))
        )
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def describe(question: Mapping[str, Any], raw: Boxes, shown: Boxes, min_score: float) -> str:
    """HTML: what was found of each phrase, what it was taken for, and what to do where there is nothing.

    Args:
        question: "text" that was looked for, and "means": folded phrase -> what it was taken for, where that differs.
        raw: all boxes.
        shown: those that pass.
        min_score: from which they do.
    """
    colors, means = colors_of(question["text"]), question.get("means", {})
    parts = []
    for phrase in read_phrases(question["text"]):
        count = sum(fold(label) == fold(phrase) for label in shown.labels)
        best = max((s for s, label in zip(raw.scores, raw.labels) if fold(label) == fold(phrase)), default=None)
        if count:
            words = f"<b>{count}</b>"
        elif best is None:
            words = "not found"
        elif best >= min_score:
            words = "left out"
        else:
            words = f"none, best guess {best:.2f}"
        dot = f'<i style="background:{colors[fold(phrase)]}"></i>'
        taken = f" taken for {escape(means[fold(phrase)])}:" if fold(phrase) in means else ""
        parts.append(f"<li{'' if count else ' class=none'}>{dot}{escape(phrase)}{taken} {words}</li>")
    line = f"<ul>{''.join(parts)}</ul>"
    if means:
        line += "<p>Not what you meant? The model Nano names takes only the words it was taught.</p>"
    if len(shown):
        return f'<div class="text-said" role="status">{line}</div>'
    advice = "Lower the confidence, or use another word." if len(raw) else "Use another word, or another model."
    return (
        f'<div class="text-said" role="status"><p><b>Nothing found above {100 * min_score:.0f} % confidence.</b> '
        f"{advice}</p>{line}</div>"
    )


def refuse(message: str) -> str:
    """HTML of why nothing was looked for."""
    return f'<div class="text-said text-refused" role="alert"><p>{escape(message)}</p></div>'


def draw_scores(raw: Boxes, min_score: float) -> str:
    """The histogram of all raw scores as HTML; those below the threshold are grey."""
    if not len(raw):
        return ""
    counts, edges = np.histogram(raw.scores.clip(LOW, HIGH), BINS, (LOW, HIGH))
    # Square roots, or a hundred weak guesses would hide the three good ones.
    heights = np.sqrt(counts) / np.sqrt(max(1, int(counts.max()))) * 30
    wide = 100 / BINS
    bars = "".join(
        f'<rect class="{"kept" if edge >= min_score - 1e-9 else "below"}" x="{place * wide + 0.3:.2f}" '
        f'y="{30 - high:.2f}" width="{wide - 0.6:.2f}" height="{high:.2f}"/>'
        for place, (edge, high) in enumerate(zip(edges, heights))
        if high
    )
    at = (min_score - LOW) / (HIGH - LOW) * 100
    limit = f'<line class="limit" x1="{at:.2f}" x2="{at:.2f}" y1="0" y2="30"/>'
    words = f"{int((raw.scores >= min_score).sum())} of {len(raw)} guesses reach this confidence"
    return (
        f'<div class="text-scores"><svg viewBox="0 0 100 30" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(words)}">{bars}{limit}</svg><p>{words}</p></div>'
    )


def list_names() -> str:
    """HTML: what the embedded detector was taught."""
    names = ", ".join(escape(name.name) for name in sorted(NAMES, key=lambda name: name.name))
    return f'<div class="text-names"><p>Synonyms and plurals are understood, too.</p><p>{names}</p></div>'
