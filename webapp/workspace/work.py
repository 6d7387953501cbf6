"""What a tab does for a visitor at the moment, for the page to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Work:
    """One running handler of a tab.

    Attributes:
        message: what it does, for people; "" until it says so.
        fraction: how far it is, 0 to 1; None until it says so.
    """

    message: str = ""
    fraction: float | None = None
