"""What a tab is given: the narrow door from a plugin to the page around it. The web app implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sam import Boxes, Masks

if TYPE_CHECKING:
    from sam.compositing.framing import Window

    from .host import Host
    from .recipes.recipe import Step


@runtime_checkable
class Page(Protocol):
    """One visitor's workspace as a tab sees it, while `build_tab(page)` runs and in the handlers that it makes.

    The components below stand for the workspace of whoever triggers the event; they are already in the page
    and must not be rendered again. Components that a tab makes itself are plain Gradio.

        button.click(page.run(text_to_boxes), [page.image, text], page.objects)
    """

    image: Any
    """Hidden Gradio component. As an input of `run`: the current image, for a parameter annotated `sam.Image`.
    Its `change` event fires when the image is replaced or cleared."""

    objects: Any
    """Hidden Gradio component. As an input of `run`: the selected objects, or every visible one where none is
    selected, for a parameter annotated `sam.Masks` (N=0 where there are none). As an output: the `Masks` that
    the function returns are added to the workspace as new objects. Its `change` event fires when objects change."""

    prompt: Any
    """Hidden Gradio component, for output only: the box that `suggest` makes for it is on the stage as if drawn there,
    to be corrected with clicks and kept with Enter."""

    result: Any
    """Hidden Gradio component, for output only: what `show` or `propose` makes for it is on the stage, where
    the visitor looks at it, and takes it or not."""

    model: Any
    """Gradio component whose value is the name (str) of the model that the user has chosen, for an option `model`."""

    host: Host
    """All plugins, for tabs that work with any tool; complete before the first tab is built, and never changed."""

    def run(self, function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        """An event handler that calls `function`: a tool, or any function whose parameters are annotated like a tool's.

        The inputs of the event fill the parameters of `function` in the order of its signature: data first, then
        options; options that are fixed here by name drop out of that order, those at the end that no input fills
        keep their defaults. Parameters annotated `Image` or `Masks` get the calling session's image or objects;
        everything else gets the component's value as it is. A tuple fills several outputs: `Masks` only
        `page.objects`; any other value (an array for a `gr.Image`, a path for a `gr.DownloadButton`, a Gradio
        update) is handed to Gradio as it is.

        No image yet, a `SamError` or any other exception becomes a toast, and every output keeps its value. Handlers
        are never public API endpoints: tools are served by the web app itself. Give slow events `concurrency_id="gpu"`.

        Raises:
            PluginError: while the tab is built: `function` is not annotated, or an option is unknown to it.
        """
        ...

    def progress(self, fraction: float, message: str = "") -> None:
        """Show how far the running handler is, `fraction` in [0, 1]; does nothing outside a handler.

        Raises:
            Cancelled: the user has asked to stop.
        """
        ...

    def toast(self, message: str) -> None:
        """Show a short message to the calling session; does nothing outside a handler."""
        ...

    def suggest(self, box: Boxes) -> Any:
        """What puts one box on the stage as the prompt in hand; return it to the output `prompt`.

        Works inside a handler that has `image` as an input. The user's next clicks correct the mask; the object that is
        kept has the box's label as its name. Undo takes it back.

        Raises:
            PromptError: not one box.
            SupersededError: the visitor has opened another photo meanwhile.
        """
        ...

    def show(
        self,
        pictures: Any,
        *,
        title: str = "",
        window: Window | None = None,
        hide: bool = False,
        file: str = "",
        made_by: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ) -> Any:
        """What puts pictures made of the photo on the stage; return it to the output `result`.

        The visitor compares them with the photo by a wipe, and applies one, saves it or discards them; several are laid
        side by side first. Nothing is changed before that: neither the photo nor, if it is discarded, the history.
        Works inside a handler that has `image` as an input.

        Args:
            pictures: an `Image` or `Cutout`, or a sequence of up to 9 of one size. Those that are RGB and of the
                photo's size can be applied.
            title: what it is, in a word or two.
            window: the part of the photo that they are (`sam.compositing.framing`); default: all of it.
            hide: whether the objects that the handler was given are hidden once it is applied.
            file: offers to save it under this name, such as "cutout.png".
            made_by: the tool and options of each picture, as in `record`; that of the chosen one is recorded.

        Raises:
            PluginError: as many tools as pictures were expected, or as `record`.
            PromptError: none or too many, or another size.
            SupersededError: the visitor has opened another photo meanwhile.
        """
        ...

    def propose(
        self,
        masks: Masks,
        *,
        title: str = "",
        colors: Sequence[str] = (),
        left_out: int = 0,
        names: Sequence[str] = (),
        alike: bool = False,
    ) -> Any:
        """What lays masks over the photo as outlines to choose from; return it to the output `result`.

        A click takes one as an object, Shift and clicks several, a button all. Works inside a handler that has `image`
        as an input; called again by a slider it shows others instead. What is an object already is not proposed again.
        N=0 takes away what lay there.

        Args:
            masks: of the photo; their labels become the objects' classes, and their names where `names` has none.
            title: what they are, in a word or two.
            colors: "#rrggbb" for each mask; when left out, neighbours get different ones.
            left_out: how many more there are, for the visitor to know.
            names: of the objects, one for each mask.
            alike: whether those without a label get the class of the objects that the handler was given.

        Raises:
            PromptError: masks of another size, or as many colours or names as masks were expected.
            SupersededError: the visitor has opened another photo meanwhile.
        """
        ...

    def new_image(self, image: Any, hide: bool = False) -> Any:
        """Put a changed image of the same size on the stage, with the objects of the one before; undo is offered.

        With `hide`, the objects that the handler was given are kept but not drawn from now on. Works inside a handler
        that has `image` as an input; return what this returns to the output `image`.

        Raises:
            ImageError, PromptError: not an `Image`, or another size.
            SupersededError: the visitor has opened another photo meanwhile.
        """
        ...

    def record(self, tool: str, options: Mapping[str, Any] | None = None, note: str = "") -> None:
        """Say that the running handler did what this tool does, so that a recipe can do it again on another photo.

        Once for each tool, in order. It counts when the handler ends well; does nothing outside a handler.

        Args:
            tool: its name.
            options: what it was given; defaults may be among them.
            note: what of it the tool cannot repeat, as a sentence for people.

        Raises:
            PluginError: the tool is here and does not accept these options.
        """
        ...

    def history(self) -> tuple[tuple[Step, ...], tuple[str, ...]]:
        """(recorded steps that led to the photo and objects as they are, or to the last result; what they cannot
        repeat, as sentences). Of the calling session, inside a handler with an input from the workspace; else empty."""
        ...

    def download(self, value: Any, name: str, window: Window | None = None) -> str:
        """Path of a new file of the calling session, to be returned to a `gr.DownloadButton` or `gr.File`.

        Args:
            value: `Cutout` or `Image` array (saved in the colour profile of the photo that it was made of), bytes, or
                text (UTF-8).
            name: file name that the user gets, such as "cutout.png"; no folders. Its ending says an array's format.
            window: the part of the photo that an array is (`sam.compositing.framing`); default: all of it.

        The file is deleted with the session's workspace.
        """
        ...
