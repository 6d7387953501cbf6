"""Meta's names and shapes against transformers' own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import Sam2Config, Sam2Model

from sam.checkpoints import convert_sam2
from sam.checkpoints.convert_sam2 import config_of, to_transformers
from tests.sam.backends.made_up import state_of
from tests.sam.backends.parity import answers_of


@pytest.fixture(scope="module")
def original() -> dict[str, Any]:
    return state_of(answers_of("sam2")[0])


def test_names_and_shapes_are_those_of_transformers_own_model(
    original: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert_sam2, "_HEADS_AND_WINDOWS", {(8, (1, 2, 2, 1)): (1, [8, 4, 14, 7], [4])})
    with torch.device("meta"):
        own = Sam2Model(Sam2Config.from_dict(config_of(original))).state_dict()
    converted = to_transformers(original)
    assert {key: value.shape for key, value in converted.items()} == {key: value.shape for key, value in own.items()}
    points = torch.cat([original[f"sam_prompt_encoder.point_embeddings.{k}.weight"] for k in range(4)])
    torch.testing.assert_close(converted["prompt_encoder.point_embed.weight"], points)


def test_only_what_a_video_needs_is_left_out(original: dict[str, Any]) -> None:
    kept = sum(weight.numel() for weight in to_transformers(original).values())
    image = ("image_encoder.", "sam_prompt_encoder.", "sam_mask_decoder.", "no_mem_embed")
    positions = original["sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"].numel()
    assert kept == positions + sum(weight.numel() for key, weight in original.items() if key.startswith(image))


@pytest.mark.parametrize(
    ("width", "blocks", "heads"), [(96, (1, 2, 7, 2), 1), (112, (2, 3, 16, 3), 2), (144, (2, 6, 36, 4), 2)]
)
def test_a_published_size_is_known_by_its_shapes(width: int, blocks: tuple[int, ...], heads: int) -> None:
    empty = {
        "image_encoder.trunk.patch_embed.proj.weight": torch.empty(width, 3, 7, 7, device="meta"),
        "image_encoder.trunk.pos_embed": torch.empty(1, width, 7, 7, device="meta"),
    }
    number = 0
    for stage, count in enumerate(blocks):
        for _ in range(count):
            empty[f"image_encoder.trunk.blocks.{number}.norm2.weight"] = torch.empty(width * 2**stage, device="meta")
            number += 1
    trunk = config_of(empty)["vision_config"]["backbone_config"]
    assert trunk["embed_dim_per_stage"] == [width * 2**stage for stage in range(4)]
    assert trunk["num_attention_heads_per_stage"] == [heads * 2**stage for stage in range(4)]
    assert trunk["blocks_per_stage"] == list(blocks)
    assert len(trunk["global_attention_blocks"]) == 3
