"""A drawn photo, and the web app's parts over the embedded model."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest

# Read when Gradio is imported: a test run reports nothing either.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    """What the machine's user has set must not decide what a test loads."""
    for name in [name for name in os.environ if name.startswith(("SAM_STUDIO_", "GRADIO_SERVER_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def image() -> np.ndarray:
    """(60, 80, 3): a red disk on a grey gradient."""
    y, x = np.mgrid[:60, :80]
    pixels = np.stack([x * 2 + 40] * 3, -1).astype(np.uint8)
    pixels[(x - 30) ** 2 + (y - 30) ** 2 < 15**2] = (200, 30, 20)
    return pixels


@pytest.fixture(scope="session")
def png(image) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def workspaces():
    from webapp.workspace.registry import Workspaces

    everyone = Workspaces()
    yield everyone
    everyone.close_all()
    if everyone._timer is not None:
        everyone._timer.cancel()


@pytest.fixture
def workspace(workspaces, image):
    """One with the photo on its stage."""
    from webapp.workspace.segment import open_image

    one = workspaces.open("nano")
    open_image(one, image, "disk.png")
    return one
