"""SAM 3's tracker against transformers' own model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Sam3TrackerConfig, Sam3TrackerModel

from sam import ModelUnavailable
from sam.backends._hires import HighResolutionSegmenter
from sam.backends._torch import squeeze
from sam.backends.sam3_tracker import adapt, load, register_encoder
from tests.sam.backends.parity import CASES, asked, assert_same, inputs_of, noisy
from tests.sam.backends.tiny import SAM3_SIDE, tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("sam3_tracker", tmp_path_factory.mktemp("sam3") / "tiny")


@pytest.fixture(scope="module")
def model(folder: Path) -> HighResolutionSegmenter:
    return load(folder, name="tiny", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def peer(folder: Path) -> Any:
    from safetensors.torch import load_file

    register_encoder()
    config = json.loads((folder / "config.json").read_text())
    # Three maps instead of four: then the one that stands for a memory is added to the one that is decoded.
    config["vision_config"]["scale_factors"] = [4.0, 2.0, 1.0]
    model = Sam3TrackerModel(Sam3TrackerConfig.from_dict(config))
    weights = adapt({}, load_file(folder / "model.safetensors"))[1]
    model.load_state_dict({key: value for key, value in weights.items() if "fpn_layers.3" not in key})
    return model.eval()


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_transformers(case: str, guided: bool, many: bool, peer: Any, model: Any) -> None:
    image = noisy()
    side = SAM3_SIDE // 14 * 4
    prompt = asked(case, guided, side, many)
    scale = SAM3_SIDE / np.array(image.shape[1::-1])
    half = (0.5, 0.5, 0.5)
    with torch.no_grad():
        output = peer(pixel_values=squeeze(image, SAM3_SIDE, mean=half, std=half), **inputs_of(prompt, scale))
    assert_same(model.decode(model.embed(image), [prompt])[0], output)


def test_the_folder_of_all_of_sam_3_loads_too(folder: Path, model: Any, tmp_path: Path) -> None:
    """As transformers lays it out: the detector's image encoder, the tracker's neck, and much else."""
    from safetensors.torch import load_file, save_file

    def name(key: str) -> str:
        if key.startswith("vision_encoder.backbone."):
            return f"detector_model.{key}"
        if key.startswith("vision_encoder.neck."):
            return key.replace("vision_encoder.neck", "tracker_neck")
        return f"tracker_model.{key}"

    own = adapt({}, load_file(folder / "model.safetensors"))[1]
    weights = {name(key): value for key, value in own.items()}
    more = {"detector_model.text_encoder.x": torch.zeros(1), "tracker_model.memory_encoder.x": torch.zeros(1)}
    save_file({**weights, **more}, tmp_path / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "sam3_video", "tracker_config": config}))
    assert load(tmp_path, name="all", device="cpu", dtype="float32").weights == model.weights


def test_metas_own_file_is_refused_with_what_to_use(tmp_path: Path) -> None:
    torch.save({"model": {"detector.x": torch.zeros(1)}}, tmp_path / "sam3.pt")
    with pytest.raises(ModelUnavailable, match="not from Meta's file"):
        load(tmp_path / "sam3.pt", name="file")
