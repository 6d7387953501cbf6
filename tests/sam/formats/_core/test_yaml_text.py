"""YAML from strangers."""

from __future__ import annotations

import pytest

from sam import PromptError
from sam.formats._core.yaml_text import load_yaml


def test_plain_values_are_read() -> None:
    assert load_yaml("names: [a, b]\nnc: 2") == {"names": ["a", "b"], "nc": 2}


@pytest.mark.parametrize(
    "text",
    ["a: &x 1\nb: *x", "a: [", "!!python/object/apply:os.system [ls]", "a" * (2 << 20), "[" * 99_999, "a: 2001-99-99"],
)
def test_references_objects_and_long_texts_are_refused(text) -> None:
    with pytest.raises(PromptError):
        load_yaml(text)
