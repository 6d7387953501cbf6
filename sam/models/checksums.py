"""Check files against their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelUnavailable


def verify_files(folder: Path, sums: Mapping[str, str], remedy: str) -> None:
    """Refuse files that are missing or not what they should be.

    Raises:
        ModelUnavailable: names the file.
    """
    if not sums:
        raise ModelUnavailable(f"The list of files, {folder.name}/weights.json, is missing or damaged. {remedy}")
    for name, expected in sums.items():
        try:
            with open(folder / name, "rb") as file:
                actual = sha256_of(file)
        except OSError as error:
            raise ModelUnavailable(f"The model file {name} is missing ({error}). {remedy}") from error
        if actual == expected:
            continue
        if (folder / name).stat().st_size < 200 and (folder / name).read_bytes().startswith(b"version https://git-lfs"):
            raise ModelUnavailable(f"The model file {name} is only a pointer of Git LFS. Get the file: git lfs pull.")
        raise ModelUnavailable(
            f"The model file {name} is damaged: expected the checksum {expected[:12]}, got {actual[:12]}. {remedy}"
        )


def sha256_of(file: Any) -> str:
    """Hexadecimal digest of an open binary file, read in pieces."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
