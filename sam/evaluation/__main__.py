"""`python -m sam.evaluation`: the same as `python -m sam eval`."""

from __future__ import annotations

import sys

from ..cli.main import build_cli, run_cli

if __name__ == "__main__":
    sys.exit(run_cli(build_cli(), ["eval", *sys.argv[1:]]))
