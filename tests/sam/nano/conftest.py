"""A small drawn scene."""

from __future__ import annotations

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """(120, 160, 3): a disk and a bar on a gradient."""
    image = np.linspace(40, 180, 160).astype(np.uint8)[None, :, None].repeat(120, 0).repeat(3, 2)
    image = np.ascontiguousarray(image)
    cv2.circle(image, (60, 50), 30, (200, 60, 40), -1)
    cv2.rectangle(image, (100, 70), (150, 100), (30, 90, 190), -1)
    return image
