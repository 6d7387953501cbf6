"""Diffusion from a tiny random pipeline: the hole alone changes, the seed settles it, and it can be stopped."""

from __future__ import annotations

import importlib
import re

import numpy as np
import pytest

from sam import Cancelled, ModelUnavailable, PromptError
from sam.backends import diffusion
from sam.backends.diffusion import fill_with_diffusion
from sam.inpainting.fill import inpaint
from sam.models.packages import DIFFUSERS, install_command


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A Stable Diffusion of random weights, as save_pretrained writes it."""
    diffusers = pytest.importorskip("diffusers")
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    folder = tmp_path_factory.mktemp("models")
    words = tmp_path_factory.mktemp("words")
    letters = [f"{letter}{end}" for letter in "abcdefghijklmnopqrstuvwxyz,." for end in ("", "</w>")]
    vocabulary = {word: number for number, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    (words / "vocab.json").write_text(importlib.import_module("json").dumps(vocabulary))
    (words / "merges.txt").write_text("#version: 0.2\n")
    torch.manual_seed(0)
    common = {"layers_per_block": 1, "norm_num_groups": 4}
    pipeline = diffusers.StableDiffusionInpaintPipeline(
        vae=diffusers.AutoencoderKL(
            block_out_channels=[8, 8, 8, 8],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            latent_channels=4,
            **common,
        ),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(vocabulary),
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                bos_token_id=len(vocabulary) - 2,
                eos_token_id=len(vocabulary) - 1,
            )
        ),
        tokenizer=CLIPTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=77),
        unet=diffusers.UNet2DConditionModel(
            in_channels=9,
            out_channels=4,
            sample_size=8,
            block_out_channels=(8, 8),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=2,
            **common,
        ),
        scheduler=diffusers.DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / diffusion.FOLDER)
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
