from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sam import ModelUnavailable
from sam.models.checksums import verify_files

DATA = b"weights" * 100
SUMS = {"a.onnx": hashlib.sha256(DATA).hexdigest()}


def test_files_as_they_should_be_pass(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(DATA)
    verify_files(tmp_path, SUMS, "Do something.")


@pytest.mark.parametrize(
    ("data", "sums", "message"),
    [
        (None, SUMS, r"a\.onnx is missing .*Do something\."),
        (DATA[:-1], SUMS, r"a\.onnx is damaged: expected the checksum .*Do something\."),
        (b"version https://git-lfs.github.com/spec/v1", SUMS, "pointer of Git LFS"),
        (DATA, {}, r"weights\.json, is missing or damaged\. Do something\."),
    ],
    ids=["missing", "cut", "pointer", "no list"],
)
def test_others_are_refused_by_name(tmp_path: Path, data: bytes | None, sums: dict[str, str], message: str) -> None:
    if data is not None:
        (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(ModelUnavailable, match=message):
        verify_files(tmp_path, sums, "Do something.")
