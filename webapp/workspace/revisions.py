"""New versions of the image on the stage, made by tools; objects are carried over."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sam import Image, PromptError
from sam.images import check_image, image_hash

from .picture import Picture
from .segment import first_look

if TYPE_CHECKING:
    from .workspace import Workspace


def revise(workspace: Workspace, picture: Picture, image: Image, hide: Iterable[str] = ()) -> Picture:
    """Put a changed image in the place of `picture`, objects and all; `Workspace.restore` brings that one back.

    Args:
        workspace: whose.
        picture: on the stage; its objects are kept.
        image: (H, W, 3) uint8 of the same size.
        hide: ids of objects that are kept, but not drawn from now on.

    Raises:
        ImageError, PromptError: not an image, or one of another size.
        SupersededError: another image is on the stage by now.
    """
    check_image(image)
    if image.shape[:2] != picture.size_hw:
        raise PromptError(f"image: expected the size of the photo, {picture.size_hw}, got {image.shape[:2]}.")
    workspace.current(picture.id)
    turn = workspace.take_turn()
    image = image.copy()
    image.flags.writeable = False
    key = image_hash(image)
    # Nobody asked for an encoding: what it took is not to be told.
    seen = {**first_look(workspace.model, image, key), "encode_ms": 0.0, "cached": True}
    gone = set(hide)
    objects = ((key, replace(item, hidden=item.hidden or key in gone)) for key, item in picture.objects.items())
    new = Picture(
        name=picture.name,
        image=image,
        key=key,
        objects=OrderedDict(objects),
        made=picture.made,
        actions=list(picture.actions),
        file=picture.file,
        revised=True,
        **seen,
    )
    new.note()
    workspace.show(new, turn)
    return new
