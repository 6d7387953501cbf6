"""Where plugins come from, in which order, and what happens to one that cannot be loaded."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from plugins import PluginError, load_plugins, plugins_that_define
from plugins._core.discovery import find_plugins

ROOT = Path(__file__).parents[3]
EMPTY = "    def setup(host): ...\n"


def built_in() -> list[str]:
    files = [path for path in (ROOT / "plugins").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return sorted(path.stem for path in files if not path.name.startswith("_"))


def test_built_in_plugins_load_without_failure():
    host = load_plugins(strict=True)
    assert list(host.plugins)[: len(built_in())] == built_in()
    assert {"click", "cutout_png"} <= set(host.plugins)
    assert {"points_to_masks", "boxes_to_masks", "cutout_png"} <= set(host.tools)


def test_loading_all_plugins_loads_neither_torch_nor_gradio():
    code = "import sys; from plugins import load_plugins; h = load_plugins(strict=True); assert h.tools; "
    code += "sys.exit(', '.join({'torch', 'gradio', 'transformers'} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_order_is_built_in_then_packages_then_folder(tmp_path, write, monkeypatch):
    site = tmp_path / "site"
    info = site / "sam_two-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sam-two\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text("[sam_studio.plugins]\nzoo = two_zoo\nape = two_zoo:start\n")
    source = "def setup(host): host.add_tab('Zoo', print)\ndef start(host): host.add_tab('Ape', print)\n"
    (site / "two_zoo.py").write_text(source)
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    folder = write("bee", EMPTY).parent
    write("ant", EMPTY)
    host = load_plugins(folder=folder, strict=True)
    assert list(host.plugins) == [*built_in(), "ape", "zoo", "ant", "bee"]
    assert host.plugins["ape"] == "package sam-two 1.5"
    assert host.plugins["bee"].endswith("bee.py")
    assert {"Zoo", "Ape"} <= {tab.title for tab in host.tabs}


def test_a_folder_may_hold_modules_packages_and_machinery(write):
    folder = write("module", EMPTY).parent
    write("package/__init__.py", "    from .part import name\n    def setup(host): host.add_tab(name, print)\n")
    write("package/part.py", "    name = 'From a part'\n")
    write("_machinery", "    raise RuntimeError('must not be imported')\n")
    write("notes.txt", "no plugin")
    (folder / "no_init").mkdir()
    (folder / "__pycache__").mkdir(exist_ok=True)
    own = [plugin.name for plugin in find_plugins(folder) if plugin.source != "built in"]
    assert own == ["module", "package"]
    host = load_plugins(folder=folder, names=own, strict=True)
    assert [tab.title for tab in host.tabs] == ["From a part"]


def test_a_folder_is_read_anew_each_time(write):
    source = "    from .part import name\n    def setup(host):\n        host.add_tab(name, print)\n"
    folder = write("changing/__init__.py", source).parent.parent
    for title in ("One", "Other"):
        write("changing/part.py", f"    name = {title!r}\n")
        host = load_plugins(folder=folder, names=["changing"], strict=True)
        assert [tab.title for tab in host.tabs] == [title]


def test_a_plugin_of_a_folder_does_not_hide_an_installed_package(write):
    write("json", EMPTY)
    host = load_plugins(folder=write("numpy", EMPTY).parent, names=["json", "numpy"], strict=True)
    import json

    import numpy

    assert list(host.plugins) == ["json", "numpy"]
    assert json.loads("1") == 1
    assert numpy.zeros(1).sum() == 0


def test_settings_come_from_the_environment(write, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(write("mine", EMPTY).parent))
    monkeypatch.setenv("SAM_STUDIO_PLUGINS", " mine, click ")
    host = load_plugins()
    assert list(host.plugins) == ["click", "mine"]
    monkeypatch.setenv("SAM_STUDIO_PLUGINS", "")
    assert list(load_plugins().plugins) == [*built_in(), "mine"]


def test_what_is_not_wanted_is_not_imported(write):
    folder = write("wanted", EMPTY).parent
    write("unwanted", "    raise SystemExit('imported')\n")
    assert load_plugins(folder=folder, names=["wanted"]).failures == {}


def test_an_unknown_name_and_a_missing_folder_are_failures_not_silence(tmp_path):
    host = load_plugins(names=["clack"], folder=tmp_path / "nowhere")
    assert "there is no plugin 'clack'" in str(host.failures["clack"])
    assert "click" in str(host.failures["clack"])
    assert "nowhere" in str(host.failures["SAM_STUDIO_PLUGINS_DIR"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("    import no_such_module\n", ["no_such_module", "does not say how to get it"]),
        ("    REQUIRES = {'no_such_module': 'pip install nsm'}\n    import no_such_module.part\n", ["pip install nsm"]),
        ("    REQUIRES = {'no_such_module': 'conda install nsm'}\n", ["no_such_module", "conda install nsm"]),
        ("    REQUIRES: dict = {'no_such_module': 'pip install nsm'}\n", ["pip install nsm"]),
        ("    REQUIRES = ['no_such_module']\n", ["REQUIRES", "no_such_module"]),
        ("    REQUIRES = dict(a='b')\n", ["REQUIRES"]),
        ("    def setup(host)\n", ["SyntaxError"]),
        ("    raise SystemExit\n", ["end the program"]),
        ("    exit(4)\n", ["end the program (exit 4)"]),
        ("    raise GeneratorExit('odd')\n", ["GeneratorExit", "odd"]),
        ("    x = 1\n", ["no function setup(host)"]),
        ("    setup = 3\n", ["no function setup(host)"]),
        ("    from sam import Elephant\n", ["ImportError", "Elephant"]),
        ("    from sam.elephant import trunk\n", ["sam.elephant", "another version"]),
    ],
)
def test_an_import_that_fails_is_kept_with_its_remedy(load, source, words):
    host = load(bad=source, good=EMPTY)
    failure = host.failures["bad"]
    assert failure.stage == "import"
    assert not [word for word in words if word not in str(failure)], str(failure)
    assert list(host.plugins) == ["good"]
    assert [tab.plugin for tab in host.tabs] == ["bad"], "it keeps a tab that shows the cause"
    assert "sam_studio_plugin_bad" not in sys.modules or "setup" in str(failure)


def test_required_modules_that_are_there_are_not_imported_to_find_out(load):
    sys.modules.pop("antigravity", None)
    host = load(fine="    REQUIRES = {'antigravity': 'part of Python', 'numpy': 'pip install numpy'}\n" + EMPTY)
    assert host.failures == {}
    assert "antigravity" not in sys.modules
    assert host.requires["fine"] == {"antigravity": "part of Python", "numpy": "pip install numpy"}


def test_a_file_name_that_python_cannot_import(write):
    host = load_plugins(folder=write("my-plugin.py", EMPTY).parent, names=["my-plugin"])
    assert "Rename the file" in str(host.failures["my-plugin"])


def test_strict_raises_the_first_failure(write):
    folder = write("bad", "    import no_such_module\n").parent
    with pytest.raises(PluginError, match=r"bad could not be loaded.*no_such_module") as caught:
        load_plugins(folder=folder, names=["bad"], strict=True)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_ctrl_c_during_an_import_gets_through(write):
    with pytest.raises(KeyboardInterrupt):
        load_plugins(folder=write("slow", "    raise KeyboardInterrupt\n").parent, names=["slow"])


def test_a_setting_with_a_plugin_s_old_name_still_loads_it(monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_PLUGINS", "click,refine")
    host = load_plugins()
    assert not host.failures
    assert "sharpen_outlines" in host.tools


@pytest.mark.parametrize(
    ("function", "plugins"),
    [
        ("find_subject", ["subject"]),
        ("text_to_boxes", ["text"]),
        ("matte", ["cutout"]),
        ("no_such_tool", []),
        ("find", ["everything", "text"]),
        ("not a name", []),
        ("__import__('os')", []),
        ("", []),
    ],
)
def test_plugins_are_found_by_the_functions_in_their_source(function, plugins):
    found = plugins_that_define(function)
    assert found == plugins or (function == "find" and set(plugins) <= set(found))


def test_every_tool_is_found_in_the_plugin_that_adds_it():
    for tool in load_plugins(strict=True).tools.values():
        assert tool.plugin in plugins_that_define(tool.name)


def test_of_plugins_that_are_left_out_none_is_found_and_none_is_imported(write, monkeypatch):
    folder = write("loud", "raise SystemExit('imported')\ndef shout(): ...\n").parent
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(folder))
    assert plugins_that_define("shout") == ["loud"]
    monkeypatch.setenv("SAM_STUDIO_PLUGINS", "click")
    assert plugins_that_define("shout") == plugins_that_define("find_subject") == []
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(folder / "gone"))
    assert plugins_that_define("boxes_to_masks") == ["click"]


def test_every_number_that_a_tool_takes_has_its_range():
    """So that form, command line, API and recipes refuse what is none, in one way."""
    numbers = {
        f"{tool.name}.{name}": option
        for tool in load_plugins(strict=True).tools.values()
        for name, option in tool.options.items()
        if option.type in (int, float) and not option.choices
    }
    assert len(numbers) > 20
    assert [name for name, option in numbers.items() if option.within is None] == []
