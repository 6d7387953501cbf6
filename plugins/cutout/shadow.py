"""Shadows in a cut-out's own transparency: the object's own, and a drawn one."""

from __future__ import annotations

import numpy as np

from sam import Cutout
from sam.compositing.backgrounds import lay_over


def keep_shadow(cutout: Cutout, dark: np.ndarray) -> Cutout:
    """The cut-out with its own shadow below it: black, as transparent as the shadow leaves light.

    Args:
        cutout: (H, W, 4) uint8 RGBA.
        dark: (H, W) float32 of `sam.compositing.shadows.measure_shadow`.
    """
    own = cutout[..., 3].astype(np.float32) / 255
    alpha = own + (1 - own) * np.clip(dark, 0, 1)
    share = np.divide(own, alpha, out=np.zeros_like(own), where=alpha > 0)[..., None]
    return np.dstack([np.round(cutout[..., :3] * share), np.round(alpha * 255)]).astype(np.uint8)


def with_shadow(cutout: Cutout, strength: float) -> Cutout:
    """The cut-out with a drawn shadow in its own transparency: black under the object, as dark as `lay_over` draws it.

    Args:
        cutout: (H, W, 4) uint8 RGBA.
        strength: 0 to 1.
    """
    white = np.full((*cutout.shape[:2], 3), 255, np.uint8)
    bare = cutout.copy()
    bare[..., :3] = 0
    # Black over white is as bright as what shows through: so the shadow's own alpha can be read off.
    through = lay_over(bare, white, strength)[..., 0]
    alpha = 255 - through
    own = np.divide(cutout[..., 3], alpha, out=np.zeros(alpha.shape, np.float32), where=alpha > 0)[..., None]
    return np.dstack([np.round(cutout[..., :3] * own).astype(np.uint8), alpha])
