"""The documentation: what is generated is complete, examples run, and the front pages stay short."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from PIL import Image
from skimage import data

import sam

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
LONGEST = {"README.md": 6_000, "CONTRIBUTING.md": 8_000}
SECTIONS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_hooks", DOCS / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LONGEST)
def test_front_pages_are_short(name: str) -> None:
    assert len((ROOT / name).read_bytes()) <= LONGEST[name]


def test_every_page_is_in_the_navigation() -> None:
    text = re.search(r"^nav:\n.*", (ROOT / "mkdocs.yml").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert text is not None
    nav = yaml.safe_load(text[0])["nav"]
    named = re.findall(r"'([\w-]+\.md)'", str(nav))
    assert sorted(named) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """MkDocs checks anchors as well; this holds without it."""
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (DOCS / page).read_text("utf-8")):
        assert link.startswith("http") or (DOCS / link).exists(), link


@pytest.mark.parametrize("page", PAGES)
def test_marks_name_a_generator(page: str, hooks: ModuleType) -> None:
    assert set(hooks.MARK.findall((DOCS / page).read_text("utf-8"))) <= set(hooks.PAGES)


@pytest.mark.slow
def test_every_variable_of_ours_is_explained(hooks: ModuleType) -> None:
    texts = [path.read_text("utf-8") for package in hooks.PACKAGES for path in (ROOT / package).rglob("*.py")]
    used = {name for text in texts for name in re.findall(r"\bSAM_STUDIO_[A-Z_]+[A-Z]\b", text)}
    found = hooks.variables()
    assert used - found.keys() == set(), "make each a constant, with a docstring below it"
    assert [name for name, text in found.items() if not text] == [], "say below the constant what it does"
    assert all(f"`{name}`" in hooks.environment() for name in used)


def test_every_model_is_in_the_table(hooks: ModuleType) -> None:
    text = hooks.models()
    assert [spec.name for spec in sam.list_models() if f"| `{spec.name}` |" not in text] == []


def test_every_command_has_a_section_with_its_options(hooks: ModuleType) -> None:
    text = hooks.commands()
    assert {"segment", "models", "run", "inpaint", "find-everything"} <= set(
        re.findall(r"^## ([\w-]+)", text, re.MULTILINE)
    )
    segment = text.split("## segment\n")[1].split("\n## ")[0]
    for word in ("sam segment IMAGE", "`--point`", "`--background-point`", "`-o`, `--out`"):
        assert word in segment


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_the_shortcuts_are_those_of_the_table_of_actions() -> None:
    command = ["node", str(ROOT / "webapp/make_shortcuts.mjs"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "| Ctrl+K |" in (DOCS / "shortcuts.md").read_text("utf-8")


def test_a_table_survives_bars_and_line_ends(hooks: ModuleType) -> None:
    assert hooks.table(["a"], [["x|y\nz"]]) == "| a |\n| --- |\n| x\\|y z |"


def test_the_python_example_runs(tmp_path: Path) -> None:
    Image.fromarray(data.chelsea()).save(tmp_path / "photo.jpg")
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert "[300, 451]" in done.stdout


def test_names_in_the_reference_exist() -> None:
    names = re.findall(r"^::: ([\w.]+)$", (DOCS / "python.md").read_text("utf-8"), re.MULTILINE)
    assert len(names) > 10
    for name in names:
        module, _, last = name.rpartition(".")
        assert hasattr(importlib.import_module(module), last), name


def test_the_changelog_is_kept_as_its_format_says() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions[0].startswith("[Unreleased]")
    for version in versions:
        found = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert found == [section for section in SECTIONS if section in found], version[:30]
