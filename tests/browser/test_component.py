"""The stage in somebody else's Blocks: the example in webapp/components/stage.py, run as it stands there."""

from __future__ import annotations

import re
import textwrap

import pytest

import webapp.components.stage

from .conftest import serving_script

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_the_example_works_as_it_is_written(visit, cat, tmp_path):
    example = re.search(r"(    import gradio.*demo\.launch\()(.*)\n", webapp.components.stage.__doc__, re.S)
    assert example
    script = tmp_path / "own.py"
    script.write_text(textwrap.dedent(example[1]) + "server_port=PORT, quiet=True, " + example[2])
    with serving_script(script) as url:
        tab = visit(url)
        tab.drop_photo(cat)
        tab.click(225, 150)
        tab.keep()
        (item,) = tab.state()["objects"]
        tab.page.get_by_role("button", name="Count").click()
        tab.page.wait_for_function(
            "(text) => document.querySelector('textarea').value === text", arg=f"{item['area']} pixels"
        )
