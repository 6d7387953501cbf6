"""What made a figure."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy
import pytest

import sam
from sam.evaluation.report.provenance import commit, describe_model, versions


def test_versions_are_those_that_are_installed():
    found = versions()
    assert found["sam-studio"] == sam.__version__
    assert found["numpy"] == numpy.__version__


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*words: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    package = tmp_path / "sam" / "evaluation"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    return package


def test_the_commit_and_whether_something_changed_since(repository):
    first = commit(repository)
    assert re.fullmatch(r"[0-9a-f]{40}", first)
    (repository / "__init__.py").write_text("x = 1\n")
    assert commit(repository) == f"{first} + changes"


def test_a_package_that_git_does_not_know_has_no_commit(repository, tmp_path):
    installed = repository.parent / "other"
    installed.mkdir()
    (installed / "__init__.py").write_text("")
    assert commit(installed) is None
    assert commit(tmp_path / "nowhere") is None


def test_models_are_named_with_their_weights():
    model = sam.load_model("nano")
    assert describe_model(model) == {"name": "nano", "weights": model.weights}
