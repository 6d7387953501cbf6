"""Lazy names: found when asked for, listed, and an AttributeError where there is none."""

from __future__ import annotations

import pytest

import plugins
import sam
from sam import everything, inpainting, matting, models


@pytest.mark.parametrize("package", [sam, plugins, models, everything, matting, inpainting], ids=lambda p: p.__name__)
def test_every_public_name_is_found_and_listed(package: object) -> None:
    names = package.__all__  # type: ignore[attr-defined]
    assert names
    assert set(names) <= set(dir(package))
    assert all(getattr(package, name) is not None for name in names)


@pytest.mark.parametrize("package", [sam, models], ids=lambda p: p.__name__)
def test_another_name_is_no_attribute(package: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        package.no_such_name  # type: ignore[attr-defined]  # noqa: B018
