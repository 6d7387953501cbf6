"""Example photos come out of the installed scikit-image."""

from __future__ import annotations

import io

from PIL import Image

from webapp.images.examples import list_examples, read_thumb


def test_examples_are_photos_of_the_installed_package():
    import skimage

    names = [example.name for example in list_examples()]
    assert "chelsea.png" in names
    assert len(names) >= 5
    for example in list_examples():
        assert str(example.path).startswith(skimage.__path__[0])
        assert Image.open(io.BytesIO(read_thumb(example.name))).size == (224, 168)


def test_without_the_package_there_are_none(monkeypatch):
    list_examples.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert list_examples() == ()
    monkeypatch.undo()
    list_examples.cache_clear()
