"""Every action that there is, through every door, one after the other: leases, bytes and tokens of each."""

from __future__ import annotations

import io
from typing import Any

import gradio_client
import numpy as np
from PIL import Image as Pil

import sam
from sam.everything import propose

from .space import MODEL, Space, photo, small_masks
from .visitor import Visitor

WORDS = {"text": "cat. car.", "model": "grounding-dino-tiny", "segmenter": MODEL}


def prompts(count: int) -> dict[str, Any]:
    return {"points": [[200 + 40 * n, 200 + 30 * n] for n in range(count)], "labels": [1] * count}


def through_routes(space: Space, ann: Visitor) -> None:
    """What the page itself asks for."""

    def note(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return space.note("route", name, lambda: ann.ask(method, path, body))

    opened = space.note("route", "open", lambda: ann.open(photo(1)))
    read = space.note("route", "read", ann.read)
    space.seen["open"], space.seen["read"] = opened["picture"], read["picture"]
    picture = opened["picture"]["id"]
    grant = note("embedding granted", "POST", "/embedding")
    ann.here, here = "", ann.here
    note("embedding", "GET", f"/{grant['embedding']}")
    note("decoder", "GET", f"/{grant['decoder']}")
    ann.here = here
    for count in (1, 5):
        note(f"click {count}", "POST", "/decode", {"picture": picture, "prompts": prompts(count)})
    kept = note("keep", "POST", "/objects", {"picture": picture, "prompts": prompts(5), "choice": 0})
    (one,) = kept["added"]
    again = {**prompts(2), "base": {"object": one}}
    note("refine", "POST", "/objects", {"picture": picture, "prompts": again, "choice": 0})
    change = {"kind": "erase", "points": [[800, 600]], "radius": 500}
    note("edit", "POST", f"/objects/{one}/edit", {"picture": picture, "change": change})
    three = draw(space, ann, 3)
    note("sharpen three", "POST", "/sharpen", {"picture": picture, "objects": three})


def draw(space: Space, ann: Visitor, count: int) -> list[str]:
    """Small objects in the visitor's workspace. Returns their ids."""
    masks = np.zeros((count, 1200, 1600), bool)
    for number in range(count):
        masks[number, 300:400, 200 + 400 * number : 320 + 400 * number] = True
    workspace = space.demo.workspaces.get(ann.here.rpartition("/")[2])
    return list(workspace.add(workspace.picture, sam.Masks(masks), "drawn"))


def through_tabs(space: Space, ann: Visitor) -> None:
    """The tabs' events, on the photo that is on the stage and has been read."""

    def note(title: str, name: str, label: str, **values: Any) -> None:
        space.note("tab", title, lambda: ann.event(name, label, **values))

    (one,) = draw(space, ann, 1)
    note("click", "segment", "On the object (x,y)", page_model=MODEL, **{"on_the_object_(x,y)": "300,300"})
    note("text", "find", "What to find", what_to_find="cat. car", model=WORDS["model"], page_model=MODEL)
    note("everything", "find", "How thorough", how_thorough="fast", page_model=MODEL)
    vitmatte = {"how_the_edge_is_found": "vitmatte-small", "selected": [one]}
    note("cut-out with ViTMatte", "cut", "How the edge is found", **vitmatte)
    note("cut-out", "cut", "How the edge is found", how_the_edge_is_found="closed-form", selected=[one])
    note("erase with patches", "erase", "Engine", engine="patches", selected=[one])
    if has_diffusion(space):
        (one,) = draw(space, ann, 1)
        note("erase by diffusion", "erase", "Engine", engine="diffusion", selected=[one])


def has_diffusion(space: Space) -> bool:
    """Whether the extra is installed, so that its model was made."""
    return (space.folder / "models" / "diffusion").is_dir()


def through_api(space: Space, ann: Visitor) -> None:
    """Gradio's own client."""
    picture, masks = gradio_client.handle_file(space.file(2)), small_masks()

    def note(title: str, name: str, **options: Any) -> None:
        space.note("API", title, lambda: ann.api(name, image=picture, **options))

    note("click", "points_to_masks", points=[[100, 100]], model=MODEL)
    note("click in tiles", "points_to_masks", points=[[100, 100]], model=MODEL, tiles=True)
    note("everything", "find_everything", model=MODEL, preset="fast")
    note("sharpen two", "sharpen_outlines", masks=masks, model=MODEL)
    note("text and masks", "text_to_masks", **WORDS)
    note("text", "text_to_boxes", text="cat", model=WORDS["model"])
    note("matte with ViTMatte", "matte", masks=masks[:1], engine="vitmatte-small")
    note("click with nano", "points_to_masks", points=[[100, 100]], model="nano")
    note("erase with patches", "inpaint", masks=masks[:1], engine="patches")
    if has_diffusion(space):
        note("erase by diffusion", "inpaint", masks=masks[:1], engine="diffusion")


def through_mcp(space: Space, ann: Visitor) -> None:
    """MCP's own client, in a session for each call."""
    picture = photo(3)

    def note(title: str, name: str, **options: Any) -> None:
        space.note("MCP", title, lambda: ann.mcp(name, picture, **options))

    note("click", "points_to_masks", points=[[100, 100]], model=MODEL)
    note("everything", "find_everything", model=MODEL, preset="fast")
    note("sharpen two", "sharpen_outlines", masks=small_masks(), model=MODEL)
    note("text and masks", "text_to_masks", **WORDS)
    note("matte with ViTMatte", "matte", masks=small_masks()[:1], engine="vitmatte-small")
    note("click with nano", "points_to_masks", points=[[100, 100]], model="nano")


def everything_balanced(space: Space) -> None:
    """With every mask kept that can be: made-up weights are sure of none."""
    model = sam.load_model(space.demo.models.default)
    image = np.asarray(Pil.open(io.BytesIO(photo(9))))
    options: dict[str, Any] = {"points_per_side": 32, "cover_share": 0.0}
    options |= {"pred_iou_thresh": 1e-6, "stability_score_thresh": 0.0}
    found = space.note("engine", "everything balanced", lambda: {"found": propose(model, image, **options)})
    space.rows[-1]["masks"] = len(found["found"].items) if "found" in found else 0
