"""The command `sam-studio`: the flags that it takes, and serving until interrupted."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence

from sam import SamError
from sam.io.output import escape_output
from sam.models.registry import find_model

from .studio import Studio, build_studio

HOST_VARIABLE = "SAM_STUDIO_HOST"
"""Address to listen on. Default: `GRADIO_SERVER_NAME`, or `127.0.0.1`."""
PORT_VARIABLE = "SAM_STUDIO_PORT"
"""Port to listen on. Default: `GRADIO_SERVER_PORT`, or `7860`."""
MODEL_VARIABLE = "SAM_STUDIO_MODEL"
"""Model to start with: a name, hub id, folder or .pth file. Default: `nano`."""


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Flags, then our variables, then Gradio's own, then 127.0.0.1:7860."""
    env = os.environ
    host = env.get(HOST_VARIABLE) or env.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    port = env.get(PORT_VARIABLE) or env.get("GRADIO_SERVER_PORT") or "7860"
    parser = argparse.ArgumentParser(description="SAM Studio: cut anything out of any picture, in the browser.")
    parser.add_argument(
        "--host", default=host, help="address to listen on; 0.0.0.0 for the whole network (default: %(default)s)"
    )
    parser.add_argument("--port", type=_port, default=port, help="default: %(default)s")
    parser.add_argument(
        "--model", default=env.get(MODEL_VARIABLE, ""), help="name, hub id, folder or .pth to start with"
    )
    parser.add_argument("--share", action="store_true", help="also open a public link through Gradio's servers")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    """A port, or for argparse what is wrong with it."""
    if not (text.strip().isdecimal() and text.isascii() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 65535, got {text[:40]!r}")
    return int(text)


def check_model(name: str) -> None:
    """End with a sentence where the model to start with is none, for then every photo would fail.

    Raises:
        SystemExit: with the exit code 2, as for any flag that is wrong.
    """
    try:
        if name:
            find_model(name)
    except SamError as error:
        sys.stderr.write(f"--model, or {MODEL_VARIABLE}: {error}\n")
        raise SystemExit(2) from error


def serve(demo: Studio, arguments: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code."""
    escape_output()
    host, port = arguments.host, arguments.port
    check_address(host, port)
    try:
        demo.launch(server_name=host, server_port=port, share=arguments.share, inbrowser=arguments.open)
    except OSError as error:  # such as a port that was taken since `check_address`
        sys.stderr.write(f"Cannot listen on {host}, port {port}: {error}\n")
        return 1
    return 0


def check_address(host: str, port: int) -> None:
    """End with a sentence where nothing can listen there; Gradio's own is about its variables and parameters.

    Raises:
        SystemExit: with the exit code 1.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    said = f"{host} is no address of this machine: choose another with --host, such as 127.0.0.1."
    try:
        with socket.create_server((host, 0), family=family):
            said = f"Port {port} of {host} is taken, or may not be used: choose another with --port."
        with socket.create_server((host, port), family=family):
            return
    except (OSError, UnicodeError) as error:
        sys.stderr.write(f"{said}\n")
        raise SystemExit(1) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the app and serve it; returns the exit code."""
    read = read_arguments(arguments)
    check_model(read.model)
    return serve(build_studio(read.model), read)
