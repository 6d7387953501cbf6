"""Whether whoever asks may load or fetch a model (`sam.permits`)."""

from __future__ import annotations

from ..errors import ModelUnavailable, suggest
from ..permits import permit
from .catalog import specs


def check_model(name: str) -> None:
    """Refuse a model that may not be loaded.

    Raises:
        ModelUnavailable: names some that may.
    """
    names = permit().names
    if names is not None and name not in names:
        raise ModelUnavailable(f"There is no model {name[:80]!r} here. {suggest(name[:80], names)}")


def check_fetch(source: str, title: str = "") -> None:
    """Refuse a download that may not be made.

    Args:
        source: hub id.
        title: of the model, for people.

    Raises:
        ModelUnavailable: it may not.
    """
    if not permit().fetch and source not in permit().chosen:
        raise ModelUnavailable(
            f"{title or source} is not on this server, and its owner does not let visitors download models. "
            "Choose another."
        )


def check_use(name: str) -> None:
    """Refuse, before any work, a model that `load_model` would refuse to whoever asks.

    Raises:
        ModelUnavailable: not for them, or a download that they may not make.
    """
    check_model(name)
    spec = next((spec for spec in specs() if spec.name == name), None)
    if spec is not None and not permit().fetch and not spec.here:
        check_fetch(spec.source, spec.title)
