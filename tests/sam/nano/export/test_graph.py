"""The exported order of sums gives what the network that was trained gives."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sam.nano.export.graph import SLOTS, DecoderGraph, from_phases, shuffle, total
from sam.nano.export.winograd import to_phases
from sam.nano.network import Decoder

PROMPTS: dict[str, tuple[list[list[float]], list[int]]] = {
    "a click": ([[200, 130]], [1]),
    "two clicks": ([[200, 130], [400.5, 30]], [1, 0]),
    "a box": ([[60, 50], [400, 380]], [2, 3]),
    "a box and a click": ([[100, 300], [60, 50], [400, 380]], [0, 2, 3]),
    "as many as there are places": ([[50 + 60 * i, 400 - 30 * i] for i in range(SLOTS)], [1, 0] * (SLOTS // 2)),
    "one more": ([[50 + 60 * i, 400 - 30 * i] for i in range(SLOTS + 1)], [*[1, 0] * (SLOTS // 2), 1]),
    "nothing": ([[0, 0]], [-1]),
}


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    """Random weights, with nothing left at its starting value of zero or one."""
    torch.manual_seed(0)
    decoder = Decoder().eval()
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return decoder


@pytest.fixture(scope="module")
def features() -> list[Tensor]:
    torch.manual_seed(1)
    return [torch.randn(1, *shape).half().float() for shape in ((128, 32, 32), (48, 64, 64), (16, 128, 128))]


def prompt(name: str, *, padded: bool) -> tuple[Tensor, Tensor]:
    points, labels = PROMPTS[name]
    empty = -len(points) % SLOTS if padded else 0
    coords = torch.tensor([*points, *[[0.0, 0.0]] * empty], dtype=torch.float32)
    return coords[None], torch.tensor([*labels, *[-1] * empty], dtype=torch.float32)[None]


@pytest.mark.parametrize("guided", [False, True], ids=["", "with an earlier mask"])
@pytest.mark.parametrize("padded", [False, True], ids=["", "padded"])
@pytest.mark.parametrize("name", PROMPTS)
@torch.no_grad()
def test_it_is_the_network(decoder: Decoder, features: list[Tensor], name: str, padded: bool, guided: bool) -> None:
    earlier = (torch.randn(1, 1, 256, 256) * 4 * guided, torch.full((1,), float(guided)))
    expected, predicted = decoder(*(f.float() for f in features), *prompt(name, padded=True), *earlier)
    logits, scores = DecoderGraph(decoder)(*features, *prompt(name, padded=padded), *earlier)
    assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()
    stability = (expected > 1).sum((-1, -2)) / (expected > -1).sum((-1, -2)).clamp(min=1)
    assert torch.allclose(scores, predicted * stability.sqrt(), atol=1e-3)


@torch.no_grad()
def test_several_prompts_are_answered_as_alone(decoder: Decoder, features: list[Tensor]) -> None:
    graph = DecoderGraph(decoder)
    none = torch.zeros(1, 1, 256, 256), torch.zeros(1)
    both = [torch.cat(pair) for pair in zip(prompt("two clicks", padded=False), prompt("a box", padded=False))]
    together = graph(*features, *both, *(torch.cat([n, n]) for n in none))
    for number, name in enumerate(("two clicks", "a box")):
        alone = graph(*features, *prompt(name, padded=False), *none)
        for found, expected in zip(together, alone):
            assert torch.allclose(found[number], expected[0], atol=1e-3)


@torch.no_grad()
def test_the_steps_that_only_move_memory() -> None:
    x = torch.randn(2, 12, 16, 16)
    assert torch.equal(shuffle(x), F.pixel_shuffle(x, 2))
    phases = to_phases(x).reshape(2, 12, 256)
    assert torch.equal(from_phases(phases, 3, 32), F.pixel_shuffle(x, 2))
    large = torch.randn(2, 3, 64, 64)
    assert torch.allclose(total(large), large.sum((-1, -2)), atol=1e-3)
