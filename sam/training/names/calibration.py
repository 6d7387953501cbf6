"""Make a trained names head as sure of rare names as it should be.

`python -m sam.training.names.calibration --data FOLDER --nano model.safetensors --run FOLDER` writes calibrated.pt.

A short training leaves names that are seldom seen with logits below 0 even where they are best. Each name gets the
threshold at which its maps overlap most with the truth on training scenes, moved into its bias, so that nothing changes
at prediction.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import SamError
from ...nano.names import NamesHead
from ..checkpoint import LAST, load, put_weights, save
from ..heads import encode, load_encoder
from ..image_store import Pack
from .samples import NamedPhotos, NamesSampler
from .truth import COUNT, KNOWN

CALIBRATED = "calibrated.pt"
SHIFTS = np.arange(-3, 1.01, 0.25)
"""Thresholds that are tried, as logits."""
LEAST = 5
"""Scenes with a name below which its bias stays."""
ABSENT = 0.1
"""Share of the image that costs as much as missing the thing where a name is seen that is not there."""


class Tally:
    """Overlap of each name at each threshold, each scene counting the same."""

    def __init__(self) -> None:
        self.shared, self.either = np.zeros((2, COUNT, len(SHIFTS)))
        self.seen = np.zeros(COUNT, int)

    def add(
        self,
        logits: NDArray[np.float32],
        state: NDArray[np.uint8],
        names: NDArray[np.int16],
        maps: NDArray[np.uint8],
        known: NDArray[np.uint8],
        inside: NDArray[np.uint8],
    ) -> None:
        """One scene: (COUNT, c, c) logits and the parts of a `NamedScene`."""
        here = {int(name): slot for slot, name in enumerate(names) if name >= 0}
        for name in np.flatnonzero(state == KNOWN):
            if name not in here:
                values = np.sort(logits[name][inside > 0])
                above = len(values) - np.searchsorted(values, SHIFTS, side="right")
                self.either[name] += above / (ABSENT * len(values))
        for row, slot in here.items():
            counts = (inside > 0) & (known[slot] > 0)
            truth = maps[slot][counts] / 255
            if truth.sum() < 1:
                continue
            answer = logits[row][counts][None] > SHIFTS[:, None]
            shared = answer @ truth
            self.shared[row] += shared / truth.sum()
            self.either[row] += (answer.sum(1) + truth.sum() - shared) / truth.sum()
            self.seen[row] += 1

    def shifts(self) -> NDArray[np.float64]:
        """(COUNT,) the best threshold of each name; 0 where too little was seen to say."""
        best = SHIFTS[np.argmax(self.shared / np.maximum(self.either, 1e-9), axis=1)]
        return np.where(self.seen >= LEAST, best, 0.0)


def calibrate(data: Path, nano: Path, run: Path, scenes: int = 600, size: int = 512, seed: int = 5) -> int:
    """Write calibrated.pt beside a run's last.pt; how many names have another bias in it.

    Args:
        data: folder of COCO folders that it was trained on.
        nano: nano's model.safetensors.
        run: of `sam.training.names`.
        scenes: to look at.
        size: of their square in pixels.
        seed: of the scenes.

    Raises:
        SamError: no such run, or of another encoder.
    """
    if not (run / LAST).is_file():
        raise SamError(f"{run}: expected {LAST} of a names training run, found none.")
    encoder, hashed = load_encoder(nano)
    state = load(run / LAST, "cpu")
    if state.get("encoder") != hashed:
        raise SamError(f"{run / LAST} was trained on another encoder than {nano}.")
    head = NamesHead()
    put_weights(head, state["average"], run / LAST, "weights of the names head")
    head.eval()
    sampler = NamesSampler(NamedPhotos(Pack(data, run / "pack"), data), seed)
    tally = Tally()
    for _ in range(scenes):
        scene = sampler.draw(size)
        features = encode(encoder, torch.from_numpy(scene.pixels)[None], "cpu")[:2]
        with torch.no_grad():
            dense, _, _ = head(*(feature.float() for feature in features), torch.from_numpy(scene.input_hw)[None])
            logits = head.everywhere(dense)[0].numpy()
        tally.add(logits, scene.state, scene.names, scene.maps, scene.known, scene.inside)
    shifts = tally.shifts()
    average = {name: value.clone() for name, value in state["average"].items()}
    average["bias"][:, 0] -= torch.from_numpy(shifts).to(average["bias"].dtype)
    save(run / CALIBRATED, **{**state, "average": average})
    return int(np.count_nonzero(shifts))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sam.training.names.calibration", description="Calibrate names.")
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--nano", type=Path, required=True, help="nano's model.safetensors")
    parser.add_argument("--run", type=Path, required=True, help="folder with last.pt")
    parser.add_argument("--scenes", type=int, default=600)
    a = parser.parse_args()
    count = calibrate(a.data, a.nano, a.run, a.scenes)
    print(f"{count} names have another bias in {a.run / CALIBRATED}.")


if __name__ == "__main__":
    main()
