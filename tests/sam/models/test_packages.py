"""Which command adds the packages of the published models, and what becomes of it when it runs."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from sam import Cancelled, ModelUnavailable, SubjectFinder, list_models, load_model
from sam.backends import salient
from sam.models import packages, registry, spec
from sam.models.catalog.nano import FOLDER
from sam.models.packages import DIFFUSERS, MODELS, WORDS, install, install_command
from tests.present import present

ROOT = Path(__file__).parents[3]


@pytest.fixture
def in_a_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "distribution", lambda name: name)
    monkeypatch.setattr(sys, "prefix", "somewhere")  # not what `make` has set up, where these tests run


@pytest.fixture
def in_a_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", missing)
    monkeypatch.setattr(sys, "prefix", "somewhere")


def test_a_wheel_has_extras(in_a_wheel: None) -> None:
    assert install_command() == 'pip install "sam-studio[models]"'
    assert install_command(DIFFUSERS) == 'pip install "sam-studio[diffusers]"'


@pytest.mark.parametrize("extra", [MODELS, DIFFUSERS, WORDS])
def test_a_checkout_has_a_file_for_each_extra(in_a_checkout: None, extra: str) -> None:
    command = install_command(extra)
    assert command.startswith("pip install -r ")
    assert (ROOT / command.split()[-1]).is_file()


def test_what_make_run_made_is_completed_by_make(in_a_wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(ROOT / ".venv"))
    assert install_command() == "make models"
    assert re.search(r"^models:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def as_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let a script of ours answer as `python -m pip`, in a process of its own."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


def test_each_line_of_pip_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_a_wheel: None) -> None:
    as_pip(monkeypatch, tmp_path, 'echo "Collecting torch"; echo "$@"')
    told: list[str] = []
    install(tell=told.append)
    told = list(dict.fromkeys(one for one in told if one))
    assert told[0] == "Collecting torch"
    assert told[1].startswith("-m pip install")
    assert told[1].endswith("sam-studio[models]")


def test_what_pip_says_last_is_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_a_wheel: None) -> None:
    as_pip(monkeypatch, tmp_path, 'echo "Collecting torch"; echo "ERROR: No space left on device" >&2; exit 1')
    with pytest.raises(ModelUnavailable, match=r"No space left on device\). In a terminal: pip install"):
        install(tell=lambda line: None)


@pytest.mark.parametrize("said", ["echo begun;", ""])
def test_pip_ends_when_nobody_wants_it_any_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_a_wheel: None, said: str
) -> None:
    """Also during a download, when pip says nothing."""
    as_pip(monkeypatch, tmp_path, f"{said} exec sleep 600")

    def tell(line: str) -> None:
        raise Cancelled(f"Stopped at {line!r}.")

    with pytest.raises(Cancelled, match=f"Stopped at '{'begun' * bool(said)}'"):
        install(tell=tell)


def test_what_a_space_installs_is_the_core_and_the_models() -> None:
    """requirements.txt repeats pyproject.toml, since a Space reads no other file; so does that for diffusers."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    core, models, diffusers, words = (
        re.findall(r'"([^"]+)"', present(re.search(rf"^{name} = \[(.*?)\]$", text, re.DOTALL | re.MULTILINE))[1])
        for name in ("dependencies", "models", "diffusers", "words")
    )

    def lines(name: str) -> list[str]:
        return [line for line in (ROOT / name).read_text("utf-8").splitlines() if line and line[0] not in "#-"]

    assert sorted(lines("requirements.txt")) == sorted([*core, *models])
    assert lines("requirements-diffusers.txt") == [one for one in diffusers if not one.startswith("sam-studio")]
    assert lines("requirements-words.txt") == [one for one in words if not one.startswith("sam-studio")]


@pytest.mark.parametrize("module", ["torch", "transformers", "onnxruntime"])
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(module, monkeypatch):
    name = "nano" if module == "onnxruntime" else "sam-vit-base"
    by_name = {spec.name: spec for spec in list_models()}
    monkeypatch.setattr(spec, "installed", lambda wanted: wanted != module)
    assert by_name[name].missing == (module,)
    assert not by_name[name].ready
    registry.MODELS.clear()
    with pytest.raises(
        ModelUnavailable, match=re.escape(f"{name} needs {module}, not installed here: {install_command()}.")
    ):
        load_model(name)


@pytest.mark.parametrize("kind", ["nano", "onnx"])
def test_a_model_of_ones_own_that_runs_on_onnxruntime_asks_for_no_torch(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(spec, "installed", lambda module: module not in ("torch", "transformers"))
    monkeypatch.setattr(registry, "installed", lambda module: module not in ("torch", "transformers"))
    registry.MODELS.clear()
    if kind == "nano":
        folder = tmp_path / "mine"
        shutil.copytree(FOLDER, folder)
        assert load_model(folder).name == "mine"
        return
    # A file that is no network gets as far as ONNX Runtime, which says so.
    (tmp_path / "mine.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelUnavailable) as error:
        load_model(tmp_path / "mine.onnx", SubjectFinder)
    assert "torch" not in str(error.value)


def test_an_unknown_onnx_file_needs_the_package_that_reads_its_graph(tmp_path, monkeypatch):
    monkeypatch.setattr(salient, "installed", lambda module: module != "onnx")
    registry.MODELS.clear()
    (tmp_path / "mine.onnx").write_bytes(b"nothing")
    with pytest.raises(
        ModelUnavailable, match=re.escape(f"only the package onnx can tell what it is: {install_command()}.")
    ):
        load_model(tmp_path / "mine.onnx", SubjectFinder)
