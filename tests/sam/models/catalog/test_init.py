from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

from sam.models import catalog
from sam.models.catalog import family_of, specs
from sam.models.spec import ModelSpec

MODULES = [info.name for info in pkgutil.iter_modules(catalog.__path__)]


def test_every_module_of_the_folder_is_in_the_table() -> None:
    assert len(MODULES) >= 3
    assert {spec.family for spec in specs()} == set(MODULES)
    assert all(isinstance(spec, ModelSpec) for spec in specs())


def test_each_family_has_its_backend() -> None:
    folder = Path(catalog.__file__).parents[2] / "backends"
    assert all((folder / f"{name}.py").is_file() for name in MODULES)


@pytest.mark.parametrize(
    ("config", "family"),
    [('{"model_type": "sam"}', "sam"), ('{"model_type": "bert"}', None), ("{}", None), ("[]", None), ("{", None)],
)
def test_a_saved_folder_is_claimed_by_its_model_type(tmp_path: Path, config: str, family: str | None) -> None:
    (tmp_path / "config.json").write_text(config)
    assert family_of(tmp_path) == family


@pytest.mark.parametrize(("task", "family"), [("segment", "sam3_tracker"), ("detect", "sam3"), ("matte", "sam3")])
def test_a_folder_of_two_models_is_claimed_by_the_one_that_is_wanted(tmp_path: Path, task: str, family: str) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "sam3_video"}')
    assert family_of(tmp_path, task) == family


def test_no_folder_is_claimed_by_nobody(tmp_path: Path) -> None:
    assert family_of(tmp_path / "none") is None
