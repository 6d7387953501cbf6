"""What is kept of a failure: the cause, what is missing, what to do; and the tab that shows it."""

from __future__ import annotations

import pytest

from plugins import Failure, PluginError
from plugins._core.failure import UNDECLARED, missing_module


def chained(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "requires", "missing", "hint"),
    [
        (ModuleNotFoundError("x", name="matte"), {}, "matte", UNDECLARED),
        (ModuleNotFoundError("x", name="matte.net"), {}, "matte.net", UNDECLARED),
        (ModuleNotFoundError("x", name="cv2"), {}, "cv2", UNDECLARED),
        (ModuleNotFoundError("x", name="matte"), {"matte": "conda install m"}, "matte", "Install it: conda install m"),
        (ModuleNotFoundError("x", name="matte.net"), {"matte": "see m.org"}, "matte.net", "Install it: see m.org"),
        (ModuleNotFoundError("x", name="sam.nothing"), {}, "sam.nothing", "another version of SAM Studio"),
        (chained(RuntimeError("y"), ModuleNotFoundError("x", name="matte")), {}, "matte", UNDECLARED),
        (ModuleNotFoundError("no name"), {}, "", ""),
        (ImportError("cannot import name"), {"matte": "pip install sam-matte"}, "", ""),
        (ValueError("y"), {}, "", ""),
    ],
)
def test_the_missing_module_and_how_to_install_it(error, requires, missing, hint):
    found, remedy = missing_module(error, requires)
    assert found == missing
    assert hint in remedy
    assert bool(hint) == bool(remedy)


@pytest.mark.parametrize("name", ["requets", "matte", "cv2", "numpy", "torch.nn", "matte-net", "$(reboot)", "a b"])
@pytest.mark.parametrize("requires", [{}, {"other": "pip install other"}, {"mattenet": "pip install mattenet"}])
def test_only_what_the_plugin_declares_is_told_to_be_installed(name, requires):
    for error in (ModuleNotFoundError("x", name=name), chained(ImportError("y"), ModuleNotFoundError("x", name=name))):
        failure = Failure.of("p", "import", error, requires)
        assert failure.missing == name
        assert "install" not in failure.hint
        assert "pip" not in str(failure)


@pytest.mark.parametrize(
    ("stage", "error", "sentence"),
    [
        (
            "import",
            ModuleNotFoundError("x", name="matte"),
            "Plugin p could not be loaded: the Python module 'matte' is",
        ),
        ("setup", ValueError("bad value"), "Plugin p could not be set up: ValueError: bad value"),
        ("build_tab", RuntimeError(), "Plugin p could not build its tab: RuntimeError"),
        ("setup", SystemExit(2), "Plugin p could not be set up: it tried to end the program (exit 2)."),
        ("setup", PluginError("p: tool 'x' is bad."), "Plugin p could not be set up: p: tool 'x' is bad."),
    ],
)
def test_a_failure_is_a_sentence(stage, error, sentence):
    assert str(Failure.of("p", stage, error)).startswith(sentence)


def test_the_traceback_is_kept_for_the_author():
    def deep():
        raise ValueError("here")

    try:
        deep()
    except ValueError as error:
        failure = Failure.of("p", "setup", error)
    assert "in deep" in failure.traceback
    assert failure.traceback.rstrip().endswith("ValueError: here")


def test_the_tab_of_a_failure_shows_cause_and_remedy_and_no_traceback():
    import gradio as gr

    failure = Failure.of("<p>", "import", ModuleNotFoundError("<script>", name="matte"), {"matte": "pip install <x>"})
    with gr.Blocks() as blocks, gr.Tabs(), gr.Tab("p"):
        failure.build(None)
    (html,) = (block for block in blocks.blocks.values() if isinstance(block, gr.HTML))
    assert "&lt;p&gt; could not be loaded" in html.value
    assert "module &#x27;matte&#x27; is not installed" in html.value
    assert "pip install &lt;x&gt;" in html.value
    assert "Traceback" not in html.value
    assert "<script>" not in html.value
