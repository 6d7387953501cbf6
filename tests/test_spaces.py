"""What a Space is told, against what the project needs; and the commands of spaces/README.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.present import present
from webapp.deploy import Plan, read_arguments

ROOT = Path(__file__).parents[1]
SPACES = ROOT / "spaces"
KINDS = ["cpu", "zero_gpu", "gpu"]
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def front_matter(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8")
    assert text.startswith("---\n"), f"{path} does not begin with front matter"
    return yaml.safe_load(text.split("---\n")[1])


def requirements(path: Path) -> dict[str, str]:
    """Package, in lower case and without extras -> what it must be."""
    lines = [line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    found = (re.fullmatch(r"([\w.-]+)(?:\[[^\]]*\])?\s*(.*)", line) for line in lines if line)
    return {match[1].lower(): match[2] for match in found if match}


PROJECT = requirements(ROOT / "requirements.txt")


@pytest.mark.parametrize("kind", KINDS)
def test_gradio_is_the_one_that_is_tested(kind):
    settings = front_matter(SPACES / kind / "README.md")
    assert settings["sdk"] == "gradio"
    assert PROJECT["gradio"] == f"=={settings['sdk_version']}"


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_what_spaces_accept(kind):
    settings = front_matter(SPACES / kind / "README.md")
    assert (ROOT / settings["app_file"]).is_file()
    assert settings["title"] == "SAM Studio"
    assert {settings["colorFrom"], settings["colorTo"]} <= COLOURS
    assert settings["license"] == "apache-2.0"
    assert len(settings["short_description"]) <= 60
    # A number would lose its last zero, and 3.10 would become 3.1.
    assert isinstance(settings["python_version"], str)
    assert re.fullmatch(r"3\.1[0-3](\.\d+)?", settings["python_version"])
    assert isinstance(settings["sdk_version"], str)


def test_zero_gpu_gets_a_python_that_it_has():
    settings = front_matter(SPACES / "zero_gpu" / "README.md")
    assert settings["python_version"] in ("3.12.12", "3.10.13")
    for source in settings["models"]:
        assert any(entry.split()[0] == source for entry in settings["preload_from_hub"])


def test_zero_gpu_gets_the_projects_requirements_but_for_gradio_and_torch():
    found = requirements(SPACES / "zero_gpu" / "requirements.txt")
    assert found.pop("torch") == "==2.11.0"
    assert found == {name: version for name, version in PROJECT.items() if name not in ("gradio", "torch")}


def test_models_of_the_front_matter_are_in_the_registry():
    from sam import list_models

    known = {spec.source for spec in list_models()}
    for kind in KINDS:
        assert set(front_matter(SPACES / kind / "README.md").get("models", [])) <= known


def test_no_python_in_the_folder_that_has_the_name_of_a_package():
    assert [path for path in SPACES.rglob("*") if path.suffix in (".py", ".pyi", ".so")] == []


def commands() -> str:
    return present(re.search(r"```sh\n(.*?)```", (SPACES / "README.md").read_text("utf-8"), re.DOTALL))[1]


def test_the_commands_are_those_that_deploy():
    lines = commands().splitlines()
    assert lines[0] == "hf auth login"
    (deploy,) = lines[1:]
    assert deploy.startswith("python -m webapp.deploy ")
    plan, dry = read_arguments(deploy.split()[3:])
    assert (plan.space, plan.hardware, dry) == ("YOU/sam-studio", "cpu-basic", False)


def test_a_gpu_space_brings_the_best_model_along():
    from sam import list_models
    from sam.models.best_on_gpu import BEST_FIRST

    best = next(spec for spec in list_models() if spec.name == BEST_FIRST[0])
    for kind in ("zero_gpu", "gpu"):
        settings = front_matter(SPACES / kind / "README.md")
        assert settings["models"][0] == best.source
        assert set(settings["custom_headers"]) == {
            "cross-origin-embedder-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
        }
        assert re.fullmatch(r"\d+[mh]", settings["startup_duration_timeout"])


@pytest.mark.parametrize("kind", KINDS)
def test_suggested_hardware_gets_the_settings_that_suggest_it(kind):
    hardware = front_matter(SPACES / kind / "README.md")["suggested_hardware"]
    assert Plan("me/studio", hardware).settings == SPACES / kind
