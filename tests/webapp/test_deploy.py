"""Making a Space, against a stand-in of the hub's HTTP API that the real client talks to."""

from __future__ import annotations

import pytest
import yaml

huggingface_hub = pytest.importorskip("huggingface_hub")

from tests.webapp.space_hub import TOKEN, SpaceHub  # noqa: E402
from webapp import deploy  # noqa: E402
from webapp.deploy import DeployError, Plan, lay_out, main, read_arguments  # noqa: E402

# The client's own affair: how it hands bytes to its HTTP library.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def hub(monkeypatch):
    # Its own way of uploading in parts talks to servers of its own; Git LFS's is the same files.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    hub = SpaceHub({"old.py": b"gone", "README.md": b"old"})
    yield hub
    hub.close()


@pytest.fixture
def small(monkeypatch):
    """As little of the project as makes a Space; the whole is what `lay_out` is tested with."""
    monkeypatch.setattr(deploy, "FOLDERS", ("webapp/images", "sam/nano/weights"))


def client(hub, token=TOKEN):
    return huggingface_hub.HfApi(endpoint=hub.url, token=token)


@pytest.mark.parametrize("hardware", ["cpu-basic", "zero-a10g", "l4x1"])
def test_a_space_has_all_that_it_needs_and_no_more(hardware, tmp_path):
    paths = {path.as_posix() for path in lay_out(Plan("me/studio", hardware), tmp_path)}
    assert {"app.py", "README.md", "requirements.txt", "LICENSE", "sam/__init__.py", "webapp/deploy.py"} <= paths
    tops = {path.split("/")[0] for path in paths}
    assert tops == {"app.py", "README.md", "requirements.txt", "LICENSE", "sam", "plugins", "webapp"}
    assert not [path for path in paths if "__pycache__" in path or "node_modules" in path or path.endswith(".pyc")]
    settings = yaml.safe_load((tmp_path / "README.md").read_text("utf-8").split("---\n")[1])
    assert settings["app_file"] == "app.py"
    assert settings["suggested_hardware"].startswith(hardware.split("-")[0][:3]) or hardware == "l4x1"
    own = Plan("me/studio", hardware).settings / "requirements.txt"
    wanted = own if own.exists() else deploy.ROOT / "requirements.txt"
    assert (tmp_path / "requirements.txt").read_bytes() == wanted.read_bytes()


def test_a_new_space_gets_its_files_hardware_and_variables(hub, small):
    hub.files.clear()
    plan = Plan("me/studio", "zero-a10g", True, (("SAM_STUDIO_MODEL", "sam2.1-tiny"),))
    assert deploy.deploy(plan, client(hub)).endswith("/spaces/me/studio")
    assert hub.settings["sdk"] == "gradio"
    assert hub.settings["hardware"] == "zero-a10g"
    assert hub.settings["visibility"] == "private"
    assert {one["key"]: one["value"] for one in hub.settings["variables"]} == {"SAM_STUDIO_MODEL": "sam2.1-tiny"}
    assert hub.files["app.py"] == (deploy.ROOT / "app.py").read_bytes()
    assert hub.files["README.md"] == (plan.settings / "README.md").read_bytes()
    weights = [name for name in hub.files if name.endswith(".onnx")]
    assert weights, "the large files went another way"
    for name in weights:
        assert hub.files[name] == (deploy.ROOT / name).read_bytes()


def test_one_that_is_there_is_brought_up_to_date(hub, small):
    hub.settings = {"hardware": "cpu-basic", "variables": []}
    deploy.deploy(Plan("me/studio", "l4x1", None, (("A", "1"),)), client(hub))
    assert "old.py" not in hub.files
    assert hub.files["README.md"] != b"old"
    assert hub.settings["hardware"] == "l4x1"
    assert hub.settings["variables"][0]["key"] == "A"
    hub.calls.clear()
    deploy.deploy(Plan("me/studio", "l4x1"), client(hub))
    assert not any(call.endswith("/hardware") for call in hub.calls), "asked for hardware that it has"


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "hf auth login"), (402, "subscription"), (403, "may not write"), (400, "refused")],
)
def test_what_the_hub_refuses_is_explained(hub, small, status, words):
    hub.refuse["/api/"] = (status, "because of something")
    with pytest.raises(DeployError, match=words):
        deploy.deploy(Plan("me/studio"), client(hub))
    assert "old.py" in hub.files


def test_a_hub_that_does_not_answer_is_explained(hub, small):
    hub.close()
    with pytest.raises(DeployError, match="does not answer"):
        deploy.deploy(Plan("me/studio"), client(hub))


@pytest.mark.parametrize(
    "argv",
    [["studio"], ["me/studio/x"], ["me/studio", "--hardware", "abacus"], ["me/studio", "--variable", "A"]],
)
def test_arguments_that_make_no_space(argv, capsys):
    with pytest.raises(SystemExit):
        read_arguments(argv)
    assert "expected" in capsys.readouterr().err


def test_a_dry_run_shows_the_files_and_asks_nobody(capsys, monkeypatch, small):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert main(["me/studio", "--hardware", "zero-a10g", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "app.py\n" in out
    assert "for me/studio on zero-a10g, with the settings of spaces/zero_gpu" in out
