"""A script, run in a process of its own for each peer: SAM ViT-B's shape with the same made-up weights, timed.

    python -m tests.bench.peers PEER FOLDER

PEER is meta (segment-anything 1.0), transformers, ours-exact or ours-default. FOLDER holds request.json, image.npy and
weights.pth (meta makes them when they are not there); FOLDER/PEER.json is written. Meta's package and transformers'
pipeline import torchvision for a few small functions: stand-ins take their place, the same for both.
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
SIDE = 1024
VIT_B = {
    "depth": 12,
    "embed_dim": 768,
    "img_size": SIDE,
    "mlp_ratio": 4,
    "num_heads": 12,
    "patch_size": 16,
    "window_size": 14,
    "global_attn_indexes": [2, 5, 8, 11],
    "out_chans": 256,
}
DECODER = {"mlp_dim": 2048, "iou_head_depth": 3, "iou_head_hidden_dim": 256}


def oracle() -> Any:
    """The module that makes Meta's classes, and has the stand-ins."""
    sys.path.insert(0, str(ROOT / "tests/sam/backends"))
    return importlib.import_module("meta_oracle")


def timed(run: Callable[[], Any], runs: int, warm: int = 1) -> dict[str, list[float]]:
    """Seconds on the clock and of the processor, each run; `warm` runs before do not count."""
    for _ in range(warm):
        run()
    wall, cpu = [], []
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return {"wall": wall, "cpu": cpu}


def alternated(jobs: dict[str, Callable[[], Any]], runs: int) -> dict[str, dict[str, list[float]]]:
    """`timed` of each job, one after the other and again: what slows the machine for a while slows all of them."""
    found: dict[str, dict[str, list[float]]] = {name: {"wall": [], "cpu": []} for name in jobs}
    for turn in range(runs + 1):
        for name, job in jobs.items():
            once = timed(job, 1, 0)
            if turn:
                for clock, values in once.items():
                    found[name][clock] += values
    return found


def memory(what: str) -> float:
    """GB that this process has (VmRSS), or has had at most (VmHWM); 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1e6 for line in lines if line.startswith(what)), 0.0)


def measured(run: Callable[[], list[Any]]) -> dict[str, Any]:
    """One run of everything mode, with the image encoded already: its time, and the memory that it takes on top."""
    clear = Path("/proc/self/clear_refs")
    before = memory("VmRSS")
    if clear.exists():
        clear.write_text("5")  # forgets the peak so far
    start, used = time.perf_counter(), time.process_time()
    count = len(run())
    took = {"wall": time.perf_counter() - start, "cpu": time.process_time() - used}
    return {**took, "memory": memory("VmHWM") - before, "masks": count}


def thresholds(model: Any, embedding: Any, request: dict[str, Any]) -> list[float]:
    """Predicted IoU that `share` of the masks pass, and stability that half of those pass at the image's full size."""
    import cv2

    from sam import Prompt
    from sam.masks import stability_score

    height, width = embedding.size_hw
    points = np.random.default_rng(0).uniform(0, 1, (request["sample"], 2)) * (width, height)
    answers = model.decode(embedding, [Prompt.of(points=[xy]) for xy in points])
    scores = np.concatenate([scores for _, scores in answers])
    least = float(np.quantile(scores, 1 - request["share"]))
    stability = []
    for logits, score in answers:
        for one in logits[score > least]:
            rows = round(one.shape[0] * embedding.input_hw[0] / embedding.input_size)
            columns = round(one.shape[1] * embedding.input_hw[1] / embedding.input_size)
            stability.append(float(stability_score(cv2.resize(one[:rows, :columns], (width, height)), 0.0, 1.0)))
    return [least, float(np.quantile(stability, 0.5))]


def meta(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    import torch

    own = oracle()
    own.stand_in_for_torchvision()
    from segment_anything import SamAutomaticMaskGenerator, SamPredictor

    model = own.random_sam(VIT_B, DECODER, 0)
    if not (folder / "weights.pth").exists():
        torch.save(model.state_dict(), folder / "weights.pth")
    image = np.load(folder / "image.npy")
    found: dict[str, Any] = {}
    predictor = SamPredictor(model)
    predictor.set_image(image)
    if "encode" in request["parts"]:
        found["encode"] = timed(lambda: predictor.set_image(image), request["runs"], 0)
    if "decode" in request["parts"]:
        point, label = torch.tensor([[[480.0, 270.0]]]), torch.tensor([[1]])

        @torch.no_grad()
        def decode() -> Any:
            sparse, dense = model.prompt_encoder(points=(point, label), boxes=None, masks=None)
            return model.mask_decoder(
                image_embeddings=predictor.features,
                image_pe=model.prompt_encoder.get_dense_pe(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=True,
            )

        found["decode"] = timed(decode, request["clicks"])
    if "boxes" in request["parts"]:
        boxes = boxes_in(image, request["boxes"])
        found["boxes one by one"] = timed(lambda: [predictor.predict(box=np.array(one)) for one in boxes], 1)
    if "everything" in request["parts"]:
        generator = SamAutomaticMaskGenerator(model, output_mode="coco_rle", **request["options"])
        generator.predictor = predictor
        predictor.set_image = predictor.reset_image = lambda *_: None
        found["everything"] = measured(lambda: generator.generate(image))
    return found


def transformers(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    import torch
    from transformers import MaskGenerationPipeline, SamConfig, SamModel
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    from sam.checkpoints.convert_sam import config_of, to_transformers

    state = torch.load(folder / "weights.pth", weights_only=True)
    model = SamModel(SamConfig.from_dict(config_of(state)))
    model.load_state_dict(to_transformers(state))
    model.eval()
    processor = SamImageProcessorPil()
    oracle().stand_in_for_torchvision()
    from PIL import Image

    image = Image.fromarray(np.load(folder / "image.npy"))
    found: dict[str, Any] = {}
    with torch.no_grad():
        pixels = processor(image, return_tensors="pt")["pixel_values"]
        embedding = model.get_image_embeddings(pixels)
        if "encode" in request["parts"]:

            def encode() -> Any:
                return model.get_image_embeddings(processor(image, return_tensors="pt")["pixel_values"])

            found["encode"] = timed(encode, request["runs"], 0)
        if "decode" in request["parts"]:
            point = torch.tensor([[[[480.0, 270.0]]]])
            found["decode"] = timed(lambda: model(image_embeddings=embedding, input_points=point), request["clicks"])
    if "everything" in request["parts"]:
        model.get_image_embeddings = lambda *_: embedding  # type: ignore[method-assign]
        options = request["options"]
        # Its last step asks whether torchvision is installed, for one function, which has its stand-in.
        last = SamImageProcessorPil.post_process_for_mask_generation.__wrapped__
        processor.post_process_for_mask_generation = functools.partial(last, processor)
        pipeline = MaskGenerationPipeline(model=model, image_processor=processor)
        found["everything"] = measured(
            lambda: pipeline(
                image,
                points_per_batch=64,
                points_per_crop=options["points_per_side"],
                pred_iou_thresh=options["pred_iou_thresh"],
                stability_score_thresh=options["stability_score_thresh"],
                crops_nms_thresh=0.7,
                output_rle_mask=True,
            )["masks"]
        )
    return found


def ours(folder: Path, request: dict[str, Any], exact: bool) -> dict[str, Any]:
    import onnxruntime

    import sam
    from sam import Prompt
    from sam.backends.sam import load

    image = np.load(folder / "image.npy")
    model = load(folder / "weights.pth", name="vit-b", device="cpu", dtype="float32" if exact else None)
    embedding = model.embed(image)
    found: dict[str, Any] = {"dtype": str(model.dtype)}
    if "thresholds" in request["parts"]:
        found["thresholds"] = thresholds(model, embedding, request)
    if "encode" in request["parts"]:
        found["encode"] = timed(lambda: model.embed(image), request["runs"], 0)
        np.save(folder / f"masks-{exact}.npy", model.predict(embedding, boxes=[[500, 200, 1400, 900]]).masks)
    if "decode" in request["parts"]:
        prompt = Prompt.of(points=[[900, 500]])
        found["torch decode"] = timed(lambda: model.decode(embedding, [prompt]), request["clicks"])
        if not exact:
            file = model.decoder_file
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = request["threads"]
            session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            feeds = {
                "image_embeddings": embedding.arrays["image_embeddings"],
                "point_coords": np.array([[[480, 270], [0, 0]]], np.float32),
                "point_labels": np.array([[1, -1]], np.float32),
                "mask_input": np.zeros((1, 1, 256, 256), np.float32),
                "has_mask_input": np.zeros(1, np.float32),
            }
            found["decode"] = timed(lambda: session.run(None, feeds), request["clicks"])
    if "boxes" in request["parts"]:
        prompts = [Prompt.of(boxes=[one]) for one in boxes_in(image, request["boxes"])]
        jobs: dict[str, Callable[[], Any]] = {
            "boxes together": lambda: model.predict_many(embedding, prompts),
            "boxes one by one": lambda: [model.predict_many(embedding, [one]) for one in prompts],
        }
        found |= alternated(jobs, 5)
    if "everything" in request["parts"]:
        model.embed_many = lambda images: [embedding] * len(images)  # type: ignore[method-assign]
        found["everything"] = measured(
            lambda: sam.segment_everything(model, image, exact=exact, output_mode="coco_rle", **request["options"])
        )
    return found


def boxes_in(image: np.ndarray, count: int) -> list[list[float]]:
    """Boxes of 300 x 250 pixels, anywhere in the image."""
    corners = np.random.default_rng(1).uniform(0, 0.6, (count, 2)) * image.shape[1::-1]
    return [[x, y, x + 300, y + 250] for x, y in corners]


def main(peer: str, folder: Path) -> None:
    import torch

    request = json.loads((folder / "request.json").read_text())
    torch.set_num_threads(request["threads"])
    peers: dict[str, Callable[[], dict[str, Any]]] = {
        "meta": lambda: meta(folder, request),
        "transformers": lambda: transformers(folder, request),
        "ours-exact": lambda: ours(folder, request, True),
        "ours-default": lambda: ours(folder, request, False),
    }
    (folder / f"{peer}.json").write_text(json.dumps(peers[peer]()))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
