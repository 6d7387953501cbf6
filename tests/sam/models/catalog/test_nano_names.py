from __future__ import annotations

from sam.models.catalog.nano_names import SPECS


def test_the_head_has_its_own_files() -> None:
    (spec,) = SPECS
    assert set(spec.sha256) == {"names.onnx", "names.safetensors"}
    assert spec.bytes <= 4e6
    assert spec.tasks == ("detect",)
    assert spec.ready
