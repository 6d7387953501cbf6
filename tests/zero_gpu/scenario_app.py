"""The whole app on the real `spaces`, through its doors: `python -m tests.zero_gpu.scenario_app FOLDER [PART...]`.

FOLDER/models holds models by name, FOLDER/model is the promptable one; what was seen is written to FOLDER/seen.json.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from .fake_cuda import end_workers, start

FOLDER = Path(sys.argv[1])
os.environ.update(
    SAM_STUDIO_MODELS_DIR=str(FOLDER / "models"),
    SAM_STUDIO_MODEL=str(FOLDER / "model"),
    XDG_CACHE_HOME=str(FOLDER / "cache"),
)
api, traffic = start(FOLDER / "zero")

import app  # noqa: E402

from . import actions, troubles  # noqa: E402
from .space import Space  # noqa: E402
from .visitor import Visitor  # noqa: E402


def resident(pid: int) -> int:
    """Megabytes of memory of a process."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def main(wanted: list[str]) -> None:
    before = resident(os.getpid())
    app.demo.launch(prevent_thread_lock=True, quiet=True)
    space = Space(api, traffic, app.demo, FOLDER)
    tensors = (FOLDER / "zero" / "tensors").glob("*")
    seen: dict[str, Any] = space.seen
    seen["started"] = api.started
    seen["packed"] = sum(path.stat().st_size for path in tensors)
    seen["resident_mb"] = [before, resident(os.getpid())]
    ann, bob = Visitor("ann", app.demo), Visitor("bob", app.demo)
    seen["visitors"] = {"ann": ann.token, "bob": bob.token}
    parts = {
        "routes": lambda: actions.through_routes(space, ann),
        "tabs": lambda: actions.through_tabs(space, ann),
        "api": lambda: actions.through_api(space, ann),
        "mcp": lambda: actions.through_mcp(space, ann),
        "everything": lambda: actions.everything_balanced(space),
        "together": lambda: troubles.together(space, ann, bob),
        "refusals": lambda: troubles.refusals(space, ann),
        "killed": lambda: troubles.killed_in_the_middle(space, ann),
        "stop": lambda: troubles.stop(space, ann),
    }
    for name in wanted or parts:
        begun = time.process_time(), time.monotonic()
        try:
            parts[name]()
        except Exception:
            seen.setdefault("failed", {})[name] = traceback.format_exc()
        took = [round(time.process_time() - begun[0], 1), round(time.monotonic() - begun[1], 1)]
        seen.setdefault("took", {})[name] = took
        (FOLDER / "seen.json").write_text(json.dumps({**seen, "rows": space.rows}, indent=1))


if __name__ == "__main__":
    try:
        main(sys.argv[2:])
    except BaseException:
        traceback.print_exc()
    finally:
        end_workers()
        os._exit(0)
