from __future__ import annotations

import re

from sam.models.catalog.sam2 import ORIGINAL, SPECS


def test_originals_have_checksums_and_sizes_grow() -> None:
    assert [len(spec.sha256) for spec in SPECS] == [1, 1, 1, 1]
    assert [spec.bytes for spec in SPECS] == sorted(spec.bytes for spec in SPECS)
    assert len({sum_ for spec in SPECS for sum_ in spec.sha256.values()}) == 4


def test_the_pattern_is_of_hiera_alone() -> None:
    assert re.search(ORIGINAL, "module.image_encoder.trunk.patch_embed.proj.weight")
    assert not re.search(ORIGINAL, "image_encoder.patch_embed.proj.weight")
