"""The owner's choices in the model manager, kept between starts."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sam.io.serialization import replace_json

FILE = "settings.json"


class Settings:
    """Safe to use from several threads; a file that cannot be used is done without.

    Args:
        path: default: a file in the user's configuration folder.

    Attributes:
        own: paths of models that were added.
        offline: whether the hub is not to be asked; None: never chosen.
        budget: bytes of memory for models; 0: never chosen.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or _config_file()
        self._lock = threading.Lock()
        found = self._read()
        own, offline, budget = found.get("own"), found.get("offline"), found.get("budget")
        self.own = [one for one in own if isinstance(one, str)] if isinstance(own, list) else []
        self.offline = offline if isinstance(offline, bool) else None
        self.budget = budget if isinstance(budget, int) and not isinstance(budget, bool) and budget > 0 else 0

    def keep(self, **changes: Any) -> None:
        """Change attributes and write them."""
        with self._lock:
            for name, value in changes.items():
                setattr(self, name, value)
            entries = {"own": self.own, "offline": self.offline, "budget": self.budget}
            try:
                replace_json(self.path, entries, indent=1)
            except OSError:
                return

    def _read(self) -> Mapping[str, Any]:
        try:
            found = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _config_file() -> Path:
    import platformdirs

    return platformdirs.user_config_path("sam-studio") / FILE
