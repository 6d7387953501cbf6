"""What went wrong with one plugin, kept so that its tab and `python -m plugins list` can say it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .tool import PluginError

Stage = Literal["import", "setup", "build_tab"]

_WORDS = {"import": "could not be loaded", "setup": "could not be set up", "build_tab": "could not build its tab"}

_OURS = ("sam", "plugins", "webapp")
UNDECLARED = "The plugin does not say how to get it (REQUIRES): ask its author, and look at how the name is spelled."
"""What is said of a module that the plugin has not declared; never how to install it."""


@dataclass(frozen=True, eq=False)
class Failure:
    """Why a plugin, or one tab of it, is not there.

    Attributes:
        plugin: its name.
        stage: "import", "setup" or "build_tab".
        error: as raised.
        missing: the module that is not installed; "" for any other cause.
        hint: what to do about it, a sentence or a command; "" when nobody can know.
        traceback: for the plugin's author; never shown in the page.
    """

    plugin: str
    stage: Stage
    error: BaseException
    missing: str = ""
    hint: str = ""
    traceback: str = ""

    @classmethod
    def of(cls, plugin: str, stage: Stage, error: BaseException, requires: Mapping[str, str] | None = None) -> Failure:
        """From an exception; `requires` is the plugin's own module -> how to install it."""
        missing, hint = missing_module(error, requires or {})
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        return cls(plugin, stage, error, missing, hint, text)

    @property
    def cause(self) -> str:
        """The error in a few words."""
        if self.missing:
            return f"the Python module {self.missing!r} is not installed."
        if isinstance(self.error, SystemExit):
            return f"it tried to end the program (exit {self.error.code})."
        text = str(self.error).strip()
        return text if isinstance(self.error, PluginError) else f"{type(self.error).__name__}: {text}".rstrip(": ")

    def __str__(self) -> str:
        return f"Plugin {self.plugin} {_WORDS[self.stage]}: {self.cause}" + (f" {self.hint}" if self.hint else "")

    def build(self, page: Any) -> None:
        """The tab of what failed: the cause and the remedy. Must run inside a `gr.Tab`."""
        from html import escape

        import gradio as gr

        from sam.permits import hide_places

        hint = f"<p>{escape(self.hint)}</p>" if self.hint else ""
        gr.HTML(
            f"<div role='alert'><p><strong>Plugin {escape(self.plugin)} {_WORDS[self.stage]}.</strong></p>"
            f"<p>{escape(hide_places(self.cause))}</p>{hint}"
            "<p>All other tabs work. Details: <code>python -m plugins list</code></p></div>",
            padding=True,
        )


def missing_module(error: BaseException | None, requires: Mapping[str, str]) -> tuple[str, str]:
    """(module that is not installed, how to install it), found along the causes of `error`; ("", "") otherwise."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            top = error.name.partition(".")[0]
            if error.name in requires or top in requires:
                return error.name, f"Install it: {requires.get(error.name) or requires[top]}"
            if top in _OURS:
                return error.name, "The plugin was written for another version of SAM Studio. Update one of them."
            # A name alone is no advice: of one with a slip in it, somebody else may have made a package.
            return error.name, UNDECLARED
        error = error.__cause__ or error.__context__
    return "", ""
