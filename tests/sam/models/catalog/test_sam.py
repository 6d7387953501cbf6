from __future__ import annotations

from sam.models.catalog.sam import SPECS


def test_originals_have_checksums_and_pruned_ones_come_from_the_hub() -> None:
    with_file = {spec.name for spec in SPECS if spec.sha256}
    assert with_file == {"sam-vit-base", "sam-vit-large", "sam-vit-huge"}
    assert all(spec.needs == ("torch", "transformers") for spec in SPECS)
