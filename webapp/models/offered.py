"""What a visitor may do with models: one value, made here and asked at every way in (`sam.permits`).

A visitor chooses among the names that are offered: never a path or a hub id of their own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sam import PromptError, list_models
from sam.detection.detector import AUTO
from sam.models.allowed import check_use
from sam.models.best_on_gpu import best_segmenter, on_gpu_space
from sam.models.encode_times import Speeds
from sam.models.registry import give_name
from sam.permits import Permit, acting_for

if TYPE_CHECKING:
    from plugins import Host

    from ..workspace.picture import Picture


class Models:
    """The models of this server.

    Args:
        default: what a new workspace starts with; given by whoever starts the server, so that it may also be a hub id,
            a folder or a checkpoint file.
        speeds: where it is remembered how long encodes take; None: nowhere.

    Attributes:
        default: its name; else, on a Space with a GPU, the best that is on it; else the first model that there is.
        names: all that a visitor may choose.
        own: those of them that are given by their path or hub id -> that.
        allowed: whether visitors may bring further models onto this machine, and remove them.
    """

    def __init__(self, default: str = "", speeds: Speeds | None = None) -> None:
        self._specs = [spec for spec in list_models() if "segment" in spec.tasks]
        self.names = {spec.name for spec in list_models()} | {AUTO}
        self.own: dict[str, str] = {}
        self.allowed = True
        self.speeds = speeds
        best = best_segmenter() if not default and on_gpu_space() else None
        known = {named: spec for spec in list_models() for named in (spec.source, spec.name)}
        chosen = known.get(default or (best or self._specs[0]).name)
        self.default = chosen.name if chosen else self.offer(default)
        self._chosen = frozenset({chosen.source if chosen else default})

    def offer(self, source: str) -> str:
        """Let visitors choose one that is given by its path or hub id; the name that it goes by."""
        name = give_name(source)
        self.names.add(name)
        self.own[name] = source
        return name

    def withdraw(self, name: str) -> None:
        """Offer one of `own` no more; the default stays."""
        if name != self.default and self.own.pop(name, None) is not None:
            self.names.discard(name)

    def trust(self, host: Host) -> None:
        """Let visitors use what the authors of tools have set, whatever it names."""
        options = [option for tool in host.tools.values() for option in tool.options.values()]
        self.names |= {option.default for option in options if isinstance(option.default, str)}

    @property
    def permit(self) -> Permit:
        """What a visitor may do now."""
        return Permit(frozenset(self.names), self.allowed, self._chosen, self.allowed)

    def visiting(self) -> AbstractContextManager[None]:
        """Work for a visitor: each way in is inside of this."""
        return acting_for(self.permit)

    def check(self, name: Any) -> str:
        """The name, if a visitor may use the model now.

        Raises:
            PromptError: no name at all.
            ModelUnavailable: it is not offered, or would have to be downloaded and may not.
        """
        if not isinstance(name, str):
            raise PromptError(f"model: expected a name, got {type(name).__name__}.")
        with self.visiting():
            check_use(name)
        return name

    def encoded(self, picture: Picture | None) -> None:
        """Remember how long a photo took, where it was encoded just now."""
        if self.speeds is None or picture is None or picture.cached:
            return
        spec = next((spec for spec in self._specs if spec.name == picture.model), None)
        if spec is not None:
            self.speeds.note(spec, picture.encode_ms / 1000)

    def to_json(self) -> list[dict[str, Any]]:
        """For the model picker."""
        rows = [
            {
                "name": spec.name,
                "title": spec.title,
                "note": f"{spec.note} {spec.licence}, {spec.bytes / 1e6:.0f} MB. {spec.warning}".strip(),
                "ready": spec.ready,
                "get": "on request" if spec.gated else f"download, {spec.bytes / 1e6:,.0f} MB",
            }
            for spec in self._specs
        ]
        own = [{"name": name, "title": name, "note": "", "ready": True, "get": ""} for name in self.own]
        return [*own, *rows]
