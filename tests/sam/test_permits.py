"""What whoever asks may load, fetch and be told."""

from __future__ import annotations

import pickle
import threading
from contextvars import copy_context
from pathlib import Path

import pytest

import sam
from sam import ModelUnavailable, SamError, load_model
from sam.models.registry import give_name
from sam.permits import OWNER, Permit, acting_for, hide_places, permit

VISITOR = Permit(frozenset({"nano", "auto", "sam-vit-base"}), fetch=False, told_places=False)


def test_who_may_gets_the_model():
    with acting_for(VISITOR):
        assert load_model("nano").name == "nano"
    assert permit() == OWNER


def test_it_holds_for_who_asked_and_in_threads_that_are_given_it():
    seen = {}

    def look(name: str) -> None:
        seen[name] = permit()

    with acting_for(VISITOR):
        with acting_for(OWNER):
            look("inside")
        look("after")
        context = copy_context()
        threads = [
            threading.Thread(target=look, args=("bare",)),
            threading.Thread(target=context.run, args=(look, "given")),
        ]
        for thread in threads:
            thread.start()
            thread.join()
    look("outside")
    assert seen == {"inside": OWNER, "after": VISITOR, "bare": OWNER, "given": VISITOR, "outside": OWNER}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "There is no file or folder /etc/passwd. Check the path.",
            "There is no file or folder passwd. Check the path.",
        ),
        ("/srv/a/b.pth cannot be read (1,650 bytes are here).", "b.pth cannot be read (1,650 bytes are here)."),
        ("([Errno 2] No such file: '/srv/My Models/a b.onnx')", "([Errno 2] No such file: 'a b.onnx')"),
        ('"/srv/x y/": no', '"x y": no'),
        (r"C:\Users\Me\x.pth is damaged", "x.pth is damaged"),
        (r"'D:\Two Words\x.pth' is damaged", "'x.pth' is damaged"),
        (r"\\host\share\x.onnx", "x.onnx"),
        ("put it into ~/models/sam", "put it into sam"),
        ("file:///etc/passwd", "passwd"),
        ("see https://huggingface.co/facebook/sam-vit-base and http://a.b/c", None),
        ("a hub id such as facebook/sam-vit-base, and/or 1/2 of text/html", None),
        ("10 / 2", None),
        ("no luck <b>today</b>", None),
        ("", None),
    ],
)
def test_paths_are_left_out_and_nothing_else(text, told):
    assert hide_places(text) == (text if told is None else told)


@pytest.mark.parametrize("folder", [Path.home(), Path.cwd(), Path(sam.__file__).parent, Path("/tmp/some folder")])
def test_folders_of_this_machine_are_left_out(folder, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", "/tmp/some folder")
    for text in (f"Put it into {folder}, or pass", f"{folder}/deep/er/file.onnx is here", f"({folder})"):
        assert str(folder) not in hide_places(text)
        assert str(folder.parent) + "/" not in hide_places(text) or folder.parent == Path("/")


def test_an_error_says_to_each_what_is_meant_for_them():
    plain = SamError("/srv/x.pth is damaged.")
    two = ModelUnavailable("pip install torch", visitors="Choose another model.")
    assert (str(plain), str(two)) == ("/srv/x.pth is damaged.", "pip install torch")
    with acting_for(VISITOR):
        assert (str(plain), str(two)) == ("x.pth is damaged.", "Choose another model.")
        again = pickle.loads(pickle.dumps(two))  # noqa: S301 our own, as between processes
        assert f"{two}" == str(again) == "Choose another model."


def test_a_given_name_is_short_and_stays(tmp_path):
    weights = Path(sam.__file__).parent / "nano" / "weights"
    name = give_name(weights)
    assert name == give_name(str(weights)) == "weights"
    assert load_model(name).name == name
    assert give_name(tmp_path / "a" / "weights") == "weights-2"
    assert give_name("/models/nano.pth") == "nano-2"
    assert give_name("someone/sam-tuned") == "sam-tuned"
    assert give_name("C:\\models\\v1.5\\") == "v1.5"
    with acting_for(Permit(frozenset({name}), fetch=False, told_places=False)):
        assert load_model(name).name == name
        with pytest.raises(ModelUnavailable):
            load_model(weights)
