"""Files that events name: those at web addresses are fetched by our rules, all others must be uploads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from ..images.fetch_url import Fetcher
from .uploads import Uploads

_MARK = "gradio.FileData"


async def bring_in(values: Any, fetcher: Fetcher, uploads: Uploads, limiter: CapacityLimiter) -> Any:
    """The values with each file that is at a web address replaced by one that is here.

    Gradio would fetch it itself: not asked whether it may, by another list of private addresses, and with exceptions.
    Any component can be given such a file, not only those for pictures.

    Raises:
        ImageError: not allowed, not reached or no picture; says which.
        NoRoomError: see `Uploads.keep`.
    """

    async def visit(value: Any) -> Any:
        if isinstance(value, list):
            return [await visit(one) for one in value]
        if not isinstance(value, dict):
            return value
        if _is_file(value) and str(value["path"]).lower().startswith(("http://", "https://")):
            data, name = await run_sync(fetcher.fetch, value["path"], limiter=limiter)
            path = await run_sync(uploads.keep, data, _file_name(name))
            return {**value, "path": str(path), "url": None}
        return {key: await visit(one) for key, one in value.items()}

    return await visit(values)


def mark_files(value: Any) -> Any:
    """A value for a component that takes files, with all that names a path marked as a file.

    Gradio looks whether a path is one of its own uploads only where the mark is, and it is the sender who sets it.
    """
    if isinstance(value, list):
        return [mark_files(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {key: mark_files(one) for key, one in value.items()}
    return {**inner, "meta": {"_type": _MARK}} if isinstance(value.get("path"), str) else inner


def _is_file(value: Mapping[str, Any]) -> bool:
    meta = value.get("meta")
    return isinstance(value.get("path"), str) and isinstance(meta, Mapping) and meta.get("_type") == _MARK


def _file_name(name: str) -> str:
    kept = "".join(char for char in name if char.isalnum() or char in "._- ")[-80:].strip(". ")
    return kept or "picture"
