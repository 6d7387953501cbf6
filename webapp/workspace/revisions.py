"""New versions of the image on the stage, made by tools or read anew from its file; objects are carried over."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sam import Image, PromptError
from sam.images import check_image, image_hash, read_photo

from ..images.download import keep_file
from .picture import Picture
from .reading import alpha_of, read_choice, reading_of
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
        alpha=picture.alpha,
        **seen,
    )
    new.note()
    workspace.show(new, turn)
    return new


def read_again(workspace: Workspace, picture_id: str, page: Any, brightness: Any) -> Picture:
    """Read the file of the image on the stage in another way; `Workspace.restore` brings back what was there.

    Args:
        workspace: whose.
        picture_id: of the image on the stage. Its objects are kept, unless the other page has another size.
        page: counted from 1; None: the one that is shown.
        brightness: as `sam.images.read_photo` takes it; None: as it was chosen last.

    Raises:
        ImageError, PromptError: see `read_choice`.
        SupersededError: another image is on the stage by now.
    """
    picture = workspace.current(picture_id)
    source, page, brightness = read_choice(picture.reading, page, brightness)
    turn = workspace.take_turn()
    photo = read_photo(source, page=page, brightness=brightness)
    image = photo.on()
    image.flags.writeable = False
    key = image_hash(image)
    same = image.shape[:2] == picture.size_hw
    new = Picture(
        name=picture.name,
        image=image,
        key=key,
        objects=OrderedDict(picture.objects) if same else OrderedDict(),
        made=picture.made,
        # The colours of a file that was read in another way are not those that it is saved in.
        file=keep_file(source) if brightness == "auto" and len(photo.pages) < 2 else b"",
        reading=reading_of(photo, source, brightness),
        alpha=alpha_of(photo),
        **first_look(workspace.model, image, key),
    )
    new.note()
    workspace.show(new, turn)
    return new
