"""Backgrounds of each kind, and what is laid over them, by their pixels."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from sam import PromptError
from sam.compositing.backgrounds import Backdrop, blurred, cover, lay_over, make_backdrop, read_colour


@pytest.fixture
def image():
    return np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#102030", (16, 32, 48)),
        (" #FFF ", (255, 255, 255)),
        ("rgba(1, 2.4, 255, 0.5)", (1, 2, 255)),
        ("rgb(0,0,0)", (0, 0, 0)),
    ],
)
def test_colours_as_people_and_pickers_write_them(text, rgb):
    assert read_colour(text) == rgb


@pytest.mark.parametrize("text", ["", "red", "#12", "rgb(1,2)", "rgb(1,2,300)", "#1234567"])
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(PromptError, match="colour: expected #rrggbb"):
        read_colour(text)


@pytest.mark.parametrize("kind", get_args(Backdrop))
@pytest.mark.parametrize("shape", [(40, 60), (1, 1), (1, 50)])
def test_each_background_has_the_size_of_the_image(kind, shape):
    image = np.full((*shape, 3), 100, np.uint8)
    backdrop = make_backdrop(image, kind, "#336699")
    assert backdrop.shape == image.shape
    assert backdrop.dtype == np.uint8


def test_backgrounds_are_what_their_names_say(image):
    assert (make_backdrop(image, "black") == 0).all()
    assert (make_backdrop(image, "colour", "#0a141e") == (10, 20, 30)).all()
    gradient = make_backdrop(image, "gradient", "#c8c8c8").astype(int)
    assert (gradient[0] == 200).all()
    assert (gradient[-1] == 100).all()
    assert (np.diff(gradient[:, 0, 0]) <= 0).all()
    assert len(np.unique(make_backdrop(image, "checker"))) == 2


def test_blur_takes_detail_and_keeps_the_mean(image):
    soft = blurred(image, 5)
    assert soft.std() < 0.3 * image.std()
    assert soft.mean() == pytest.approx(image.mean(), abs=2)
    assert blurred(image, 10).std() < soft.std()


def test_a_picture_covers_and_keeps_its_middle():
    picture = np.zeros((20, 100, 3), np.uint8)
    picture[:, 45:55] = 255
    covered = cover(picture, (40, 40))
    assert covered.shape == (40, 40, 3)
    assert (covered[:, 15:25] > 200).all()
    assert (covered[:, [0, -1]] < 50).all()


def test_opaque_pixels_stay_and_transparent_ones_show_what_is_behind(image):
    cutout = np.dstack([image, np.zeros((40, 60), np.uint8)])
    cutout[:20, :, 3] = 255
    cutout[20:30, :, 3] = 51
    behind = np.full_like(image, 200)
    result = lay_over(cutout, behind)
    assert (result[:20] == image[:20]).all()
    assert (result[30:] == 200).all()
    assert np.abs(result[20:30] - (0.2 * image[20:30] + 0.8 * 200)).max() <= 0.51


def test_a_shadow_darkens_beside_the_object_only(image):
    cutout = np.zeros((200, 200, 4), np.uint8)
    cutout[60:140, 60:140] = (10, 200, 30, 255)
    white = np.full((200, 200, 3), 255, np.uint8)
    plain, dark = lay_over(cutout, white), lay_over(cutout, white, 0.8)
    assert (dark[60:140, 60:140] == (10, 200, 30)).all()
    assert (dark[141, 142] < plain[141, 142]).all()
    assert (dark[:40] == 255).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda i: make_backdrop(i, "plaid"), "background: expected one of white, black"),
        (lambda i: make_backdrop(i, "blur", blur=0), "blur: expected more than 0"),
        (lambda i: lay_over(np.zeros((3, 3, 4), np.uint8), i), "expected the cut-out's size"),
        (lambda i: lay_over(np.zeros((40, 60, 4), np.uint8), i, 2), "shadow: expected 0"),
    ],
)
def test_what_cannot_be_made_is_explained(image, call, words):
    with pytest.raises(PromptError, match=words):
        call(image)
