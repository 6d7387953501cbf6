"""A script, run by hand: what the families' own code answers, kept in answers/FAMILY.json to compare with.

    python originals.py SOURCES FAMILY...

SOURCES holds the published sources, unpacked: sam2 (PyPI's sam2 1.1.0), hq (segment-anything-hq 0.3, which has
MobileSAM's encoder, too), timm (1.0.31), and efficient_sam/model.py (the modules of its repository's folder
efficient_sam put together). They import torchvision, hydra and more for a few
small functions; stand-ins take their place in this process. Weights are made up from their names and shapes alone
(made_up.py), so that an answer needs no weights beside it.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
from made_up import PROMPTS, drawn, earlier, sampled, state_of

HERE = Path(__file__).parent


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


def meta_sam2(sources: Path, trunk: dict[str, Any], channels: list[int]) -> Any:
    """SAM2Base as sam2.1_hiera_t.yaml makes it, without the trunk of its image encoder where `trunk` is empty."""
    import importlib

    import yaml

    sys.path.insert(0, str(sources / "sam2"))
    config = yaml.safe_load((sources / "sam2/sam2/configs/sam2.1/sam2.1_hiera_t.yaml").read_text())["model"]
    config["image_encoder"]["trunk"] |= trunk
    config["image_encoder"]["neck"]["backbone_channel_list"] = channels
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

    return make(config)


def sam2(sources: Path) -> None:
    """Meta's SAM 2, all of it, behind a narrow trunk."""
    narrow = {"embed_dim": 8, "stages": [1, 2, 2, 1], "global_att_blocks": [4], "window_spec": [8, 4, 14, 7]}
    model = filled(meta_sam2(sources, narrow, [64, 32, 16, 8]))
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    written("sam2", model, ask(SAM2ImagePredictor(model), 256))


def edgetam(sources: Path) -> None:
    """SAM 2 behind timm's RepViT, which is what EdgeTAM's configuration asks for, in a narrow size."""
    import torch

    narrow = {"embed_dim": 8, "stages": [1, 2, 2, 1], "global_att_blocks": [4], "window_spec": [8, 4, 14, 7]}
    model = meta_sam2(sources, narrow, [64, 32, 16, 8])
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    real_timm(sources)
    import timm

    class Trunk(torch.nn.Module):
        """As TimmBackbone of EdgeTAM's repository."""

        def __init__(self) -> None:
            super().__init__()
            self.body = timm.create_model(
                "repvit_m1",
                features_only=True,
                out_indices=(0, 1, 2, 3),
                embed_dim=(8, 16, 32, 64),
                depth=(2, 1, 3, 1),
            )

        def forward(self, x: Any) -> Any:
            return self.body(x)

    model.image_encoder.trunk = Trunk()
    model = filled(model)
    written("edgetam", model, ask(SAM2ImagePredictor(model), 256, many=(True,)))


def real_timm(sources: Path) -> None:
    """timm itself, which imports torchvision for training's sake: whatever it asks for there is an empty class."""
    import importlib.abc
    import importlib.machinery

    class Empty(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            modes = ("BILINEAR", "NEAREST", "BICUBIC", "LANCZOS", "BOX", "HAMMING")
            return type(name, (), {mode: number for number, mode in enumerate(modes)})

    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name: str, *_: Any) -> Any:
            found = name.split(".")[0] == "torchvision"
            return importlib.machinery.ModuleSpec(name, self, is_package=True) if found else None

        def create_module(self, spec: Any) -> Any:
            module = Empty(spec.name)
            vars(module).update(__path__=[], __version__="0.25")
            return module

        def exec_module(self, module: Any) -> None:
            pass

    for name in [name for name in sys.modules if name.split(".")[0] in ("timm", "torchvision")]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder())
    sys.path.insert(0, str(sources / "timm"))


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


def mobile_sam(sources: Path) -> None:
    """MobileSAM as its build_sam.py makes it, with the copy of its encoder in segment-anything-hq."""
    import torch

    sys.path.insert(0, str(sources / "hq"))
    from segment_anything_hq import SamPredictor
    from segment_anything_hq.modeling import MaskDecoder, PromptEncoder, Sam, TinyViT, TwoWayTransformer

    class Encoder(TinyViT):
        """For 256 pixels, a sixteenth of the work; the original's forward has 1024 pixels written into it."""

        def forward(self, x: torch.Tensor) -> Any:
            x = self.patch_embed(x)
            for layer in self.layers:
                x = layer(x)
            return self.neck(x.view(len(x), 16, 16, -1).permute(0, 3, 1, 2))

    encoder = Encoder(
        img_size=256,
        in_chans=3,
        num_classes=1000,
        embed_dims=[64, 128, 160, 320],
        depths=[2, 2, 6, 2],
        num_heads=[2, 4, 5, 10],
        window_sizes=[7, 7, 14, 7],
        mlp_ratio=4.0,
        drop_path_rate=0.0,
    )
    prompts = PromptEncoder(embed_dim=256, image_embedding_size=(16, 16), input_image_size=(256, 256), mask_in_chans=16)
    decoder = MaskDecoder(
        num_multimask_outputs=3,
        transformer=TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8),
        transformer_dim=256,
        iou_head_depth=3,
        iou_head_hidden_dim=256,
    )
    model = filled(Sam(encoder, prompts, decoder))

    class Predictor(SamPredictor):
        """As MobileSAM's, which is SAM's: without the features between, and with SAM's own decoder."""

        def set_torch_image(self, image: torch.Tensor, original: Any) -> None:
            self.reset_image()
            self.original_size, self.input_size = original, tuple(image.shape[-2:])
            self.features = self.model.image_encoder(self.model.preprocess(image))
            self.is_image_set = True

        def predict(self, multimask_output: bool, **given: Any) -> Any:
            scale = {
                name: self.transform.apply_coords(given[name], self.original_size)
                for name in ["point_coords"]
                if name in given
            }
            points = None
            if scale:
                points = (
                    torch.as_tensor(scale["point_coords"], dtype=torch.float)[None],
                    torch.as_tensor(given["point_labels"], dtype=torch.int)[None],
                )
            box = None
            if "box" in given:
                box = torch.as_tensor(self.transform.apply_boxes(given["box"], self.original_size), dtype=torch.float)
            mask = torch.as_tensor(given["mask_input"])[None] if "mask_input" in given else None
            with torch.no_grad():
                sparse, dense = self.model.prompt_encoder(points=points, boxes=box, masks=mask)
                logits, scores = self.model.mask_decoder(
                    image_embeddings=self.features,
                    image_pe=self.model.prompt_encoder.get_dense_pe(),
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                    multimask_output=multimask_output,
                    **{"hq_token_only": False, "interm_embeddings": None},
                )
            return None, scores[0].numpy(), logits[0].numpy()

    with torch.no_grad():
        written("mobile_sam", model, ask(Predictor(model), 64))


def efficient_sam(sources: Path) -> None:
    """EfficientSAM's parts in one file, as its repository's commit 0a99594 has them, in a small size."""
    import torch

    sys.path.insert(0, str(sources))
    from efficient_sam.model import EfficientSam

    model = filled(EfficientSam(256, 128, 2, 3))

    class Predictor:
        def set_image(self, image: np.ndarray) -> None:
            pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
            self.size = pixels.shape[2:]
            self.features = model.image_encoder(model.preprocess(pixels))

        def predict(
            self, multimask_output: bool, point_coords: Any = None, point_labels: Any = None, box: Any = None
        ) -> Any:
            coords = [] if box is None else [np.reshape(box, (2, 2))]
            labels = [] if box is None else [[2, 3]]
            coords += [] if point_coords is None else [point_coords]
            labels += [] if point_labels is None else [point_labels]
            logits, scores = model.predict_masks(
                self.features,
                torch.from_numpy(np.concatenate(coords)).float()[None, None],
                torch.from_numpy(np.concatenate(labels)).float()[None, None],
                multimask_output,
                *self.size,
            )
            return None, scores[0].numpy(), logits[0].numpy()

    with torch.no_grad():
        written("efficient_sam", model, ask(Predictor(), 64, masks=False))


FAMILIES = {
    "sam2": sam2,
    "edgetam": edgetam,
    "sam_hq": sam_hq,
    "mobile_sam": mobile_sam,
    "efficient_sam": efficient_sam,
}


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    stand_ins()
    for chosen in sys.argv[2:]:
        FAMILIES[chosen](Path(sys.argv[1]))
