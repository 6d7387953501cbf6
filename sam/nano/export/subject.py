"""Write the subject head beside nano's files: `python -m sam.nano.export.subject --checkpoint last.pt`."""

from __future__ import annotations

from torch import Tensor, nn

from ..subject import SubjectHead
from .heads import Graph, run_command


class SubjectGraph(nn.Module):
    """float16 features and (1, 2) image size in the square -> (1, 256, 256) logits and (1,) score, float32."""

    def __init__(self, head: SubjectHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, f16: Tensor, f8: Tensor, f4: Tensor, input_hw: Tensor) -> tuple[Tensor, Tensor]:
        logits, confidence = self.head(f16.float(), f8.float(), f4.float(), input_hw)
        return logits, confidence.sigmoid()


GRAPH = Graph("subject", SubjectGraph, 3, ("logits", "score"), {}, {})

if __name__ == "__main__":
    run_command(GRAPH, SubjectHead)
