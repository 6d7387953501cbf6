from __future__ import annotations

from sam.models.catalog.nano_subject import SPECS


def test_the_head_has_its_own_files() -> None:
    (spec,) = SPECS
    assert set(spec.sha256) == {"subject.onnx", "subject.safetensors"}
    assert spec.tasks == ("subject",)
    assert spec.ready
