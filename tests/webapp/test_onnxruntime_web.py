from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import brotli
import pytest

from sam import SamError
from tests.present import present
from webapp import onnxruntime_web
from webapp.onnxruntime_web import FILES, FOLDER_VARIABLE, GPU_FILES, WEBGPU_VARIABLE, Runtime, install, package_version


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runtime"))


@pytest.fixture
def filled(tmp_path: Path) -> Runtime:
    """A runtime whose files are there."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    for name in FILES + GPU_FILES:
        (folder / name).write_bytes(name.encode() * 50)
    (folder / (FILES[-1] + ".br")).write_bytes(brotli.compress(FILES[-1].encode() * 50))
    return Runtime()


def fake_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """An npm on the PATH that does what `script`, Python, says in the folder that it is called in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(f"#!{sys.executable}\n{script}\n")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


INSTALLS = f"""
import pathlib, sys
assert sys.argv[1] == "ci" and "--ignore-scripts" in sys.argv
assert pathlib.Path("package-lock.json").is_file()
dist = pathlib.Path("node_modules/onnxruntime-web/dist")
dist.mkdir(parents=True)
for name in {FILES + GPU_FILES!r}:
    (dist / name).write_bytes(name.encode() * 50)
"""


def test_what_npm_brings_is_kept_and_compressed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_npm(monkeypatch, tmp_path, INSTALLS)
    subject = Runtime()
    assert not subject.ready
    install(tmp_path / "runtime")
    assert subject.complete
    for name in (FILES[-1], GPU_FILES[-1]):
        path, encoding = present(subject.file(name, compressed=True))
        assert encoding == "br"
        assert brotli.decompress(path.read_bytes()) == name.encode() * 50
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["bin", "runtime"], "nothing is left lying about"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit('npm error network no connection')", "npm error network no connection"),
        ("pass", "could not be installed"),
    ],
    ids=["refused", "nothing brought"],
)
def test_a_failure_is_a_sentence_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    fake_npm(monkeypatch, tmp_path, script)
    with pytest.raises(SamError, match=message):
        install(tmp_path / "runtime")
    assert not (tmp_path / "runtime").exists()
    assert onnxruntime_web.main() == 1


def test_it_is_fetched_in_the_background_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go = tmp_path / "go"
    waits = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
    fake_npm(monkeypatch, tmp_path, waits + INSTALLS)
    subject = Runtime()
    subject.start()
    thread = present(subject._thread)
    subject.start()
    assert subject._thread is thread
    assert subject.status() == {
        "ready": False,
        "reason": "the page's decoder is being installed",
        "version": package_version(),
        "waiting": True,
        "webgpu": "off",
    }
    go.touch()
    thread.join(60)
    assert subject.status()["ready"]


def test_why_it_could_not_be_fetched_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_npm(monkeypatch, tmp_path, "import sys; sys.exit('no connection')")
    subject = Runtime()
    subject.start()
    present(subject._thread).join(60)
    status = subject.status()
    assert (status["ready"], status["waiting"]) == (False, False)
    assert "no connection" in str(status["reason"])


def test_an_older_folder_serves_on_while_the_rest_is_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, filled: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runtime" / GPU_FILES[0]).unlink()
    (tmp_path / "runtime" / "mine").write_text("kept")
    fake_npm(monkeypatch, tmp_path, "import sys; sys.exit('no connection')")
    assert onnxruntime_web.main() == 0
    assert "Graphics cards will not be used" in capsys.readouterr().err
    assert (filled.ready, filled.complete, filled.status()["webgpu"]) == (True, False, "off")
    (tmp_path / "bin" / "npm").write_text(f"#!{sys.executable}\n{INSTALLS}\n")
    filled.start()
    present(filled._thread).join(60)
    assert filled.complete
    assert (tmp_path / "runtime" / "mine").is_file(), "what else is in the folder stays"


@pytest.mark.parametrize(
    ("value", "wish"), [("", "auto"), ("OFF", "off"), ("any", "any"), ("auto", "auto"), ("perhaps", "auto")]
)
def test_the_wish_for_graphics_cards(monkeypatch: pytest.MonkeyPatch, filled: Runtime, value: str, wish: str) -> None:
    monkeypatch.setenv(WEBGPU_VARIABLE, value)
    assert filled.status()["webgpu"] == wish


def test_it_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "off")
    subject = Runtime()
    subject.start()
    assert subject.folder is None
    assert not subject.status()["ready"]
    assert "turned off" in str(subject.status()["reason"])
    assert subject.file(FILES[0], compressed=True) is None
    assert onnxruntime_web.main() == 0


@pytest.mark.parametrize("name", ["../secret", "ort.all.js", "", FILES[-1] + ".br"])
def test_only_its_own_files_are_given(filled: Runtime, name: str) -> None:
    assert filled.ready
    assert filled.file(name, compressed=False) is None
    path, encoding = present(filled.file(FILES[-1], compressed=False))
    assert (path.name, encoding) == (FILES[-1], None)


def test_the_lock_file_names_the_version_and_no_address() -> None:
    text = (onnxruntime_web.HERE / "package-lock.json").read_text("utf-8")
    lock = json.loads(text)
    assert lock["packages"]["node_modules/onnxruntime-web"]["version"] == package_version()
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
    assert "resolved" not in text
    assert "://" not in text.replace("https://opencollective.com", "")
