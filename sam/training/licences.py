"""Licences of photos as data sets state them, and which of them let anyone use what was learnt from the photos."""

from __future__ import annotations

import re
from typing import Literal, get_args

Mix = Literal["all", "open"]
"""Which photos to train on: all, or those under CC0, CC BY, MIT, Apache or in the public domain."""
MIXES: tuple[Mix, ...] = get_args(Mix)

_CLOSED = re.compile(r"(?<![a-z])(nc|nd|sa)(?![a-z])|noncommercial|non-commercial|noderiv|sharealike|research", re.I)
_OPEN = re.compile(
    r"(?<![a-z])(cc[- ]?0|cc[- ]by|mit|apache)(?![a-z])|creativecommons\.org/(licenses/by|publicdomain)/|"
    r"attribution license|public domain|usa\.gov/copyright|government work",
    re.I,
)


def is_open(licence: str) -> bool:
    """Whether a licence, by its name, its address or both, is CC0, CC BY, MIT, Apache or the public domain.

    What says nothing, or forbids something (NC, ND, SA, research only), is not; "no known copyright restrictions",
    which Flickr's institutions write, is no licence either.
    """
    return bool(_OPEN.search(licence)) and not _CLOSED.search(licence)


def in_mix(licence: str, mix: Mix) -> bool:
    """Whether a photo of this licence belongs to the mix."""
    return mix == "all" or is_open(licence)
