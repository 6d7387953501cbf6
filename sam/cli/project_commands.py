"""`sam project info` and `sam project replay`: what is in a project, and the same prompts with another model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ImageError, SamError
from ..formats import Project, ProjectObject, ProjectPhoto, read_project, write_project
from ..images import image_hash, read_image
from ..io.output import Inputs
from ..models.registry import load_model
from ..replay import Replayed, replay
from ..runtime.embedding_cache import embed
from ..segmenter import Segmenter

ABOUT = "Look into a project (.samstudio), or decode its objects anew with another model."

ProjectFile = Annotated[Path, typer.Argument(metavar="FILE", help="A .samstudio file.", show_default=False)]
Photos = Annotated[list[Path] | None, typer.Option("--photos", help="Folder with photos that are not inside.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def project_app() -> typer.Typer:
    """The group `project`."""
    app = typer.Typer(help=ABOUT, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.command("info", help="Say what is in a project: photos, objects, classes and models.")(info)
    app.command("replay", help=_REPLAY)(replay_project)
    return app


def info(file: ProjectFile, as_json: JsonFlag = False) -> None:
    """Photos, objects, classes and models of a project."""
    project = read_project(file)
    facts = _facts(project)
    if as_json:
        typer.echo(json.dumps(facts))
        return
    typer.echo(f"{file}: {len(project.photos):,} photos, {project.count:,} objects, {len(project.classes)} classes")
    for photo in facts["photos"]:
        model = f", {photo['model']}" if photo["model"] else ""
        typer.echo(
            f"{photo['name']}: {photo['width']} x {photo['height']}, {photo['objects']} objects "
            f"({photo['with_prompts']} with prompts){model}{'' if photo['there'] else ', the photo is missing'}"
        )
    for line in project.problems:
        typer.echo(line, err=True)


_REPLAY = (
    "Decode every object with prompts anew with another model, and say how much of it is the same.\n\n"
    "The project stays as it is; -o writes another one with the new masks: all, or those of --take."
)


def replay_project(
    file: ProjectFile,
    model: Annotated[str, typer.Option(help="Name, hub id, folder or .pth file; see the command models.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Project to write, in .samstudio.")] = None,
    take: Annotated[
        list[str] | None, typer.Option("--take", metavar="ID", help="Object whose new mask is taken; default: all.")
    ] = None,
    boxes: Annotated[bool, typer.Option("--boxes", help="Those without prompts: from the box of their mask.")] = False,
    photos: Photos = None,
    as_json: JsonFlag = False,
) -> None:
    """The IoU of each object's old and new mask."""
    if out is not None:
        Inputs([file]).check(out)
    project = read_project(file, photos or [])
    for line in project.problems:
        typer.echo(line, err=True)
    known = load_model(model)
    rows: list[dict[str, Any]] = []
    made = project
    for photo in project.photos:
        if not photo.objects:
            continue
        try:
            found = _replay_photo(known, project, photo, boxes)
        except ImageError as error:
            typer.echo(f"{photo.image.name}: {error}", err=True)
            continue
        chosen = {key: one for key, one in found.items() if one.rle is not None and (not take or key in take)}
        made = made.with_photo(_with_masks(photo, chosen, known.name))
        for item in photo.objects:
            rows.append(_row(photo, item, found.get(item.id), item.id in chosen and out is not None))
            if not as_json:
                typer.echo(_line(rows[-1]))
    unknown = sorted(set(take or []) - {row["id"] for row in rows if row["iou"] is not None})
    if unknown:
        raise SamError(f"--take {unknown[0]}: no object with prompts has this id. Look at the list without --take.")
    if out is not None:
        write_project(made, out)
    if as_json:
        typer.echo(json.dumps({"model": known.name, "objects": rows, "out": str(out) if out else None}))


def _replay_photo(model: Segmenter, project: Project, photo: ProjectPhoto, boxes: bool) -> dict[str, Replayed]:
    image = read_image(project.read(photo), page=photo.page, brightness=photo.brightness)
    if image.shape[:2] != photo.image.size_hw:
        height, width = photo.image.size_hw
        raise ImageError(f"expected a photo of {width} x {height} pixels, got {image.shape[1]} x {image.shape[0]}.")
    embedding = embed(model, image, image_key=image_hash(image))
    objects = ((one.id, one.annotation.prompts, one.annotation.rle) for one in photo.objects)
    return {one.key: one for one in replay(model, embedding, objects, boxes=boxes)}


def _with_masks(photo: ProjectPhoto, found: dict[str, Replayed], model: str) -> ProjectPhoto:
    return replace(photo, objects=tuple(_with_mask(one, found.get(one.id), model) for one in photo.objects))


def _with_mask(item: ProjectObject, new: Replayed | None, model: str) -> ProjectObject:
    if new is None or new.rle is None or item.locked:
        return item
    held = item.annotation
    provenance = {**held.provenance, "model": model, "source": f"replayed, {model}"}
    return replace(item, annotation=replace(held, rle=new.rle, score=new.score, provenance=provenance))


def _facts(project: Project) -> dict[str, Any]:
    photos = [
        {
            "id": photo.id,
            "name": photo.image.name,
            "width": photo.image.size_hw[1],
            "height": photo.image.size_hw[0],
            "objects": len(photo.objects),
            "with_prompts": sum(bool(one.annotation.prompts) for one in photo.objects),
            "model": photo.model,
            "weights": photo.weights,
            "inside": bool(photo.file),
            "there": _is_there(project, photo),
        }
        for photo in project.photos
    ]
    counts: dict[str, int] = {one.name: 0 for one in project.classes}
    for photo in project.photos:
        for one in photo.objects:
            if one.annotation.label:
                counts[one.annotation.label] += 1
    return {"photos": photos, "objects": project.count, "classes": counts, "problems": list(project.problems)}


def _is_there(project: Project, photo: ProjectPhoto) -> bool:
    return bool(photo.file) or bool(photo.path and project.folder and (project.folder / photo.path).is_file())


def _row(photo: ProjectPhoto, item: ProjectObject, new: Replayed | None, taken: bool) -> dict[str, Any]:
    return {
        "photo": photo.image.name,
        "id": item.id,
        "name": item.annotation.name,
        "by": new.by if new else "",
        "iou": round(new.iou, 4) if new else None,
        "pixels": [item.annotation.area, new.area if new else None],
        "taken": taken and not item.locked,
    }


def _line(row: dict[str, Any]) -> str:
    name = row["name"] or row["id"]
    if row["iou"] is None:
        return f"{row['photo']}: {name} ({row['id']}): no prompts"
    old, new = row["pixels"]
    by = ", by its box" if row["by"] == "box" else ""
    return f"{row['photo']}: {name} ({row['id']}): IoU {row['iou']:.3f}, {old:,} to {new:,} pixels{by}"
