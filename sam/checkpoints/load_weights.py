"""Load weights into an empty model, all of them or none, and hash them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch

from ..errors import ModelUnavailable
from .convert_sam import some

State = dict[str, torch.Tensor]


def fill(model: Any, state: State, source: str | Path, kind: str) -> str:
    """Puts the weights of `state`, emptied on the way, into `model` as float32; their SHA-256.

    Args:
        model: made on torch's device "meta", so that no memory is taken twice.
        state: under the model's own names.
        source: for the message.
        kind: what the model is, for the message: "a SAM 1".

    Raises:
        ModelUnavailable: a weight is missing, unknown, or of another shape; names some.
    """
    wanted = model.state_dict()
    missing, unexpected = wanted.keys() - state.keys(), state.keys() - wanted.keys()
    misfits = [key for key in wanted.keys() & state.keys() if wanted[key].shape != state[key].shape]
    faults = {"missing": missing, "unknown": unexpected, "of another shape": misfits}
    if found := [f"{fault}: {some(keys)}" for fault, keys in faults.items() if keys]:
        raise ModelUnavailable(
            f"{source} does not hold the weights of {kind} ({'; '.join(found)}). Other families do not load as {kind}."
        )
    digest = hashlib.sha256()
    filled: State = {}
    for key in sorted(state):
        weight = state.pop(key)
        # Counters of batch norms are whole numbers; everything else computes in float32.
        kept = weight.clone() if not weight.is_floating_point() else weight.to(torch.float32, copy=True)
        filled[key] = kept.contiguous()
        digest.update(f"{key} {tuple(filled[key].shape)}".encode())
        digest.update(filled[key].numpy().data)
    model.load_state_dict(filled, assign=True)
    return digest.hexdigest()
