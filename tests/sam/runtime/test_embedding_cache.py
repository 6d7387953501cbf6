from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sam import ImageError, load_model
from sam.images import image_hash
from sam.runtime.embedding_cache import EMBEDDINGS, embed, has_embedding


@pytest.fixture(autouse=True)
def _empty_cache():
    EMBEDDINGS.clear()
    yield
    EMBEDDINGS.clear()
    EMBEDDINGS.resize(256 << 20)


def test_an_image_is_encoded_once(colour_model, picture):
    first = embed(colour_model, picture)
    assert embed(colour_model, picture.copy()) is first
    assert embed(colour_model, picture, image_key=image_hash(picture)) is first
    assert colour_model.encoded == 1
    assert EMBEDDINGS.nbytes == first.nbytes


def test_what_makes_an_embedding_another(make_model, picture):
    other = picture.copy()
    other[0, 0] = 1
    half = make_model()
    half.dtype = "float16"
    models = [make_model(), make_model(name="other"), make_model(weights="v" * 64), half]
    embeddings = [embed(model, picture) for model in models] + [embed(models[0], other)]
    assert len({id(embedding) for embedding in embeddings}) == 5
    assert [model.encoded for model in models] == [2, 1, 1, 1]


def test_sessions_share_one_encoding(colour_model, picture):
    images = [np.roll(picture, shift, axis=0) for shift in range(5)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: embed(colour_model, images[number % 5]), range(200)))
    assert colour_model.encoded == 5
    for number, embedding in enumerate(found):
        np.testing.assert_array_equal(
            embedding.arrays["features"], colour_model.embed(images[number % 5]).arrays["features"]
        )


def test_memory_stays_within_its_budget(colour_model, picture):
    size = embed(colour_model, picture).nbytes
    EMBEDDINGS.resize(3 * size)
    for shift in range(10):
        embed(colour_model, np.roll(picture, shift, axis=0))
    assert EMBEDDINGS.nbytes == 3 * size


def test_what_is_no_image_is_refused(colour_model, picture):
    with pytest.raises(ImageError, match="Use read_image"):
        embed(colour_model, picture[..., 0])
    assert len(EMBEDDINGS) == 0


def test_whether_an_embedding_is_in_memory():
    model, image = load_model("nano"), np.full((20, 30, 3), 77, np.uint8)
    key = image_hash(image)
    EMBEDDINGS.clear()
    assert not has_embedding(key, model.weights)
    embed(model, image)
    assert has_embedding(key, model.weights)
    assert not has_embedding(key, "others")
    assert not has_embedding("another", model.weights)
