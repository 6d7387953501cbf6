"""The graph for one click gives what the graph for every prompt gives."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sam.nano.export.click import ClickGraph, by_phase, in_rows, relu, spots
from sam.nano.export.graph import DecoderGraph
from sam.nano.export.winograd import to_phases
from sam.nano.network import Decoder
from sam.nano.prompt_maps import Drawing


@pytest.fixture(scope="module")
def graph() -> DecoderGraph:
    """Random weights, with nothing left at its starting value of zero or one."""
    torch.manual_seed(0)
    decoder = Decoder().eval()
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return DecoderGraph(decoder)


@pytest.mark.parametrize("point", [(200.0, 130.0), (0.0, 511.5), (333.3, 2.0)])
@torch.no_grad()
def test_it_is_the_graph_for_every_prompt(graph: DecoderGraph, point: tuple[float, float]) -> None:
    torch.manual_seed(1)
    features = [torch.randn(1, *shape).half().float() for shape in ((128, 32, 32), (48, 64, 64), (16, 128, 128))]
    coords = torch.tensor([[point]])
    expected, wanted = graph(*features, coords, torch.ones(1, 1), torch.zeros(1, 1, 256, 256), torch.zeros(1))
    logits, scores = ClickGraph(graph)(*features, coords)
    assert logits.shape == expected.shape
    assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()
    assert torch.allclose(scores, wanted, atol=1e-4)


@torch.no_grad()
def test_the_steps_that_only_move_memory() -> None:
    for levels in (1, 2, 3, 4):
        x = torch.randn(1, 3, 16 << levels, 16 << levels)
        assert torch.equal(in_rows(by_phase(x, 3, levels), 3, levels), x)
    x = torch.randn(1, 3, 64, 64)
    assert torch.equal(by_phase(x, 3, 2), to_phases(x).reshape(1, 3, -1))
    assert torch.equal(relu(x), F.relu(x))


@torch.no_grad()
def test_a_spot_is_the_one_of_the_drawing() -> None:
    coords = torch.tensor([[[100.0, 301.0]]])
    drawing = Drawing(coords, torch.ones(1, 1), 128, 4)
    both = torch.cat([drawing.spots(drawing.positive, width) for width in (3.0, 24.0)], 1)
    assert torch.allclose(spots(coords, (3.0, 24.0), 3), by_phase(both, 2, 3), atol=1e-6)
    assert torch.allclose(spots(coords, (3.0,), 3, 5.0), by_phase(5 * both[:, :1], 1, 3), atol=1e-6)
