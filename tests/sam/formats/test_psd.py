"""PSD, read by psd-tools."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Group

from sam.formats import Files, psd
from sam.formats import write_annotations as write
from tests.present import present

from .scenes import apart, shapes


def test_layers_groups_and_pixels():
    file = PSDImage.open(io.BytesIO(write(apart(), None, "psd").files["a/first.psd"]))
    assert file.size == (60, 40)
    assert [layer.name for layer in file] == ["Photo", "tree", "cat & dog", "tree", "cat & dog", "tree"]
    group = next(one for one in file if one.name == "tree")
    assert isinstance(group, Group)
    (layer,) = group
    assert layer.name == "Old oak"
    pixels = np.asarray(layer.composite(viewport=(0, 0, 60, 40)))
    assert ((pixels[..., 3] > 127) == shapes()["ring"]).all()
    source = np.asarray(Image.open(io.BytesIO(apart().images[0].source)))
    assert (np.asarray(present(file.topil()).convert("RGB")) == source).all()


def test_what_is_no_psd_is_told_of():
    back = psd.read(Files.of({"a.psd": b"8BPS rubbish", "b.psd": b""}))
    assert [line.partition(":")[0] for line in back.problems] == ["a.psd", "b.psd"]
