"""The entries for groundingdino-py."""

from __future__ import annotations

import pytest

from sam.models.catalog.grounding_dino import SPECS as CONVERTED
from sam.models.catalog.groundingdino_py import SPECS
from sam.models.registry import how_to_get
from sam.models.spec import GROUNDINGDINO_PYTHON, models_folder


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_files_are_those_that_are_converted_otherwise(spec):
    ((file, digest),) = spec.sha256.items()
    assert spec.file == file
    assert digest in {known for other in CONVERTED for known in other.sha256.values()}


def test_only_its_name_says_that_another_python_runs_it():
    assert how_to_get(SPECS[0]).endswith(f"Then put that folder into {models_folder()}.")


def test_it_is_ready_with_its_file_and_its_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    (models_folder() / SPECS[0].file).write_bytes(b"x")
    monkeypatch.delenv(GROUNDINGDINO_PYTHON, raising=False)
    assert not SPECS[0].ready
    monkeypatch.setenv(GROUNDINGDINO_PYTHON, "python")
    assert SPECS[0].ready
    assert not SPECS[1].ready
