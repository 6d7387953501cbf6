"""The table of leases, bytes and tokens of each action, on Hugging Face's own package: `python -m tests.zero_gpu`.

No GPU is needed, and none is used: what is made up is the hardware alone. `--models` prints instead what each kind of
model says lent and not lent, at the shapes of the published ones with `--full`, which takes gigabytes and minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from .run import see_app, see_models

PARTS = ("routes", "tabs", "api", "mcp", "everything", "together")


def app_table(seen: dict[str, Any]) -> str:
    """Markdown: a row an action."""
    names = {token: name for name, token in seen["visitors"].items()}
    lines = [
        "| door | action | leases | seconds asked | MB sent | MB back | by the token of |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in seen["rows"]:
        who = ", ".join(names.get(token, "nobody") for token in row["tokens"])
        asked = ", ".join(str(one) for one in row["seconds"])
        size = [f"{row[way] / 1e6:.2f}" if row["leases"] else "" for way in ("sent", "got")]
        what = row["name"] + (f" ({row['masks']} masks)" if "masks" in row else "")
        lines.append(f"| {row['door']} | {what} | {row['leases']} | {asked} | {size[0]} | {size[1]} | {who} |")
    before, after = seen["resident_mb"]
    weights = (
        f"{seen['packed'] / 1e6:.1f} MB of weights packed once; memory of the app {before} MB before, {after} MB after"
    )
    return "\n".join([*lines, "", weights])


def models_table(seen: dict[str, Any]) -> str:
    """Markdown: a row a model."""
    lines = [
        "| model | lent | not the same | leases | MB sent | MB back | MB of weights here, in all |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in seen["models"].items():
        if "failed" in found:
            lines.append(f"| {name} | failed | {found['failed'].splitlines()[-1]} | | | | |")
            continue
        wrong = ", ".join(found["wrong"]) or "nothing"
        leases = ", ".join(f"{what} {count}" for what, count in found["leases"].items())
        sent, got = (f"{sum(found[way].values()) / 1e6:.2f}" for way in ("sent", "got"))
        held = f"{found['held'] / 1e6:.1f}, {found['nbytes'] / 1e6:.1f}"
        lines.append(f"| {name} | {found['lent']} | {wrong} | {leases} | {sent} | {got} | {held} |")
    return "\n".join(lines)


def main() -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.zero_gpu", description=__doc__)
    parser.add_argument("--models", action="store_true", help="lent and not lent, in place of the actions")
    parser.add_argument("--full", action="store_true", help="with --models: at the shapes of the published ones")
    parser.add_argument("--only", nargs="*", help="with --models: these kinds")
    given = parser.parse_args()
    try:
        import spaces.zero  # noqa: F401
    except ImportError:
        print("Hugging Face's package spaces is not installed here: pip install -r requirements-dev.txt")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if given.models:
            from .made_models import write_all

            print(models_table(see_models(folder, write_all(folder, full=given.full, only=given.only))))
        else:
            print(app_table(see_app(folder, PARTS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
