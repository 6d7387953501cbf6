"""The page's main states, light and dark: axe-core finds nothing serious, and they look as they did.

Pictures are compared by what is where, not by how letters are drawn, which differs between machines: made small and
blurred, at most `SHARE` of their pixels may differ by more than `LEVEL`. What is meant to look otherwise is recorded
anew by `python -m tests.browser.states`, and looked at before it is committed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from .conftest import visiting
from .states import PICTURED, PICTURES, THEMES, WIDTH, walk
from .test_firefox import MODULES

AXE = MODULES / "axe-core" / "axe.min.js"
RUN = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary, html }) => [id, target.join(' '), html.slice(0, 160), failureSummary]));
}"""
SMALL, BLUR = 240, 2
"""Width to which both pictures are brought, and the radius of their blur there, in pixels."""
LEVEL, SHARE = 28, 0.015
"""Levels of 255 by which a pixel may differ, and the share of those that differ by more."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Seen = dict[str, tuple[Image.Image, list[Any]]]


@pytest.fixture(scope="module", params=THEMES)
def seen(request, chromium, server) -> Iterator[tuple[str, Seen]]:
    """Theme, then screenshot and axe's findings of each state."""
    with visiting(request, chromium) as visit:
        tab = visit(server, f"/?__theme={request.param}", reduced_motion="reduce")
        if AXE.is_file():
            tab.page.evaluate(Path(AXE).read_text("utf-8"))
        found: Seen = {}
        for state in walk(tab):
            picture = Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB")
            found[state] = picture, tab.page.evaluate(RUN) if AXE.is_file() else []
        yield request.param, found


@pytest.mark.skipif(not AXE.is_file(), reason="no browser checks: make check fetches axe-core")
def test_axe_finds_nothing_serious(seen):
    assert {state: findings for state, (_, findings) in seen[1].items() if findings} == {}


def test_they_look_as_they_did(seen):
    theme, found = seen
    shares = {
        state: share_that_differs(found[state][0], Image.open(PICTURES / f"{theme}_{state.replace(' ', '_')}.webp"))
        for state in PICTURED
    }
    assert {state: share for state, share in shares.items() if share > SHARE} == {}


def share_that_differs(now: Image.Image, stored: Image.Image) -> float:
    """0 to 1; of two pictures of one page, whatever their sizes."""
    if abs(now.height / now.width - stored.height / stored.width) > 0.01:
        return 1.0
    size = SMALL, round(SMALL * stored.height / stored.width)
    small = [
        np.asarray(
            one.convert("RGB").resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(BLUR)), np.int16
        )
        for one in (now, stored)
    ]
    return float((np.abs(small[0] - small[1]).max(2) > LEVEL).mean())


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_moved_or_gone_is_seen(theme):
    """The comparison itself, on a stored picture."""
    stored = Image.open(PICTURES / f"{theme}_objects.webp").convert("RGB")
    assert stored.width == WIDTH
    array = np.asarray(stored)
    noisy = np.clip(array + np.random.default_rng(0).normal(0, 12, array.shape), 0, 255).astype(np.uint8)
    assert share_that_differs(Image.fromarray(noisy), stored) == 0
    for wrong in (np.roll(array, 24, 1), np.roll(array, 24, 0), np.where(np.arange(WIDTH)[:, None] > 540, 128, array)):
        assert share_that_differs(Image.fromarray(wrong.astype(np.uint8)), stored) > SHARE
    assert share_that_differs(stored.crop((0, 0, WIDTH, 300)), stored) == 1


def test_the_stored_pictures_are_few_and_small():
    files = list(PICTURES.iterdir())
    names = {f"{theme}_{state.replace(' ', '_')}.webp" for theme in THEMES for state in PICTURED}
    assert {file.name for file in files} == names
    assert sum(file.stat().st_size for file in files) < 1_500_000
