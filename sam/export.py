"""SAM's decoder as one .onnx file, with the inputs of Meta's own export, so that the page can decode by itself.

Needs torch, transformers and onnx (torch writes through it); it is imported when a decoder is asked for, never before.
"""

from __future__ import annotations

import copy
import os
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import SamModel

from .errors import ModelUnavailable

OPSET = 17
FORMAT = 1
"""Goes up when the graph changes, so that files made before it are not used again."""
FOLDER_VARIABLE = "SAM_STUDIO_DECODERS_DIR"
INPUTS = ("image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input")
OUTPUTS = ("logits", "scores")
TOLERANCE = 2e-3
"""How far the file's answer may be from torch's, as a share of the largest logit; a wrong graph is off by far more."""

_ONE_AT_A_TIME = threading.Lock()


class SamDecoderGraph(nn.Module):
    """Prompt encoder and mask decoder of a SamModel, in float32 on the CPU, as one graph.

    Unlike Meta's export it keeps the logits small (masks at full size run out of memory in a page) and returns all four
    masks: the single one first, then the three of an ambiguous prompt; who asks chooses.
    """

    cells: Tensor

    def __init__(self, model: SamModel) -> None:
        """Copies what it needs; `model` stays as it is, in its own dtype and on its own device."""
        super().__init__()
        self.prompts = copy.deepcopy(model.prompt_encoder).float().cpu()
        self.decoder = copy.deepcopy(model.mask_decoder).float().cpu()
        # Plain products and a softmax, for which every runtime has fast kernels.
        self.decoder.config._attn_implementation = "eager"
        vision: Any = model.config.vision_config
        self.side: int = vision.image_size
        grid = self.prompts.image_embedding_size[0]
        centres = (torch.arange(grid, dtype=torch.float32) + 0.5) / grid
        # The cells' places, not what they are encoded as: the runtime does that once, and the file is 4 MB smaller.
        self.register_buffer("cells", torch.stack(torch.meshgrid(centres, centres, indexing="xy"), -1))
        self.eval().requires_grad_(False)

    def forward(
        self, image_embeddings: Tensor, point_coords: Tensor, point_labels: Tensor, mask_input: Tensor, has_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """
        Args:
            image_embeddings: (1, C, g, g) float16.
            point_coords: (N, P, 2) x, y in pixels of the model's input.
            point_labels: (N, P) float32: 1 foreground, 0 background, 2 and 3 a box's corners, -1 nothing. SAM adds one
                place with nothing to a prompt without a box.
            mask_input: (N, 1, 4g, 4g) logits of an earlier answer.
            has_mask: (N,) 1 where mask_input counts.

        Returns:
            (N, 4, 4g, 4g) logits and (N, 4) scores.
        """
        sparse = self._points(point_coords, point_labels)
        given = has_mask.reshape(-1, 1, 1, 1)
        none = self.prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = given * self.prompts.mask_embed(mask_input) + (1 - given) * none
        return self._masks(image_embeddings.float() + dense, sparse)

    def _points(self, coords: Tensor, labels: Tensor) -> Tensor:
        """(N, 1, P, C), as SamPromptEncoder._embed_points and _embed_boxes make them of points and corners."""
        labels = labels[:, None, :, None]
        embedded = self.prompts.shared_embedding((coords + 0.5)[:, None] / self.side)
        nothing = self.prompts.not_a_point_embed.weight
        embedded = torch.where(labels == -1, nothing, embedded)
        embeddings: Any = self.prompts.point_embed
        for kind, embedding in enumerate(embeddings):
            embedded = embedded + (labels == kind).float() * embedding.weight
        return embedded

    def _masks(self, image: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        """SamMaskDecoder.forward, which returns either the single mask or the three, with all four."""
        decoder = self.decoder
        count, channels, grid, _ = image.shape
        own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
        tokens = torch.cat([own[None, None].expand(sparse.shape[0], -1, -1, -1), sparse], dim=2)
        tokens, image = decoder.transformer(
            point_embeddings=tokens,
            image_embeddings=image,
            image_positional_embeddings=self.prompts.shared_embedding(self.cells).permute(2, 0, 1)[None],
            attention_similarity=None,
        )
        image = image.transpose(2, 3).reshape(count, channels, grid, grid)
        image = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image)))
        image = decoder.activation(decoder.upscale_conv2(image))
        weights = [mlp(tokens[:, 0, 1 + i]) for i, mlp in enumerate(decoder.output_hypernetworks_mlps)]
        logits = torch.stack(weights, dim=1) @ image.flatten(2)
        return logits.reshape(-1, len(weights), 4 * grid, 4 * grid), decoder.iou_prediction_head(tokens[:, 0, 0])


def sam_decoder(model: SamModel, key: str, folder: Path | None = None) -> Path:
    """The decoder of `model` as a file, made and checked against torch on first use, found again after that.

    Args:
        model: any dtype, any device; its weights are written as float32.
        key: stands for the weights and the dtype they are held in; goes into the file's name.
        folder: default: what SAM_STUDIO_DECODERS_DIR says, else the user's cache.

    Raises:
        ModelUnavailable: onnx is not installed, no room, or a graph that does not answer as torch does.
    """
    folder = folder or _cache_folder()
    path = folder / f"sam-{key}-{FORMAT}.onnx"
    with _ONE_AT_A_TIME:
        if path.is_file():
            return path
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Beside the final place, so that it comes into being whole; another process may make the same file.
            with tempfile.TemporaryDirectory(dir=folder) as beside:
                made = Path(beside) / path.name
                write_sam_decoder(model, made)
                made.replace(path)
        except OSError as error:
            raise ModelUnavailable(f"The decoder cannot be written to {folder} ({error}).") from error
    return path


def write_sam_decoder(model: SamModel, path: Path) -> None:
    """Write the decoder of `model` to `path`, and check that ONNX Runtime answers as torch does.

    Raises:
        ModelUnavailable: onnx is not installed, or the answers differ.
        OSError: no room, no right to write.
    """
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise ModelUnavailable("The decoder is written with onnx, which is not installed: pip install onnx.") from error
    graph = SamDecoderGraph(model)
    example = _example(graph, prompts=2, points=3)
    axes = {name: {0: "prompts"} for name in (*INPUTS[1:], *OUTPUTS)}
    for name in ("point_coords", "point_labels"):
        axes[name][1] = "points"
    with torch.no_grad(), warnings.catch_warnings():
        # Of shapes that become constants, as those of the image must.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            example,
            path,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        # Other numbers than it was traced with: what was frozen by mistake shows.
        probe = _example(graph, prompts=1, points=2)
        wanted = [answer.numpy() for answer in graph(*probe)]
    _check(path, probe, wanted)


def _check(path: Path, probe: tuple[Tensor, ...], wanted: list[NDArray[np.float32]]) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    answers: list[Any] = session.run(list(OUTPUTS), dict(zip(INPUTS, (value.numpy() for value in probe))))
    for name, got, expected in zip(OUTPUTS, answers, wanted):
        if got.shape != expected.shape or not np.abs(got - expected).max() <= TOLERANCE * max(
            1, np.abs(expected).max()
        ):
            raise ModelUnavailable(f"The exported decoder's {name} differ from torch's, so it is not used.")


def _example(graph: SamDecoderGraph, *, prompts: int, points: int) -> tuple[Tensor, ...]:
    """Inputs of these shapes, the same each time; the last prompt has a mask, each a point with label -1."""
    channels, grid = graph.prompts.hidden_size, len(graph.cells)
    rng = np.random.default_rng(points)
    labels = np.tile(np.arange(points) % 4, (prompts, 1)).astype(np.float32)
    labels[:, -1] = -1
    arrays = (
        rng.normal(size=(1, channels, grid, grid)).astype(np.float16),
        rng.uniform(0, graph.side, (prompts, points, 2)).astype(np.float32),
        labels,
        rng.normal(size=(prompts, 1, 4 * grid, 4 * grid)).astype(np.float32),
        (np.arange(prompts) == prompts - 1).astype(np.float32),
    )
    return tuple(torch.from_numpy(array) for array in arrays)


def _cache_folder() -> Path:
    import platformdirs

    chosen = os.environ.get(FOLDER_VARIABLE, "")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("sam-studio") / "decoders"
