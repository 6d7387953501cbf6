"""EfficientSAM's decoder as a file against torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import platformdirs
import pytest

from sam import Prompt
from sam.backends import efficient_sam
from tests.sam.backends.parity import noisy, write_original
from tests.sam.export.asked import OUTPUTS, compare, feeds, opened


@pytest.mark.slow
def test_the_file_answers_as_the_model_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(efficient_sam, "_SIDE", 256)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / name)
    original = write_original("efficient_sam", tmp_path / "efficient_sam_vitt.pt")
    model = efficient_sam.load(original, name="efficient", device="cpu", dtype="float32")
    path = model.decoder_file
    assert path is not None
    session = opened(path)
    assert [one.shape for one in session.get_inputs() if one.name == "mask_input"] == [["prompts", 1, 64, 64]]
    embedding = model.embed(noisy())
    for guided in (False, True):
        compare(model, session, embedding, guided)
    # More points than it was trained with are all used, and none is made up.
    many = Prompt.of(points=[[12.0 * k + 5, 9.0 * k + 4] for k in range(8)])
    ((expected, _),) = model.decode(embedding, [many])
    logits, _ = session.run(OUTPUTS, feeds(many, embedding, model))
    np.testing.assert_allclose(logits[0, :1], expected, atol=0.02 * np.abs(expected).max())
