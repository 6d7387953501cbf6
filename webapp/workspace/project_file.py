"""What is open as a project file, and a project's photo onto the stage."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from sam import ImageError, SamError, load_model
from sam.formats import AnnotatedImage, AnnotatedObject, FormatError, Project, ProjectObject, ProjectPhoto
from sam.formats.annotations import safe_name
from sam.images import image_hash, read_photo

from ..images import encode
from ..images.download import keep_file
from .classes import merge
from .keep import prompts_of
from .picture import COLORS, Picture, StudioObject, clean_name
from .reading import alpha_of, reading_of
from .segment import first_look
from .snapshot import action_json, read_actions, read_alpha, source_of
from .workspace import MAX_OBJECTS, Workspace


@dataclass(frozen=True)
class OpenedProject:
    """What came with a project's photo.

    Attributes:
        photo: its id in the project.
        count: how many photos the project has.
        prompts: of the object in hand, for the page.
        selected: ids of objects.
        notes: a sentence each: what could not be read, and what is not as it was.
    """

    photo: str
    count: int
    prompts: Mapping[str, Any]
    selected: tuple[str, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "photo": self.photo,
            "count": self.count,
            "prompts": dict(self.prompts),
            "selected": list(self.selected),
            "notes": list(self.notes),
        }


def save_project(
    workspace: Workspace,
    picture_id: str,
    source: Any,
    prompts: Any = None,
    selected: Any = None,
    before: Project | None = None,
    photo_id: str = "",
) -> Project:
    """The photo on the stage with all that belongs to it, in the project that it was opened from.

    Args:
        workspace: whose.
        picture_id: that the page shows.
        source: the photo's file: its bytes, a path, or b"" where nobody has it; the picture itself then stands for it.
        prompts: what was said of the object in hand, as the page holds it.
        selected: ids of objects.
        before: that project, whose other photos stay as they are.
        photo_id: the photo's id in it.

    Raises:
        SupersededError: another image is on the stage.
    """
    picture = workspace.current(picture_id)
    project = before or Project()
    name = safe_name(PurePosixPath(picture.name.replace("\\", "/")).name) or "photo"
    name = name if not before else next((one.image.name for one in before.photos if one.id == photo_id), name)
    data, choice = _photo_files(picture, source)
    objects = _objects(workspace, picture, name)
    known = {one.id for one in objects}
    photo = ProjectPhoto(
        photo_id or "photo-1",
        AnnotatedImage(name, picture.size_hw),
        objects=objects,
        prompts=prompts if isinstance(prompts, Mapping) else {},
        selected=tuple(one for one in selected or () if one in known) if isinstance(selected, list) else (),
        history=tuple(action_json(one) for one in picture.actions),
        model=picture.model_title,
        weights=picture.weights,
        revised=picture.revised,
        data=data,
        extras={"original": "original.bin"} if "original" in data else {},
        **choice,
    )
    labels = {one.name: one for one in project.classes} | {one.name: one.to_label() for one in workspace.classes.now}
    return replace(project.with_photo(photo), classes=tuple(labels.values()), current=photo.id)


def _objects(workspace: Workspace, picture: Picture, name: str) -> tuple[ProjectObject, ...]:
    classes = {one.id: one.name for one in workspace.classes.now}
    return tuple(
        ProjectObject(
            AnnotatedObject(
                name,
                {"size": list(item.rle["size"]), "counts": item.rle["counts"]},
                classes.get(item.label, ""),
                item.name,
                min(1.0, max(0.0, item.score)),
                dict(item.prompts),
                {"model": picture.model_title, "source": item.source},
            ),
            item.id,
            item.color,
            item.hidden,
            item.locked,
        )
        for item in picture.objects.values()
    )


def _photo_files(picture: Picture, source: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The photo's file, if it makes this very picture again, else the picture as PNG; and how it is read."""
    reading = picture.reading
    page = reading.page if reading and len(reading.pages) > 1 else None
    choice: Any = reading.choice if reading and reading.brightness else "auto"
    for held in (source, source_of(picture)):
        if held and not picture.revised and _makes(picture, held, page, choice):
            data = held if isinstance(held, bytes) else held.read_bytes()
            return {"photo": data}, {"page": page, "brightness": choice}
    found = {"photo": encode.png(picture.image, level=4)}
    if picture.alpha is not None:
        found["alpha"] = encode.png(picture.alpha)
    if picture.file:
        found["original"] = picture.file
    return found, {}


def _makes(picture: Picture, source: Any, page: int | None, choice: Any) -> bool:
    try:
        return image_hash(read_photo(source, page=page, brightness=choice).on()) == picture.key
    except ImageError:
        return False


def open_project(
    workspace: Workspace, project: Project, photo_id: str = "", usable: Callable[[str], str] = lambda name: name
) -> OpenedProject:
    """Put a project's photo with its objects on the stage; on an error the stage stays as it is.

    Args:
        workspace: where; the project's classes join its list.
        project: which.
        photo_id: of which photo; "": the one that was looked at last.
        usable: the model of a name, if the visitor may use it, else "": the one that is chosen reads the photo then.

    Raises:
        FormatError: no photo in it, or the photo is missing, another one, or of another size.
        ImageError: the photo cannot be read.
        SupersededError: another photo was opened meanwhile.
    """
    turn = workspace.take_turn()
    photo = project.find(photo_id) if photo_id else project.shown
    if photo is None:
        why = project.problems[0] if project.problems else "There are no photos in this project."
        raise FormatError(why)
    notes = list(project.problems)
    picture = _picture(workspace, project, photo, usable(photo.model) if photo.model else "", notes)
    workspace.classes.set(merge(workspace.classes.now, project.classes))
    _fill(workspace, picture, photo, notes)
    picture.note()
    workspace.show(picture, turn)
    return OpenedProject(photo.id, len(project.photos), photo.prompts, photo.selected, tuple(notes))


def _picture(workspace: Workspace, project: Project, photo: ProjectPhoto, model: str, notes: list[str]) -> Picture:
    file = project.read(photo)
    found = read_photo(file, page=photo.page, brightness=photo.brightness)
    image = found.on()
    image.flags.writeable = False
    if image.shape[:2] != photo.image.size_hw:
        raise FormatError(
            f"{photo.image.name}: the project says {photo.image.size_hw[1]} x {photo.image.size_hw[0]} pixels, and the "
            f"photo has {image.shape[1]} x {image.shape[0]}."
        )
    key = image_hash(image)
    alpha = project.extra(photo, "alpha")
    original = project.extra(photo, "original")
    try:
        actions = read_actions([dict(one) for one in photo.history])
    except SamError:
        actions = []
        notes.append(f"{photo.image.name}: its tool history can't be read.")
    return Picture(
        name=photo.image.name,
        image=image,
        key=key,
        file=original if photo.revised else keep_file(file),
        reading=None if photo.revised else reading_of(found, file, photo.brightness),
        alpha=read_alpha(alpha, photo.image.size_hw) if alpha else alpha_of(found),
        revised=photo.revised,
        actions=actions,
        **_seen(workspace, photo, model, image, key, notes),
    )


def _seen(
    workspace: Workspace, photo: ProjectPhoto, model: str, image: Any, key: str, notes: list[str]
) -> dict[str, Any]:
    if model and model != workspace.model:
        try:
            seen = first_look(model, image, key)
            workspace.model = model
            return seen
        except SamError:
            notes.append(f"{photo.model} can't be used now: {load_model(workspace.model).name} reads the photo.")
    elif photo.model and not model:
        notes.append(f"{photo.model} is not here: {load_model(workspace.model).name} reads the photo.")
    return first_look(workspace.model, image, key)


def _fill(workspace: Workspace, picture: Picture, photo: ProjectPhoto, notes: list[str]) -> None:
    """The photo's objects, under the ids that they have in the project."""
    rows = photo.objects[:MAX_OBJECTS]
    if len(photo.objects) > len(rows):
        notes.append(f"{photo.image.name} has {len(photo.objects):,} objects; the first {MAX_OBJECTS} are shown.")
    objects: OrderedDict[str, StudioObject] = OrderedDict()
    for place, row in enumerate(rows):
        held = row.annotation
        x0, y0, x1, y1 = (float(side) for side in held.box)
        objects[row.id] = StudioObject(
            id=row.id,
            name=clean_name(held.name or held.label) or f"Object {place + 1}",
            color=row.color or COLORS[place % len(COLORS)],
            hidden=row.hidden,
            score=1.0 if held.score is None else held.score,
            area=held.area,
            box=(x0, y0, x1, y1),
            rle=dict(held.rle),
            source=clean_name(held.provenance.get("source", "")) or "file",
            locked=row.locked,
            label=workspace.classes.need(held.label) if held.label.strip() else "",
            prompts=_prompts(held.prompts),
        )
    picture.objects, picture.made = objects, len(objects)


def _prompts(given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return prompts_of(given)
    except SamError:
        return {}
