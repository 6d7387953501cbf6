"""Models of every kind that may be lent, with random weights, in folders as a user would have them.

Small ones; or with the inputs, widths and answers of the published ones, and a few of their layers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.sam.backends.concepts import write_tiny_sam3
from tests.sam.backends.dinos import lively, write_tiny_dino, write_vocabulary
from tests.sam.backends.made_up import state_of
from tests.sam.backends.owls import write_clip_words, write_tiny_owl
from tests.sam.backends.parity import answers_of, shaken
from tests.sam.backends.tiny import tiny_model

SEGMENTERS = ("sam", "sam_hq", "sam2", "sam3_tracker", "edgetam", "mobile_sam", "efficient_sam")
DETECTORS = ("grounding_dino", "owlv2", "sam3")
ORIGINALS = {"mobile_sam": "mobile_sam.pt", "efficient_sam": "efficient_sam_vitt.pt"}


def write_vitmatte(folder: Path, *, width: int = 16, side: int = 64, heads: int = 2) -> Path:
    """A ViTMatte that says something else of every pixel."""
    import torch
    from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

    torch.manual_seed(0)
    backbone = VitDetConfig(  # type: ignore[call-arg]  # out_features is of a mixin
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=heads,
        num_channels=4,
        image_size=side,
        pretrain_image_size=side,
        window_size=2 if width == 16 else 14,
        window_block_indices=[0],
        residual_block_indices=[1],
        use_relative_position_embeddings=True,
        out_features=["stage2"],
    )
    # As lists: transformers 5.18 adds its own default, a tuple, to a list.
    small: dict[str, Any] = {"convstream_hidden_sizes": [4, 8, 12], "fusion_hidden_sizes": [16, 12, 8, 4]}
    full: dict[str, Any] = {"convstream_hidden_sizes": [48, 96, 192], "fusion_hidden_sizes": [256, 128, 64, 32]}
    sizes = small if width == 16 else full
    model = VitMatteForImageMatting(VitMatteConfig(backbone_config=backbone, hidden_size=width, **sizes))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(folder)
    return folder


def write_finder(path: Path) -> Path:
    """A subject finder of ONNX Runtime, as BiRefNet is one here: how bright a pixel is."""
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


def _full_sam(folder: Path) -> None:
    from transformers import SamConfig, SamModel

    SamModel(SamConfig(vision_config={"num_hidden_layers": 2, "global_attn_indexes": [1]})).save_pretrained(folder)


def _full_sam_hq(folder: Path) -> None:
    from transformers import SamHQConfig, SamHQModel

    vision = {"num_hidden_layers": 2, "global_attn_indexes": [0, 1]}
    SamHQModel(SamHQConfig(vision_config=vision)).save_pretrained(folder)


def _full_sam2(folder: Path) -> None:
    from transformers import Sam2Config, Sam2Model

    Sam2Model(Sam2Config()).save_pretrained(folder)


def _full_sam3_tracker(folder: Path) -> None:
    from transformers import Sam3TrackerConfig, Sam3TrackerModel

    from sam.backends.sam3_tracker import register_encoder

    register_encoder()
    trunk = {"model_type": "sam3_vit_model", "num_hidden_layers": 2, "global_attn_indexes": [1]}
    vision = {"model_type": "sam3_vision_model", "backbone_config": trunk}
    config = Sam3TrackerConfig.from_dict({"vision_config": vision})
    shaken(Sam3TrackerModel(config)).save_pretrained(folder)


def _full_mobile_sam(folder: Path) -> None:
    import torch

    folder.mkdir()
    torch.save(state_of(answers_of("mobile_sam")[0]), folder / "mobile_sam.pt")


def _full_dino(folder: Path) -> None:
    from transformers import GroundingDinoConfig, GroundingDinoForObjectDetection

    config = GroundingDinoConfig(encoder_layers=2, decoder_layers=2)
    lively(GroundingDinoForObjectDetection(config)).save_pretrained(folder)
    write_vocabulary(folder)
    settings = {"image_processor_type": "GroundingDinoImageProcessor", "do_pad": True}
    settings["size"] = {"shortest_edge": 800, "longest_edge": 1333}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))


def _full_owl(folder: Path) -> None:
    import torch
    from transformers import Owlv2Config, Owlv2ForObjectDetection

    count = write_clip_words(folder)
    text = {"vocab_size": count, "num_hidden_layers": 2, "bos_token_id": count - 2, "eos_token_id": count - 1}
    vision = {"image_size": 960, "patch_size": 16, "num_hidden_layers": 2}
    torch.manual_seed(2)
    Owlv2ForObjectDetection(Owlv2Config(text_config=text, vision_config=vision)).save_pretrained(folder)
    settings = {"image_processor_type": "Owlv2ImageProcessor", "size": {"height": 960, "width": 960}}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))


FULL: dict[str, Callable[[Path], None]] = {
    "sam": _full_sam,
    "sam_hq": _full_sam_hq,
    "sam2": _full_sam2,
    "sam3_tracker": _full_sam3_tracker,
    "mobile_sam": _full_mobile_sam,
    "grounding_dino": _full_dino,
    "owlv2": _full_owl,
}


def write_all(folder: Path, *, full: bool = False, only: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Name -> [path, task] of a model of each kind.

    Args:
        folder: an empty one.
        full: with the shapes of the published ones: SAM, SAM-HQ, SAM 2.1, SAM 3's tracker, MobileSAM, EfficientSAM,
            Grounding DINO, OWLv2, ViTMatte.
        only: these; None: all.
    """
    made: dict[str, list[str]] = {}
    writers: dict[str, Callable[[Path], Any]] = {
        "grounding_dino": write_tiny_dino,
        "owlv2": write_tiny_owl,
        "sam3": write_tiny_sam3,
    }
    kinds = [*SEGMENTERS, *DETECTORS, "vitmatte", "birefnet"]
    if full:
        kinds = [*FULL, "efficient_sam", "vitmatte"]
    for kind in kinds if only is None else only:
        path = folder / f"{kind}-made-up"
        if kind == "birefnet":
            made[kind] = [str(write_finder(folder / "birefnet.onnx")), "subject"]
        elif kind == "vitmatte":
            sizes = {"width": 384, "side": 512, "heads": 6} if full else {}
            made[kind] = [str(write_vitmatte(path, **sizes)), "matte"]
        elif kind in SEGMENTERS:
            if full and kind in FULL:
                FULL[kind](path)
            else:
                tiny_model(kind, path)
            made[kind] = [str(path / ORIGINALS[kind] if kind in ORIGINALS else path), "segment"]
        else:
            (FULL if full else writers)[kind](path)
            made[kind] = [str(path), "detect"]
    return made
