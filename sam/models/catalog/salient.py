"""Subject finders from ONNX files: better than nano-subject, much larger, and not all free to use."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 50
NON_COMMERCIAL = "For non-commercial use only, unless you have an agreement with its makers."


def _finder(name: str, title: str, size: int, source: str, licence: str, note: str) -> ModelSpec:
    stem = {"isnet": "isnet-general-use"}.get(name, name)
    return ModelSpec(
        name=name,
        family="salient",
        title=title,
        licence=licence,
        bytes=size,
        source=source,
        tasks=("subject",),
        needs=("onnxruntime",),
        files=(f"{stem}.onnx",),
        remote="" if source.endswith("/rembg") else "onnx/model.onnx",
        note=note,
    )


SPECS = (
    _finder(
        "u2net",
        "U2-Net",
        176_000_000,
        "danielgatis/rembg",
        "Apache-2.0",
        "The classic of background removal; its file is among the releases of rembg on GitHub.",
    ),
    _finder(
        "isnet",
        "IS-Net",
        179_000_000,
        "danielgatis/rembg",
        "Apache-2.0",
        "Finer outlines than U2-Net; its file is among the releases of rembg on GitHub.",
    ),
    _finder(
        "birefnet-lite",
        "BiRefNet lite",
        224_000_000,
        "onnx-community/BiRefNet_lite-ONNX",
        "MIT",
        "Fine structures such as hair and spokes; some ten seconds on a CPU.",
    ),
    _finder(
        "birefnet",
        "BiRefNet",
        973_000_000,
        "onnx-community/BiRefNet-ONNX",
        "MIT",
        "The best of the free ones; half a minute on a CPU.",
    ),
    _finder("rmbg-1.4", "RMBG 1.4", 176_000_000, "briaai/RMBG-1.4", "bria-rmbg-1.4", NON_COMMERCIAL),
    _finder("rmbg-2.0", "RMBG 2.0", 1_024_000_000, "briaai/RMBG-2.0", "CC-BY-NC-4.0", NON_COMMERCIAL),
)
