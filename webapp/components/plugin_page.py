"""The `page` that a tab gets: the workspace of whoever triggers the event, behind plugins' `Page` protocol."""

from __future__ import annotations

import contextvars
import inspect
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plugins import Host, PluginError, Step, check_models
from plugins._core.tool import Option, check_result, read_signature
from sam import Boxes, Cancelled, Image, Masks, PromptError, SamError
from sam.compositing.framing import Window
from sam.runtime.gpu_seconds import receipts
from sam.runtime.out_of_memory import enough_memory
from sam.stopping import check_stopped

from ..images.download import picture_file
from ..models.offered import Models
from ..scheduler import Scheduler
from ..workspace.picture import Picture, prepare
from ..workspace.registry import Workspaces
from ..workspace.results import Proposed, Shown, propose_masks, show_pictures
from ..workspace.revisions import revise
from ..workspace.tool_history import Action, make_step, read_history
from ..workspace.work import Work
from ..workspace.workspace import SupersededError, Workspace
from .gradio_internals import gr
from .stage import Port

_log = logging.getLogger("sam_studio")


class _NoPhotoInWorkspace(PromptError):
    """A handler is given the photo or its objects, and the server has none."""


class _NoPhotoError(gr.Error):
    """The same, as the visitor sees it."""


@dataclass
class _Call:
    """One running handler; `objects` are the ids of those that it was given as masks, `made` of those that it added."""

    workspace: Workspace | None
    picture: Picture | None
    progress: Any
    objects: tuple[str, ...] = ()
    made: list[str] = field(default_factory=list)
    changed: bool = False
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    label: str = ""
    shown: Shown | Proposed | None = None
    work: Work = field(default_factory=Work)


_call: contextvars.ContextVar[_Call | None] = contextvars.ContextVar("sam_studio_call", default=None)


class StudioPage:
    """Implements `plugins.Page`; see there."""

    def __init__(
        self, workspaces: Workspaces, models: Models, host: Host | None = None, scheduler: Scheduler | None = None
    ) -> None:
        self._workspaces = workspaces
        self._scheduler = scheduler or Scheduler()
        self._models = models
        self.host = host or Host()
        self.image = Port("image")
        self.objects = Port("objects")
        self.prompt = Port("prompt")
        self.result = Port("result")
        self.model = Port("model", models.default)

    def run(self, function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        """See `plugins.Page.run`."""
        # A tool handed over as such brings its own function and what was bound to it.
        bound = dict(getattr(function, "bound", {}))
        function = getattr(function, "function", function)
        inputs, known, returns = read_signature(function)
        fixed = {**bound, **options}
        for name, value in options.items():
            if name not in known or not known[name].accepts(value):
                wanted = f"expects {known[name]}, got {value!r}" if name in known else "is not one of its options"
                raise PluginError(f"{function.__name__}: {name} {wanted}.")
        names = [name for name in (*inputs, *known) if name not in fixed]
        label = function.__name__

        # Gradio fills the parameter with this default itself, in front of the inputs of the event.
        def handler(progress: Any = gr.Progress(), *values: Any) -> Any:  # noqa: B008
            with self._models.visiting():
                return self._handle(function, label, names, inputs, known, fixed, values, progress, returns)

        def unasked(progress: Any = gr.Progress(), *values: Any) -> Any:  # noqa: B008
            try:
                return handler(progress, *values)
            except _NoPhotoError:
                return gr.skip()

        for one in (handler, unasked):
            one.__name__ = one.__qualname__ = label
            one.__doc__ = inspect.getdoc(function)
        # What runs because the workspace has changed, and not because somebody pressed something: see `Port`.
        handler.unasked = unasked  # type: ignore[attr-defined]
        return handler

    def progress(self, fraction: float, message: str = "") -> None:
        """See `plugins.Page.progress`."""
        call = _call.get()
        if call is None:
            return
        check_stopped()
        if call.workspace is not None and call.workspace.cancelled.is_set():
            raise Cancelled("Stopped.")
        call.work.fraction = min(1.0, max(0.0, float(fraction)))
        call.work.message = message
        if call.progress is not None:
            call.progress(call.work.fraction, desc=message or None)

    def toast(self, message: str) -> None:
        """See `plugins.Page.toast`."""
        if _call.get() is not None:
            gr.Info(plain(message))

    def suggest(self, box: Boxes) -> dict[str, Any]:
        """See `plugins.Page.suggest`."""
        if len(box) != 1:
            raise PromptError(f"Expected one box to put on the stage, got {len(box)}.")
        return self._for_stage("page.suggest", {"box": box.xyxy[0].tolist(), "name": box.labels[0]})

    def _for_stage(self, what: str, value: dict[str, Any]) -> dict[str, Any]:
        call = self._in_hand(what)
        call.workspace.current(call.picture.id)
        # A stamp, so that the same box twice is two suggestions.
        return {
            "workspace": call.workspace.token,
            "picture": call.picture.id,
            "stamp": secrets.token_hex(4),
            **value,
        }

    def show(
        self,
        pictures: Any,
        *,
        title: str = "",
        window: Window | None = None,
        hide: bool = False,
        file: str = "",
        made_by: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ) -> dict[str, Any]:
        """See `plugins.Page.show`."""
        call = self._in_hand("page.show")
        several = [pictures] if isinstance(pictures, np.ndarray) else list(pictures)
        hidden = call.objects if hide else ()
        if made_by and len(made_by) != len(several):
            raise PluginError(f"page.show: made_by: expected {len(several)}, one a picture, got {len(made_by)}.")
        steps = tuple(make_step(self.host, tool, options) for tool, options in made_by)
        call.shown = show_pictures(
            call.workspace, call.picture, several, title=title, window=window, hide=hidden, file=file
        )
        call.shown.made_by = steps
        return self._for_stage("page.show", call.shown.to_json())

    def propose(
        self,
        masks: Masks,
        *,
        title: str = "",
        colors: Sequence[str] = (),
        left_out: int = 0,
        names: Sequence[str] = (),
        alike: bool = False,
    ) -> dict[str, Any]:
        """See `plugins.Page.propose`."""
        call = self._in_hand("page.propose")
        kinds = [item.label for item in call.workspace.objects(call.objects)] if alike and call.objects else []
        call.shown = propose_masks(
            call.workspace,
            call.picture,
            masks,
            title=title,
            source=call.label,
            colors=colors,
            left_out=left_out,
            names=names,
            label=kinds[0] if kinds else "",
        )
        return self._for_stage("page.propose", call.shown.to_json())

    def _in_hand(self, what: str) -> Any:
        call = _call.get()
        if call is None or call.workspace is None or call.picture is None:
            raise PluginError(f"{what} works inside a handler made by page.run that has page.image as an input.")
        return call

    def download(self, value: Any, name: str, window: Window | None = None) -> str:
        """See `plugins.Page.download`."""
        call = _call.get()
        if call is None or call.workspace is None:
            raise PluginError(
                "page.download works inside a handler made by page.run that has page.image or page.objects as an input."
            )
        if isinstance(value, np.ndarray):
            data = picture_file(call.picture, value, name, window)
        elif isinstance(value, str):
            data = value.encode()
        elif isinstance(value, (bytes, bytearray, memoryview)):
            data = bytes(value)
        else:
            raise PluginError(f"page.download expects an array, bytes or text, got {type(value).__name__}.")
        path = call.workspace.new_file(name)
        path.write_bytes(data)
        return str(path)

    def new_image(self, image: Image, hide: bool = False) -> dict[str, Any]:
        """See `plugins.Page.new_image`."""
        call = self._in_hand("page.new_image")
        call.picture = revise(call.workspace, call.picture, image, call.objects if hide else ())
        call.changed = True
        return {"workspace": call.workspace.token, "revision": call.workspace.revision}

    def record(self, tool: str, options: Mapping[str, Any] | None = None, note: str = "") -> None:
        """See `plugins.Page.record`."""
        call = _call.get()
        if call is not None:
            call.steps.append(make_step(self.host, tool, options or {}))
            call.notes += [note] if note else []

    def history(self) -> tuple[tuple[Step, ...], tuple[str, ...]]:
        """See `plugins.Page.history`."""
        call = _call.get()
        return read_history(call.picture) if call is not None and call.picture is not None else ((), ())

    def _handle(
        self,
        function: Callable[..., Any],
        label: str,
        names: list[str],
        inputs: Mapping[str, Any],
        known: Mapping[str, Option],
        fixed: Mapping[str, Any],
        values: tuple[Any, ...],
        progress: Any,
        returns: Any = None,
    ) -> Any:
        call = _Call(None, None, progress, label=label)
        token = _call.set(call)
        try:
            given = dict(zip(names, values))
            self._find_workspace(call, given.values())
            arguments = {name: self._read(call, value, inputs.get(name)) for name, value in given.items()}
            _read_numbers(arguments, known)
            arguments = {**fixed, **arguments}
            check_models(known, arguments)
            data = [arguments.pop(name) for name in inputs if name in arguments]
            with enough_memory(f"for {label}"), receipts() as leases:
                result = function(*data, **arguments)
            if leases:
                gr.Info(f"{sum(one.seconds for one in leases):.1f} s of your GPU time.", title="GPU")
            if returns is Masks:
                check_result(result, Masks, label)
            if isinstance(result, tuple):
                written = tuple(self._write(call, one, label) for one in result)
            else:
                written = self._write(call, result, label)
            self._note(call)
            return written
        except SupersededError as error:
            raise gr.Error(str(error), title="Not applied", print_exception=False) from error
        except Cancelled as error:
            raise gr.Error("Stopped. Nothing was changed.", title="Stopped", print_exception=False) from error
        except _NoPhotoInWorkspace as error:
            raise _NoPhotoError(plain(str(error)), title="This did not work", print_exception=False) from error
        except SamError as error:
            raise gr.Error(plain(str(error)), title="This did not work", print_exception=False) from error
        except gr.Error:
            raise
        except Exception as error:
            _log.exception("%s failed", label)
            sentence = (
                f"{label} failed ({type(error).__name__}). Your photo and objects are kept; the log has the details."
            )
            raise gr.Error(sentence, title="This did not work", print_exception=False) from error
        finally:
            _call.reset(token)
            if call.workspace is not None:
                call.workspace.work.remove(call.work)

    def _note(self, call: _Call) -> None:
        """What was done goes to the history; of what the visitor has yet to choose from, once it is chosen."""
        made_by = call.shown.made_by if isinstance(call.shown, Shown) else ()
        if call.picture is None or not (call.steps or made_by):
            return
        action = Action(tuple(call.steps), call.objects, tuple(call.made), call.changed, tuple(call.notes))
        if call.shown is not None:
            call.shown.action = action
        if call.steps and not isinstance(call.shown, Proposed):
            call.picture.actions.append(action)

    def _find_workspace(self, call: _Call, values: Any) -> None:
        """Inputs from a port carry the token of the session that triggered the event."""
        for value in values:
            if _is_port(value) and call.workspace is None:
                call.workspace = self._workspaces.get(value["workspace"])
                call.workspace.cancelled.clear()
                call.workspace.work.append(call.work)
                call.picture = call.workspace.picture

    def _read(self, call: _Call, value: Any, kind: Any) -> Any:
        if kind == Image and (value is None or _is_port(value)):
            if call.picture is None or _is_private(value):
                raise _NoPhotoInWorkspace(_no_photo(value))
            return call.picture.image
        if kind is Masks and (value is None or _is_port(value)):
            if call.workspace is None or call.picture is None or _is_private(value):
                raise _NoPhotoInWorkspace(_no_photo(value))
            there = call.picture.objects
            selected = [key for key in (value or {}).get("selected") or [] if isinstance(key, str) and key in there]
            call.objects = tuple(item.id for item in call.workspace.objects(selected or None))
            return call.workspace.masks(selected or None)
        return value

    def _write(self, call: _Call, result: Any, label: str) -> Any:
        """`Masks` become objects; the port then tells the page to fetch them."""
        if not isinstance(result, Masks):
            return result
        if call.workspace is None or call.picture is None:
            raise PluginError(f"{label} returns masks, so page.image or page.objects must be among its inputs.")
        call.workspace.current(call.picture.id)
        # A mask that was made of an object has that one's name, which is no class: it stays of that one's class.
        kinds = {one.id: one.name for one in call.workspace.classes.now}
        there = call.picture.objects
        given = {there[one].name: kinds.get(there[one].label, "") for one in call.objects if one in there}
        found = [one._replace(label=given.get(one.label, one.label)) for one in prepare(call.picture, result)]
        added = call.workspace.add_prepared(call.picture, found, label)
        call.made += added
        if added:
            return {"workspace": call.workspace.token, "revision": call.workspace.revision}
        call.steps.clear()
        gr.Info("Nothing found. Your objects are unchanged.")
        return gr.skip()


def _is_port(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("workspace"), str)


def _is_private(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("private") is True


def _no_photo(value: Any) -> str:
    if _is_private(value):
        return "This photo is only in your browser. Press “Only in this browser” below it to send it, then try again."
    return "There is no photo yet: drop one on the page, or choose an example."


def _read_numbers(arguments: dict[str, Any], known: Mapping[str, Option]) -> None:
    """A slider hands whole numbers over as int or float, as it likes; an emptied number field hands over None."""
    for name, value in list(arguments.items()):
        option = known.get(name)
        if option is None:
            continue
        if value is None and not option.optional:
            arguments[name] = option.default
        elif option.type is int and isinstance(value, float) and value.is_integer():
            arguments[name] = int(value)
        elif option.type is float and isinstance(value, int) and not isinstance(value, bool):
            arguments[name] = float(value)


def plain(text: str) -> str:
    """Gradio shows messages as HTML; a file name or a prompt in one must stay text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
