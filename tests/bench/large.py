"""A script, run in a process of its own: a photo of 24 megapixels, cut out to a file; or a hole of 300 x 300 erased.

    python -m tests.bench.large cutout|erase

Prints JSON: wall and processor time in seconds, and the peak memory of the process in megabytes.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def enlarged(width: int, height: int) -> np.ndarray:
    """A real photo of scikit-image's wheel, enlarged, with the grain of a camera."""
    from PIL import Image as Pil
    from skimage import data

    photo = np.asarray(Pil.fromarray(data.chelsea()).resize((width, height), Pil.Resampling.BICUBIC))
    rng = np.random.default_rng(0)
    grain = rng.integers(-4, 5, (height, width, 1), dtype=np.int16)
    return np.clip(photo + grain, 0, 255).astype(np.uint8)


def cut_out(file: bytes) -> None:
    """From the bytes of a photo to those of its cut-out: read, subject, soft edge, colours, PNG."""
    import sam
    from sam.io.color_profiles import srgb_profile
    from sam.io.serialization import encode_picture
    from sam.matting import matte

    image = sam.read_image(file)
    subject = sam.load_model("nano-subject", sam.SubjectFinder).find_subject(image)
    encode_picture(matte(image, subject.union()), Path("cutout.png"), srgb_profile())


def erase(image: np.ndarray) -> None:
    """A hole of 300 x 300 pixels by the default engine."""
    from sam.inpainting.fill import inpaint

    hole = np.zeros(image.shape[:2], bool)
    hole[400:700, 800:1100] = True
    inpaint(image, hole)


def main() -> None:
    run: Callable[[Any], None]
    thing: Any
    if sys.argv[1] == "cutout":
        from PIL import Image as Pil

        buffer = io.BytesIO()
        Pil.fromarray(enlarged(6000, 4000)).save(buffer, "JPEG", quality=92)
        run, thing = cut_out, buffer.getvalue()
    else:
        run, thing = erase, enlarged(1920, 1080)
    start, used = time.perf_counter(), time.process_time()
    run(thing)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    json.dump([time.perf_counter() - start, time.process_time() - used, megabytes], sys.stdout)


if __name__ == "__main__":
    main()
