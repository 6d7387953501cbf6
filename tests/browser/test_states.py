"""axe-core finds nothing serious in any of the page's main states, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest

from .states import walk
from .test_firefox import MODULES

AXE = MODULES / "axe-core" / "axe.min.js"
RUN = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary, html }) => [id, target.join(' '), html.slice(0, 160), failureSummary]));
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.is_file(), reason="no browser checks: make check fetches axe-core"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious(visit, theme):
    tab = visit(path=f"/?__theme={theme}")
    tab.page.evaluate(Path(AXE).read_text("utf-8"))
    found: dict[str, list] = {}
    for state in walk(tab):
        for kind, target, *facts in tab.page.evaluate(RUN):
            found.setdefault(f"{kind} {target}", [state, *facts])
    assert found == {}
