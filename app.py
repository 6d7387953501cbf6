"""The entry: `python app.py` in a checkout, `demo` on a Space. Installed, it is the command `sam-studio`."""

from __future__ import annotations

import sys

from webapp.main import check_model, read_arguments, serve
from webapp.studio import build_studio

# A Space, and whoever imports this module, takes `demo` and launches it; flags are for the command line alone.
_arguments = read_arguments(None if __name__ == "__main__" else [])
check_model(_arguments.model)
demo = build_studio(_arguments.model)

if __name__ == "__main__":
    sys.exit(serve(demo, _arguments))
