"""One visitor's image and objects, kept on the server while they work."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import Masks, PromptError, SamError
from sam.io.arrays import read_flag, read_text, read_whole
from sam.io.limits import MAX_BOXES

from .answers import Answers
from .classes import Classes, ClassList
from .errors import SupersededError as SupersededError
from .errors import WorkspaceGoneError as WorkspaceGoneError
from .picture import COLORS, Picture, Prepared, StudioObject, check_color, clean_name, masks_of, prepare, unlocked

MAX_OBJECTS = MAX_BOXES

KEPT_PICTURES = 12
KEPT_BYTES = 600 << 20
"""What undo goes back to: so many images and bytes of one visitor's, and always the one before."""


class Workspace:
    """Everything of one visitor. The token is the only key to it: Gradio's session hash is chosen by the browser.

    Methods are safe to call from several threads; each is short, none runs a model.
    """

    def __init__(self, model: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self.model = model
        self.revision = 0
        self.closed = False
        self.touched = time.monotonic()
        self.left: float | None = None
        """When the page went away, by `time.monotonic`; None while it is there."""
        self.pictures: list[Picture] = []
        self.classes = Classes()
        self.answers = Answers()
        self.opening = 0
        """Raised with each photo that is sent: those before it need not be read any more."""
        self.offered: Any = None
        """What a tool has made and the visitor has not taken yet, of `webapp.workspace.results`; the latest alone."""
        self.cancelled = threading.Event()
        self.work: list[Any] = []
        self._lock = threading.RLock()
        self._turn = 0
        self._folder: Path | None = None

    @property
    def picture(self) -> Picture | None:
        """The one on the stage."""
        return self.pictures[-1] if self.pictures else None

    @property
    def nbytes(self) -> int:
        with self._lock:
            held = self.offered.nbytes if self.offered else 0
            return self.answers.nbytes + held + sum(picture.nbytes for picture in self.pictures)

    def take_turn(self) -> int:
        """Announce a new image or model before the slow part; `show` refuses all but the latest."""
        with self._lock:
            self._turn += 1
            return self._turn

    def show(self, picture: Picture, turn: int) -> None:
        """Put an image on the stage. Those before stay for `restore`: `KEPT_PICTURES` of them, `KEPT_BYTES` at most.

        Raises:
            SupersededError: another turn was taken since.
        """
        with self._lock:
            if turn != self._turn:
                raise SupersededError
            self.offered = None
            self.pictures = [*self.pictures, picture][-KEPT_PICTURES:]
            while len(self.pictures) > 2 and self.nbytes > KEPT_BYTES:
                del self.pictures[0]
            self.revision += 1

    def reencode(
        self, picture: Picture | None, turn: int, model: str, changes: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Note another model, by what `load_model` takes, and what it made of the image on the stage.

        Args:
            changes: fields of the picture.

        Raises:
            SupersededError: another turn was taken since.
        """
        with self._lock:
            if turn != self._turn or picture is not self.picture:
                raise SupersededError
            self.model = model
            if picture is not None:
                for name, value in changes.items():
                    setattr(picture, name, value)
            self.revision += 1

    def restore(self, picture_id: str) -> None:
        """Bring an earlier image back with its objects.

        Raises:
            SamError: it is not kept any more.
        """
        with self._lock:
            picture = self.find_picture(picture_id)
            self._turn += 1
            self.offered = None
            self.pictures.remove(picture)
            self.pictures.append(picture)
            self.revision += 1

    def find_picture(self, picture_id: str) -> Picture:
        """By id.

        Raises:
            SamError: it is not kept any more.
        """
        with self._lock:
            for picture in self.pictures:
                if picture.id == picture_id:
                    return picture
        raise SamError("That photo is not kept any more. Open it again.")

    def current(self, picture_id: str | None = None) -> Picture:
        """The image on the stage; with an id, only if it is that one.

        Raises:
            PromptError: there is none.
            SupersededError: another one is there.
        """
        picture = self.picture
        if picture is None:
            raise PromptError("There is no photo yet: drop one on the page, or choose an example.")
        if picture_id is not None and picture.id != picture_id:
            raise SupersededError
        return picture

    def add(
        self, picture: Picture, masks: Masks, source: str, names: Sequence[str] | None = None, label: str = ""
    ) -> list[str]:
        """Keep masks as objects of an image; empty masks are left out. Returns the new ids.

        Args:
            masks: their labels are classes, and names where `names` has none.
            label: id of the class of those without a label.

        Raises:
            PromptError: masks of another size, or too many objects.
        """
        return self.add_prepared(picture, prepare(picture, masks, names), source, label)

    def add_prepared(self, picture: Picture, prepared: Sequence[Prepared], source: str, label: str = "") -> list[str]:
        """As `add`, in one step of undo, of masks that need not all be in memory at once.

        Raises:
            PromptError: too many objects; none is added then.
        """
        if not prepared:
            return []
        with self._lock:
            if len(picture.objects) + len(prepared) > MAX_OBJECTS:
                raise PromptError(f"A photo holds at most {MAX_OBJECTS} objects here. Delete some first.")
            added = []
            kinds = {one.label: self.classes.need(one.label) for one in prepared if one.label.strip()}
            for name, score, area, box, code, kind, prompts in prepared:
                color = COLORS[picture.made % len(COLORS)]
                picture.made += 1
                title = clean_name(name) or f"Object {picture.made}"
                item = StudioObject(secrets.token_urlsafe(6), title, color, False, score, area, box, code, source)
                picture.objects[item.id] = replace(item, label=kinds.get(kind, label), prompts=prompts)
                added.append(item.id)
            self._noted(picture)
            return added

    def change(
        self, object_id: str, *, name: Any = None, color: Any = None, hidden: Any = None, locked: Any = None
    ) -> None:
        """Rename, recolour, hide or show, lock or unlock.

        Raises:
            PromptError: no such object, or a value that cannot be.
        """
        with self._lock:
            picture = self.current()
            item = self._object(picture, object_id)
            if name is not None:
                item = replace(item, name=clean_name(read_text(name, "name")) or item.name)
            if color is not None:
                item = replace(item, color=check_color(read_text(color, "color")))
            if hidden is not None:
                item = replace(item, hidden=read_flag(hidden, "hidden"))
            if locked is not None:
                item = replace(item, locked=read_flag(locked, "locked"))
            picture.objects[object_id] = item
            self._noted(picture)

    def set_label(self, ids: Iterable[str], label: str) -> None:
        """Objects of the image on the stage get another class, by its id, "" for none: one step of undo.

        Raises:
            PromptError: no such object.
        """
        with self._lock:
            picture = self.current()
            for item in self.objects(ids):
                picture.objects[item.id] = replace(item, label=label)
            self._noted(picture)

    def set_classes(self, change: Callable[[ClassList], ClassList]) -> None:
        """Make another class list of the one there is."""
        with self._lock:
            self.classes.set(change(self.classes.now))
            self.revision += 1

    def remove(self, object_id: str) -> None:
        """Delete an object; `put_back` undoes it.

        Raises:
            PromptError: no such object, or a locked one.
        """
        with self._lock:
            picture = self.current()
            picture.removed[object_id] = unlocked(self._object(picture, object_id))
            del picture.objects[object_id]
            while len(picture.removed) > MAX_OBJECTS:
                picture.removed.popitem(last=False)
            self._noted(picture)

    def put_back(self, object_id: str) -> None:
        """Undo `remove`.

        Raises:
            PromptError: it was not removed here.
        """
        with self._lock:
            picture = self.current()
            if object_id not in picture.removed:
                raise PromptError("That object cannot be brought back any more.")
            picture.objects[object_id] = picture.removed.pop(object_id)
            self._noted(picture)

    def redraw(self, picture: Picture, object_id: str, mask: NDArray[np.bool_], source: str, **facts: Any) -> None:
        """Give an object another mask.

        Args:
            picture: of the object.
            object_id: which.
            mask: (H, W) bool.
            source: what made it, for people.
            facts: other fields of the object that change with it.

        Raises:
            PromptError: no such object, a locked one, or an empty mask.
            SupersededError: another image is on the stage.
        """
        from sam import rle
        from sam.boxes import masks_to_boxes

        area = int(mask.sum())
        if not area:
            raise PromptError("Nothing of the object would be left. Delete it instead, or take back the last step.")
        x0, y0, x1, y1 = (float(side) for side in masks_to_boxes(mask[None])[0])
        with self._lock:
            self.current(picture.id)
            item = unlocked(self._object(picture, object_id))
            facts = {"area": area, "box": (x0, y0, x1, y1), "rle": dict(rle.encode(mask)), "source": source, **facts}
            picture.objects[object_id] = replace(item, **facts, mask_key=secrets.token_urlsafe(6))
            self._noted(picture)

    def absorb(self, ids: Iterable[str]) -> None:
        """Take objects out whose masks another one has just taken over, in the same step as that.

        The caller has made sure that none of them is locked.
        """
        with self._lock:
            picture = self.current()
            for object_id in ids:
                picture.objects.pop(object_id, None)
            picture.versions[picture.version] = tuple(picture.objects.values())
            self.revision += 1

    def reorder(self, object_id: str, place: Any) -> None:
        """Move an object to another place in the list, counted from 0; what is later lies on top.

        Raises:
            PromptError: no such object, or not a place.
        """
        with self._lock:
            picture = self.current()
            item = self._object(picture, object_id)
            place = read_whole(place, "place", 0, len(picture.objects) - 1)
            rest = [other for other in picture.objects.values() if other.id != object_id]
            rest.insert(place, item)
            picture.objects = OrderedDict((other.id, other) for other in rest)
            self._noted(picture)

    def go_to(self, version: Any, classes: Any = None) -> None:
        """Undo or redo: the object list as it was at `version`, and the class list at `classes`; None: as it is.

        Raises:
            PromptError: that state is not kept any more.
        """
        with self._lock:
            self.current().go_to(read_whole(version, "version", 0, 1 << 53))
            if classes is not None:
                self.classes.go_to(classes)
            self.revision += 1

    def _noted(self, picture: Picture) -> None:
        picture.note()
        self.revision += 1

    def objects(self, ids: Iterable[str] | None = None) -> list[StudioObject]:
        """Those with these ids, in the order of the list; without ids every visible one.

        Raises:
            PromptError: no such object.
        """
        with self._lock:
            picture = self.current()
            if ids is None:
                return [item for item in picture.objects.values() if not item.hidden]
            wanted = {self._object(picture, object_id).id for object_id in ids}
            return [item for item in picture.objects.values() if item.id in wanted]

    def masks(self, ids: Iterable[str] | None = None) -> Masks:
        """As `objects`, as `Masks` with the names as labels.

        Raises:
            PromptError: no such object, or more than fit into memory at once.
        """
        return masks_of(self.objects(ids), self.current().size_hw)

    def to_json(self) -> dict[str, Any]:
        """What the page is told."""
        with self._lock:
            picture = self.picture
            before = self.pictures[-2] if len(self.pictures) > 1 else None
            return {
                "picture": picture.to_json() if picture else None,
                "objects": self.classes.show(picture.objects.values()) if picture else [],
                **self.classes.to_json(),
                "model": self.model,
                "revision": self.revision,
                "previous": {"id": before.id, "name": before.name, "objects": len(before.objects)} if before else None,
            }

    def new_file(self, name: str) -> Path:
        """Where a file for download may be written; deleted with the workspace."""
        with self._lock:
            if self.closed:
                raise WorkspaceGoneError
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix="sam-studio-"))
            folder = self._folder / secrets.token_urlsafe(6)
        folder.mkdir()
        last = name.replace("\\", "/").rpartition("/")[2]
        return folder / (last if last.strip(". ") else "file")

    def trim(self) -> None:
        """Forget the images before the one on the stage."""
        with self._lock:
            self.pictures = self.pictures[-1:]

    def close(self) -> None:
        """Free everything."""
        with self._lock:
            self.closed = True
            self.cancelled.set()
            self.pictures, self.offered, folder, self._folder = [], None, self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _object(self, picture: Picture, object_id: str) -> StudioObject:
        try:
            return picture.objects[object_id]
        except KeyError:
            raise PromptError("That object is not there any more.") from None
