"""A batch of photos: what is said of it, and whose error is the error."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil

from plugins import Chain, Host, Recipe, Step
from plugins.recipes.handlers import Batch, Handlers
from plugins.recipes.results import check_chain
from sam import Image, ImageError


def negative(image: Image) -> Image:
    """The negative."""
    return 255 - image


@pytest.fixture
def handlers() -> Handlers:
    host = Host()
    host.add_tool(negative)
    said: list[tuple[float, str]] = []
    page: Any = SimpleNamespace(host=host, progress=lambda share, words="": said.append((share, words)), said=said)
    return Handlers(page)


@pytest.fixture
def chain(handlers) -> Chain:
    return check_chain(Recipe("x", (Step("negative"),)), handlers.page.host, ["image"])


def test_photos_that_cannot_be_used_are_reported(handlers, chain, tmp_path):
    Pil.fromarray(np.zeros((4, 6, 3), np.uint8)).save(tmp_path / "good.png")
    (tmp_path / "b_ad.png").write_bytes(b"no picture")
    batch = Batch([tmp_path / "good.png", tmp_path / "b_ad.png"])
    data, ending = handlers.run_other(chain, batch, 0)
    assert (ending, data[:4]) == (".png", b"\x89PNG")
    assert handlers.run_other(chain, batch, 1) is None
    assert batch.report().startswith("1 of 2 photos done.\n\nNot done:\n\n- **b\\_ad.png**: ")
    assert [name for _, name in batch.pictures] == ["good.png"]
    assert handlers.page.said[-1] == (0.5, "b_ad.png")


def test_a_photo_alone_raises_its_own_error(handlers, chain, tmp_path):
    path = Path(tmp_path / "bad.png")
    path.write_bytes(b"no picture")
    with pytest.raises(ImageError):
        handlers.run_other(chain, Batch([path]), 0)
