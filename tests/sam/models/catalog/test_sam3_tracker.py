from __future__ import annotations

from sam.models.catalog.sam3_tracker import SPECS


def test_it_says_what_it_asks_of_people() -> None:
    (spec,) = SPECS
    assert spec.gated
    assert "SAM License" in spec.warning
    assert "https://huggingface.co/facebook/sam3" in spec.warning
    assert "hf auth login" in spec.warning
