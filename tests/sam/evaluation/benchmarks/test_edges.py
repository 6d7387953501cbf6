"""Edge maps of promptable models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from scipy.ndimage import distance_transform_edt

from sam import SamError, load_model
from sam.evaluation.benchmarks import edges
from sam.evaluation.benchmarks.edge_benchmark import segment_ends, thin
from sam.evaluation.benchmarks.edges import (
    distinct_logits,
    edge_map,
    enlarge,
    grid_prompts,
    mask_edges,
    measure_detector,
    measure_edges,
    normalise,
    sobel,
    sobel_edges,
    thin_edges,
)
from sam.evaluation.dataset import read_set
from sam.masks import logits_to_masks
from tests.present import present

from ..conftest import ScriptedSegmenter, annotation, square

HEIGHT, WIDTH = 96, 144


def disc() -> np.ndarray:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    return (rows - 48) ** 2 + (columns - 60) ** 2 <= 30**2


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A COCO folder with one photo: a red disc on green."""
    folder = tmp_path_factory.mktemp("edges") / "disc"
    (folder / "images").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(-8, 9, (HEIGHT, WIDTH, 3))
    image = np.where(disc()[..., None], (210, 50, 40), (60, 150, 70)) + noise
    PillowImage.fromarray(image.astype(np.uint8)).save(folder / "images" / "disc.png")
    images = [{"id": 1, "file_name": "disc.png", "height": HEIGHT, "width": WIDTH}]
    annotations = [annotation(disc(), annotator=0), annotation(~disc(), annotator=0), annotation(disc(), annotator=1)]
    (folder / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return folder


def photos_of(folder: Path):
    return read_set(folder / "annotations.json", folder / "images").photos


@pytest.fixture(scope="module")
def measured(scene):
    """nano's edge map of the scene and its figures, from one run of the real model."""
    seen = []

    def keep(model, image):
        seen.append(edge_map(model, image))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edges, "edge_map", keep)
        figures = measure_edges(load_model("nano"), photos_of(scene))
    return seen[0], figures


def test_nano_s_strongest_edge_is_the_outline_of_the_shape(measured):
    found, _ = measured
    assert found.shape == (HEIGHT, WIDTH)
    assert found.dtype == np.float32
    assert (found.min(), found.max()) == (0, 1)
    outline = thin(segment_ends(disc()))
    # As many of the strongest pixels as the outline has.
    strong = found >= np.sort(found, axis=None)[-np.count_nonzero(outline)]
    assert np.mean(distance_transform_edt(~outline)[strong] <= 2) > 0.9
    assert np.mean(distance_transform_edt(~strong)[outline] <= 2) > 0.9


def test_nano_s_figures_on_a_plain_scene(measured):
    _, figures = measured
    assert figures.photos == 1
    assert figures.ods > 0.8
    assert figures.curve.shape[1] == 3
    assert (np.diff(figures.curve[:, 0]) > 0).all()


def test_an_answer_s_edge_is_found_where_it_is():
    model = ScriptedSegmenter(lambda prompt: [square(10, 10, 30, 30)] * 3)
    found = edge_map(model, np.zeros((40, 40, 3), np.uint8))
    assert len(model.prompts) == 256
    assert all(prompt.wants_many for prompt in model.prompts)
    rows, columns = np.nonzero(found > 0.3)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (9, 30, 9, 30)
    assert not found[13:27, 13:27].any()


def test_no_mask_is_no_edge():
    empty = ScriptedSegmenter(lambda prompt: [np.zeros((40, 40), bool)] * 3)
    assert not edge_map(empty, np.zeros((40, 40, 3), np.uint8)).any()
    full = ScriptedSegmenter(lambda prompt: [np.ones((40, 40), bool)] * 3)
    assert not edge_map(full, np.zeros((40, 40, 3), np.uint8)).any()


def test_the_grid_is_in_the_middle_of_its_cells():
    xy = np.concatenate([present(prompt.points).xy for prompt in grid_prompts((160, 320))])
    assert xy.shape == (256, 2)
    assert (xy[0].tolist(), xy[1].tolist(), xy[16].tolist(), xy[-1].tolist()) == (
        [10, 5],
        [30, 5],
        [10, 15],
        [310, 155],
    )


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        ([square(10, 10, 30, 30), square(10, 10, 30, 28), square(2, 2, 6, 6)], 2),  # the first two overlap by .9
        ([square(10, 10, 30, 30), square(10, 10, 30, 20), square(2, 2, 6, 6)], 3),  # by .5
        ([square(10, 10, 30, 30), square(0, 0, 0, 0), square(0, 0, 0, 0)], 1),  # empty ones have no edge
    ],
)
def test_duplicates_go_and_the_best_stay(masks, expected):
    model = ScriptedSegmenter(lambda prompt: masks)
    kept = distinct_logits(model, model.embed(np.zeros((40, 40, 3), np.uint8)))
    assert len(kept) == expected
    assert ((kept[0] > 0) == masks[0]).all()


def test_masks_in_the_padding_do_not_count():
    below = np.zeros((40, 40), bool)
    below[25:] = True
    model = ScriptedSegmenter(lambda prompt: [below] * 3)
    assert distinct_logits(model, model.embed(np.zeros((20, 40, 3), np.uint8))) == []


@pytest.mark.parametrize("size_hw", [(40, 40), (40, 25), (333, 500)])
def test_logits_are_enlarged_as_masks_are(size_hw, colour_model, picture):
    embedding = colour_model.embed(np.resize(picture, (*size_hw, 3)))
    logits = np.random.default_rng(0).normal(size=(1, 64, 64)).astype(np.float32)
    full = enlarge(logits[0], embedding)
    assert full.shape == size_hw
    assert ((full > 0) == logits_to_masks(logits, embedding)[0]).all()


def ramp(slope: float) -> np.ndarray:
    """Logits that fall from left to right and cross 0 between columns 19 and 20."""
    return np.tile((19.5 - np.arange(40)) * slope, (30, 1)).astype(np.float32)


def test_only_the_outer_boundary_of_a_mask_is_kept():
    strongest = np.zeros((30, 40), np.float32)
    mask_edges(ramp(0.3), strongest)
    assert np.flatnonzero(strongest.any(axis=0)).tolist() == [20]
    assert np.ptp(strongest[:, 20]) < 1e-5


def test_a_sure_mask_has_a_stronger_edge_and_the_strongest_stays():
    faint, clear, both = (np.zeros((30, 40), np.float32) for _ in range(3))
    mask_edges(ramp(0.3), faint)
    mask_edges(ramp(3), clear)
    mask_edges(ramp(3), both)
    mask_edges(ramp(0.3), both)
    assert clear[15, 20] > 2 * faint[15, 20]
    assert (both == clear).all()


@pytest.mark.parametrize("angle", [0, 20, 45, 70, 90, 120, 160])
def test_a_ridge_is_thinned_to_one_pixel_on_its_crest(angle):
    rows, columns = np.mgrid[:80, :80] - 40
    aside = rows * np.cos(np.deg2rad(angle)) + columns * np.sin(np.deg2rad(angle))
    thinned = thin_edges(np.exp(-(aside**2) / 8).astype(np.float32))
    inner = np.zeros((80, 80), bool)
    inner[8:-8, 8:-8] = True
    kept = (thinned > 0.2) & inner
    assert np.abs(aside[kept]).max() <= 1
    crest = (np.abs(aside) <= 0.5) & inner
    assert (distance_transform_edt(~kept)[crest] <= 1.5).all()
    # At most two pixels wide where the crest runs between pixels, and one after thinning.
    assert kept.sum() <= 2 * np.count_nonzero(thin(kept))


def test_the_stronger_of_two_near_edges_wins():
    ridges = np.zeros((60, 60), np.float32)
    ridges[:, 30], ridges[:, 31], ridges[:, 45] = 1.0, 0.6, 0.5
    thinned = thin_edges(ridges)
    assert set(np.flatnonzero(thinned[30] > 0.1)) == {30, 45}
    assert thinned[30, 30] == 1


def test_edges_fade_at_the_border():
    ridges = np.zeros((60, 60), np.float32)
    ridges[:, 30] = 1
    thinned = thin_edges(ridges)
    assert thinned[:8, 30] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1], abs=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (7, 5)])
def test_a_tiny_map_is_no_error(shape):
    thinned = thin_edges(np.ones(shape, np.float32))
    assert thinned.shape == shape
    assert np.isfinite(thinned).all()


def test_sobel_measures_slope():
    assert sobel(ramp(1))[15, 1:-1] == pytest.approx(np.full(38, 8))
    assert not sobel(np.full((9, 9), 3, np.float32)).any()


@pytest.mark.parametrize(("values", "expected"), [([2, 3, 4], [0, 0.5, 1]), ([5, 5, 5], [0, 0, 0])])
def test_maps_are_normalised_linearly(values, expected):
    assert normalise(np.array(values, np.float32)).tolist() == expected


def test_the_classic_finds_a_plain_outline(scene):
    told: list[tuple[int, int]] = []
    figures = measure_detector(sobel_edges, photos_of(scene), lambda done, total: told.append((done, total)))
    assert figures.ods > 0.95
    assert told == [(1, 1)]
    assert len(measure_detector(sobel_edges, photos_of(scene), thresholds=4).curve) == 4


def test_photos_that_cannot_be_used_are_named(scene, write_coco):
    pixels = np.zeros((40, 40, 3), np.uint8)
    folder = write_coco(
        {"bare.png": pixels, "small.png": pixels, "damaged.png": pixels},
        [annotation(square(1, 1, 9, 9, 20), 2), annotation(square(1, 1, 9, 9), 3)],
    )
    (folder / "images" / "damaged.png").write_bytes(b"no picture")
    left_out: dict[str, str] = {}
    photos = [*photos_of(folder), *photos_of(scene)]
    figures = measure_detector(sobel_edges, photos, leave_out=left_out.__setitem__)
    assert figures.photos == 1
    assert [name.rpartition("/")[2] for name in left_out] == ["bare.png", "small.png", "damaged.png"]
    assert left_out[next(iter(left_out))].startswith("no object")
    with pytest.raises(SamError, match="found none among 3"):
        measure_detector(sobel_edges, photos_of(folder))


def test_a_large_photo_is_scaled_down(write_coco):
    size = 1000
    mask = np.zeros((size, size), bool)
    mask[300:700, 200:800] = True
    pixels = np.where(mask[..., None], (210, 50, 40), (60, 150, 70)).astype(np.uint8)
    folder = write_coco({"large.png": pixels}, [annotation(mask)])
    seen: list[tuple[int, ...]] = []

    def detect(image):
        seen.append(image.shape)
        return sobel_edges(image)

    assert measure_detector(detect, photos_of(folder)).ods > 0.95
    assert seen == [(640, 640, 3)]
