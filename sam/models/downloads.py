"""Download models into the user's folder: resumable, and verified before use.

What is not complete lies in a folder of its own, so that nothing half loads. It stays when the download is stopped, the
connection is lost or the disk is full, and the next call goes on where it was.

Why not `hf_hub_download(local_dir=...)` of huggingface_hub (looked at in 2.4.0), whose listing, addresses and headers
this uses: it checks a file's size and not its checksum, knows nothing of the checksums that this package pins, says how
far it is only to a progress bar, in which raising is the one way to stop it, and leaves no mark that a model of several
files is whole.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import HubUnreachable, ModelUnavailable
from .checksums import sha256_of
from .hub import BESIDE, PIXELS, PROBE_SECONDS, TOKENIZER, on_request, reaching
from .spec import BUILT_IN, ModelSpec, bytes_on_disk, local_files, models_folder

Place = Literal["", "embedded", "downloaded", "folder", "cached"]
"""Where a model is: nowhere here, in this package, where `download` put it, in a folder or file that somebody else put
there, in the cache that the hub's client shares with other programs."""

Told = Callable[[int, int], None]
"""Told how many bytes are here and how many there will be; may raise `Cancelled` to stop."""

_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")
_PIECE = 1 << 18
_SPARE = 64 << 20
"""Bytes of the disk that a download leaves free."""
_PARTIAL = ".partial"
_MARK = ".sam-studio.json"
"""In each folder that `download` made, and in no other."""


@dataclass(frozen=True)
class _File:
    name: str
    size: int
    sha256: str
    target: str


def download(spec: ModelSpec, *, progress: Told | None = None) -> Path:
    """The folder with the model's files, fetched where they are not there yet.

    Args:
        spec: from `list_models`.
        progress: see `Told`.

    Raises:
        ModelUnavailable: given out on request only, no room, or damaged on the way; says which.
        HubUnreachable: the hub does not answer, or this machine is told not to ask it.
        Cancelled: raised by `progress`.
    """
    if spec.source == BUILT_IN:
        raise ModelUnavailable(f"{spec.title} is part of this package: there is nothing to download.")
    if not spec.offered:
        raise ModelUnavailable(
            f"The hub does not have {spec.title}. {spec.note} Put {' or '.join(spec.files)} into {models_folder()}."
        )
    target = models_folder() / spec.home
    if target.is_dir():
        return target
    with reaching(spec.source, spec.file or spec.remote or "a folder with its config.json and model.safetensors"):
        commit, files = _listed(spec)
    partial = models_folder() / _PARTIAL / spec.home
    total = sum(file.size for file in files)
    try:
        partial.mkdir(parents=True, exist_ok=True)
        _room(partial, total - bytes_on_disk(partial), spec)
        before = 0
        for file in files:
            _fetch(spec, commit, file, partial / file.target, _told_from(before, total, progress))
            before += file.size
        (partial / _MARK).write_text(json.dumps({"source": spec.source, "commit": commit}), "utf-8")
        os.replace(partial, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelUnavailable(
                f"The disk is full: {spec.title} needs {total / 1e6:,.0f} MB in {models_folder()}. Make room and try "
                "again; what has arrived is kept."
            ) from error
        raise ModelUnavailable(f"{spec.title} cannot be kept in {models_folder()} ({error}).") from error
    return target


def _told_from(before: int, total: int, progress: Told | None) -> Callable[[int], None]:
    """`progress` for one file, after `before` bytes of others."""

    def told(here: int) -> None:
        if progress is not None:
            progress(before + here, total)

    return told


def delete(spec: ModelSpec, *, cached: bool = False) -> int:
    """Remove what `download` made of a model, and what it began; the bytes that are free again.

    Args:
        cached: also take it out of the cache that the hub's client shares with other programs.

    Raises:
        ModelUnavailable: somebody else put it there.
        OSError: it cannot be removed.
    """
    if spec.source == BUILT_IN:
        return 0
    freed = _uncache(spec.source) if cached else 0
    own = models_folder() / spec.home
    if own.is_dir() and not (own / _MARK).is_file():
        raise ModelUnavailable(f"{own} was not downloaded by this program, so it is left alone. Delete it yourself.")
    for folder in (own, models_folder() / _PARTIAL / spec.home):
        if folder.is_dir():
            freed += bytes_on_disk(folder)
            shutil.rmtree(folder)
    return freed


def _uncache(source: str) -> int:
    """Take a model out of the cache that the hub's client shares with other programs."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        # By name, for the default is fixed when the client is imported.
        found = scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return 0
    commits = [
        revision.commit_hash
        for repo in found.repos
        if (repo.repo_id, repo.repo_type) == (source, "model")
        for revision in repo.revisions
    ]
    planned = found.delete_revisions(*commits)
    if commits:
        planned.execute()
    return planned.expected_freed_size


def place(spec: ModelSpec) -> Place:
    """Where the model is on this machine; what it needs besides may be missing all the same."""
    if spec.source == BUILT_IN:
        return "embedded"
    found = local_files(spec)
    if found is None:
        return "cached" if spec.cached else ""
    folder = models_folder() / spec.home
    return "downloaded" if folder in (found, found.parent) and (folder / _MARK).is_file() else "folder"


def begun(spec: ModelSpec) -> int:
    """Bytes of a download that was stopped."""
    folder = models_folder() / _PARTIAL / spec.home
    return bytes_on_disk(folder) if folder.is_dir() else 0


def _listed(spec: ModelSpec) -> tuple[str, list[_File]]:
    """(commit, files that are needed) as the hub lists them."""
    from huggingface_hub import HfApi

    info = HfApi().model_info(spec.source, files_metadata=True, timeout=PROBE_SECONDS)
    there = {sibling.rfilename: sibling for sibling in info.siblings or []}
    names: list[str] = [spec.file or spec.remote]
    if not names[0]:
        weights = [[name for name in there if Path(name).match(pattern)] for pattern in _WEIGHTS]
        names = ["config.json", *next((found for found in weights if found), ["model.safetensors"])]
        # A detector reads words, and says how it wants its pixels; what has no such files needs none.
        names += [name for name in (*TOKENIZER, *BESIDE, *PIXELS) if name in there]
    if missing := [name for name in names if name not in there]:
        raise ModelUnavailable(f"{spec.source} has no {' and no '.join(missing)}: it was changed. Update this package.")
    files = []
    for name in names:
        large = there[name].lfs
        # The checksum that this package knows comes before what the hub says.
        known = spec.sha256.get(name) or (large.sha256 if large else "")
        files.append(_File(name, int(there[name].size or 0), known, spec.files[0] if spec.remote else name))
    return str(info.sha or "main"), files


def _room(folder: Path, needed: int, spec: ModelSpec) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise ModelUnavailable(
            f"There is no room for {spec.title}: it takes {needed / 1e6:,.0f} MB more, and {free / 1e6:,.0f} MB are "
            f"free in {models_folder()}. Make room, or set SAM_STUDIO_MODELS_DIR to a folder on another disk."
        )


def _fetch(spec: ModelSpec, commit: str, file: _File, path: Path, told: Callable[[int], object]) -> None:
    """One file, from where it stopped, and its checksum."""
    import httpx
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    here = path.stat().st_size if path.exists() else 0
    if here > file.size:
        path.unlink()
        here = 0
    if here < file.size:
        headers = {**build_hf_headers(), **({"Range": f"bytes={here}-"} if here else {}), "Accept-Encoding": "identity"}
        url = hf_hub_url(spec.source, file.name, revision=commit)
        try:
            with (
                httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as answer,
                open(path, "ab" if here else "wb") as out,
            ):
                answer.raise_for_status()
                if here and answer.status_code != httpx.codes.PARTIAL_CONTENT:
                    # A server that cannot go on from the middle sends all of it.
                    out.truncate(0)
                    here = 0
                told(here)
                for piece in answer.iter_raw(_PIECE):
                    out.write(piece)
                    here += len(piece)
                    told(here)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                # Everybody may list a gated repository's files; only reading them is refused.
                raise on_request(spec.source) from error
            raise ModelUnavailable(_interrupted(spec, path, file, error)) from error
        except httpx.ConnectError as error:
            raise HubUnreachable(_interrupted(spec, path, file, error)) from error
        except httpx.HTTPError as error:
            raise ModelUnavailable(_interrupted(spec, path, file, error)) from error
        if here != file.size:
            raise ModelUnavailable(_interrupted(spec, path, file, "the connection was closed"))
    if file.sha256:
        with open(path, "rb") as written:
            actual = sha256_of(written)
        if actual != file.sha256:
            path.unlink()
            raise ModelUnavailable(
                f"The download of {spec.title} is damaged: {file.name} should have the checksum {file.sha256[:12]} and "
                f"has {actual[:12]}. It was removed; try again."
            )
    told(file.size)


def _interrupted(spec: ModelSpec, path: Path, file: _File, error: object) -> str:
    here = path.stat().st_size if path.exists() else 0
    return (
        f"The download of {spec.title} stopped after {here / 1e6:,.1f} of {file.size / 1e6:,.1f} MB of {file.name} "
        f"({error}). Try again: it goes on from there."
    )
