"""What people get wrong, and what goes wrong around them: a sentence, and everything they had is still there."""

from __future__ import annotations

import struct
import zlib

import pytest

pytestmark = pytest.mark.browser


def huge_png(side: int) -> bytes:
    """A white one-bit PNG of side x side pixels, in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = b"\x00" + b"\xff" * (side // 8)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


BAD_FILES = {
    "cut-off.png": lambda photo: photo[: len(photo) // 2],
    "diary.txt": lambda photo: b"dear diary, today I was not an image",
    "nothing.jpg": lambda photo: b"",
    "huge.png": lambda photo: huge_png(20_000),
    "<img src=x onerror=alert(1)>.svg": lambda photo: b"<svg onload='alert(1)'></svg>",
}


@pytest.mark.slow
def test_bad_files_keep_everything(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.click(250, 150)
    picture = tab.data("picture")
    for name, make in BAD_FILES.items():
        tab.drop(make(cat.read_bytes()), name)
        toast = tab.page.locator('.ss-toast[data-kind="error"]')
        toast.wait_for()
        tab.page.wait_for_selector('.ss-status[data-kind="error"]')
        sentence = tab.status()
        assert sentence.endswith("."), name
        assert "Traceback" not in tab.page.inner_text("body"), name
        assert toast.count() == 1, name
        shown = [tab.data(key) for key in ("picture", "points", "mask", "objects")]
        assert shown == [picture, "1", "1", "1"], name
        toast.get_by_role("button", name="Dismiss").click()
        toast.wait_for(state="detached")
    tab.click(260, 160)
    tab.problems[:] = [problem for problem in tab.problems if "400" not in problem]  # the browser notes the refusals


def test_a_model_that_cannot_be_had_keeps_the_one_in_use(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.page.select_option("#ss-model", "sam-vit-base")
    row = tab.page.locator('[data-model="sam-vit-base"]')
    row.get_by_role("button", name="Download").click()
    panel = row.get_by_text("The hub cannot be reached from here")
    panel.wait_for()
    assert "hf download facebook/sam-vit-base --local-dir sam-vit-base" in row.inner_text()
    row.get_by_role("button", name="Try again").click()
    panel.wait_for()
    row.get_by_role("button", name="Dismiss").click()
    row.get_by_role("button", name="Download").wait_for()
    tab.key("Escape")
    assert tab.page.input_value("#ss-model") == "nano"
    assert (tab.data("points"), tab.data("mask")) == ("1", "1")
    tab.click(250, 150)


def test_a_server_that_does_not_answer(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.page.route("**/decode", lambda route: route.abort())
    tab.page.mouse.click(*tab.at(250, 150))
    tab.wait_status("The server does not answer")
    assert tab.data("mask") == "1"
    tab.page.unroute("**/decode")
    tab.click(260, 150)
    tab.problems[:] = [problem for problem in tab.problems if "ERR_FAILED" not in problem]


def test_file_picker_clipboard_and_examples(visit, astronaut):
    tab = visit()
    assert tab.page.locator(".ss-example").count() >= 5
    with tab.page.expect_file_chooser() as chooser:
        tab.page.get_by_role("button", name="Choose a photo").click()
    chooser.value.set_files(str(astronaut))
    tab.wait_status("astronaut.png, 512 × 512")
    tab.page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(320, 200);
            canvas.getContext('2d').fillRect(0, 0, 320, 200);
            const transfer = new DataTransfer();
            transfer.items.add(new File([await canvas.convertToBlob()], 'clip.png', { type: 'image/png' }));
            document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }));
        }"""
    )
    tab.wait_status("clip.png, 320 × 200")
    again = visit()
    again.page.get_by_role("button", name="Open the example Cat").click()
    again.wait_status("chelsea.png, 451 × 300")
    again.click(150, 120)


def test_formats_that_the_browser_may_not_know(visit, cat, tmp_path):
    from PIL import Image

    tab = visit()
    for format_ in ("TIFF", "BMP", "GIF", "WEBP"):
        path = tmp_path / f"cat.{format_.lower()}"
        Image.open(cat).save(path, format_)
        tab.drop_photo(path)
        assert tab.status().startswith(f"{path.name}, 451 × 300")
        tab.click(150, 120)


def test_a_photo_on_its_side(visit, cat, tmp_path):
    """The camera's orientation mark: the page shows, and the model sees, the photo upright."""
    from PIL import Image

    photo = Image.open(cat)
    exif = photo.getexif()
    exif[0x0112] = 6
    path = tmp_path / "sideways.jpg"
    photo.convert("RGB").save(path, "JPEG", exif=exif)
    tab = visit()
    tab.drop_photo(path)
    assert tab.status().startswith("sideways.jpg, 300 × 451")
    tab.click(120, 400)
    assert tab.sent[-1][1]["prompts"]["points"][0][1] == pytest.approx(400, abs=1)
