"""SAM's prompt encoder and mask decoder as one .onnx, with Meta's names for the inputs and all four masks as output."""

from __future__ import annotations

import copy
import logging
import os
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..errors import ModelUnavailable
from .attention import FewQueries, norm_channels

OPSET = 17
FORMAT = 3
"""Goes into the file's name: another graph is another file."""
INPUTS = ("image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input")
OUTPUTS = ("logits", "scores")
EMPTY, BOX_LOW = -1, 2
"""Labels: no point; corners of a box are 2 and 3, the same numbers as their places in `point_embed`."""

KEPT_EXACT = 1024
"""Constants of so many numbers stay float32: among them are the frequencies of the positions, which multiply up to
whole turns. In float16 they cost .1 to .2 IoU where they are large, as in a SamModel that transformers makes."""
TOLERANCE = 0.02
"""How far an answer of the file may be from torch's, as a share of the largest: float16 weights cost less by far."""

_log = logging.getLogger("sam_studio")
_exporting = threading.Lock()


class SamDecoderGraph(nn.Module):
    """(1, C, g, g) float16 embedding and N prompts -> (N, 4, 4g, 4g) logits, (N, 4) predicted IoU, float32.

    Index 0 is the single mask. As in Meta's export an empty place among the points has the label -1, and a box is two
    points of the labels 2 and 3; `has_mask_input` 0 leaves `mask_input` unread.
    """

    def __init__(self, model: Any) -> None:
        """
        Args:
            model: a SamModel; its two small halves are copied in float32, it stays as it is.
        """
        super().__init__()
        self.prompts = copy.deepcopy(model.prompt_encoder).float().cpu()
        self.decoder = copy.deepcopy(model.mask_decoder).float().cpu()
        with torch.inference_mode():
            positions = model.get_image_wide_positional_embeddings().float().cpu()
        self.positions: Tensor
        self.register_buffer("positions", positions.clone())
        self.side = model.config.vision_config.image_size
        transformer = self.decoder.transformer
        self.to_image = [few_queries(layer.cross_attn_token_to_image) for layer in transformer.layers]
        self.to_tokens = [few_queries(layer.cross_attn_image_to_token) for layer in transformer.layers]
        self.final = few_queries(transformer.final_attn_token_to_image)

    def forward(self, embedding: Tensor, coords: Tensor, labels: Tensor, mask_input: Tensor, has_mask: Tensor) -> Any:
        sparse = self.points(coords, labels)
        has = has_mask.reshape(-1, 1, 1, 1)
        none = self.prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = has * self.prompts.mask_embed(mask_input) + (1 - has) * none
        return self.decode(embedding.float() + dense, sparse)

    def points(self, coords: Tensor, labels: Tensor) -> Tensor:
        """(N, P, 2) and (N, P) -> (N, P, C)."""
        encoder = self.prompts
        kinds = labels[..., None]
        encoded = encoder.shared_embedding((coords + 0.5)[:, None] / self.side)[:, 0]
        encoded = torch.where(kinds == EMPTY, torch.zeros_like(encoded), encoded)
        encoded = encoded + (kinds == EMPTY).float() * encoder.not_a_point_embed.weight
        for kind, embedding in enumerate(encoder.point_embed):
            encoded = encoded + (kinds == kind).float() * embedding.weight
        return encoded

    def decode(self, image: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        """SamMaskDecoder.forward without its choice between one mask and three; the places of the image stay last.

        Args:
            image: (N, C, g, g).
            sparse: (N, P, C).
        """
        decoder = self.decoder
        own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
        tokens = torch.cat([own[None] + sparse[:, :1] * 0, sparse], 1)
        tokens, flat = self.attend(tokens, image.flatten(2), len(own))
        flat = upscale(decoder.upscale_conv1, flat)
        flat = decoder.activation(norm_channels(decoder.upscale_layer_norm, flat))
        flat = decoder.activation(upscale(decoder.upscale_conv2, flat))
        heads = enumerate(decoder.output_hypernetworks_mlps)
        weights = torch.stack([head(tokens[:, 1 + i]) for i, head in heads], 1)
        grid = image.shape[-1]
        logits = (weights @ flat).reshape(
            -1, len(own) - 1, 2, 2, 2, 2, grid, grid
        )  # finer rows, columns; rows, columns
        logits = logits.permute(0, 1, 6, 4, 2, 7, 5, 3).reshape(-1, len(own) - 1, 4 * grid, 4 * grid)
        return logits, decoder.iou_prediction_head(tokens[:, 0])

    def attend(self, points: Tensor, image: Tensor, own: int) -> tuple[Tensor, Tensor]:
        """SamTwoWayTransformer.forward: the first `own` tokens, (N, own, C), and the image.

        Args:
            points: (N, own + P, C).
            image: (N, C, g * g).
        """
        transformer, positions = self.decoder.transformer, self.positions.flatten(2)
        tokens = points
        for number, (layer, to_image, to_tokens) in enumerate(zip(transformer.layers, self.to_image, self.to_tokens)):
            q = (tokens + points if number else tokens)[:, None]
            update = layer.self_attn(query=q, key=q, value=tokens[:, None])[0][:, 0]
            tokens = layer.layer_norm1(tokens + update if number else update)
            tokens = layer.layer_norm2(tokens + to_image.gather(tokens + points, image + positions, image))
            tokens = layer.layer_norm3(tokens + layer.mlp(tokens))
            image = image + to_tokens.spread(image + positions, tokens + points, tokens)
            image = norm_channels(layer.layer_norm4, image)
        tokens, points = tokens[:, :own], points[:, :own]  # no other token is read after this
        tokens = tokens + self.final.gather(tokens + points, image + positions, image)
        return transformer.layer_norm_final_attn(tokens), image


def few_queries(attention: Any) -> FewQueries:
    """A SamAttention in the other order of sums."""
    a = attention
    return FewQueries(a.num_attention_heads, a.q_proj, a.k_proj, a.v_proj, a.out_proj)


def upscale(layer: nn.ConvTranspose2d, x: Tensor) -> Tensor:
    """A transposed convolution of 2x2 in steps of 2, whose cells do not overlap: a product, shuffled only by name.

    Args:
        x: (N, C, M).

    Returns:
        (N, C', 4 * M): upper left cells of all places, upper right, lower left, lower right.
    """
    weight = layer.weight.permute(1, 2, 3, 0).reshape(-1, layer.weight.shape[0], 1)
    x = F.conv1d(x, weight).reshape(-1, layer.weight.shape[1], 4 * x.shape[2])
    return x if layer.bias is None else x + layer.bias[:, None]


def export_decoder(model: Any, path: Path) -> None:
    """Write the decoder of a SamModel; weights as float16, mathematics in float32.

    Raises:
        ImportError: the package onnx is not installed.
        ModelUnavailable: the file does not answer as torch does.
        OSError: `path` cannot be written.
    """
    import onnx  # noqa: F401 - torch's exporter needs it, and says so only after long work

    from ..nano.export import store_half

    graph = SamDecoderGraph(model).eval()
    channels, grid = int(graph.positions.shape[1]), int(graph.positions.shape[-1])
    example = (
        torch.zeros(1, channels, grid, grid, dtype=torch.float16),
        torch.rand(2, 3, 2) * graph.side,
        torch.tensor([[1.0, 0.0, -1.0], [1.0, 2.0, 3.0]]),
        torch.zeros(2, 1, 4 * grid, 4 * grid),
        torch.tensor([0.0, 1.0]),
    )
    many = {0: "prompts"}
    with torch.no_grad(), warnings.catch_warnings():
        # torch announces another exporter; that one needs onnxscript, and unrolls what must stay dynamic here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            example,
            path,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={
                "point_coords": {**many, 1: "points"},
                "point_labels": {**many, 1: "points"},
                "mask_input": many,
                "has_mask_input": many,
                "logits": many,
                "scores": many,
            },
            opset_version=OPSET,
            dynamo=False,
        )
    store_half(path, above=KEPT_EXACT)
    _check(path, graph)


def _check(path: Path, graph: SamDecoderGraph) -> None:
    """Ask both something of another shape than was traced: what was made constant by mistake shows."""
    import onnxruntime

    channels, grid = int(graph.positions.shape[1]), int(graph.positions.shape[-1])
    rng = np.random.default_rng(0)
    values = (
        rng.normal(size=(1, channels, grid, grid)).astype(np.float16),
        rng.uniform(0, graph.side, (1, 4, 2)).astype(np.float32),
        np.array([[0, 1, 2, 3]], np.float32),
        rng.normal(size=(1, 1, 4 * grid, 4 * grid)).astype(np.float32),
        np.ones(1, np.float32),
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    found: list[Any] = session.run(list(OUTPUTS), dict(zip(INPUTS, values)))
    with torch.no_grad():
        wanted = graph(*(torch.from_numpy(value) for value in values))
    for name, got, expected in zip(OUTPUTS, found, (answer.numpy() for answer in wanted)):
        if got.shape != expected.shape or not np.abs(got - expected).max() <= TOLERANCE * np.abs(expected).max():
            raise ModelUnavailable(f"The {name} of the exported decoder are not those of the model.")


def cached_decoder(model: Any, weights: str) -> Path | None:
    """The decoder's file, made once and kept in the user's cache; None where it cannot be made, which the log explains.

    Args:
        model: a SamModel.
        weights: their hash and the dtype they are held in, which name the file: rounded weights are other weights.
    """
    import platformdirs

    folder = platformdirs.user_cache_path("sam-studio") / "decoders"
    path = folder / f"{weights}-{FORMAT}.onnx"
    with _exporting:
        if path.is_file():
            return path
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                made = Path(temporary) / "decoder.onnx"
                export_decoder(model, made)
                os.replace(made, path)
        except Exception:
            _log.warning("The decoder could not be made for the page: masks are decoded on the server.", exc_info=True)
            return None
    return path
