from __future__ import annotations

from pathlib import Path

import pytest

from sam.models.catalog.nano import FOLDER, SPECS, SUMS, built_in, nano_files


def test_nano_has_its_own_files_and_not_those_of_the_heads() -> None:
    (spec,) = SPECS
    assert set(spec.sha256) == {"encoder.onnx", "decoder.onnx", "model.safetensors"}
    assert spec.bytes == sum((FOLDER / name).stat().st_size for name in spec.sha256)
    assert spec.ready


@pytest.mark.parametrize("text", [None, "no JSON"])
def test_a_damaged_list_still_lets_the_models_be_listed(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / SUMS).write_text(text)
    assert nano_files(tmp_path) == {}


def test_an_entry_is_made_of_the_files_that_are_there() -> None:
    spec = built_in("nano-more", "More", "For all.", ("decoder.onnx", "absent.onnx"), "subject")
    assert set(spec.sha256) == {"decoder.onnx"}
    assert (spec.family, spec.tasks) == ("nano_more", ("subject",))
