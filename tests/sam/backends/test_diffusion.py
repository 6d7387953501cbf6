"""Diffusion from a tiny random pipeline: the hole alone changes, the seed settles it, and it can be stopped."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sam import Cancelled, ModelUnavailable, PromptError
from sam.backends import diffusion
from sam.backends.diffusion import fill_with_diffusion
from sam.inpainting.fill import inpaint
from sam.models.packages import DIFFUSERS, install_command
from tests.sam.backends.pipelines import write_tiny_pipeline


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    pytest.importorskip("diffusers")
    folder = tmp_path_factory.mktemp("models")
    write_tiny_pipeline(folder / diffusion.FOLDER)
    return folder


@pytest.fixture
def models(tiny, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tiny))


@pytest.fixture(scope="module")
def picture():
    image = np.random.default_rng(0).integers(0, 255, (70, 90, 3), dtype=np.uint8)
    hole = np.zeros((70, 90), bool)
    hole[20:40, 30:60] = True
    return image, hole


def test_the_hole_alone_is_drawn_anew_and_the_seed_settles_how(models, picture):
    image, hole = picture
    one, again, other = (fill_with_diffusion(image, hole, seed=seed, steps=2) for seed in (1, 1, 2))
    assert (one[~hole] == image[~hole]).all()
    assert (one[hole] != image[hole]).any()
    assert (one == again).all()
    assert (one != other).any()


def test_erase_takes_it_as_an_engine_and_stops_at_a_step(models, picture):
    image, hole = picture
    result = inpaint(image, hole, engine="diffusion", grow=0, soften=0)
    assert (result[~hole] == image[~hole]).all()

    def stop(fraction: float, message: str) -> None:
        if message.startswith("Drawing, step 2"):
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        fill_with_diffusion(image, hole, steps=9, progress=stop)


@pytest.mark.parametrize("options", [{"strength": 0.0}, {"strength": 1.5}, {"steps": 0}])
def test_values_out_of_range_are_refused(picture, options):
    with pytest.raises(PromptError, match="strength: expected more than 0"):
        fill_with_diffusion(*picture, **options)


def test_without_diffusers_the_sentence_says_how_to_get_it(picture, monkeypatch):
    monkeypatch.setattr(diffusion, "installed", lambda module: module != "diffusers")
    with pytest.raises(
        ModelUnavailable, match=re.escape(f"needs diffusers, not installed here: {install_command(DIFFUSERS)}.")
    ):
        fill_with_diffusion(*picture)


def test_a_damaged_model_is_explained(picture, monkeypatch, tmp_path):
    pytest.importorskip("diffusers")
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    (tmp_path / diffusion.FOLDER).mkdir()
    (tmp_path / diffusion.FOLDER / "model_index.json").write_text("{}")
    assert diffusion.is_here()
    with pytest.raises(ModelUnavailable, match="No diffusion model for erasing can be loaded"):
        fill_with_diffusion(*picture)
