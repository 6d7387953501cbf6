"""Every kind of model, lent and not lent, with the real `spaces`: `python -m tests.zero_gpu.scenario_models FOLDER`.

FOLDER holds models.json, name -> [path, task]; answers.json is written beside it.
"""

from __future__ import annotations

import json
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from .fake_cuda import end_workers, start

FOLDER = Path(sys.argv[1])
MODELS: dict[str, list[str]] = json.loads((FOLDER / "models.json").read_text())
api, traffic = start(FOLDER / "zero")

import gradio as gr  # noqa: E402
import numpy as np  # noqa: E402

import sam  # noqa: E402
from sam.high_resolution.sharpen_outlines import refine  # noqa: E402
from sam.high_resolution.tiles import Tiled  # noqa: E402
from sam.matting import AlphaEstimator, make_trimap  # noqa: E402
from sam.models.registry import load_here, place_models  # noqa: E402
from sam.runtime.gpu_seconds import Work  # noqa: E402
from sam.runtime.leases import is_lent  # noqa: E402
from sam.runtime.lending import call_method  # noqa: E402
from sam.runtime.zero_gpu import run  # noqa: E402

KINDS: dict[str, Any] = {
    "segment": sam.Segmenter,
    "detect": sam.Detector,
    "subject": sam.SubjectFinder,
    "matte": AlphaEstimator,
}
rng = np.random.default_rng(0)
IMAGE = np.kron(rng.integers(0, 256, (24, 30, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
TEXT = "cat. red car."
# Made-up weights are sure of nothing.
EVERYTHING: dict[str, Any] = {
    "points_per_side": 4,
    "output_mode": "coco_rle",
    "pred_iou_thresh": 1e-6,
    "stability_score_thresh": 0,
}


def same(one: Any, other: Any) -> bool:
    """Equal to the bit, arrays and the values that hold them too."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    if isinstance(one, dict) or type(one).__name__ == "mappingproxy":
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (sam.Masks, sam.Boxes, sam.Embedding)):
        return same(dict(vars(one)), dict(vars(other)))
    return bool(one == other)


def attributes(lent: Any, bare: Any) -> dict[str, list[str]]:
    """Public names of which the lent model has none, or another value."""
    missing, different = [], []
    for name in sorted({*dir(bare), *vars(bare)}):
        if name.startswith("_") or name == "drop_encoder":
            continue
        if not hasattr(lent, name):
            missing.append(name)
        elif not callable(getattr(bare, name)) and name != "decoder_file":
            one, other = getattr(lent, name), getattr(bare, name)
            different += [name] if one != other else []
    return {"missing": missing, "different": different}


def in_worker(lent: Any, method: str, *args: Any, **options: Any) -> Any:
    """What the model itself says, where it is."""
    return run(Work("encode"), call_method, (method, lent, *args), options, short=True)


def segmenter(lent: Any, bare: Any) -> dict[str, Any]:
    embedding = lent.embed(IMAGE)
    leases_of_embed = len(api.leases)
    bare_embedding = bare.embed(IMAGE)
    close = [
        float(np.corrcoef(embedding.arrays[name].ravel().astype(float), array.ravel().astype(float))[0, 1])
        for name, array in bare_embedding.arrays.items()
    ]
    point, box = sam.Prompt.of(points=[[100, 90]]), sam.Prompt.of(boxes=[[20, 20, 150, 150]])
    guide = np.zeros((lent.mask_side, lent.mask_side), np.float32)
    guided = sam.Prompt.of(points=[[100, 90]], mask_input=guide)
    prompts = [point, box, guided]
    api.clear()
    decodes = {
        "decode": same(lent.decode(embedding, prompts), bare.decode(embedding, prompts)),
        "decode_above": same(lent.decode_above(embedding, [point], 0.2), bare.decode_above(embedding, [point], 0.2)),
        "predict": same(lent.predict(embedding, points=[[100, 90]]), bare.predict(embedding, points=[[100, 90]])),
        "predict_many": same(lent.predict_many(embedding, prompts), bare.predict_many(embedding, prompts)),
    }
    decoder = lent.decoder_file
    leases_of_decodes = len(api.leases)
    mask = np.zeros(IMAGE.shape[:2], bool)
    mask[40:70, 40:70] = True
    api.clear()
    many = lent.embed_many([IMAGE] * 3)
    leases_of_many = len(api.leases)
    whole = sam.segment_everything(
        lent, IMAGE, points_per_side=4, output_mode="coco_rle", pred_iou_thresh=1e-6, stability_score_thresh=0
    )
    leases_of_everything = len(api.leases) - leases_of_many
    there = in_worker_everything(lent)
    api.clear()
    sharpened = refine(
        lent, np.kron(IMAGE, np.ones((10, 10, 1), np.uint8)), sam.Masks(np.kron(mask, np.ones((10, 10), bool)))
    )
    leases_of_refine = len(api.leases)
    api.clear()
    tiled = Tiled(lent, np.kron(IMAGE, np.ones((10, 10, 1), np.uint8))).predict(points=[[600, 600]])
    leases_of_tiles = len(api.leases)
    return {
        "embed": same(embedding, in_worker(lent, "embed", IMAGE)),
        "close": close,
        **decodes,
        "decoder": None if decoder is None else decoder.name == bare.decoder_file.name,
        "embed_many": all(same(one, embedding) for one in many),
        "everything": same(whole, there) and len(whole),
        "refined": list(sharpened.outcomes),
        "tiled": len(tiled),
        "leases": {
            "embed": leases_of_embed,
            "decodes": leases_of_decodes,
            "embed_many": leases_of_many,
            "everything": leases_of_everything,
            "refine": leases_of_refine,
            "tiles": leases_of_tiles,
        },
    }


def in_worker_everything(lent: Any) -> Any:
    return run(Work("everything"), sam.segment_everything, (lent, IMAGE), EVERYTHING, short=True)


def detector(lent: Any, bare: Any) -> dict[str, Any]:
    told: list[float] = []
    found = lent.detect(IMAGE, TEXT, progress=told.append)
    leases = len(api.leases)
    wanted = bare.detect(IMAGE, TEXT)
    masks = not hasattr(found, "masks") or same(found.masks(), wanted.masks())
    return {
        "detect": same(found.xyxy, wanted.xyxy) and same(found.scores, wanted.scores) and found.labels == wanted.labels,
        "count": len(found),
        "masks": masks,
        "told": bool(told),
        "leases": {"detect": leases},
    }


def matter(lent: Any, bare: Any) -> dict[str, Any]:
    y, x = np.mgrid[: IMAGE.shape[0], : IMAGE.shape[1]]
    trimap = make_trimap((y - 90) ** 2 + (x - 100) ** 2 < 50**2, 8)
    told: list[Any] = []
    found = lent.estimate_alpha(IMAGE, trimap, lambda *step: told.append(step))
    leases = len(api.leases)
    return {"alpha": same(found, bare.estimate_alpha(IMAGE, trimap)), "told": bool(told), "leases": {"alpha": leases}}


def finder(lent: Any, bare: Any) -> dict[str, Any]:
    return {"subject": same(lent.find_subject(IMAGE), bare.find_subject(IMAGE)), "leases": {"subject": len(api.leases)}}


ASKED = {"segment": segmenter, "detect": detector, "matte": matter, "subject": finder}


def answers() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (path, task) in MODELS.items():
        api.clear()
        try:
            lent = sam.load_model(path, KINDS[task])
            torch_options = {"device": "cpu"} if is_lent(lent) else {}
            bare = load_here(path, task, **torch_options)
            api.clear()
            found[name] = {"lent": is_lent(lent), "kind": isinstance(lent, KINDS[task]), **ASKED[task](lent, bare)}
            found[name] |= attributes(lent, bare)
        except Exception:
            found[name] = {"failed": traceback.format_exc()}
    return found


def main() -> None:
    first, (path, task) = next(iter(MODELS.items()))
    place_models([(path, task)])
    with gr.Blocks() as demo:
        gr.Markdown(first)
    demo.launch(prevent_thread_lock=True, quiet=True)
    result: dict[str, Any] = {"started": api.started}
    # As in the app: nothing of it runs on the main thread, where CUDA is emulated.
    thread = threading.Thread(target=lambda: result.update(models=answers()))
    thread.start()
    thread.join()
    (FOLDER / "answers.json").write_text(json.dumps(result))


if __name__ == "__main__":
    try:
        main()
    finally:
        end_workers()
