"""Prompts drawn where they are."""

from __future__ import annotations

import torch

from sam.nano.prompt_maps import GEOMETRY, Drawing, geometry


def test_drawing_puts_spots_and_boxes_in_their_place() -> None:
    drawing = Drawing(torch.tensor([[[20.0, 36.0], [8.0, 8.0], [40.0, 24.0]]]), torch.tensor([[1, 2, 3]]), 16, 4)
    spots = drawing.spots(drawing.positive, 3.0)[0, 0]
    assert divmod(int(spots.argmax()), 16) in {(8, 4), (8, 5), (9, 4), (9, 5)}
    inside = drawing.box_distance()[0, 0] > 0
    assert inside[2:6, 2:10].all()
    assert int(inside.sum()) == 4 * 8


def test_without_a_box_its_channels_are_empty() -> None:
    drawing = Drawing(torch.tensor([[[20.0, 36.0]]]), torch.tensor([[1]]), 16, 4)
    maps = geometry(drawing, torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 1, 1))
    assert maps.shape[1] == GEOMETRY
    assert maps[0, 4:].abs().max() == 0
    assert maps[0, 0].max() > 0.5
