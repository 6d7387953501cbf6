"""Small models of every kind that may be lent, in folders as a user would have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sam.backends.concepts import write_tiny_sam3
from tests.sam.backends.dinos import write_tiny_dino
from tests.sam.backends.owls import write_tiny_owl
from tests.sam.backends.tiny import tiny_model

SEGMENTERS = ("sam", "sam_hq", "sam2", "sam3_tracker", "edgetam", "mobile_sam", "efficient_sam")
DETECTORS = ("grounding_dino", "owlv2", "sam3")
ORIGINALS = {"mobile_sam": "mobile_sam.pt", "efficient_sam": "efficient_sam_vitt.pt"}


def write_vitmatte(folder: Path) -> Path:
    """A ViTMatte of random weights that says something else of every pixel."""
    import torch
    from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

    torch.manual_seed(0)
    backbone = VitDetConfig(
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
    sizes: dict[str, Any] = {"convstream_hidden_sizes": [4, 8, 12], "fusion_hidden_sizes": [16, 12, 8, 4]}
    model = VitMatteForImageMatting(VitMatteConfig(backbone_config=backbone, hidden_size=16, **sizes))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(folder)
    return folder


def write_finder(path: Path) -> Path:
    """A subject finder of ONNX Runtime: how bright a pixel is."""
    import onnx
    from onnx import TensorProto, helper

    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 64, 64])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1, 1, 64, 64])
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Sigmoid", ["mean"], ["answer"]),
    ]
    graph = helper.make_graph(nodes, "finder", [picture], [answer])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, path)
    return path


def write_all(folder: Path) -> dict[str, list[str]]:
    """Name -> [path, task] of a model of each kind."""
    made: dict[str, list[str]] = {}
    for family in SEGMENTERS:
        path = tiny_model(family, folder / family)
        made[family] = [str(path / ORIGINALS[family] if family in ORIGINALS else path), "segment"]
    made["grounding_dino"] = [str(write_tiny_dino(folder / "dino")), "detect"]
    made["owlv2"] = [str(write_tiny_owl(folder / "owl")), "detect"]
    made["sam3"] = [str(write_tiny_sam3(folder / "sam3 text")), "detect"]
    made["vitmatte"] = [str(write_vitmatte(folder / "vitmatte-tiny")), "matte"]
    made["salient"] = [str(write_finder(folder / "finder.onnx")), "subject"]
    return made
