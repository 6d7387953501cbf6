"""YAML from strangers: plain values only."""

from __future__ import annotations

import re
from typing import Any

from ...errors import PromptError


def load_yaml(text: str) -> Any:
    """A YAML file's value.

    Raises:
        PromptError: too long, with references, which a few lines can make billions of, or not YAML.
    """
    import yaml

    if len(text) > 1 << 20 or re.search(r"(^|[\s\[{,:-])[&*]\w", text, re.MULTILINE):
        raise PromptError("it is too long or has YAML references; it should only list classes")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        # Of a date that is none, and of lists in lists in lists, the library raises Python's own.
        raise PromptError("it is not plain YAML") from error
