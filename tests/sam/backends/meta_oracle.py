"""A script, run in a process of its own: what Meta's segment-anything package answers, to compare ours with.

    python meta_oracle.py FOLDER...

reads FOLDER/request.json and FOLDER/images.npz, writes FOLDER/model.pth (random weights in Meta's own format) and
FOLDER/answers.npz. The package imports torchvision for four small functions; torchvision breaks transformers by being
there at all, so they are put in its place here, in this process alone.
"""

from __future__ import annotations

import json
import sys
import types
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image


def stand_in_for_torchvision() -> None:
    """The functions of torchvision that segment-anything uses, as torchvision defines them for these inputs."""

    def to_pil_image(array):
        return Image.fromarray(array)

    def resize(image, size):
        return image.resize((size[1], size[0]), Image.Resampling.BILINEAR)

    def box_area(boxes):
        return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

    def batched_nms(boxes, scores, idxs, iou_threshold):
        order = scores.argsort(descending=True, stable=True)
        keep = []
        while len(order):
            first, order = order[0], order[1:]
            keep.append(first)
            low = torch.maximum(boxes[first, :2], boxes[order, :2])
            high = torch.minimum(boxes[first, 2:], boxes[order, 2:])
            both = (high - low).clamp(min=0).prod(1)
            iou = both / (box_area(boxes[first][None]) + box_area(boxes[order]) - both)
            order = order[(iou <= iou_threshold) | (idxs[order] != idxs[first])]
        return torch.stack(keep) if keep else torch.zeros(0, dtype=torch.long)

    for name, contents in {
        "torchvision": {},
        "torchvision.transforms": {},
        "torchvision.transforms.functional": {"resize": resize, "to_pil_image": to_pil_image},
        "torchvision.ops": {},
        "torchvision.ops.boxes": {"batched_nms": batched_nms, "box_area": box_area},
    }.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(contents)


def random_sam(encoder: dict, decoder: dict, seed: int):
    """A Sam of Meta's classes, built as build_sam.py does, in any size, with weights that all matter."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    size, patch, width = encoder["img_size"], encoder["patch_size"], encoder["out_chans"]
    torch.manual_seed(seed)
    model = Sam(
        image_encoder=ImageEncoderViT(
            qkv_bias=True, use_rel_pos=True, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), **encoder
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=width,
            image_embedding_size=(size // patch, size // patch),
            input_image_size=(size, size),
            mask_in_chans=16,
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=decoder["mlp_dim"], num_heads=8),
            transformer_dim=width,
            iou_head_depth=decoder["iou_head_depth"],
            iou_head_hidden_dim=decoder["iou_head_hidden_dim"],
        ),
    )
    # Meta starts positions, biases and norms at 0 and 1: a wrong name among them would not show.
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return model.eval()


def answer(folder: Path) -> None:
    """All prompts of the request."""
    from segment_anything import SamPredictor

    request = json.loads((folder / "request.json").read_text())
    images = np.load(folder / "images.npz")
    model = random_sam(request["encoder"], request["decoder"], request["seed"])
    torch.save(model.state_dict(), folder / "model.pth")
    predictor = SamPredictor(model)
    answers = {}
    for image in images.files:
        predictor.set_image(images[image])
        answers[f"{image}/embedding"] = predictor.get_image_embedding().numpy()
        for prompt in request["prompts"][image]:
            arrays = {
                name: np.array(prompt[name]) for name in ("point_coords", "point_labels", "box") if name in prompt
            }
            if "mask_input" in prompt:
                arrays["mask_input"] = answers[f"{image}/{prompt['mask_input']}/logits"][:1]
            for many in request["multimask_output"]:
                masks, scores, logits = predictor.predict(**arrays, multimask_output=many)
                key = f"{image}/{prompt['name']}" + ("" if many else "/single")
                answers |= {f"{key}/masks": masks, f"{key}/scores": scores, f"{key}/logits": logits}
    np.savez(folder / "answers.npz", **answers)


if __name__ == "__main__":
    stand_in_for_torchvision()
    torch.set_num_threads(1)
    for argument in sys.argv[1:]:
        answer(Path(argument))
