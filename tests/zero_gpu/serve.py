"""The app on the real `spaces` until it is ended: `python -m tests.zero_gpu.serve FOLDER --port PORT`.

FOLDER is as `scenario_app` wants it; the address of the API behind it is written to FOLDER/api.txt, and what the app
says to FOLDER/log.txt.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from .fake_cuda import end_workers, start

FOLDER, PORT = Path(sys.argv[1]), int(sys.argv[sys.argv.index("--port") + 1])
# Whoever started it may read nothing of that, and a full pipe would hold it up.
with open(FOLDER / "log.txt", "w") as _log:
    os.dup2(_log.fileno(), 1)
    os.dup2(_log.fileno(), 2)
os.environ.update(
    SAM_STUDIO_MODELS_DIR=str(FOLDER / "models"),
    SAM_STUDIO_MODEL=str(FOLDER / "model"),
    XDG_CACHE_HOME=str(FOLDER / "cache"),
)
api, _ = start(FOLDER / "zero")

import app  # noqa: E402


def main() -> None:
    (FOLDER / "api.txt").write_text(api.url)
    app.demo.launch(server_port=PORT, prevent_thread_lock=True, quiet=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    # Waited for in one place: whoever ends it ends its workers.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        main()
    finally:
        end_workers()
        os._exit(0)
