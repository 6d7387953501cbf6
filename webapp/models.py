"""Which models the page offers. A visitor chooses among these names only: never a path or a hub id of their own."""

from __future__ import annotations

from typing import Any

from sam import ModelUnavailable, list_models
from sam.detector import AUTO


class Models:
    """The models of this server.

    Args:
        default: what a new workspace starts with; given by whoever starts the server, so that it may also be a hub id,
            a folder or a checkpoint file.

    Attributes:
        default: as given, or the first model that there is.
        names: all that a visitor may choose.
    """

    def __init__(self, default: str = "") -> None:
        specs = [spec for spec in list_models() if "segment" in spec.tasks]
        self.default = default or specs[0].name
        self.names = {spec.name for spec in list_models()} | {self.default, AUTO}
        self._specs = specs

    def check(self, name: Any) -> str:
        """The name, if the page offers it.

        Raises:
            ModelUnavailable: it does not.
        """
        if isinstance(name, str) and name in self.names:
            return name
        known = ", ".join(sorted(self.names - {AUTO}))
        raise ModelUnavailable(f"There is no model {str(name)[:80]!r} here. Choose one of: {known}.")

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
        if self.default not in {row["name"] for row in rows}:
            title = self.default.replace("\\", "/").rstrip("/").rpartition("/")[2]
            rows.insert(0, {"name": self.default, "title": title, "note": self.default, "ready": True, "get": ""})
        return rows
