"""Commands in pipes, in terminals of any encoding, and on files with any name."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image as Pil

from sam.__main__ import main
from tests.sam.pictures import encode

ROOT = Path(__file__).parents[3]
PHOTO = np.asarray(Pil.fromarray(skimage.data.chelsea()).resize((160, 120)))
POINT = ["--point", "80,60"]


@pytest.fixture
def photo(monkeypatch, tmp_path) -> bytes:
    """cat.png in the current folder; its bytes."""
    monkeypatch.chdir(tmp_path)
    data = encode(Pil.fromarray(PHOTO))
    Path("cat.png").write_bytes(data)
    return data


class _Piped(io.TextIOWrapper):
    """Standard output or input as bytes."""

    def __init__(self, data: bytes = b"", terminal: bool = False) -> None:
        self.data = io.BytesIO(data)
        super().__init__(self.data, encoding="utf-8")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def piped(monkeypatch, words: list[str], data: bytes = b"", terminal: bool = False) -> tuple[int, bytes, str]:
    """(exit code, standard output, standard error) of a command."""
    out, err = _Piped(terminal=terminal), _Piped()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", _Piped(data))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        code = main(words)
        out.flush()
        err.flush()
    return code, out.data.getvalue(), err.data.getvalue().decode()


def picture(data: bytes) -> np.ndarray:
    with Pil.open(io.BytesIO(data)) as opened:
        return np.asarray(opened)


def test_segment_from_and_to_pipes(monkeypatch, photo):
    code, out, _ = piped(monkeypatch, ["segment", "-", *POINT, "-o", "-"], photo)
    assert (code, picture(out).shape) == (0, (120, 160, 4))
    code, mask, _ = piped(monkeypatch, ["segment", "-", *POINT, "--mask-out", "-"], photo)
    assert (code, picture(mask).shape) == (0, (120, 160))
    np.testing.assert_array_equal(picture(mask) > 0, picture(out)[..., 3] > 0)
    code, out, _ = piped(monkeypatch, ["segment", "-", *POINT, "--mask-out", "mask.png", "--json"], photo)
    assert json.loads(out)["image"] == "-"
    np.testing.assert_array_equal(picture(Path("mask.png").read_bytes()), picture(mask))


def test_tools_from_and_to_pipes(monkeypatch, photo):
    _, masks, _ = piped(monkeypatch, ["segment", "cat.png", *POINT, "--json"])
    Path("masks.json").write_bytes(masks)
    _, mask, _ = piped(monkeypatch, ["segment", "cat.png", *POINT, "--mask-out", "-"])
    wanted = None
    for words, data in (
        (["pixelate", "cat.png", "masks.json", "-o", "-"], b""),
        (["pixelate", "-", "masks.json", "-o", "-"], photo),
        (["pixelate", "cat.png", "-", "-o", "-"], masks),
    ):
        code, out, err = piped(monkeypatch, words, data)
        assert code == 0, err
        wanted = picture(out) if wanted is None else wanted
        np.testing.assert_array_equal(picture(out), wanted)
    code, out, err = piped(monkeypatch, ["pixelate", "cat.png", "-", "-o", "-"], mask)
    assert (code, picture(out).shape) == (0, (120, 160, 3)), err


def test_recipes_from_and_to_pipes(monkeypatch, photo):
    for words in (["-o", "-"], []):
        code, out, err = piped(monkeypatch, ["run", "cut-out-on-white", "-", *words], photo)
        assert code == 0, err
        assert picture(out).ndim == 3
    assert sorted(os.listdir()) == ["cat.png"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["segment", "-", *POINT, "-o", "-", "--json"], "--json prints to standard output"),
        (["segment", "-", *POINT, "-o", "-", "--mask-out", "-"], "are one file, and two results"),
        (["segment", "cat.png", *POINT, "-o", "a.png", "--mask-out", "./a.png"], "are one file, and two results"),
        (["pixelate", "-", "-", "-o", "a.png"], "Standard input (-) can be read once"),
        (["run", "cut-out-on-white", "-", "cat.png", "-o", "out"], "cannot be one of several"),
        (["segment", "-", *POINT, "-o", "a.png"], "is empty (0 bytes)"),
        (["pixelate", "cat.png", "cat.png", "-o", "cat.png"], "is the picture itself"),
        (["segment", "cat.png", *POINT, "-o", "x" * 300 + ".png"], "too long"),
        (["segment", "cat.png", *POINT, "-o", "a.png", "--page", "3"], "page 3 is not there"),
        (["segment", "cat.png", *POINT, "-o", "a.png", "--brightness", "dark"], "--brightness: expected auto"),
    ],
)
def test_what_is_refused_before_the_work(monkeypatch, photo, words, message):
    code, out, err = piped(monkeypatch, words)
    assert code in (1, 2)
    assert out == b""
    assert message in " ".join(err.split())
    assert "Loading" not in err
    assert "Traceback" not in err
    assert sorted(os.listdir()) == ["cat.png"]
    assert Path("cat.png").read_bytes() == photo


def test_no_picture_goes_to_a_terminal(monkeypatch, photo):
    code, out, err = piped(monkeypatch, ["segment", "-", *POINT, "-o", "-"], photo, terminal=True)
    assert (code, out) == (2, b"")
    assert "Standard output is a terminal" in err


def test_what_was_decided_about_a_picture_is_said(monkeypatch, photo):
    Path("mask.png").write_bytes(encode(Pil.fromarray((PHOTO[..., 0] > 99).astype(np.uint8) * 255)))
    deep = cv2.imencode(".png", PHOTO[..., ::-1].astype(np.uint16) * 16)[1].tobytes()
    for words, said in (
        ([], "is shown black"),
        (["--brightness", "stored"], ""),
        (["--brightness", "0,4095"], ""),
    ):
        _, _, err = piped(monkeypatch, ["segment", "-", *POINT, "-o", "-", *words], deep)
        assert ("Brightness: " in err) == bool(said)
        _, _, err = piped(monkeypatch, ["pixelate", "-", "mask.png", "-o", "-", *words], deep)
        assert ("Brightness: " in err) == bool(said)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8"])
def test_names_in_any_script_in_a_terminal_of_any_encoding(photo, encoding):
    names = ["写真 фото ★.png", os.fsdecode(b"\xff\xfe.png")]
    for name in names:
        Path(name).write_bytes(photo)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "OMP_NUM_THREADS": "1"}
    code = (
        "import sys\nfrom sam.__main__ import main\n"
        "names = sys.argv[1:]\n"
        "codes = [main(['segment', name, '--point', '80,60', '-o', name + '.out.png']) for name in names]\n"
        "codes.append(main(['pixelate', names[0], names[0] + '.out.png', '-o', names[1] + '.2.png']))\n"
        "sys.exit(max(codes))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *names], env=environment, capture_output=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    lines = done.stdout.decode(encoding)
    if encoding == "utf-8":
        assert "写真 фото ★.png.out.png" in lines
    else:
        assert "\\u5199\\u771f" in lines
    assert {*names, *(f"{name}.out.png" for name in names)} <= set(os.listdir())
