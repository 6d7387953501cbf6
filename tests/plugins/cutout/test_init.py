"""Subject -> matte -> compose as a chain, and the tab with each background, frame and file format."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pil

from plugins import load_plugins
from plugins.cutout import compose, frame_cutout, matte
from sam import Image, Masks, PromptError, read_image
from sam.inpainting.fill import inpaint


def test_subject_to_matte_to_compose_is_one_chain(image):
    host = load_plugins(names=["subject", "cutout"], strict=True)
    chain = host.chain("find_subject", ("matte", {"band": 8}), ("compose", {"background": "black"}))
    assert chain.inputs == {"image": Image}
    values = chain(image=image)
    gone = values["cutout"][..., 3] == 0
    assert gone.any()
    assert (values["image"][gone] == 0).all()
    solid = values["cutout"][..., 3] == 255
    assert (values["image"][solid] == image[solid]).all()


def test_frames_and_backgrounds_of_the_tools(image, masks):
    cutout = matte(image, masks)
    square = frame_cutout(cutout, frame="square", margin=0)
    assert square.shape[0] == square.shape[1]
    soft = compose(image, cutout, background="blur")
    corner = soft[:20, :20].astype(int)
    assert corner.std() < image[:20, :20].std()


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        (Masks.empty((300, 451)), "nothing to cut out"),
        (Masks(np.ones((4, 4), bool)), r"size of the image, \(300, 451\), got \(4, 4\)"),
    ],
)
def test_what_cannot_be_cut_out_is_explained(image, masks, words):
    with pytest.raises(PromptError, match=words):
        matte(image, masks)


def test_a_full_mask_is_the_whole_picture(image):
    cutout = matte(image, Masks(np.ones(image.shape[:2], bool)))
    assert (cutout[..., 3] == 255).all()
    assert (cutout[..., :3] == image).all()


@pytest.mark.parametrize("case", ["one pixel", "empty", "full", "line"])
def test_odd_masks_are_cut_out_or_explained(image, case):
    mask = np.zeros(image.shape[:2], bool)
    if case == "one pixel":
        mask[50, 60] = True
    elif case == "full":
        mask[:] = True
    elif case == "line":
        mask[80, 20:200] = True
    if case == "empty":
        with pytest.raises(PromptError, match="There is nothing to cut out"):
            matte(image, Masks(mask))
        return
    cutout = matte(image, Masks(mask))
    assert cutout.shape == (*image.shape[:2], 4)
    assert (cutout[..., 3] > 0).any()
    assert (cutout[..., 3] == 255).all() == (case == "full")


@pytest.mark.parametrize("kind", ["RGBA", "16 bits", "grey"])
def test_unusual_photos_are_cut_out_and_erased(tmp_path, kind):
    rng = np.random.default_rng(0)
    if kind == "16 bits":
        values = rng.integers(0, 65536, (60, 80), dtype=np.uint16)
        Pil.fromarray(values).save(tmp_path / "photo.png")
    else:
        channels = {"RGBA": (4,), "grey": ()}[kind]
        Pil.fromarray(rng.integers(0, 256, (60, 80, *channels), dtype=np.uint8)).save(tmp_path / "photo.png")
    photo = read_image(tmp_path / "photo.png")
    mask = np.zeros((60, 80), bool)
    mask[20:35, 30:50] = True
    assert matte(photo, Masks(mask))[25, 40, 3] == 255
    erased = inpaint(photo, mask)
    assert (erased[:10] == photo[:10]).all()
    assert (erased[mask] != photo[mask]).any()


def test_the_conformance_kit_finds_no_fault():
    from plugins._core.check import check_plugin

    assert [result for result in check_plugin("cutout") if result.ok is False] == []
