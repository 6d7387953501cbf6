"""Original Grounding DINO files: every weight finds its place."""

from __future__ import annotations

import pytest
import torch

from sam import ModelUnavailable
from sam.checkpoints.convert_grounding_dino import dino_config, dino_to_hub

from ..backends.dinos import original_shapes, original_weights

SIZES = [{}, {"embed": 16, "heads": (2, 4, 8, 16), "depths": (2, 2, 3, 2), "window": 6, "layers": 3}]


@pytest.mark.parametrize("sizes", SIZES, ids=["swint", "swinb"])
def test_no_key_is_missing_or_unknown(sizes, tmp_path):
    from transformers import GroundingDinoConfig, GroundingDinoForObjectDetection

    from sam.backends._text import build

    state = original_weights(**sizes)
    kind = GroundingDinoConfig, GroundingDinoForObjectDetection
    model = build(kind, dino_config(state), dino_to_hub(state), tmp_path / "any.pth", "Grounding DINO")
    assert model.model.level_embed.equal(state["transformer.level_embed"])
    # Queries, keys and values come from one array, in this order.
    packed = state["transformer.decoder.layers.1.ca_text.in_proj_weight"]
    there = model.model.decoder.layers[1].encoder_attn_text
    assert torch.cat([there.query.weight, there.key.weight, there.value.weight]).equal(packed)
    packed = state["backbone.0.layers.2.blocks.1.attn.qkv.bias"]
    there = {name: weight for name, weight in model.named_parameters() if "layers.2.blocks.1.attention" in name}
    parts = [next(w for n, w in there.items() if n.endswith(f"{part}.bias")) for part in ("q_proj", "k_proj", "v_proj")]
    assert torch.cat(parts).equal(packed)


def test_every_weight_is_used_once():
    state = original_weights()
    left_out = {key for key in state if "index" in key or "position_ids" in key or key.startswith("bert.pooler.")}
    used = [key for key in state if key not in left_out]
    threefold = [key for key in used if ".qkv." in key or ".in_proj_" in key]
    assert len(dino_to_hub(state)) == len(used) + 2 * len(threefold)


def test_the_configuration_is_read_off_the_shapes():
    config = dino_config(original_weights())
    assert config["backbone_config"]["depths"] == [2, 2, 2, 2]
    assert config["backbone_config"]["window_size"] == 4
    assert config["backbone_config"]["out_indices"] == [2, 3, 4]
    assert (config["d_model"], config["num_queries"], config["decoder_n_points"]) == (32, 30, 4)


def test_unknown_names_stay():
    assert dino_to_hub({"something.else": 1}) == {"something.else": 1}


@pytest.mark.parametrize("lost", ["transformer.level_embed", "backbone.0.patch_embed.proj.weight"])
def test_other_weights_are_refused(lost):
    shapes = {name: torch.empty(shape, device="meta") for name, shape in original_shapes().items() if name != lost}
    with pytest.raises(ModelUnavailable, match="expected the weights of a Grounding DINO, but"):
        dino_config(shapes)
