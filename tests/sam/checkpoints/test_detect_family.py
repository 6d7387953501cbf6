from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sam import Detector, load_model
from sam.backends.sam3 import Sam3
from sam.checkpoints import detect_family
from sam.checkpoints.detect_family import family_of_source
from sam.models.hub import TOKENIZER
from sam.models.registry import load_here
from tests.sam.backends.concepts import write_tiny_sam3
from tests.sam.backends.made_up import state_of
from tests.sam.backends.parity import answers_of

FAMILIES = sorted(path.stem for path in (Path(__file__).parents[1] / "backends" / "answers").iterdir())


@pytest.mark.parametrize("wrap", ["", "model", "state_dict"])
@pytest.mark.parametrize("family", FAMILIES)
def test_an_original_file_is_known_by_the_names_of_its_weights(family: str, wrap: str, tmp_path: Path) -> None:
    state = {name: torch.zeros(1) for name in answers_of(family)[0]}
    torch.save({wrap: state} if wrap else state, tmp_path / "file.pt")
    assert family_of_source(tmp_path / "file.pt") == (family, tmp_path / "file.pt")


@pytest.mark.parametrize("content", [{"image_encoder.neck.0.weight": torch.zeros(1)}, [1], None])
def test_what_nobody_claims_is_tried_as_sam(content: object, tmp_path: Path) -> None:
    if content is None:
        (tmp_path / "file.pt").write_bytes(b"junk")
    else:
        torch.save(content, tmp_path / "file.pt")
    assert family_of_source(tmp_path / "file.pt")[0] == "sam"


def test_every_family_has_a_layout_that_loads_weights() -> None:
    assert len(FAMILIES) >= 2
    assert all(len(state_of(answers_of(family)[0])) > 100 for family in FAMILIES)


def test_a_detector_of_the_hub_without_an_entry_is_known_by_its_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_tiny_sam3(tmp_path / "mirror")
    asked = []
    monkeypatch.setattr(
        detect_family, "fetch", lambda source, *also, **needed: asked.append((source, needed)) or folder
    )
    assert isinstance(load_model("someone/mirror", Detector), Sam3)
    assert isinstance(load_here("someone/mirror", "detect"), Sam3)
    assert asked == [("someone/mirror", {"one_of": TOKENIZER})] * 2
