"""A script, run by hand: what the families' own code answers, kept in answers/FAMILY.json to compare with.

    python originals.py SOURCES FAMILY...

SOURCES holds the published sources, unpacked: sam2 (PyPI's sam2 1.1.0), hq (segment-anything-hq 0.3), timm (1.0.31),
mobile_sam and efficient_sam (those folders of their repositories). They import torchvision, hydra and more for a few
small functions; stand-ins take their place in this process. Weights are made up by `made_up`, from their names and
shapes alone, so that an answer needs no weights beside it.
"""

from __future__ import annotations

import json
import sys
import types
import zlib
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
SAMPLES = 12
"""Logits are kept at so many rows and columns."""


def made_up(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights that no two names share, of a size that keeps signals alive through many layers."""
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    noise = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape, np.float32)
    if name.endswith("running_var"):
        return 1 + 0.2 * np.abs(noise)
    if "positional_e" in name:
        return noise
    if len(shape) == 1:
        # Scales of norms are around 1; a wrong name among biases and scales must show.
        return 0.1 * noise + (1 if name.endswith("weight") or name.endswith("gamma") else 0)
    return noise / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else noise


def state_of(layout: dict[str, list[int]]) -> dict[str, Any]:
    """Torch weights for a layout."""
    import torch

    return {name: torch.from_numpy(np.ascontiguousarray(made_up(name, tuple(s)))) for name, s in layout.items()}


def drawn() -> np.ndarray:
    """(150, 333, 3) uint8 with something at every scale."""
    y, x = np.mgrid[:150, :333]
    disk = (x - 200) ** 2 + (y - 60) ** 2 < 38**2
    slope = np.stack([255 * x / 333, 255 * y / 150, 128 + 100 * disk], -1)
    return np.clip(slope + np.random.default_rng(0).normal(0, 25, slope.shape), 0, 255).astype(np.uint8)


def earlier(side: int) -> np.ndarray:
    """(side, side) logits to refine."""
    return np.random.default_rng(1).normal(0, 4, (side, side)).astype(np.float32)


PROMPTS: dict[str, dict[str, Any]] = {
    "point": {"points": [[103.2, 85.5]], "labels": [1]},
    "points": {"points": [[103.2, 85.5], [259.7, 33]], "labels": [1, 0]},
    "box": {"boxes": [[33.3, 22.5, 276.4, 106.5]]},
    "points and box": {
        "points": [[103.2, 85.5], [259.7, 33]],
        "labels": [1, 0],
        "boxes": [[33.3, 22.5, 276.4, 106.5]],
    },
}


def sampled(logits: np.ndarray) -> list[Any]:
    """(K, h, w) -> K lists of SAMPLES x SAMPLES numbers."""
    rows = np.linspace(0, logits.shape[1] - 1, SAMPLES).astype(int)
    columns = np.linspace(0, logits.shape[2] - 1, SAMPLES).astype(int)
    return [[float(f"{value:.6g}") for value in one[np.ix_(rows, columns)].ravel()] for one in logits]


def stand_in(name: str, **contents: Any) -> None:
    """A module of this name that holds `contents`."""
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(contents)


def stand_ins() -> None:
    import torch
    from meta_oracle import stand_in_for_torchvision
    from torch.nn import functional

    class Resize(torch.nn.Module):
        def __init__(self, size: tuple[int, int]) -> None:
            super().__init__()
            self.size: list[int] = list(size)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return functional.interpolate(
                x[None], self.size, mode="bilinear", align_corners=False, antialias=True
            ).squeeze(0)

    class Normalize(torch.nn.Module):
        def __init__(self, mean: list[float], std: list[float]) -> None:
            super().__init__()
            self.mean = torch.tensor(mean)[:, None, None]
            self.std = torch.tensor(std)[:, None, None]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x - self.mean) / self.std

    def to_tensor() -> Any:
        return lambda image: torch.from_numpy(np.asarray(image)).permute(2, 0, 1).float() / 255

    stand_in_for_torchvision()
    vars(sys.modules["torchvision.transforms"]).update(Resize=Resize, Normalize=Normalize, ToTensor=to_tensor)
    stand_in("hydra", initialize_config_module=None)
    stand_in("hydra.core")
    stand_in("hydra.core.global_hydra", GlobalHydra=types.SimpleNamespace(instance=lambda: _Ready()))
    stand_in("iopath")
    stand_in("iopath.common")
    stand_in("iopath.common.file_io", g_pathmgr=None)
    stand_in("sam2._C")
    stand_in("timm")
    stand_in("timm.models")
    stand_in(
        "timm.models.layers",
        DropPath=torch.nn.Identity,
        to_2tuple=lambda x: (x, x),
        trunc_normal_=torch.nn.init.trunc_normal_,
    )
    stand_in("timm.models.registry", register_model=lambda function: function)


class _Ready:
    def is_initialized(self) -> bool:
        return True


def written(family: str, model: Any, answers: dict[str, Any]) -> None:
    layout = {name: list(value.shape) for name, value in model.state_dict().items()}
    lines = [f"  {json.dumps(name)}: {json.dumps(shape)}" for name, shape in layout.items()]
    body = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in answers.items()]
    text = '{\n"layout": {\n' + ",\n".join(lines) + '\n},\n"answers": {\n' + ",\n".join(body) + "\n}\n}\n"
    (HERE / "answers" / f"{family}.json").write_text(text)


def filled(model: Any) -> Any:
    model.load_state_dict(state_of({name: list(value.shape) for name, value in model.state_dict().items()}))
    return model.eval()


def ask(predictor: Any, side: int, many: tuple[bool, ...] = (True, False), masks: bool = True) -> dict[str, Any]:
    """Answers of a predictor with SamPredictor's interface."""
    predictor.set_image(drawn())
    answers = {}
    cases = {**PROMPTS, **({"mask": {**PROMPTS["point"], "mask_input": True}} if masks else {})}
    for name, prompt in cases.items():
        given: dict[str, Any] = {}
        if "points" in prompt:
            given |= {"point_coords": np.array(prompt["points"]), "point_labels": np.array(prompt["labels"])}
        if "boxes" in prompt:
            given["box"] = np.array(prompt["boxes"][0])
        if "mask_input" in prompt:
            given["mask_input"] = earlier(side)[None]
        for several in many:
            _, scores, logits = predictor.predict(**given, multimask_output=several)
            answers[f"{name}/{'many' if several else 'one'}"] = {
                "scores": [float(f"{score:.6g}") for score in scores],
                "logits": sampled(logits),
            }
    return answers


def sam2(sources: Path) -> None:
    """Meta's SAM 2, all of it, behind a narrow trunk."""
    import importlib

    import yaml

    sys.path.insert(0, str(sources / "sam2"))
    config = yaml.safe_load((sources / "sam2/sam2/configs/sam2.1/sam2.1_hiera_t.yaml").read_text())["model"]
    config["image_encoder"]["trunk"] |= {
        "embed_dim": 8,
        "stages": [1, 2, 2, 1],
        "global_att_blocks": [4],
        "window_spec": [8, 4, 14, 7],
    }
    config["image_encoder"]["neck"]["backbone_channel_list"] = [64, 32, 16, 8]
    # As build_sam.py does it for images and for videos alike.
    config["sam_mask_decoder_extra_args"] = {
        "dynamic_multimask_via_stability": True,
        "dynamic_multimask_stability_delta": 0.05,
        "dynamic_multimask_stability_thresh": 0.98,
    }

    def make(value: Any) -> Any:
        if isinstance(value, list):
            return [make(one) for one in value]
        if not isinstance(value, dict):
            return 1e-6 if value == "1e-6" else value  # which PyYAML takes for a text
        arguments = {key: make(one) for key, one in value.items() if key != "_target_"}
        if "_target_" not in value:
            return arguments
        module, _, name = value["_target_"].rpartition(".")
        return getattr(importlib.import_module(module), name)(**arguments)

    model = filled(make(config))
    predictor = importlib.import_module("sam2.sam2_image_predictor").SAM2ImagePredictor(model)
    written("sam2", model, ask(predictor, 256))


def sam_hq(sources: Path) -> None:
    """The authors' HQ-SAM behind a thin ViT, built as build_sam.py does.

    For three masks they return the one of the highest score alone, so only single masks are asked for.
    """
    from functools import partial

    import torch

    sys.path.insert(0, str(sources / "hq"))
    from segment_anything_hq import SamPredictor
    from segment_anything_hq.modeling import ImageEncoderViT, MaskDecoderHQ, PromptEncoder, Sam, TwoWayTransformer

    model = Sam(
        image_encoder=ImageEncoderViT(
            depth=3,
            embed_dim=768,
            img_size=256,
            mlp_ratio=1,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            num_heads=12,
            patch_size=16,
            qkv_bias=True,
            use_rel_pos=True,
            global_attn_indexes=[1, 2],
            window_size=7,
            out_chans=256,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=256, image_embedding_size=(16, 16), input_image_size=(256, 256), mask_in_chans=16
        ),
        mask_decoder=MaskDecoderHQ(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=128, num_heads=8),
            transformer_dim=256,
            iou_head_depth=3,
            iou_head_hidden_dim=256,
            vit_dim=768,
        ),
    )
    written("sam_hq", filled(model), ask(SamPredictor(model), 64, many=(False,)))


FAMILIES = {"sam2": sam2, "sam_hq": sam_hq}


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    stand_ins()
    for chosen in sys.argv[2:]:
        FAMILIES[chosen](Path(sys.argv[1]))
