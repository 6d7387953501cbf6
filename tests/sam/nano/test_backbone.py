"""The backbone: the published weights give the published network, whatever is folded into what."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sam.nano.backbone import STAGES, TAP_WIDTHS, TAPS, Backbone, FoldedConv, imagenet_weights, is_imagenet
from sam.nano.network import MEAN, STD


def published(seed: int = 0) -> dict[str, torch.Tensor]:
    """Weights with the published file's names and shapes, and norms that are not trivial."""
    random = torch.Generator().manual_seed(seed)
    state: dict[str, torch.Tensor] = {}

    def put(convolution: str, norm: str, outputs: int, inputs: int, kernel: int) -> None:
        spread = (inputs * kernel * kernel) ** -0.5
        state[f"{convolution}.weight"] = torch.randn(outputs, inputs, kernel, kernel, generator=random) * spread
        for name, low in (("weight", 0.5), ("bias", -0.5), ("running_mean", -0.5), ("running_var", 0.5)):
            state[f"{norm}.{name}"] = torch.rand(outputs, generator=random) + low

    put("_conv_stem", "_bn0", 32, 3, 3)
    width, number = 32, 0
    for repeats, outputs, expansion, kernel, _ in STAGES:
        for _ in range(repeats):
            name, wide = f"_blocks.{number}", width * expansion
            if expansion > 1:
                put(f"{name}._expand_conv", f"{name}._bn0", wide, width, 1)
            put(f"{name}._depthwise_conv", f"{name}._bn1", wide, 1, kernel)
            put(f"{name}._project_conv", f"{name}._bn2", outputs, wide, 1)
            width, number = outputs, number + 1
    return state


def reference(state: dict[str, torch.Tensor], image: torch.Tensor) -> list[torch.Tensor]:
    """What TensorFlow computes with these weights of (x - 127) / 128, operator by operator."""

    def layer(x: torch.Tensor, convolution: str, norm: str, stride: int = 1, groups: int = 1) -> torch.Tensor:
        weight = state[f"{convolution}.weight"]
        kernel = weight.shape[-1]
        if x.shape[-1] % stride:
            raise AssertionError(x.shape)
        total = max(kernel - stride, 0)  # SAME, for sides that the stride divides
        x = F.pad(x, (total // 2, total - total // 2) * 2)
        x = F.conv2d(x, weight, stride=stride, groups=groups)
        mean, variance, scale, shift = (
            state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, variance, scale, shift, eps=1e-3)

    x = F.relu6(layer(image, "_conv_stem", "_bn0", 2))
    taps, number = [], 0
    for repeats, _, expansion, _, stride in STAGES:
        for repeat in range(repeats):
            name, before = f"_blocks.{number}", x
            if expansion > 1:
                x = F.relu6(layer(x, f"{name}._expand_conv", f"{name}._bn0"))
            x = F.relu6(layer(x, f"{name}._depthwise_conv", f"{name}._bn1", stride if not repeat else 1, x.shape[1]))
            x = layer(x, f"{name}._project_conv", f"{name}._bn2")
            x = before + x if x.shape == before.shape else x
            taps += [x] if number in TAPS else []
            number += 1
    return taps


@torch.no_grad()
def test_the_published_weights_give_the_published_network() -> None:
    state = published()
    assert is_imagenet(state)
    model = Backbone()
    model.load_state_dict(imagenet_weights(state, (127.0,) * 3, (128.0,) * 3))
    image = torch.randn(1, 3, 64, 96)
    for got, expected in zip(model(image), reference(state, image), strict=True):
        assert torch.allclose(got, expected, atol=1e-4 * float(expected.abs().max()))


@torch.no_grad()
def test_the_stem_takes_nanos_pixels() -> None:
    """Away from the frame, where the padding is another grey, the same as (x - 127) / 128."""
    state = published()
    pixels = torch.rand(1, 3, 64, 64) * 255
    model = Backbone()
    model.load_state_dict(imagenet_weights(state, MEAN, STD))
    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (MEAN, STD))
    got = model.stem((pixels - mean) / std)
    model.load_state_dict(imagenet_weights(state, (127.0,) * 3, (128.0,) * 3))
    assert torch.allclose(got[..., :-1, :-1], model.stem((pixels - 127) / 128)[..., :-1, :-1], atol=1e-3)


@torch.no_grad()
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 1), (3, 2), (5, 2)])
def test_folding_for_good_changes_nothing(kernel: int, stride: int) -> None:
    layer = FoldedConv(8, 8, kernel, stride, groups=8 if kernel > 1 else 1)
    for value in (layer.gain, layer.mean, layer.variance):
        value.copy_(torch.rand(8) + 0.5)
    x = torch.randn(2, 8, 16, 16)
    before = layer(x)
    layer.fold()
    layer.variance.fill_(float("nan"))  # nothing looks at the statistics any more
    assert before.shape[-1] == 16 // stride
    assert torch.allclose(layer(x), before, atol=1e-5)


def test_maps_and_what_learns() -> None:
    model = Backbone()
    taps = model(torch.randn(2, 3, 64, 64))
    assert [(tap.shape[1], tap.shape[2]) for tap in taps] == [(w, s) for w, s in zip(TAP_WIDTHS, (16, 8, 4, 2))]
    sum(tap.mean() for tap in taps).backward()
    still = {name for name, value in model.named_parameters() if value.grad is None}
    assert still == {
        name for name in dict(model.named_parameters()) if name.startswith(("stem.", "blocks.0.", "blocks.1."))
    }


def test_other_weights_are_not_taken_for_these() -> None:
    assert not is_imagenet({"stem.0.weight": torch.zeros(1)})
