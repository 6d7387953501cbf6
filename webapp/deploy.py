"""Put the app on Hugging Face Spaces: `python -m webapp.deploy USER/SPACE [--hardware zero-a10g]`.

A folder with what a Space needs is laid out from this checkout, with the settings and requirements of its hardware from
`spaces/`, and uploaded whole: what the Space has and this checkout has not is deleted there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "spaces"
FILES = ("app.py", "requirements.txt", "LICENSE")
FOLDERS = ("sam", "plugins", "webapp")
ZERO_GPU = "zero-a10g"
_LEFT_OUT = {"__pycache__", "node_modules"}


class DeployError(Exception):
    """The Space cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Plan:
    """What is going to happen.

    Attributes:
        space: USER/SPACE.
        hardware: one of the hub's names.
        private: whether the Space is for its owner only; None: as it is.
        variables: of its environment, name -> value.
    """

    space: str
    hardware: str = "cpu-basic"
    private: bool | None = None
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def settings(self) -> Path:
        """The folder with the README and, where they differ, the requirements of such a Space."""
        kind = "zero_gpu" if self.hardware == ZERO_GPU else "cpu" if self.hardware.startswith("cpu") else "gpu"
        return SETTINGS / kind


def lay_out(plan: Plan, folder: Path) -> list[Path]:
    """Copy what the Space holds into an empty folder. Returns the files' paths in it, sorted."""
    for name in FILES:
        shutil.copy2(ROOT / name, folder / name)
    for name in FOLDERS:
        for source in _files(ROOT / name):
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for source in _files(plan.settings):
        shutil.copy2(source, folder / source.name)
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in parts)
        if path.is_file() and not hidden and path.suffix not in (".pyc", ".pyi"):
            yield path


def deploy(plan: Plan, api: Any = None) -> str:
    """Make the Space, or bring it up to date. Returns its address.

    Args:
        api: a `huggingface_hub.HfApi`; default: with the token of `hf auth login`.

    Raises:
        DeployError: not logged in, no right to, or the hub does not answer.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    api = api or HfApi()
    repo: dict[str, Any] = {"repo_id": plan.space, "repo_type": "space"}
    variables = [{"key": name, "value": value} for name, value in plan.variables]
    try:
        made = api.create_repo(
            **repo,
            private=plan.private,
            exist_ok=True,
            space_sdk="gradio",
            space_hardware=plan.hardware,
            space_variables=variables or None,
        )
        with tempfile.TemporaryDirectory() as temporary:
            lay_out(plan, Path(temporary))
            api.upload_folder(
                **repo,
                folder_path=temporary,
                delete_patterns="*",
                commit_message="SAM Studio, from python -m webapp.deploy",
            )
        # A Space that was there before has hardware and variables of its own.
        runtime = api.get_space_runtime(plan.space)
        if plan.hardware not in (runtime.requested_hardware, runtime.hardware):
            api.request_space_hardware(plan.space, plan.hardware)
        for name, value in plan.variables:
            api.add_space_variable(plan.space, name, value)
    except LocalTokenNotFoundError as error:
        raise DeployError("You are not logged in to Hugging Face: run `hf auth login` first.") from error
    except HfHubHTTPError as error:
        raise DeployError(_explained(error, plan)) from error
    except Exception as error:  # the hub's client lets the errors of its HTTP library through
        raise DeployError(f"The hub does not answer ({error}). Check the connection, then run this again.") from error
    return str(made)


def _explained(error: Any, plan: Plan) -> str:
    status = getattr(getattr(error, "response", None), "status_code", 0)
    said = getattr(error, "server_message", None) or str(error).splitlines()[0]
    if status == 401:
        return "Hugging Face does not know you: run `hf auth login` with a token that may write."
    if status == 402:
        return f"Hugging Face wants a subscription or a payment method for {plan.hardware}: {said}"
    if status == 403:
        return f"You may not write to {plan.space}. Check the name, and that your token may write. ({said})"
    return f"Hugging Face refused ({status}): {said}"


def read_arguments(argv: Sequence[str] | None = None) -> tuple[Plan, bool]:
    """(what is asked for, whether it is only to be shown)."""
    parser = argparse.ArgumentParser(
        prog="python -m webapp.deploy", description="Put SAM Studio on a Hugging Face Space."
    )
    parser.add_argument("space", metavar="USER/SPACE")
    parser.add_argument(
        "--hardware",
        default="cpu-basic",
        help="cpu-basic (free), zero-a10g (ZeroGPU), or a GPU such as t4-small or l4x1 (default: %(default)s)",
    )
    parser.add_argument("--private", action="store_true", default=None, help="for you only")
    parser.add_argument(
        "--variable", action="append", default=[], metavar="NAME=VALUE", help="of its environment; may be given again"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be uploaded, and do nothing")
    found = parser.parse_args(argv)
    if found.space.count("/") != 1 or not all(found.space.split("/")):
        parser.error(f"expected USER/SPACE, got {found.space!r}")
    known = _hardware()
    if found.hardware not in known:
        parser.error(f"--hardware: expected one of {', '.join(known)}, got {found.hardware!r}")
    pairs = [one.partition("=") for one in found.variable]
    if not all(name and equals for name, equals, _ in pairs):
        parser.error(f"--variable: expected NAME=VALUE, got {', '.join(found.variable)}")
    variables = tuple((name, value) for name, _, value in pairs)
    return Plan(found.space, found.hardware, found.private, variables), found.dry_run


def _hardware() -> list[str]:
    from huggingface_hub import SpaceHardware

    return [one.value for one in SpaceHardware]


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    plan, dry = read_arguments(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = lay_out(plan, folder)
        count = sum((folder / path).stat().st_size for path in paths)
        if dry:
            sys.stdout.write("".join(f"{path}\n" for path in paths))
        sys.stdout.write(
            f"{len(paths)} files, {count / 1e6:.1f} MB, for {plan.space} on {plan.hardware}, with the settings of "
            f"{plan.settings.relative_to(ROOT)}.\n"
        )
    if dry:
        return 0
    try:
        sys.stdout.write(f"{deploy(plan)}\nThe Space builds now; its page shows how far it is.\n")
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
