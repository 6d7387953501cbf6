from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import SamConfig, SamModel

from sam.backends import sam as backend
from sam.backends.sam import SamSegmenter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real SAM of transformers with random weights; wide enough that its masks are not all alike."""
    vision: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 128}
    vision |= {"output_channels": 32, "num_pos_feats": 16, "global_attn_indexes": [0]}
    decoder = {"hidden_size": 32, "mlp_dim": 48, "iou_head_hidden_dim": 24}
    torch.manual_seed(0)
    config = SamConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 32, "image_size": 128},
        mask_decoder_config=decoder,
    )
    model = SamModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    path = tmp_path_factory.mktemp("saved")
    model.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> SamSegmenter:
    return backend.load(folder, name="tiny", device="cpu", dtype="float32")
