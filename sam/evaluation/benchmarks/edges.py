"""Edges of a photo from a promptable model that was not trained for edges (SAM paper, section 7.2, appendix D.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...boxes import masks_to_boxes, nms
from ...errors import ImageError, PromptError, SamError
from ...images import read_image, resize_longest
from ...segmenter import Segmenter
from ...training.coco import Photo
from ...types import Embedding, Image, Points, Prompt
from .edge_benchmark import LONGEST, THRESHOLDS, EdgeFigures, boundaries, count_matches, edge_figures, even_thresholds

POINTS_PER_SIDE = 16
"""A 16 x 16 grid of clicks with three masks each: 768 masks (appendix D.2)."""
NMS_THRESHOLD = 0.7
"""Box IoU above which the worse of two masks goes (SAM's automatic mask generator; segment-anything issue 226)."""
CHUNK = 32
"""Prompts decoded at once: their float32 logits are all that is held beside the float16 ones."""
BLUR, ORIENTATION_SIGMA = 0.8, 2.0
"""Standard deviations in pixels: for the gaps between the rings of `mask_edges`, and for the direction of ridges."""
IMAGE_SIGMA = 2.0
"""Standard deviation in pixels of the smoothing before `sobel_edges`."""
BORDER = 5
"""Pixels at the image's border over which edges fade out, as in the edge benchmark's own tools."""


def edge_map(model: Segmenter, image: Image) -> NDArray[np.float32]:
    """How likely each pixel is on an edge.

    As appendix D.2 of the SAM paper has it: a 16 x 16 grid of foreground clicks, three masks each, no filter by
    predicted IoU or stability; duplicates removed by box NMS, Sobel filter on the remaining probability maps, kept on
    their masks' outer boundary; maximum over all masks, linearly normalised, and thinned by edge NMS.

    The paper is silent on some points, and this is what is done: NMS ranks by predicted IoU, and its boxes are those of
    the low-resolution masks; masks without a pixel are dropped; the outer boundary is what a 3 x 3 dilation adds;
    edge NMS is `thin_edges`.

    Args:
        model: any promptable model.
        image: (H, W, 3) uint8 RGB.

    Returns:
        (H, W) float32 in [0, 1]; all 0 where no mask has an edge.

    Raises:
        ImageError: not such an image.
    """
    embedding = model.embed(image)
    strongest = np.zeros(embedding.size_hw, np.float32)
    for logits in distinct_logits(model, embedding):
        mask_edges(enlarge(logits.astype(np.float32), embedding), strongest)
    return thin_edges(normalise(strongest))


def measure_edges(
    model: Segmenter,
    photos: Sequence[Photo],
    progress: Callable[[int, int], None] | None = None,
    *,
    leave_out: Callable[[str, str], None] = lambda what, why: None,
    thresholds: int = THRESHOLDS,
) -> EdgeFigures:
    """Zero-shot edge detection by the benchmark of BSDS500; larger photos are scaled to `edge_benchmark.LONGEST`.

    Args:
        model: any promptable model.
        photos: with annotations; `edge_benchmark.boundaries` says what their edges are.
        progress: told (photos done, photos) after each.
        leave_out: told what was left out, and why.
        thresholds: fewer are faster; 19 changed no figure by more than .003 on 20 photos of BSDS500.

    Raises:
        SamError: not one photo could be used.
    """
    return measure_detector(
        lambda image: edge_map(model, image), photos, progress, leave_out=leave_out, thresholds=thresholds
    )


def measure_detector(
    detect: Callable[[Image], NDArray[np.float32]],
    photos: Sequence[Photo],
    progress: Callable[[int, int], None] | None = None,
    *,
    leave_out: Callable[[str, str], None] = lambda what, why: None,
    thresholds: int = THRESHOLDS,
) -> EdgeFigures:
    """As `measure_edges`, for anything that turns an image into an (H, W) edge map in [0, 1]."""
    counts = []
    for number, photo in enumerate(photos):
        name = f"{photo.folder}/{photo.path.name}"
        try:
            image = read_image(photo.path)
            image = resize_longest(image, LONGEST) if max(image.shape) > LONGEST else image
            truths = boundaries(photo)
        except (ImageError, PromptError) as error:
            leave_out(name, f"not readable: {error}")
        else:
            if not truths:
                leave_out(name, "no object, so no edge to find")
            elif truths[0].shape != image.shape[:2]:
                sizes = f"{truths[0].shape[1]} x {truths[0].shape[0]} and {image.shape[1]} x {image.shape[0]}"
                leave_out(name, f"masks and image differ in size: {sizes}")
            else:
                counts.append(count_matches(detect(image), truths, even_thresholds(thresholds)))
        if progress is not None:
            progress(number + 1, len(photos))
    if not counts:
        raise SamError(f"Edges: expected photos with readable masks, found none among {len(photos)}.")
    return edge_figures(counts)


def sobel_edges(image: Image) -> NDArray[np.float32]:
    """The classic to compare with: the Sobel filter on the image itself, thinned in the same way.

    The image is smoothed first, or noise and texture drown its edges; the strongest of the three channels counts.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        (H, W) float32 in [0, 1].
    """
    import cv2

    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), IMAGE_SIGMA, borderType=cv2.BORDER_REPLICATE)
    return thin_edges(normalise(sobel(np.asarray(smooth)).max(axis=2)))


def grid_prompts(size_hw: tuple[int, int], per_side: int = POINTS_PER_SIDE) -> list[Prompt]:
    """One click in the middle of each cell of a regular grid, row by row, asking for three masks."""
    height, width = size_hw
    places = (np.arange(per_side) + 0.5) / per_side
    clicks = [np.array([[x * width, y * height]], np.float32) for y in places for x in places]
    return [Prompt(Points(click), multimask_output=True) for click in clicks]


def distinct_logits(model: Segmenter, embedding: Embedding) -> list[NDArray[np.float16]]:
    """Low-resolution logits of all masks of the grid, less the duplicates.

    float16 halves what 768 maps take (100 MB); the probability changes by less than 0.001.

    Returns:
        (h, w) float16 each, best predicted IoU first.
    """
    prompts = grid_prompts(embedding.size_hw)
    model.check(embedding, prompts)
    kept: list[NDArray[np.float16]] = []
    boxes, scores = [], []
    for start in range(0, len(prompts), CHUNK):
        for logits, predicted in model.decode(embedding, prompts[start : start + CHUNK]):
            found = masks_to_boxes(image_part(logits, embedding) > 0)
            for mask, box, score in zip(logits, found, predicted):
                if box[2] > box[0]:
                    kept.append(np.clip(mask, -60000, 60000).astype(np.float16))
                    boxes.append(box)
                    scores.append(float(score))
    return [kept[i] for i in nms(np.array(boxes), np.array(scores), NMS_THRESHOLD)]


def image_part(logits: NDArray[np.float32], embedding: Embedding) -> NDArray[np.float32]:
    """The cells of (..., h, w) logits that the image covers, even in part; the rest is the padded square's."""
    rows, columns = embedding.input_hw
    height, width = logits.shape[-2:]
    return logits[
        ...,
        : int(np.ceil(height * rows / embedding.input_size)),
        : int(np.ceil(width * columns / embedding.input_size)),
    ]


def enlarge(logits: NDArray[np.float32], embedding: Embedding) -> NDArray[np.float32]:
    """(h, w) logits of the padded square at the image's own size, as `sam.masks.logits_to_masks` enlarges them."""
    import cv2

    (height, width), (rows, columns) = embedding.size_hw, embedding.input_hw
    low = np.ascontiguousarray(image_part(logits, embedding))
    scale_y = height * embedding.input_size / (logits.shape[0] * rows)
    scale_x = width * embedding.input_size / (logits.shape[1] * columns)
    full = cv2.resize(low, None, fx=scale_x, fy=scale_y, interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[:height, :width], np.float32)


def mask_edges(logits: NDArray[np.float32], strongest: NDArray[np.float32]) -> None:
    """Raise `strongest` to the Sobel response of one mask's probability, on the mask's outer boundary pixels.

    Args:
        logits: (H, W), > 0 is foreground.
        strongest: (H, W) float32, changed in place.
    """
    import cv2

    mask = (logits > 0).view(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    if not width or not height:
        return
    # Two pixels more than the mask: one for its outer boundary, and one for the Sobel filter there.
    rows, columns = slice(max(0, y - 2), y + height + 2), slice(max(0, x - 2), x + width + 2)
    part = mask[rows, columns]
    outer = cv2.dilate(part, np.ones((3, 3), np.uint8)) > part
    probability = np.asarray(1 / (1 + np.exp(-np.clip(logits[rows, columns], -50, 50))), np.float32)
    np.maximum(strongest[rows, columns], sobel(probability) * outer, out=strongest[rows, columns])


def sobel(values: NDArray[Any]) -> NDArray[np.float32]:
    """Length of the gradient by the 3 x 3 Sobel filter; the image's border is no edge."""
    import cv2

    across = cv2.Sobel(values, cv2.CV_32F, 1, 0, ksize=3, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1, ksize=3, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down), np.float32)


def normalise(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linearly to [0, 1]; all 0 where all are equal."""
    low, high = float(values.min()), float(values.max())
    return np.zeros_like(values) if high <= low else ((values - low) / (high - low)).astype(np.float32)


def thin_edges(edges: NDArray[np.float32]) -> NDArray[np.float32]:
    """Edge NMS (Canny 1986): what is weaker than its neighbour across the edge becomes 0.

    Canny reads the direction across an edge in the image's gradient. An edge map has ridges, on whose crest the
    gradient vanishes and turns round; the axis along which it is strongest around a pixel, whichever way it points, is
    the main axis of the structure tensor (Foerstner and Guelch 1987). Neighbours are interpolated one pixel away to
    both sides, and edges fade at the image's border, as in the NMS of Dollar and Zitnick's Structured Edges (2015),
    with which most edge detectors are measured.

    Args:
        edges: (H, W) float32 in [0, 1].

    Returns:
        (H, W) float32 in [0, 1]; the strongest is 1.
    """
    import cv2

    edges = np.asarray(cv2.GaussianBlur(edges, (0, 0), BLUR, borderType=cv2.BORDER_REPLICATE), np.float32)
    right, down = (cv2.Sobel(edges, cv2.CV_32F, dx, 1 - dx, ksize=3, borderType=cv2.BORDER_REPLICATE) for dx in (1, 0))
    xx, yy, xy = (
        cv2.GaussianBlur(product, (0, 0), ORIENTATION_SIGMA, borderType=cv2.BORDER_REPLICATE)
        for product in (right * right, down * down, right * down)
    )
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    height, width = edges.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ridge = edges > 0
    for side in (-1, 1):
        beside = cv2.remap(
            edges,
            columns + side * np.cos(across),
            rows + side * np.sin(across),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        ridge &= edges >= beside
    fade_y, fade_x = (np.clip(np.minimum(i, i[::-1]) / BORDER, 0, 1) for i in (np.arange(height), np.arange(width)))
    thinned = np.where(ridge, edges, 0) * np.outer(fade_y, fade_x)
    high = float(thinned.max())
    return (thinned / high if high > 0 else thinned).astype(np.float32)
