"""The model manager: size, licence, place and speed of each model; download, delete, unload, install."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sam import ModelSpec, ModelUnavailable, PromptError, Segmenter, list_models, load_model
from sam.models.downloads import begun, delete, download, place
from sam.models.encode_times import measure
from sam.models.hub import OFFLINE_VARIABLE, offline, set_offline
from sam.models.packages import install, install_command
from sam.models.registry import MODELS
from sam.models.spec import bytes_on_disk, installed, local_files, models_folder
from sam.permits import OWNER, acting_for
from sam.runtime.embedding_cache import EMBEDDINGS
from sam.runtime.out_of_memory import enough_memory

from ..workspace.registry import Workspaces
from .jobs import Jobs, Told
from .offered import Models
from .settings import Settings

PERMIT_VARIABLE = "SAM_STUDIO_MANAGE"
"""Whether visitors may download, delete and install: `on` or `off`. Default: `on` where only this machine can reach the
server."""
_LOCAL = ("", "localhost", "127.0.0.1", "::1")
_MOST_GB = 4096
_MODULES = ("torch", "transformers")
_PACKAGES = "packages"
"""The name of the job that installs them; the panel cancels it like a model's."""


def may_manage(host: str | None = None, *, share: bool = False) -> bool:
    """Whether visitors may download, delete, measure and unload models here.

    Args:
        host: that the server listens on; None is Gradio's default, this machine only.
        share: whether it has a public link too.

    Raises:
        ValueError: the variable says neither on nor off.
    """
    said = os.environ.get(PERMIT_VARIABLE, "").lower()
    if said not in ("", "on", "off"):
        raise ValueError(f"{PERMIT_VARIABLE}: expected on or off, got {said!r}.")
    if said:
        return said == "on"
    # Hugging Face sets SPACE_ID on every Space.
    return not share and not os.environ.get("SPACE_ID") and (host or "") in _LOCAL


class Manager:
    """What the panel shows and does.

    Args:
        models: that the page offers; says whether visitors may do anything here.
        workspaces: of all visitors, whose models are not to be deleted under their hands.
        settings: what was chosen here earlier, and is taken up again; None: nothing is remembered.
    """

    def __init__(self, models: Models, workspaces: Workspaces, settings: Settings | None = None) -> None:
        self.models = models
        self.workspaces = workspaces
        self.settings = settings
        self.jobs = Jobs()
        self._actions: dict[str, Callable[[str, str], None]] = {
            "download": self._download,
            "install": self._install,
            "cancel": self._cancel,
            "measure": self._measure,
            "delete": self._delete,
            "unload": self._unload,
            "add": self._add,
            "forget": self._forget,
            "budget": self._budget,
            "offline": self._offline,
        }
        if settings is not None and models.allowed:
            self._take_up(settings)

    def _take_up(self, settings: Settings) -> None:
        for path in settings.own:
            if Path(path).exists():
                self.models.offer(path)
        if settings.budget:
            MODELS.resize(settings.budget)
        # Whoever sets the variable for this start means it.
        if settings.offline is not None and not os.environ.get(OFFLINE_VARIABLE):
            set_offline(settings.offline)

    def _keep(self, **changes: Any) -> None:
        if self.settings is not None:
            self.settings.keep(**changes)

    def to_json(self, who: str) -> dict[str, Any]:
        """All that the panel shows to the visitor `who`."""
        return {
            "models": [*self._own_rows(), *(self._row(spec, who) for spec in list_models())],
            "memory": self._memory(),
            "packages": self._packages(who),
            "allowed": self.models.allowed,
            "offline": offline(),
            # A path of the server is for its owner only.
            "folder": str(models_folder()) if self.models.allowed else "",
        }

    def act(self, fields: Mapping[str, Any], who: str) -> None:
        """One of the actions that the panel has: {"do": action, "name": of a model, a path, or a number}.

        Raises:
            SamError: not possible, or not permitted; says why.
        """
        action, name = self._actions.get(str(fields.get("do"))), fields.get("name")
        if action is None or not isinstance(name, str):
            raise PromptError(f"Expected one of {', '.join(self._actions)} and a name.")
        if not self.models.allowed:
            raise ModelUnavailable(
                f"The owner of this server has not allowed visitors to change its models ({PERMIT_VARIABLE}=on does)."
            )
        with acting_for(OWNER):
            action(name, who)

    def _packages(self, who: str) -> dict[str, Any] | None:
        """What the published models need and is not installed; None where nothing is missing."""
        job = self.jobs.of(_PACKAGES)
        missing = [module for module in _MODULES if not installed(module)]
        if not missing and job is None:
            return None
        return {
            "missing": missing,
            "command": install_command() if self.models.allowed else "",
            "job": job.to_json(who) if job is not None else None,
        }

    def _install(self, name: str, who: str) -> None:
        def work(tell: Told) -> None:
            install(tell=lambda line: tell(0, 0, line))

        self.jobs.start("install", _PACKAGES, who, work)

    def _row(self, spec: ModelSpec, who: str) -> dict[str, Any]:
        # In this order: a download that ends in between is then here and still at work, never neither.
        job = self.jobs.of(spec.name)
        where = place(spec)
        files = local_files(spec)
        return {
            **{
                name: getattr(spec, name)
                for name in ("name", "title", "note", "licence", "warning", "gated", "offered")
            },
            "tasks": list(spec.tasks),
            "needs": list(spec.missing),
            # What it takes on the disk once it is here, what it will take before.
            "bytes": bytes_on_disk(files) if files is not None else spec.bytes,
            "place": where,
            "ready": bool(where) and not spec.missing,
            "begun": 0 if where else begun(spec),
            "page": f"https://huggingface.co/{spec.source}" if spec.gated else "",
            "command": f"hf download {spec.source}{' ' * bool(_file(spec))}{_file(spec)} --local-dir {spec.name}",
            "instead": "" if spec.offered or where else self._by_hand(spec),
            "seconds": self.models.speeds.of(spec) if self.models.speeds and "segment" in spec.tasks else None,
            "expected": self.models.speeds.expected(spec) if self.models.speeds and "segment" in spec.tasks else None,
            "loaded": spec.name in MODELS,
            "job": job.to_json(who) if job is not None else None,
            "own": False,
        }

    def _by_hand(self, spec: ModelSpec) -> str:
        folder = models_folder() if self.models.allowed else "the models folder of the server"
        return f"The hub does not have it: put {' or '.join(spec.files)} into {folder}."

    def _own_rows(self) -> list[dict[str, Any]]:
        """Models that the owner gave by their path."""
        plain = {
            "note": "",
            "licence": "",
            "warning": "",
            "gated": False,
            "offered": False,
            "tasks": ["segment"],
            "needs": [],
        }
        rest = {"begun": 0, "page": "", "command": "", "instead": "", "seconds": None, "expected": None, "job": None}
        return [
            {
                **plain,
                **rest,
                "name": name,
                "title": name,
                # A path of the server is for its owner only.
                "note": source if self.models.allowed else "",
                "bytes": bytes_on_disk(Path(source)) if Path(source).exists() else 0,
                "place": "folder",
                "ready": True,
                "own": name != self.models.default,
                "loaded": any(str(key).startswith(f"{Path(source).resolve()} ") for key in MODELS.sizes),
            }
            for name, source in self.models.own.items()
        ]

    def _memory(self) -> dict[str, Any]:
        sizes = MODELS.sizes
        known = {spec.name: spec.title for spec in list_models()}
        loaded = [
            {"key": str(key), "title": known.get(str(key), _title(str(key).split(" ")[0])), "bytes": size}
            for key, size in reversed(sizes.items())
        ]
        return {
            "used": sum(sizes.values()),
            "most": MODELS.max_bytes,
            "photos": EMBEDDINGS.nbytes,
            "loaded": loaded if self.models.allowed else [],
        }

    def _spec(self, name: str) -> ModelSpec:
        found = next((spec for spec in list_models() if spec.name == name), None)
        if found is None:
            raise ModelUnavailable(f"There is no model {name[:80]!r} in the list.")
        return found

    def _download(self, name: str, who: str) -> None:
        spec = self._spec(name)

        def work(tell: Told) -> None:
            download(spec, progress=tell)

        if not place(spec):
            self.jobs.start("download", name, who, work)

    def _cancel(self, name: str, who: str) -> None:
        self.jobs.cancel(name, who)

    def _measure(self, name: str, who: str) -> None:
        spec = self._spec(name)
        if not spec.ready or "segment" not in spec.tasks:
            raise ModelUnavailable(f"{spec.title} cannot be measured: it is not ready, or it does not encode photos.")

        def work(tell: Told) -> None:
            model: Segmenter = load_model(name)
            tell(0, 0)
            with enough_memory(f"to encode a photo with {name}"):
                taken = measure(model)
            if self.models.speeds is not None:
                self.models.speeds.note(spec, *taken)

        self.jobs.start("measure", name, who, work)

    def _delete(self, name: str, who: str) -> None:
        spec, job = self._spec(name), self.jobs.of(name)
        where = place(spec)
        if job is not None and job.active:
            raise ModelUnavailable(f"{spec.title} is at work: cancel that first.")
        if where not in ("downloaded", "cached", ""):
            raise ModelUnavailable(f"{spec.title} was not downloaded by this program, so it is left alone.")
        if self.workspaces.uses(name):
            raise ModelUnavailable(
                f"Somebody works with {spec.title} right now. Choose another model first, then delete it."
            )
        self.jobs.cancel(name, who)
        MODELS.drop(name)
        try:
            delete(spec, cached=True)
        except OSError as error:
            raise ModelUnavailable(f"{spec.title} cannot be deleted ({error}).") from error

    def _unload(self, key: str, who: str) -> None:
        from sam.runtime.out_of_memory import release

        MODELS.drop(key)
        release()

    def _add(self, path: str, who: str) -> None:
        """Offer the model in a folder or file of this machine."""
        name = path.strip().strip('"')
        there = Path(name).expanduser()
        if not name or not there.exists():
            raise ModelUnavailable(f"There is no file or folder {name[:200]!r} on the server. Check the path.")
        source = str(there.resolve())
        load_model(source)
        self.models.offer(source)
        self._keep_own()

    def _keep_own(self) -> None:
        self._keep(own=[source for name, source in self.models.own.items() if name != self.models.default])

    def _forget(self, name: str, who: str) -> None:
        """Offer a model of the owner's own no more; its files stay."""
        if self.workspaces.uses(name):
            raise ModelUnavailable("Somebody works with it right now. Choose another model first.")
        self.models.withdraw(name)
        self._keep_own()

    def _offline(self, wanted: str, who: str) -> None:
        if wanted not in ("on", "off"):
            raise PromptError(f"Expected on or off, got {wanted[:20]!r}.")
        set_offline(wanted == "on")
        self._keep(offline=wanted == "on")

    def _budget(self, gigabytes: str, who: str) -> None:
        try:
            wanted = float(gigabytes)
        except ValueError:
            wanted = 0
        if not 0 < wanted <= _MOST_GB:
            raise PromptError(f"Expected gigabytes, more than 0 and at most {_MOST_GB}, got {gigabytes[:20]!r}.")
        MODELS.resize(int(wanted * 1e9))
        self._keep(budget=int(wanted * 1e9))


def _file(spec: ModelSpec) -> str:
    return spec.file or spec.remote


def _title(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
