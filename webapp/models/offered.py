"""Which models the page offers. A visitor chooses among these names only: never a path or a hub id of their own."""

from __future__ import annotations

from typing import Any

from sam import ModelUnavailable, list_models
from sam.detection.detector import AUTO
from sam.models.encode_times import Speeds

from ..workspace.picture import Picture


class Models:
    """The models of this server.

    Args:
        default: what a new workspace starts with; given by whoever starts the server, so that it may also be a hub id,
            a folder or a checkpoint file.
        speeds: where it is remembered how long encodes take; None: nowhere.

    Attributes:
        default: as given, or the first model that there is.
        names: all that a visitor may choose.
        own: those of them that are given by their path or hub id.
        allowed: whether visitors may bring further models onto this machine, and remove them.
    """

    def __init__(self, default: str = "", speeds: Speeds | None = None) -> None:
        specs = [spec for spec in list_models() if "segment" in spec.tasks]
        self.default = default or specs[0].name
        self.names = {spec.name for spec in list_models()} | {self.default, AUTO}
        self.own: list[str] = []
        self.allowed = True
        self.speeds = speeds
        self._specs = specs
        if self.default not in {spec.name for spec in specs}:
            self.own.append(self.default)

    def offer(self, name: str) -> None:
        """Let visitors choose one that is given by its path."""
        self.names.add(name)
        if name not in self.own:
            self.own.append(name)

    def withdraw(self, name: str) -> None:
        """Offer one no more that is given by its path; the default stays."""
        if name in self.own and name != self.default:
            self.own.remove(name)
            self.names.discard(name)

    def check(self, name: Any) -> str:
        """The name, if the page offers it.

        Raises:
            ModelUnavailable: it does not, or the model would have to be downloaded and may not.
        """
        known = ", ".join(sorted(self.names - {AUTO}))
        if not isinstance(name, str) or name not in self.names:
            raise ModelUnavailable(f"There is no model {str(name)[:80]!r} here. Choose one of: {known}.")
        spec = next((spec for spec in list_models() if spec.name == name), None)
        if not self.allowed and spec is not None and not spec.here and name != self.default:
            here = ", ".join(spec.name for spec in list_models() if spec.here)
            raise ModelUnavailable(
                f"{spec.title} is not on this server, and its owner has not allowed visitors to download models. "
                f"Here are: {here}."
            )
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
        own = [
            {
                "name": name,
                "title": name.replace("\\", "/").rstrip("/").rpartition("/")[2],
                "note": name,
                "ready": True,
                "get": "",
            }
            for name in self.own
        ]
        return [*own, *rows]
