"""Subject -> matte -> compose as a chain, and the tab with each background, frame and file format."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pil
from skimage import data

from plugins import cutout as plugin
from plugins import load_plugins
from plugins.cutout import compose, frame_cutout, keep_shadow, matte, with_shadow
from sam import Image, Masks, PromptError, read_image
from sam.compositing.backgrounds import lay_over
from sam.compositing.shadows import measure_shadow
from sam.inpainting.fill import inpaint


@pytest.fixture(scope="module")
def image():
    return data.chelsea()


@pytest.fixture
def masks(image):
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return Masks(np.hypot(x - 225, y - 150) < 90)


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


def test_a_shadow_in_the_transparency_looks_like_a_drawn_one(image, masks):
    cutout = matte(image, masks)
    white = np.full_like(image, 255)
    drawn = lay_over(cutout, white, 0.6).astype(int)
    carried = lay_over(with_shadow(cutout, 0.6), white).astype(int)
    assert np.abs(drawn - carried).max() <= 3


def test_the_objects_own_shadow_is_kept_when_asked():
    y, x = np.mgrid[:120, :160]
    mask = np.hypot(x - 60, y - 60) < 20
    photo = np.full((120, 160, 3), 200, np.uint8)
    photo[60:80, 60:100] = 120
    photo[mask] = (30, 90, 200)
    cutout = matte(photo, Masks(mask))
    kept = keep_shadow(cutout, measure_shadow(photo, mask))
    assert kept[70, 90, 3] == pytest.approx(0.4 * 255, abs=30)
    assert (kept[70, 90, :3] == 0).all()
    assert kept[20, 140, 3] == 0
    assert (kept[60, 60] == cutout[60, 60]).all()
    shown = lay_over(kept, np.full_like(photo, 200))[70, 90]
    assert np.abs(shown.astype(int) - 120).max() < 25


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


def test_the_tab_with_each_background(image, masks, visitor):
    visitor.build(plugin.build_tab)
    button, preview = visitor.find("Cut out"), visitor.find("Before and after")
    background, behind, frame = visitor.find("Background"), visitor.find("Picture behind"), visitor.find("Frame")
    kind = visitor.find("File format")
    base = {visitor.image: image, visitor.objects: masks}
    results = {}
    for choice in ("transparent", "white", "colour", "gradient", "blur", "picture"):
        values = {**base, background: choice, behind: data.coffee()}
        before, after = visitor.fire("click", button, values)[preview]
        assert before.shape == after.shape == image.shape
        with Pil.open(visitor.folder / "cutout.png") as file:
            assert file.mode == ("RGBA" if choice == "transparent" else "RGB")
            results[choice] = np.asarray(file)[-1, 0].tolist()
    assert results["transparent"] == [0, 0, 0, 0]
    assert results["white"] == [255, 255, 255]
    assert len({str(value) for value in results.values()}) == 6
    before, after = visitor.fire("click", button, {**base, frame: "square", kind: "WebP"})[preview]
    assert after.shape[0] == after.shape[1] == before.shape[0]
    assert (visitor.folder / "cutout.webp").exists()


@pytest.mark.parametrize("framing", ["full", "trim", "square", "passport"])
@pytest.mark.parametrize("behind", ["transparent", "white", "gradient", "blur"])
def test_the_steps_that_the_tab_records_give_the_same_file(image, masks, visitor, framing, behind):
    image, masks = image[::3, ::3], Masks(masks.masks[:, ::3, ::3])
    visitor.build(plugin.build_tab)
    shadow = 0.0 if behind == "transparent" else 0.5
    values = {visitor.find("Background"): behind, visitor.find("Frame"): framing, visitor.find("Drawn shadow"): shadow}
    visitor.fire("click", visitor.find("Cut out"), {visitor.image: image, visitor.objects: masks, **values})
    chain = visitor.host.chain(*visitor.recorded)
    result = chain(image=image, masks=masks)[chain.tools[-1].output]
    with Pil.open(visitor.folder / "cutout.png") as file:
        np.testing.assert_array_equal(np.asarray(file), result)
    # What part of the photo it is, so that the file can have the photo's own colours.
    assert (visitor.window is None) == (framing == "full")
    if visitor.window is not None:
        top, left, bottom, right = visitor.window
        assert result.shape[:2] == (bottom - top, right - left)


def test_without_objects_the_tab_finds_the_subject_itself(image, visitor):
    visitor.download = lambda value, name, window=None: name
    visitor.build(plugin.build_tab)
    button, preview = visitor.find("Cut out"), visitor.find("Before and after")
    none = Masks.empty(image.shape[:2])
    outputs = visitor.fire("click", button, {visitor.image: image, visitor.objects: none})
    assert outputs[preview][1].shape == image.shape
    assert "Nothing was selected, so the photo's main subject is cut out." in visitor.said
    assert [tool for tool, _ in visitor.recorded] == ["find_subject", "matte"]
    grey = np.full((60, 80, 3), 128, np.uint8)
    with pytest.raises(PromptError, match="Nothing stands out"):
        visitor.fire("click", button, {visitor.image: grey, visitor.objects: Masks.empty((60, 80))})


def test_another_picture_must_be_chosen_first(image, masks, visitor):
    visitor.build(plugin.build_tab)
    values = {visitor.image: image, visitor.objects: masks, visitor.find("Background"): "picture"}
    with pytest.raises(PromptError, match="Choose the picture that goes behind"):
        visitor.fire("click", visitor.find("Cut out"), values)


def test_the_conformance_kit_finds_no_fault():
    from plugins._core.check import check_plugin

    assert [result for result in check_plugin("cutout") if result.ok is False] == []
