"""SA-1B: shards as they are, whatever the order of their files, and unpacked ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from sam import SamError
from sam.training.prepare import sa1b

from . import layouts


def test_photos_without_masks_and_masks_without_photos_wait_for_ever(tmp_path: Path) -> None:
    layouts.sa1b(tmp_path)
    assert [one.name for one in sa1b.read(tmp_path, "train")] == ["sa_1", "sa_2", "sa_9"]


def test_a_shard_that_ends_in_the_middle_is_named(tmp_path: Path) -> None:
    layouts.sa1b(tmp_path)
    shard = tmp_path / "sa_000000.tar"
    shard.write_bytes(shard.read_bytes()[:1500])
    with pytest.raises(SamError, match=r"sa_000000\.tar is damaged"):
        list(sa1b.read(tmp_path, "train"))
