"""The names head for any words: what it needs, and where it stands in the list."""

from __future__ import annotations

from sam.models.catalog import nano_names, nano_words, specs
from sam.models.packages import WORDS, install_command


def test_it_is_nano_names_with_more_to_install():
    (words,), (names,) = nano_words.SPECS, nano_names.SPECS
    assert words.sha256 == names.sha256
    assert words.bytes == 0
    assert set(names.needs) < set(words.needs)
    assert install_command(words.extra) == install_command(WORDS)


def test_where_both_can_be_used_it_is_the_first():
    order = [spec.name for spec in specs()]
    assert order.index("nano-words") < order.index("nano-names")
