"""The mathematics of it, apart from the plugin."""

import numpy as np


def mix_grey(image, where, strength):
    """(H, W, 3) uint8 with the pixels of `where`, (H, W) bool, mixed with their grey by `strength`, [0, 1]."""
    grey = image.mean(axis=2, keepdims=True)
    mixed = image * (1 - strength) + grey * strength
    return np.where(where[..., None], np.round(mixed), image).astype(np.uint8)
