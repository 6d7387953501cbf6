from __future__ import annotations

import numpy as np
import pytest

import sam
from sam.stopping import check_stopped, stoppable


def test_outside_nothing_is_stopped():
    check_stopped()
    with stoppable(lambda: False):
        check_stopped()
        with stoppable(lambda: True), pytest.raises(sam.Cancelled):
            check_stopped()
        check_stopped()
    check_stopped()


def after(times: int):
    """Stopped from the so many-th look on."""
    looks = iter(range(10**9))
    return lambda: next(looks) >= times


def photo() -> np.ndarray:
    y, x = np.mgrid[:120, :160]
    return np.stack([x, y, (x * y) % 255], -1).astype(np.uint8)


def many_prompts() -> object:
    model = sam.load_model("nano")
    prompts = [sam.Prompt.of(points=[[x, 60]]) for x in range(5, 155)]
    return model.predict_many(model.embed(photo()), prompts)


def everything() -> object:
    return sam.segment_everything(sam.load_model("nano"), photo(), points_per_side=16)


def fill() -> object:
    from sam.inpainting.fill import inpaint

    hole = np.zeros((120, 160), bool)
    hole[40:80, 60:100] = True
    return inpaint(photo(), hole)


@pytest.mark.parametrize("work", [many_prompts, everything, fill])
@pytest.mark.parametrize("looks", [0, 1])
def test_long_work_of_the_engine_stops_between_its_steps(work, looks):
    with stoppable(after(looks)), pytest.raises(sam.Cancelled):
        work()
