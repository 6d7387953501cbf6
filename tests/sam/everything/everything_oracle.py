"""A script, run in a process of its own: what Meta's SamAutomaticMaskGenerator finds, to compare ours with.

    python everything_oracle.py FOLDER

reads FOLDER/request.json and FOLDER/image.npy, writes FOLDER/model.pth and FOLDER/answers.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))
from meta_oracle import random_sam, stand_in_for_torchvision


def near_point(x, y, score, cells):
    """(cells, cells) to add to the logits of random weights, which know no place: a hill around the point.

    Without it every mask would fill its crop, and all would be dropped at the crop's edge.
    """
    place = (np.arange(cells) + 0.5) / cells
    radius = 0.12 + 0.4 * abs(score)
    return (0.5 - 0.5 * ((place[None] - x) ** 2 + (place[:, None] - y) ** 2) / radius**2).astype(np.float32)


class LocalPredictor:
    """Meta's predictor with `near_point` added to its logits, for one mask or three."""

    def __init__(self, predictor, many):
        self._predictor = predictor
        self._many = many

    def __getattr__(self, name):
        return getattr(self._predictor, name)

    def predict_torch(self, points, labels, multimask_output, return_logits):
        own = self._predictor
        _, scores, low = own.predict_torch(points, labels, multimask_output=self._many, return_logits=True)
        side = own.model.image_encoder.img_size
        for row, (x, y) in enumerate((points[:, 0] / side).tolist()):
            for k, score in enumerate(scores[row].tolist()):
                low[row, k] += torch.from_numpy(near_point(x, y, score, low.shape[-1]))
        return own.model.postprocess_masks(low, own.input_size, own.original_size), scores, low


def answer(folder: Path) -> None:
    """All cases of the request."""
    from segment_anything import SamAutomaticMaskGenerator

    request = json.loads((folder / "request.json").read_text())
    image = np.load(folder / "image.npy")
    model = random_sam(request["encoder"], request["decoder"], request["seed"])
    torch.save(model.state_dict(), folder / "model.pth")
    answers = []
    for options in request["cases"]:
        many = options.pop("multimask_output")
        generator = SamAutomaticMaskGenerator(model, output_mode="coco_rle", **options)
        generator.predictor = LocalPredictor(generator.predictor, many)
        answers.append(generator.generate(image))
    (folder / "answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    stand_in_for_torchvision()
    torch.set_num_threads(1)
    answer(Path(sys.argv[1]))
