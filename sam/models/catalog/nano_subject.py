"""The head on nano's embedding that finds the main subject."""

from __future__ import annotations

from .nano import built_in

ORDER = 1
SPECS = (
    built_in(
        "nano-subject",
        "Nano subject",
        "Finds the main subject of a photo without a click, on the embedding of nano.",
        ("subject.onnx", "subject.safetensors"),
        "subject",
    ),
)
