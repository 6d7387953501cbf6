"""The entry: `python app.py` on a computer, `demo` on a Space."""

from __future__ import annotations

import argparse
import os
import sys

from webapp.studio import build_studio


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Flags, then SAM_STUDIO_HOST and SAM_STUDIO_PORT, then Gradio's own variables, then 127.0.0.1:7860."""
    env = os.environ
    host = env.get("SAM_STUDIO_HOST") or env.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    port = env.get("SAM_STUDIO_PORT") or env.get("GRADIO_SERVER_PORT") or "7860"
    parser = argparse.ArgumentParser(description="SAM Studio: cut anything out of any picture, in the browser.")
    parser.add_argument(
        "--host", default=host, help="address to listen on; 0.0.0.0 for the whole network (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=port, help="default: %(default)s")
    parser.add_argument(
        "--model", default=env.get("SAM_STUDIO_MODEL", ""), help="name, hub id, folder or .pth to start with"
    )
    parser.add_argument("--share", action="store_true", help="also open a public link through Gradio's servers")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    return parser.parse_args(argv)


def main(arguments: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code."""
    host, port = arguments.host, arguments.port
    try:
        demo.launch(server_name=host, server_port=port, share=arguments.share, inbrowser=arguments.open)
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {host}, port {port}: {error} Choose another with --port.\n")
        return 1
    return 0


# A Space, and whoever imports this module, takes `demo` and launches it; flags are for the command line alone.
_arguments = read_arguments(None if __name__ == "__main__" else [])
demo = build_studio(_arguments.model)

if __name__ == "__main__":
    sys.exit(main(_arguments))
