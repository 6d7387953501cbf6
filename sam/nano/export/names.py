"""Write the names head beside nano's files: `python -m sam.nano.export.names --checkpoint last.pt`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..names import NamesHead
from .heads import Graph, run_command

OUTPUTS = ("logits", "distances", "presence")


class NamesGraph(nn.Module):
    """float16 features, (1, 2) size of the image in the square, (Q,) int64 rows of the table -> float32 answers.

    These are (Q, 64, 64) logits, (Q, 4, 64, 64) pixels to the left, top, right and bottom of the thing, and (Q,) scores
    of the name being anywhere in the image.
    """

    def __init__(self, head: NamesHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, f16: Tensor, f8: Tensor, input_hw: Tensor, names: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        dense, boxed, whole = self.head(f16.float(), f8.float(), input_hw)
        logits = self.head.at(dense, names[None])[0]
        distances = self.head.boxes(boxed, names).exp()
        return logits, distances, self.head.present(whole)[0].index_select(0, names).sigmoid()


# A graph traced with one name would take one name only.
NAMES = torch.tensor([0, 2])
GRAPH = Graph("names", NamesGraph, 2, OUTPUTS, {"names": NAMES}, {name: {0: "names"} for name in ("names", *OUTPUTS)})

if __name__ == "__main__":
    run_command(GRAPH, NamesHead)
