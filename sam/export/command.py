"""`python -m sam export`: a model as .onnx files, to run elsewhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ModelUnavailable, SamError
from ..io.output import replace_bytes
from ..models.packages import install_command
from ..models.registry import load_here
from ..segmenter import Segmenter


def export(
    model: Annotated[
        str, typer.Argument(help="Name, hub id, folder or .pth file; see the command models.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for encoder.onnx and decoder.onnx.")] = Path("."),
    encoder: Annotated[bool, typer.Option("--encoder", help="Only the image encoder.")] = False,
    decoder: Annotated[bool, typer.Option("--decoder", help="Only the decoder.")] = False,
    half: Annotated[bool, typer.Option("--half", help="The encoder's weights as float16: half the size.")] = False,
) -> None:
    """Write a model's image encoder and its decoder as .onnx files, each compared with torch first.

    The encoder takes pixel_values, (1, 3, side, side), resized and normalised as the family does it; its outputs are,
    by name, those of the decoder, float32 too. The decoder takes points, labels and a mask under the names of
    Meta's own export, and gives all four masks; a box is two points of the labels 2 and 3, and -1 is no point.
    """
    missing = [module for module in ("torch", "onnx") if find_spec(module) is None]
    if missing:
        raise SamError(f"Exporting needs {' and '.join(missing)}: {install_command()}.")
    segmenter = load_here(model, device="cpu", dtype="float32")
    if not isinstance(segmenter, Segmenter):
        raise ModelUnavailable(f"{model} finds boxes or mattes; only models that take clicks are exported.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        both = not encoder and not decoder
        if encoder or both:
            _encoder(segmenter, out / "encoder.onnx", half)
        if decoder or both:
            _decoder(segmenter, out / "decoder.onnx")
    except OSError as error:
        raise SamError(f"{out}: the files cannot be written ({error}).") from error


def _encoder(segmenter: Any, path: Path, half: bool) -> None:
    if segmenter.encoder_file is not None:
        replace_bytes(path, Path(segmenter.encoder_file).read_bytes())
    elif hasattr(segmenter, "_encode"):
        from .encoder_file import export_encoder

        export_encoder(segmenter, path, half=half)
    else:
        raise ModelUnavailable(f"{segmenter.name} has no image encoder that can be exported.")
    _tell(path)


def _decoder(segmenter: Segmenter, path: Path) -> None:
    found = segmenter.decoder_file
    if found is None:
        raise ModelUnavailable(f"The decoder of {segmenter.name} cannot be exported. The encoder can: add --encoder.")
    replace_bytes(path, Path(found).read_bytes())
    _tell(path)


def _tell(path: Path) -> None:
    typer.echo(f"{path}  {path.stat().st_size / 1e6:,.1f} MB")
