"""The public names."""

from __future__ import annotations

import pytest

import plugins


@pytest.mark.parametrize("name", plugins.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(plugins, name).__doc__
    assert name in dir(plugins)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'Hosst'"):
        plugins.Hosst  # noqa: B018
