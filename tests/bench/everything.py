"""Everything mode, clicks and boxes on SAM ViT-B's shape, beside Meta's package and transformers' pipeline, in one run.

The same made-up weights, photo, points and thresholds for all, each in a process of its own, one after the other; what
is short is run in turns. The weights know nothing, so their masks are ragged and as large as the picture: that costs
every peer more than real masks would, and spares ours the points that it would skip inside masks already found. The
predicted IoU that a mask needs is set so that three in ten pass, and the stability so that half of these do: about what
remains of a real SAM's masks.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
PEERS = ("meta", "ours-default", "ours-exact", "transformers")
WITH_BOXES = ("meta", "ours-default")
ENCODINGS = 3
Values = tuple[str, tuple[float, ...], str] | tuple[str, tuple[float, ...], str, float, bool]


def run_peer(peer: str, folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """What tests/bench/peers.py measured; {} where the peer does not run here, which is said on stderr."""
    (folder / "request.json").write_text(json.dumps(request))
    environment = {**os.environ, "OMP_NUM_THREADS": str(request["threads"])}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.peers", peer, str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.stderr.write(f"{peer} does not run here: {done.stderr.strip().splitlines()[-1]}\n")
        return {}
    return dict(json.loads((folder / f"{peer}.json").read_text()))


def middle(found: dict[str, Any], part: str, clock: str = "wall") -> float:
    """Median seconds of a part."""
    return statistics.median(found[part][clock])


def compared(image: np.ndarray, runs: int, points: int) -> list[Values]:
    """Rows for the bench: (what, values, unit[, bar, whether it is a least])."""
    request: dict[str, Any] = {
        "parts": ["thresholds"],
        "runs": 1,
        "clicks": runs,
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "share": 0.3,
        "sample": 64,
        "boxes": 100,
        "options": {},
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.save(folder / "image.npy", image)
        run_peer("meta", folder, {**request, "parts": []})  # writes the weights
        iou, stability = run_peer("ours-exact", folder, request)["thresholds"]
        request["options"] = {
            "points_per_side": points,
            "pred_iou_thresh": iou,
            "stability_score_thresh": stability,
        }
        parts = ["encode", "decode", "everything"]
        # In turns, again and again: what slows the machine for a minute must not fall on one peer alone.
        encodings = [
            {peer: run_peer(peer, folder, {**request, "parts": ["encode"]}) for peer in PEERS}
            for _ in range(ENCODINGS - 1)
        ]
        found = {
            peer: run_peer(peer, folder, {**request, "parts": parts + ["boxes"] * (peer in WITH_BOXES)})
            for peer in PEERS
        }
        for peer, result in found.items():
            for earlier in encodings if result else ():
                for clock, values in earlier[peer].get("encode", {}).items():
                    result["encode"][clock] += values
        masks = [np.load(folder / f"masks-{exact}.npy") for exact in (True, False)]
    return rows_of({peer: result for peer, result in found.items() if result}, masks, points)


def rows_of(found: dict[str, Any], masks: list[np.ndarray], points: int) -> list[Values]:
    """The table of what was found."""
    rows: list[Values] = []
    total: dict[str, float] = {}
    for peer, result in found.items():
        took = result["everything"]
        total[peer] = took["wall"] + middle(result, "encode")
        what = f"everything, ViT-B shape, 1080p, {points} x {points}: {peer}"
        rows.append((f"{what}, with encoding ({took['masks']} masks)", (total[peer],), "s"))
        if peer.startswith("ours"):
            rows.append((f"{what}, memory of masks", (took["memory"],), "GB", 0.3, False))
        else:
            rows.append((f"{what}, memory of masks", (took["memory"],), "GB"))
    bars = [
        ("meta", "ours-exact", 2),
        ("meta", "ours-default", 4),
        ("transformers", "ours-default", 6),
    ]
    rows += [
        (f"everything: {one} faster than {other}, times", (total[other] / total[one],), "", bar, True)
        for other, one, bar in bars
        if one in total and other in total
    ]
    best = found["ours-default"]
    for other in ("meta", "transformers"):
        if other in found:
            decode = middle(found[other], "decode") / middle(best, "decode")
            encode = middle(found[other], "encode") / middle(best, "encode")
            rows.append((f"click: our decoder on ONNX Runtime faster than {other}, times", (decode,), "", 1.5, True))
            rows.append((f"encode: ours in {best['dtype']} faster than {other}, times", (encode,), "", 2, True))
    exact, fast = masks
    ious = tuple(float((a & b).sum() / max(1, (a | b).sum())) for a, b in zip(exact, fast))
    rows.append((f"encode: IoU of a box's mask in {best['dtype']} with that in float32", ious, "", 0.99, True))
    apart, together = middle(best, "boxes one by one"), middle(best, "boxes together")
    rows.append(("100 boxes: one call faster than 100 calls, times", (apart / together,), "", 3, True))
    if "meta" in found:
        theirs = middle(found["meta"], "boxes one by one")
        rows.append(("100 boxes: one call faster than 100 calls of meta, times", (theirs / together,), ""))
    return rows
