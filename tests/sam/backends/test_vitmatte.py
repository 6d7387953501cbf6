"""ViTMatte: the numbers that transformers' own processor and model give, tiles that agree, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import ModelUnavailable, load_model
from sam.backends import vitmatte
from sam.matting import AlphaEstimator, make_trimap


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A ViTMatte of random weights, small enough for a test."""
    import torch
    from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

    torch.manual_seed(0)
    backbone = VitDetConfig(  # type: ignore[call-arg]  # out_features is of a mixin
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_channels=4,
        image_size=64,
        pretrain_image_size=64,
        window_size=2,
        window_block_indices=[0],
        residual_block_indices=[1],
        use_relative_position_embeddings=True,
        out_features=["stage2"],
    )
    config = VitMatteConfig(
        backbone_config=backbone,
        hidden_size=16,
        convstream_hidden_sizes=[4, 8, 12],
        fusion_hidden_sizes=[16, 12, 8, 4],
    )
    path = tmp_path_factory.mktemp("vitmatte") / "vitmatte-tiny"
    model = VitMatteForImageMatting(config)
    for weight in model.parameters():  # as initialised it says 0.5 to everything
        torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder, AlphaEstimator)


@pytest.fixture(scope="module")
def picture():
    image = np.random.default_rng(1).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    y, x = np.mgrid[:70, :90]
    return image, make_trimap((y - 35) ** 2 + (x - 45) ** 2 < 20**2, 6)


def test_alpha_is_what_transformers_computes(folder, model, picture):
    import torch
    from transformers import VitMatteForImageMatting
    from transformers.models.vitmatte.image_processing_pil_vitmatte import VitMatteImageProcessorPil

    image, trimap = picture
    inputs = VitMatteImageProcessorPil()(images=image, trimaps=trimap, return_tensors="pt")  # type: ignore[call-arg]
    with torch.inference_mode():
        expected = VitMatteForImageMatting.from_pretrained(folder).eval()(**inputs).alphas[0, 0, :70, :90].numpy()
    alpha = model.estimate_alpha(image, trimap)
    unknown = trimap == 128
    assert np.abs(alpha - expected)[unknown].max() < 1e-5
    assert np.ptp(expected[unknown]) > 1e-3
    assert (alpha[~unknown] == (trimap[~unknown] == 255)).all()


def test_a_large_picture_is_tiled_and_blended(model, picture, monkeypatch):
    image, trimap = picture
    monkeypatch.setattr(vitmatte, "TILE", 48)
    monkeypatch.setattr(vitmatte, "OVERLAP", 16)
    told = []
    alpha = model.estimate_alpha(image, trimap, lambda fraction, message: told.append(message))
    assert told[-1] == "Edge, part 6 of 6"
    assert alpha.dtype == np.float32
    assert alpha.min() >= 0
    assert alpha.max() <= 1


@pytest.mark.parametrize("size_hw", [(10, 20), (1024, 1025), (2000, 3100)])
def test_tiles_cover_everything_and_overlap(size_hw):
    count = np.zeros(size_hw, np.uint8)
    for tile in vitmatte._tiles(size_hw):
        count[tile] += 1
        assert max(count[tile].shape) <= vitmatte.TILE
    assert count.min() == 1


def test_nothing_unknown_needs_no_network(model):
    trimap = np.zeros((20, 20), np.uint8)
    trimap[5:9] = 255
    assert (model.estimate_alpha(np.zeros((20, 20, 3), np.uint8), trimap) == (trimap == 255)).all()


def test_what_is_no_vitmatte_is_refused(tmp_path, folder):
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(ModelUnavailable, match="does not load as ViTMatte"):
        vitmatte.load(tmp_path, name="broken")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "sam"}))
    with pytest.raises(ModelUnavailable, match="does not load as ViTMatte"):
        vitmatte.load(tmp_path, name="other")
