from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from sam import Prompt
from sam.clicks import decode_in_turn
from sam.export import sam_decoder
from sam.export.decoder_file import export_decoder
from sam.export.sam_decoder import SamDecoderGraph
from tests.sam.export.asked import OUTPUTS, compare, feeds, opened

IMAGE = np.random.default_rng(0).integers(0, 255, (80, 110, 3), np.uint8)


@pytest.fixture(scope="module")
def session(model, tmp_path_factory: pytest.TempPathFactory) -> onnxruntime.InferenceSession:
    path = tmp_path_factory.mktemp("exported") / "decoder.onnx"
    export_decoder(SamDecoderGraph(model._model), path)
    return opened(path)


@pytest.mark.parametrize("guided", [False, True], ids=["", "with an earlier mask"])
def test_the_file_answers_as_the_model_does(model, session, guided: bool) -> None:
    compare(model, session, model.embed(IMAGE), guided)


def test_several_prompts_are_answered_together_as_alone(model, session) -> None:
    embedding = model.embed(IMAGE)
    one, two = (feeds(Prompt.of(points=[xy]), embedding, model) for xy in ([60, 40], [10, 70]))
    both = {key: one[key] if key in embedding.arrays else np.concatenate([one[key], two[key]]) for key in one}
    together = session.run(["logits"], both)[0]
    alone = [session.run(["logits"], inputs)[0][0] for inputs in (one, two)]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-4)


def test_clicks_in_turn_are_the_same_through_the_file(model, session) -> None:
    embedding = model.embed(np.random.default_rng(2).integers(0, 255, (80, 110, 3), np.uint8))
    asked = Prompt.of(points=[[60, 40], [10, 70]], labels=[1, 0])
    expected, _ = decode_in_turn(model, embedding, asked)
    first, scores = session.run(OUTPUTS, feeds(Prompt.of(points=[[60, 40]]), embedding, model))
    best = first[0, 1 + int(np.argmax(scores[0, 1:]))]
    inputs = feeds(Prompt.of(points=[[60, 40], [10, 70]], labels=[1, 0], mask_input=best), embedding, model)
    second = session.run(["logits"], inputs)[0][0, :1]
    assert ((second > 0) == (expected > 0)).mean() > 0.99


@torch.no_grad()
@pytest.mark.parametrize("bias", [True, False])
def test_upscaling_is_the_transposed_convolution(bias: bool) -> None:
    layer = torch.nn.ConvTranspose2d(6, 4, 2, 2, bias=bias)
    x = torch.randn(2, 6, 5, 5)
    found = sam_decoder.upscale(layer, x.flatten(2)).reshape(2, 4, 2, 2, 5, 5)
    assert torch.allclose(found.permute(0, 1, 4, 2, 5, 3).reshape(2, 4, 10, 10), layer(x), atol=1e-6)
