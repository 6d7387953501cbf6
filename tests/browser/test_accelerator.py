"""Decoding on the graphics card, by Chromium's own one in software: the same path, only slow."""

from __future__ import annotations

import json

import numpy as np
import pytest


@pytest.fixture(scope="module")
def flags(flags: list[str]) -> list[str]:
    return [*flags, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]


def small_decoder() -> bytes:
    """A decoder with nano's inputs and twenty nodes: discs around the middle of the points, and what came before.

    nano's own has over a thousand nodes, for which a graphics card in software takes ten seconds each time.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    single = TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info(name, kind, shape)
        for name, kind, shape in (
            ("features16", single, [1, None, 32, 32]),
            ("features8", single, [1, None, 64, 64]),
            ("features4", single, [1, None, 128, 128]),
            ("point_coords", single, [1, "points", 2]),
            ("point_labels", single, [1, "points"]),
            ("mask_input", single, [1, 1, 256, 256]),
            ("has_mask_input", single, [1]),
        )
    ]
    y, x = np.mgrid[1:512:2, 1:512:2].astype(np.float32)
    constants = {
        "places": np.stack([x, y], -1)[None],
        "radii": np.array([40, 20, 60, 120], np.float32).reshape(1, 4, 1, 1),
        "ranks": np.array([[0.5, 0.2, 0.9, 0.4]], np.float32),
        "tenth": np.array(0.1, np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["point_coords"], ["middle"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["places", "middle"], ["apart"]),
        helper.make_node("ReduceL2", ["apart"], ["distance"], axes=[3], keepdims=0),
        helper.make_node("Unsqueeze", ["distance", "one"], ["map"]),
        helper.make_node("Sub", ["radii", "map"], ["discs"]),
        helper.make_node("ReduceMean", ["features16"], ["feature"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Tanh", ["feature"], ["bounded"]),
        helper.make_node("Add", ["discs", "bounded"], ["seen"]),
        helper.make_node("Mul", ["mask_input", "has_mask_input"], ["before"]),
        helper.make_node("Mul", ["before", "tenth"], ["faint"]),
        helper.make_node("Add", ["seen", "faint"], ["logits"]),
        helper.make_node("ReduceMean", ["point_labels"], ["share"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["share", "tenth"], ["more"]),
        helper.make_node("Add", ["ranks", "more"], ["scores"]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", single, [1, 4, 256, 256]),
        helper.make_tensor_value_info("scores", single, [1, 4]),
    ]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    initializers.append(numpy_helper.from_array(np.array([1]), "one"))
    graph = helper.make_graph(nodes, "small", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.mark.slow
def test_the_graphics_card_takes_over_and_gives_way(visit, page_server, cat):
    """It decodes once it has shown the same masks; when it is lost, the same click is answered without it."""
    tab = visit(page_server)

    def any_card(route) -> None:
        """As SAM_STUDIO_WEBGPU=any makes the server say."""
        route.fulfill(body=json.dumps({**route.fetch().json(), "webgpu": "any"}), content_type="application/json")

    tab.page.context.route("**/runtime", any_card)
    decoder = small_decoder()
    tab.page.context.route("**/decoders/*", lambda route: route.fulfill(body=decoder))
    tab.drop_photo(cat)
    tab.wait("decoder", "ready")
    tab.wait("engine", "webgpu")
    assert "graphics card" in tab.page.inner_text(".ss-status-times")
    tab.click(150, 120)
    assert "decoded in this page (graphics card) in" in tab.page.inner_text(".ss-status-times")
    shown = tab.data("mask")

    (worker,) = tab.page.workers
    worker.evaluate("""() => {
        const real = GPUDevice.prototype.createCommandEncoder;
        GPUDevice.prototype.createCommandEncoder = function (...options) {
            this.destroy();
            return real.apply(this, options);
        };
    }""")
    tab.click(160, 130)
    assert "decoded in this page in" in tab.page.inner_text(".ss-status-times")
    tab.wait("engine", "wasm")
    assert tab.data("mask") == shown
    assert tab.sent == [], "the server was not needed"
