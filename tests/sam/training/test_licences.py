"""Which licences let anyone use what was learnt."""

from __future__ import annotations

import pytest

from sam.training.licences import in_mix, is_open


@pytest.mark.parametrize(
    ("licence", "open_"),
    [
        ("Attribution License http://creativecommons.org/licenses/by/2.0/", True),
        ("CC BY 4.0", True),
        ("CC-BY-2.0", True),
        ("CC0", True),
        ("https://creativecommons.org/publicdomain/zero/1.0/", True),
        ("MIT", True),
        ("Apache-2.0", True),
        ("Public Domain", True),
        ("United States Government Work http://www.usa.gov/copyright.shtml", True),
        ("Attribution-NonCommercial License http://creativecommons.org/licenses/by-nc/2.0/", False),
        ("Attribution-ShareAlike License http://creativecommons.org/licenses/by-sa/2.0/", False),
        ("Attribution-NoDerivs License http://creativecommons.org/licenses/by-nd/2.0/", False),
        ("CC BY-NC-SA 4.0", False),
        ("No known copyright restrictions http://flickr.com/commons/usage/", False),
        ("SA-1B Dataset Research License", False),
        ("permits nothing", False),
        ("", False),
    ],
)
def test_a_licence_is_open_or_not(licence: str, open_: bool) -> None:
    assert is_open(licence) == open_
    assert in_mix(licence, "all")
    assert in_mix(licence, "open") == open_
