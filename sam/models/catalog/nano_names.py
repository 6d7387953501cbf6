"""The head on nano's embedding that finds objects by name, among those it was trained on."""

from __future__ import annotations

from .nano import built_in

ORDER = 2
SPECS = (
    built_in(
        "nano-names",
        "Nano names",
        "Finds things by name without a download, among about 150 names that it was taught.",
        ("names.onnx", "names.safetensors"),
        "detect",
    ),
)
