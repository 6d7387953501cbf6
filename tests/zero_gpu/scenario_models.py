"""Every kind of model, lent and not lent, with the real `spaces`: `python -m tests.zero_gpu.scenario_models FOLDER`.

FOLDER holds models.json, name -> [path, task]; answers.json is written beside it.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
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
from sam.models.registry import MODELS as MODELS_HERE  # noqa: E402
from sam.models.registry import load_here, place_models  # noqa: E402
from sam.runtime.gpu_seconds import Work  # noqa: E402
from sam.runtime.leases import is_lent  # noqa: E402
from sam.runtime.lending import call_method, held_bytes  # noqa: E402
from sam.runtime.zero_gpu import run  # noqa: E402

KINDS: dict[str, Any] = {
    "segment": sam.Segmenter,
    "detect": sam.Detector,
    "subject": sam.SubjectFinder,
    "matte": AlphaEstimator,
}
rng = np.random.default_rng(0)
IMAGE = np.kron(rng.integers(0, 256, (24, 30, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
LARGE = 10
"""How many times larger photos are that models see more of in parts."""
TEXT = "cat. red car."
ASIDE = {"drop_encoder", "images_at_once"}
"""Of no answer: what gave up the weights here, and how many photos share a lease."""
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
    if type(one).__name__ == "Tensor":
        return one.dtype == other.dtype and bool((one == other).all())
    return bool(one == other)


def attributes(lent: Any, bare: Any, compared: Iterable[str]) -> list[str]:
    """Public names of which the lent model has none, another value, or that nobody has compared."""
    wrong = []
    for name in sorted({*dir(bare), *vars(bare)}):
        if name.startswith("_") or name in ASIDE:
            continue
        if not hasattr(lent, name):
            wrong.append(f"no {name}")
        elif callable(getattr(bare, name)):
            wrong += [] if name in compared else [f"{name} was not called"]
        elif name == "decoder_file":
            one, other = getattr(lent, name), getattr(bare, name)
            # The decoder's precision is part of its file's name.
            wrong += [name] if (one is None) != (other is None) else []
        else:
            wrong += [name] if getattr(lent, name) != getattr(bare, name) else []
    return wrong


def refusals(lent: Any, bare: Any, asked: Mapping[str, Callable[[Any], Any]]) -> list[str]:
    """What is refused in other words, or not at all."""
    return [name for name, ask in asked.items() if _refusal(lent, ask) != _refusal(bare, ask)]


def _refusal(model: Any, ask: Callable[[Any], Any]) -> tuple[str, str]:
    try:
        ask(model)
    except sam.SamError as error:
        return type(error).__name__, str(error)
    return "", "not refused"


def apart(one: sam.Masks, other: sam.Masks) -> str:
    """How far two lists of masks are from each other, in words."""
    if one.masks.shape != other.masks.shape:
        return f"({len(one)} and {len(other)} masks)"
    pixels = int((one.masks != other.masks).sum())
    return f"({pixels} pixels of {one.masks.size}, scores by {np.abs(one.scores - other.scores).max(initial=0):.1e})"


class Counted:
    """Counts leases and bytes of what is done inside.

    Attributes:
        leases, sent, got: by name of what was done.
    """

    def __init__(self) -> None:
        self.leases: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.got: dict[str, int] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        api.clear()
        traffic.clear()
        yield
        self.leases[name] = len(api.leases)
        self.sent[name], self.got[name] = sum(traffic.sent), sum(traffic.got)


def in_worker(lent: Any, method: str, *args: Any, **options: Any) -> Any:
    """What the model itself says, where it is."""
    return run(Work("encode"), call_method, (method, lent, *args), options, short=True)


def segmenter(lent: Any, bare: Any) -> dict[str, Any]:
    count = Counted()
    with count("embed"):
        embedding = lent.embed(IMAGE)
    close = [
        float(np.corrcoef(embedding.arrays[name].ravel().astype(float), array.ravel().astype(float))[0, 1])
        for name, array in bare.embed(IMAGE).arrays.items()
    ]
    point, box = sam.Prompt.of(points=[[100, 90]]), sam.Prompt.of(boxes=[[20, 20, 150, 150]])
    guide = np.zeros((lent.mask_side, lent.mask_side), np.float32)
    prompts = [point, box, sam.Prompt.of(points=[[100, 90]], mask_input=guide)]
    asked: dict[str, Callable[[Any], Any]] = {
        "decode": lambda model: model.decode(embedding, prompts),
        "decode_above": lambda model: model.decode_above(embedding, [point], 0.2),
        "predict": lambda model: model.predict(embedding, points=[[100, 90]]),
        "predict_many": lambda model: model.predict_many(embedding, prompts),
        "check": lambda model: model.check(embedding, prompts),
    }
    with count("decodes"):
        wrong = [name for name, ask in asked.items() if not same(ask(lent), ask(bare))]
        lent.decoder_file  # noqa: B018
    prepared, there = lent.prepare([IMAGE]), in_worker(lent, "prepare", [IMAGE])
    wrong += [] if all(same(vars(one), vars(other)) for one, other in zip(prepared, there)) else ["prepare"]
    for name, value in (("embed", embedding), ("embed_prepared", lent.embed_prepared(prepared)[0])):
        wrong += [] if same(value, in_worker(lent, "embed", IMAGE)) else [name]
    several = [IMAGE, IMAGE[::-1].copy(), IMAGE]
    with count("embed_many"):
        many = lent.embed_many(several)
    # With the worker's own batch, for a batch of three rounds in another way than a photo alone.
    wrong += [] if same(many, in_worker(lent, "embed_many", several)) else ["embed_many"]
    small = guide[: lent.mask_side // 2, : lent.mask_side // 2]
    wrong += refusals(
        lent,
        bare,
        {
            "embed of no picture": lambda model: model.embed(np.zeros((3, 3), np.uint8)),
            "embed_many of no picture": lambda model: model.embed_many([IMAGE, np.zeros((3, 3, 3), np.float32)]),
            "a mask_input of another size": lambda model: model.decode(
                embedding, [sam.Prompt.of(points=[[9, 9]], mask_input=small)]
            ),
            "an embedding of another shape": lambda model: model.decode(
                dataclasses.replace(embedding, arrays={}), [point]
            ),
            "labels that are none": lambda model: model.predict(embedding, points=[[9, 9]], labels=[7]),
        },
    )
    with count("everything"):
        whole = sam.segment_everything(lent, IMAGE, **EVERYTHING)
    there = run(Work("everything"), sam.segment_everything, (lent, IMAGE), EVERYTHING, short=True)
    wrong += [] if same(whole, there) else [f"everything {apart(whole, there)}"]
    large = np.kron(IMAGE, np.ones((LARGE, LARGE, 1), np.uint8))
    mask = np.zeros(large.shape[:2], bool)
    mask[40 * LARGE : 70 * LARGE, 40 * LARGE : 70 * LARGE] = True
    with count("sharpen"):
        sharpened = refine(lent, large, sam.Masks(mask))
    there = run(Work("sharpen"), refine, (lent, large, sam.Masks(mask)), {}, short=True)
    wrong += [] if same(sharpened.masks, there.masks) and sharpened.outcomes == there.outcomes else ["sharpen"]
    with count("tiles"):
        tiled = Tiled(lent, large).predict(points=[[60 * LARGE, 60 * LARGE]])
    wrong += [] if len(tiled) else ["tiles"]
    return {
        "compared": ["embed", "embed_many", "embed_prepared", "prepare", *asked],
        "wrong": wrong,
        "close": close,
        "count": len(whole),
        **vars(count),
    }


def detector(lent: Any, bare: Any) -> dict[str, Any]:
    count = Counted()
    told: list[Any] = []
    with count("detect"):
        found = lent.detect(IMAGE, TEXT, progress=told.append)
    wanted = bare.detect(IMAGE, TEXT)
    wrong = [] if same(found.xyxy, wanted.xyxy) and same(found.scores, wanted.scores) else ["detect"]
    wrong += [] if found.labels == wanted.labels else ["labels"]
    wrong += [] if not hasattr(found, "masks") or same(found.masks(), wanted.masks()) else ["masks"]
    wrong += [] if told else ["progress of detect"]
    asked: dict[str, Callable[[Any], Any]] = {
        "prompts": lambda model: model.prompts(["cat", "red car"]),
        "preprocess": lambda model: model.preprocess(IMAGE),
    }
    asked = {name: ask for name, ask in asked.items() if hasattr(bare, name)}
    wrong += [name for name, ask in asked.items() if not same(ask(lent), ask(bare))]
    wrong += refusals(lent, bare, {"detect of no picture": lambda model: model.detect(np.zeros((3, 3)), TEXT)})
    return {"compared": ["detect", *asked], "wrong": wrong, "count": len(found), **vars(count)}


def matter(lent: Any, bare: Any) -> dict[str, Any]:
    y, x = np.mgrid[: IMAGE.shape[0], : IMAGE.shape[1]]
    trimap = make_trimap((y - 90) ** 2 + (x - 100) ** 2 < 50**2, 8)
    count, told = Counted(), []
    with count("alpha"):
        found = lent.estimate_alpha(IMAGE, trimap, lambda *step: told.append(step))
    wrong = [] if same(found, bare.estimate_alpha(IMAGE, trimap)) else ["estimate_alpha"]
    wrong += [] if told else ["progress of estimate_alpha"]
    wrong += refusals(lent, bare, {"a trimap of another size": lambda model: model.estimate_alpha(IMAGE, trimap[1:])})
    return {"compared": ["estimate_alpha"], "wrong": wrong, **vars(count)}


def finder(lent: Any, bare: Any) -> dict[str, Any]:
    count = Counted()
    with count("subject"):
        found = lent.find_subject(IMAGE)
    wrong = [] if same(found, bare.find_subject(IMAGE)) else ["find_subject"]
    return {"compared": ["find_subject"], "wrong": wrong, **vars(count)}


ASKED = {"segment": segmenter, "detect": detector, "matte": matter, "subject": finder}


def answers() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (path, task) in MODELS.items():
        api.clear()
        try:
            lent = sam.load_model(path, KINDS[task])
            torch_options = {"device": "cpu"} if is_lent(lent) else {}
            bare = load_here(path, task, **torch_options)
            asked = ASKED[task](lent, bare)
            asked["wrong"] += attributes(lent, bare, asked.pop("compared"))
            held = held_bytes(lent) if is_lent(lent) else 0
            found[name] = {"lent": is_lent(lent), "kind": isinstance(lent, KINDS[task]), "held": held, **asked}
            found[name]["nbytes"] = int(getattr(lent, "nbytes", 0))
            del lent, bare
            MODELS_HERE.clear()
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
