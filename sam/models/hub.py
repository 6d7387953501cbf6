"""Requests to the model hub, and what can go wrong with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import HubUnreachable, ModelUnavailable, SamError
from .allowed import check_fetch

HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
TOKENIZER = ("tokenizer.json", "vocab.txt", "vocab.json")
"""A tokenizer is one of these, with or without the files in `BESIDE`."""
BESIDE = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt")
PIXELS = ("processor_config.json", "preprocessor_config.json")
"""How a model wants its pixels, in the newer and the older way; the first that is there counts."""
PROBE_SECONDS = 10
"""How long the hub may take to answer the first question."""


OFFLINE_VARIABLE = "SAM_STUDIO_OFFLINE"
"""`1`: no requests to the model hub; only models on this machine are used. `HF_HUB_OFFLINE` does the same."""


def offline() -> str:
    """The variable that forbids asking the hub; "" where it may be asked."""
    from huggingface_hub import constants

    if os.environ.get(OFFLINE_VARIABLE, "").lower() in ("1", "on", "true", "yes"):
        # The client and transformers look here at each call.
        constants.HF_HUB_OFFLINE = True
        return OFFLINE_VARIABLE
    return "HF_HUB_OFFLINE" if constants.HF_HUB_OFFLINE else ""


def set_offline(on: bool) -> None:
    """From now on ask no hub, or ask it again, whatever the variables said when this process began."""
    from huggingface_hub import constants

    os.environ[OFFLINE_VARIABLE] = "1" if on else "0"
    constants.HF_HUB_OFFLINE = on


def on_request(source: str) -> ModelUnavailable:
    """For a model that the hub does not hand to everyone."""
    return ModelUnavailable(
        f"{source} is given out on request only: accept its terms at https://huggingface.co/{source}, "
        "then log in with `hf auth login`."
    )


@contextmanager
def reaching(source: str, instead: str) -> Iterator[None]:
    """What goes wrong with the hub, as sentences; `instead` is what may be given by its path. Every download is inside.

    Raises:
        ModelUnavailable: instead of whatever the hub's client raised; or whoever asks may not download (`sam.permits`).
        HubUnreachable: where the hub itself gave no answer, or may not be asked.
    """
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    check_fetch(source)
    if variable := offline():
        raise HubUnreachable(
            f"{source} is not on this machine, and {variable} says not to ask the hub. Unset it and start again, or "
            f"go online in the page's list of models, or give the path of {instead}."
        )
    try:
        yield
    except SamError:
        raise
    except GatedRepoError as error:
        raise on_request(source) from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(
            f"The hub has no model {source}, or it is private. Check the spelling, or log in with `hf auth login`."
        ) from error
    except Exception as error:  # the hub's client lets the errors of its HTTP library through
        raise HubUnreachable(
            f"{source} is not on this machine and cannot be downloaded ({error}). Connect this machine once and try "
            f"again, or give the path of {instead}."
        ) from error


def fetch_file(source: str, file: str) -> Path:
    """The local copy of one file of a hub model, downloaded when it is not there yet.

    Raises:
        ModelUnavailable: not there, not given out, or not reachable.
    """
    from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache

    if not HUB_ID.match(source):
        raise ModelUnavailable(f"There is no file or folder {source!r}. Expected {file} or a hub id that holds it.")
    if isinstance(here := try_to_load_from_cache(source, file), str):
        return Path(here)
    with reaching(source, file):
        # One cheap question first: a download retries for half a minute before it says that there is no network.
        HfApi().model_info(source, timeout=PROBE_SECONDS)
        return Path(hf_hub_download(source, file))
