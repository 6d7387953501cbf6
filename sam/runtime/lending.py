"""A lent model: its own CPU copy in all but what encodes a picture, which is done where the GPU is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import numpy as np

from ..images import check_image
from ..types import Embedding, Image
from .batching import Batcher
from .gpu_seconds import Work
from .zero_gpu import Ref, run

_KINDS = {
    "detect": "text",
    "outline": "text",
    "find_subject": "subject",
    "estimate_alpha": "matte",
}
"""Method that needs all weights -> kind of work."""
IMAGES_A_LEASE = 8


def lend(model: Any, ref: Ref) -> Any:
    """The model itself, changed: what needs all weights is asked of a worker, which finds the model by `ref`.

    The weights that only such work needs are given up here.

    Args:
        model: on the CPU; nobody else may have it.
        ref: what stands for it.
    """
    # Weights that parts of a model share are counted once, and are no longer shared where they hold nothing.
    nbytes = int(model.nbytes)
    give_up = getattr(model, "drop_encoder", None)
    if give_up is not None:
        give_up()
    else:
        model._model.to("meta")
    kind: Any = type(model)
    model.__class__ = _lent_class(kind)
    model._ref, model._nbytes = ref, nbytes
    if hasattr(model, "embed_many"):
        model.images_at_once = IMAGES_A_LEASE
        model._batcher = Batcher(model._encode_together, IMAGES_A_LEASE)
    return model


def held_bytes(model: Any) -> int:
    """Memory of the weights that a model holds in this process."""
    return sum(weight.nbytes for weight in model._model.parameters() if weight.device.type != "meta")


@cache
def _lent_class(kind: Any) -> type:
    """A subclass of a model's class; an instance is a model of that family for whoever asks."""
    methods: dict[str, Any] = {
        "lent": True,
        "nbytes": property(lambda self: self._nbytes, doc="Memory of the weights in bytes, where they are."),
        "__reduce__": lambda self: (Ref, (self._ref.name, self._ref.task, self._ref.load)),
        "__module__": kind.__module__,
    }
    for name, work in _KINDS.items():
        if hasattr(kind, name):
            methods[name] = _in_a_lease(getattr(kind, name), name, work)
    if hasattr(kind, "embed_many"):
        methods |= {"embed": _embed, "embed_many": _embed_many, "embed_prepared": _embed_prepared}
        methods["_encode_together"] = _encode_together
    return type(f"Lent{kind.__name__}", (kind,), methods)


def _embed(self: Any, image: Image) -> Embedding:
    """As `Segmenter.embed`; photos that wait at the same time share one lease."""
    check_image(image)
    return self._batcher(image)


def _embed_many(self: Any, images: Sequence[Image]) -> list[Embedding]:
    """As `Segmenter.embed_many`, a lease for each `IMAGES_A_LEASE` of them."""
    for image in images:
        check_image(image)
    found: list[Embedding] = []
    for start in range(0, len(images), IMAGES_A_LEASE):
        found += self._encode_together(images[start : start + IMAGES_A_LEASE])
    return found


def _encode_together(self: Any, images: Sequence[Image]) -> list[Embedding]:
    # Made small here: a photo of a phone is 36 MB, what the model sees of it 6.
    return list(self.embed_prepared(self.prepare(images)))


def _embed_prepared(self: Any, prepared: Sequence[Any]) -> list[Embedding]:
    """What `prepare` gave, encoded in one lease."""
    work = Work("encode", self.name, len(prepared))
    found = run(work, call_method, ("embed_prepared", self, prepared), short=True)
    # There it goes by the name of its files.
    return [replace(one, model=self.name) for one in found]


def call_method(name: str, model: Any, *args: Any, **options: Any) -> Any:
    """A method of a model, as a function that can be sent by its name."""
    return getattr(model, name)(*args, **options)


def _in_a_lease(method: Callable[..., Any], name: str, kind: str) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def leased(self: Any, *args: Any, **options: Any) -> Any:
        bound = signature.bind(self, *args, **options)
        progress = bound.arguments.pop("progress", None)
        work = Work(kind, self.name, _units(bound.arguments))
        return run(work, call_method, (name, *bound.args), bound.kwargs, progress=progress)

    return leased


def _units(arguments: dict[str, Any]) -> float:
    """Phrases of a text, megapixels of a trimap, else one."""
    if "text" in arguments:
        return 1.0 + str(arguments["text"]).count(".")
    if "trimap" in arguments:
        return max(0.1, np.asarray(arguments["trimap"]).size / 1e6)
    return 1.0
