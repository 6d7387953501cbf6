from __future__ import annotations

import re

from sam.models.catalog.sam_hq import ORIGINAL, SPECS


def test_each_size_comes_from_the_hub() -> None:
    assert [spec.name for spec in SPECS] == ["sam-hq-vit-base", "sam-hq-vit-large", "sam-hq-vit-huge"]
    assert all(spec.source.startswith("syscv-community/") for spec in SPECS)


def test_the_pattern_is_of_the_extra_token() -> None:
    assert re.search(ORIGINAL, "mask_decoder.hf_token.weight")
    assert not re.search(ORIGINAL, "mask_decoder.iou_token.weight")
