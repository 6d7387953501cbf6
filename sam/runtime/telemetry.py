"""Turn off the telemetry of libraries before they are imported."""

from __future__ import annotations

import os

SWITCHES = {
    # Read when it is imported; its own disable_telemetry_events() comes too late. Without this, onnxruntime 1.32 keeps
    # a device id and a queue of events in the user's cache folder, and looks up its maker's address.
    "ORT_DISABLE_TELEMETRY": "1",
    # The client of the hub, and diffusers through it.
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""Environment variable -> value."""


def turn_off_telemetry() -> None:
    """For this process and those that it starts; what the user has set already stays."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
