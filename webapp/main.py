"""The command `sam-studio`: the flags that it takes, and serving until interrupted."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

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
    parser.add_argument("--port", type=int, default=port, help="default: %(default)s")
    parser.add_argument(
        "--model", default=env.get(MODEL_VARIABLE, ""), help="name, hub id, folder or .pth to start with"
    )
    parser.add_argument("--share", action="store_true", help="also open a public link through Gradio's servers")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    return parser.parse_args(arguments)


def serve(demo: Studio, arguments: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code."""
    host, port = arguments.host, arguments.port
    try:
        demo.launch(server_name=host, server_port=port, share=arguments.share, inbrowser=arguments.open)
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {host}, port {port}: {error} Choose another with --port.\n")
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the app and serve it; returns the exit code."""
    read = read_arguments(arguments)
    return serve(build_studio(read.model), read)
