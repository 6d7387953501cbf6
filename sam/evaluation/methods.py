"""Methods that can be measured: models and baselines; each answers a case with its figures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..segmenter import Segmenter
from ..types import Embedding, Image
from . import protocol
from .baselines import classics, random_walker
from .boundary import boundary_iou
from .cases import Case
from .clicker import reported_clicks
from .measures import best_iou, mask_iou

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a method made of a case.

    Attributes:
        figures: key -> value; `measures.figure` says what a key means.
        shown: "box" and "click" -> the mask to show for it in a report.
    """

    figures: dict[str, float]
    shown: dict[str, Mask] = field(default_factory=dict)


class Method(ABC):
    """Something that finds objects, under a name that is unique in a report."""

    name: str

    @abstractmethod
    def measure(self, case: Case) -> Answer:
        """The figures of one case; cases of one photo come one after the other."""


class ModelMethod(Method):
    """A promptable model by SAM's and RITM's protocols."""

    def __init__(self, model: Segmenter, *, clicks: int = 5, noc: bool = True, seed: int = 0, name: str = "") -> None:
        """
        Args:
            model: to measure.
            clicks: the most clicks of the N-click figures.
            noc: whether to click on until 20 clicks or IoU .90.
            seed: of the noise on boxes.
            name: default: the model's.
        """
        self.name = name or model.name
        self.model = model
        self.clicks, self.noc, self.seed = clicks, noc, seed
        self._last: tuple[Image, Embedding] | None = None

    def measure(self, case: Case) -> Answer:
        if self._last is None or self._last[0] is not case.image:
            self._last = case.image, self.model.embed(case.image)
        embedding = self._last[1]
        boxed = protocol.box_answer(self.model, embedding, case.box)
        jittered = protocol.box_answer(self.model, embedding, case.jittered_box(self.seed))
        three = protocol.click_answers(self.model, embedding, case.click)
        single = protocol.clicks_run(self.model, embedding, case.mask, self.clicks, noc=self.noc)
        oracle = protocol.clicks_run(self.model, embedding, case.mask, self.clicks, oracle=True)
        figures = {
            "box": mask_iou(boxed, case.mask),
            "box_jitter": mask_iou(jittered, case.mask),
            "box_boundary": boundary_iou(boxed, case.mask),
            "click_single": single.iou_after(1),
            "click_top": mask_iou(three[0], case.mask),
            "click_oracle": best_iou(three, case.mask),
            "click_top_boundary": boundary_iou(three[0], case.mask),
        }
        for count in reported_clicks(self.clicks):
            if count > 1:
                figures[f"clicks_{count}"] = single.iou_after(count)
                figures[f"clicks_{count}_oracle"] = oracle.iou_after(count)
        for percent in (85, 90) if self.noc else ():
            clicks = single.number_of_clicks(percent / 100)
            figures[f"noc_{percent}"] = clicks
            figures[f"failed_{percent}"] = float(clicks >= 20)
        return Answer(figures, {"box": boxed, "click": three[0]})


class FilledBox(Method):
    """All of the box: what any model must beat."""

    name = "filled box"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def measure(self, case: Case) -> Answer:
        size_hw = case.mask.shape[0], case.mask.shape[1]
        mask = classics.filled_box(size_hw, case.box)
        jittered = classics.filled_box(size_hw, case.jittered_box(self.seed))
        figures = _boxed(mask, case) | {"box_jitter": mask_iou(jittered, case.mask)}
        return Answer(figures, {"box": mask})


class GrabCut(Method):
    """GrabCut (Rother et al. 2004) from the box."""

    name = "GrabCut"

    def measure(self, case: Case) -> Answer:
        mask = classics.grabcut(case.image, case.box)
        return Answer(_boxed(mask, case), {"box": mask})


class Disks(Method):
    """Disks of three sizes around the click; the middle one is the single mask."""

    name = "disks"

    def measure(self, case: Case) -> Answer:
        return _clicked(classics.disks((case.mask.shape[0], case.mask.shape[1]), case.click), case)


class Felzenszwalb(Method):
    """Felzenszwalb and Huttenlocher's region (2004) under the click at three scales; the middle one is single."""

    name = "Felzenszwalb region"

    def __init__(self) -> None:
        self._last: tuple[Image, list[NDArray[np.int64]]] | None = None

    def measure(self, case: Case) -> Answer:
        if self._last is None or self._last[0] is not case.image:
            self._last = case.image, classics.region_maps(case.image)
        return _clicked(classics.regions(self._last[1], case.click), case)


class RandomWalker(Method):
    """The random walker (Grady 2006) from the box and from the click; see `walker`."""

    name = "random walker"

    def measure(self, case: Case) -> Answer:
        boxed = random_walker.walk_from_box(case.image, case.box)
        clicked = random_walker.walk_from_click(case.image, case.click)
        figures = _boxed(boxed, case) | {"click_single": mask_iou(clicked, case.mask)}
        return Answer(figures, {"box": boxed, "click": clicked})


def classic_methods(seed: int = 0) -> list[Method]:
    """The methods that need no weights."""
    return [FilledBox(seed), GrabCut(), Disks(), Felzenszwalb(), RandomWalker()]


def _boxed(mask: Mask, case: Case) -> dict[str, float]:
    return {"box": mask_iou(mask, case.mask), "box_boundary": boundary_iou(mask, case.mask)}


def _clicked(three: list[Mask], case: Case) -> Answer:
    figures = {"click_single": mask_iou(three[1], case.mask), "click_oracle": best_iou(three, case.mask)}
    return Answer(figures, {"click": three[1]})
