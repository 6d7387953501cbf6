"""A workspace's calls to models: encode the image, decode a prompt, keep a mask. Slow parts hold no lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import Embedding, Image, PromptError, Segmenter, load_model
from sam.clicks import clicks_inside, decode_in_turn
from sam.images import image_hash, read_photo
from sam.io.prompts import read_prompt
from sam.masks import mask_to_logits
from sam.runtime.embedding_cache import embed, is_embedded
from sam.runtime.leases import is_lent

from ..images.download import keep_file
from ..images.encode import half_logits
from .answers import Answer
from .keep import SeenMask, check_choice, keep_mask, prompts_of
from .picture import Geometry, Picture
from .reading import alpha_of, reading_of
from .workspace import SupersededError, Workspace

QUICK = "nano"
"""Reads a photo where the model that was chosen has to wait for a GPU."""
# No encoder is this fast: the embedding was there already.
_CACHED_MS = 1.0


def open_image(workspace: Workspace, source: Any, name: str, keep: Callable[[], None] = lambda: None) -> None:
    """Read and encode an image, then put it on the stage; on an error the stage stays as it is.

    Args:
        source: as `sam.read_image` takes it.
        keep: called when the image is on the stage, such as to check memory.

    Raises:
        ImageError, ModelUnavailable: it cannot be read or encoded.
        SupersededError: another image was opened meanwhile.
    """
    turn = workspace.take_turn()
    photo = read_photo(source)
    image = photo.on()
    image.flags.writeable = False
    key = image_hash(image)
    seen = first_look(workspace.model, image, key)
    fields = {**seen, "file": keep_file(source), "reading": reading_of(photo, source), "alpha": alpha_of(photo)}
    workspace.show(Picture(name=name, image=image, key=key, **fields), turn)
    keep()


def first_look(name: str, image: Image, key: str) -> dict[str, Any]:
    """Fields of a `Picture` that say which model has encoded it, and how.

    Where the model borrows a GPU, nano reads the image first: there is something to click on at once, and no GPU time
    left is no reason to lose the photo. `finish` has the model read it then.

    Args:
        name: what `load_model` takes.
        image, key: the image and its hash.
    """
    model, awaits = load_model(name), ""
    if is_lent(model) and not is_embedded(model, key):
        model, name, awaits = load_model(QUICK), QUICK, name
    return {**_seen(model, name, image, key), "awaits": awaits}


def finish(workspace: Workspace, picture_id: str) -> None:
    """Have the model encode the image on the stage that it is waiting for; on an error nothing changes.

    Raises:
        ModelUnavailable, SupersededError: as `change_model`.
    """
    picture = workspace.current(picture_id)
    if picture.awaits:
        change_model(workspace, picture.awaits)


def change_model(workspace: Workspace, name: str) -> None:
    """Work with another model from now on, and encode the image on the stage with it; on an error nothing changes.

    Raises:
        ModelUnavailable: unknown, or not to be had.
        SupersededError: another image or model was chosen meanwhile.
    """
    turn = workspace.take_turn()
    picture = workspace.picture
    model = load_model(name)
    if picture is None:
        workspace.reencode(None, turn, name)
        return
    seen = _seen(model, name, picture.image, picture.key)
    workspace.reencode(picture, turn, name, {**seen, "awaits": ""})


def embedding_of(picture: Picture) -> tuple[Segmenter, Embedding]:
    """The model and the embedding of an image; encoded again if it was dropped from memory."""
    model = load_model(picture.model)
    return model, embed(model, picture.image, image_key=picture.key)


def decode(picture: Picture, prompts: Any) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """((K, h, w) logits, (K,) scores, milliseconds in the decoder) for what the page sends.

    Raises:
        PromptError: empty, impossible or malformed prompt; an object to refine that is gone.
    """
    refined = _refined(prompts)
    prompt = read_prompt(prompts)
    model, embedding = embedding_of(picture)
    if refined is not None:
        prompt = replace(prompt, mask_input=guide(picture, refined)[1])
    start = time.perf_counter()
    logits, scores = decode_in_turn(model, embedding, prompt)
    return logits, np.clip(scores, 0, 1), (time.perf_counter() - start) * 1000


def commit(workspace: Workspace, picture_id: str, prompts: Any, choice: Any, name: Any = None) -> list[str]:
    """Decode prompts and keep one of the masks, for whoever has not seen them; pages use `keep_seen`.

    Prompts that refine an object change that object; others make a new one.

    Args:
        workspace: where.
        picture_id: of the image on the stage.
        prompts: see `read_prompt`.
        choice: which of the masks, best first.
        name: of the object; numbered where there is none.

    Returns:
        The object's id, in a list.

    Raises:
        PromptError: as `decode`; no such choice; an empty mask.
        SupersededError: another image is on the stage.
    """
    picture = workspace.current(picture_id)
    placed = picture.placed
    logits, scores, _ = decode(picture, prompts)
    choice = check_choice(choice, len(logits))
    seen = SeenMask(logits[choice], float(scores[choice]), placed)
    return keep_mask(workspace, picture, seen, name, _refined(prompts), prompts=prompts_of(prompts))


def remember(workspace: Workspace, picture: Picture, prompts: Any) -> tuple[Answer, float, str]:
    """(answer, milliseconds in the decoder, its id): as `decode`, remembered so that a page can keep one of the masks.

    Raises:
        SupersededError: the model was changed meanwhile.
    """
    placed = picture.placed
    logits, scores, milliseconds = decode(picture, prompts)
    if picture.placed != placed:
        raise SupersededError("The model was changed meanwhile. Click the object again.")
    answer = Answer(picture.id, half_logits(logits), scores, placed)
    return answer, milliseconds, workspace.answers.add(answer)


def guide(picture: Picture, object_id: str) -> tuple[str, NDArray[np.float32]]:
    """(mask_key, logits) of an object's mask as `mask_input` of the image's model.

    Raises:
        PromptError: no such object.
    """
    item = picture.objects.get(object_id)
    if item is None:
        raise PromptError("That object is not there any more.")
    return item.mask_key, mask_to_logits(item.mask(), picture.placed, load_model(picture.model).mask_side)


def middles(picture: Picture, object_id: str) -> list[list[float]]:
    """[[x, y]...] deep inside each large part of an object: clicks that stand for the mask that is refined."""
    return [[float(x), float(y)] for x, y in clicks_inside(picture.objects[object_id].mask())]


def _refined(prompts: Any) -> str | None:
    """The object that these prompts refine: {"base": {"object": id, ...}} or no base."""
    base = prompts.get("base") if isinstance(prompts, Mapping) else None
    if base is None:
        return None
    if not isinstance(base, Mapping) or not isinstance(base.get("object"), str):
        raise PromptError("base: expected the object that is refined.")
    return str(base["object"])


def _seen(model: Segmenter, name: str, image: Image, key: str) -> dict[str, Any]:
    start = time.perf_counter()
    embedding = embed(model, image, image_key=key)
    milliseconds = (time.perf_counter() - start) * 1000
    return {
        "model": name,
        "weights": model.weights,
        "geometry": Geometry(embedding.input_hw, embedding.input_size),
        "encode_ms": milliseconds,
        "cached": milliseconds < _CACHED_MS,
    }
