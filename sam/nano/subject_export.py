"""Write the subject head beside nano's files: `python -m sam.nano.subject_export --checkpoint last.pt`.

The head reads nano's embedding, so it belongs to one encoder: its hash is stored in the file, and another is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import SamError
from .export import EMBEDDING_NAMES, OPSET, fold_norms, store_half
from .network import INPUT_SIZE, WIDTH, WIDTH4, WIDTH8
from .subject import SubjectHead, encoder_hash

FILES = ("subject.onnx", "subject.safetensors")


class SubjectGraph(nn.Module):
    """float16 features and (1, 2) image size in the square -> (1, 256, 256) logits and (1,) score, float32."""

    def __init__(self, head: SubjectHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, f16: Tensor, f8: Tensor, f4: Tensor, input_hw: Tensor) -> tuple[Tensor, Tensor]:
        logits, confidence = self.head(f16.float(), f8.float(), f4.float(), input_hw)
        return logits, confidence.sigmoid()


def export(head: SubjectHead, encoder: str, folder: Path) -> None:
    """Write subject.onnx and subject.safetensors into `folder`, and their checksums into its weights.json.

    Args:
        head: trained.
        encoder: `encoder_hash` of the nano that it was trained on.
        folder: nano's own files.

    Raises:
        SamError: nano's files are not there, or are of another encoder.
    """
    from safetensors.torch import load_file, save_file

    try:
        beside = encoder_hash(load_file(folder / "model.safetensors"))
        graph_hash = hashlib.sha256((folder / "encoder.onnx").read_bytes()).hexdigest()
        table = json.loads((folder / "weights.json").read_text())
    except OSError as error:
        raise SamError(f"{folder}: expected nano's files, exported first. {error}") from error
    if beside != encoder:
        raise SamError(
            f"The head was trained on the encoder {encoder[:8]}, but model.safetensors in {folder} has {beside[:8]}. "
            "Train it on that file first: python -m sam.training.subject --nano FILE --from last.pt."
        )
    head = head.eval().float()
    half = {k: v.half().contiguous() if v.is_floating_point() else v for k, v in head.state_dict().items()}
    save_file(half, folder / "subject.safetensors", {"encoder": encoder})
    (folder / "subject.safetensors").chmod(0o644)
    fold_norms(head)
    cells = INPUT_SIZE // 16
    features = [
        torch.zeros(1, width, side, side, dtype=torch.float16)
        for width, side in ((WIDTH, cells), (WIDTH8, 2 * cells), (WIDTH4, 4 * cells))
    ]
    file = folder / "subject.onnx"
    with torch.no_grad():
        torch.onnx.export(
            SubjectGraph(head),
            (*features, torch.full((1, 2), float(INPUT_SIZE))),
            file,
            input_names=[*EMBEDDING_NAMES, "input_hw"],
            output_names=["logits", "score"],
            opset_version=OPSET,
            dynamo=False,
        )
    store_half(file)
    sign(file, graph_hash)
    for name in FILES:
        data = (folder / name).read_bytes()
        table[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "weights.json").write_text(json.dumps(table, indent=1) + "\n")


def sign(file: Path, encoder: str) -> None:
    """Store in an ONNX file for which encoder.onnx, by its SHA-256, it is."""
    import onnx

    model = onnx.load(file)
    onnx.helper.set_model_props(model, {"encoder": encoder})
    onnx.save(model, file)


def load_checkpoint(path: Path) -> tuple[SubjectHead, str]:
    """The averaged weights of a training checkpoint, and the hash of the encoder that it was trained on."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    head = SubjectHead()
    head.load_state_dict(state["average"])
    return head, str(state["encoder"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the subject head's files.")
    parser.add_argument("--checkpoint", type=Path, required=True, help="last.pt of a subject training run")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "weights", help="where nano's files are")
    a = parser.parse_args()
    export(*load_checkpoint(a.checkpoint), a.out)


if __name__ == "__main__":
    main()
