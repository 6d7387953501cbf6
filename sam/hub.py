"""The hub that models come from, as far as it can fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import ModelUnavailable, SamError

PROBE_SECONDS = 10
"""How long the hub may take to answer the first question."""


@contextmanager
def reaching(source: str, instead: str) -> Iterator[None]:
    """What goes wrong with the hub, as sentences; `instead` is what may be given by its path.

    Raises:
        ModelUnavailable: instead of whatever the hub's client raised.
    """
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        yield
    except SamError:
        raise
    except GatedRepoError as error:
        raise ModelUnavailable(
            f"{source} is given out on request only: accept its terms at https://huggingface.co/{source}, "
            "then log in with `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(
            f"The hub has no model {source}, or it is private. Check the spelling, or log in with `hf auth login`."
        ) from error
    except Exception as error:  # the hub's client lets the errors of its HTTP library through
        raise ModelUnavailable(
            f"{source} is not on this machine and cannot be downloaded ({error}). Connect this machine once and try "
            f"again, or give the path of {instead}."
        ) from error
