"""Decoding in the page: no request for hovers and clicks, the server's masks, and the server where it fails."""

from __future__ import annotations

import io
import json
import re
import struct

import numpy as np
import pytest
from PIL import Image

from .conftest import visiting

# Opens an own workspace with the page's own modules, and answers each prompt in the page and on the server.
BOTH = """async ([photo, model, prompts]) => {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const modules = loaded.find((name) => name.endsWith("/app.mjs"));
    const { PageDecoder } = await import(modules.replace("app.mjs", "inference/worker_client.mjs"));
    const { Transport } = await import(modules.replace("app.mjs", "server/api.mjs"));
    const transport = new Transport(modules.replace(/\\/static\\/.*/, ""));
    await transport.open();
    await transport.example(photo);
    const { picture } = await transport.setModel(model);
    const page = new PageDecoder(transport, () => {});
    await page.prepare(picture);
    if (!page.ready) throw new Error(page.reason);
    const bits = (answer) => Array.from({ length: answer.count }, (_, index) => {
        const area = answer.width * answer.height;
        const one = answer.logits.subarray(index * area, (index + 1) * area);
        return { score: answer.scores[index], on: [...one.keys()].filter((cell) => one[cell] > 0) };
    });
    const answers = [];
    for (const prompt of prompts) {
        const there = await transport.decode(picture.id, prompt, new AbortController().signal);
        answers.push([bits(await page.run(prompt)), bits(there)]);
    }
    transport.close();
    return answers;
}"""
# The answers to prompts that refine an object, in the page and on the server.
REFINED = """async ([object, points, labels, workspace]) => {
    const modules = performance.getEntriesByType("resource").map((entry) => entry.name)
        .find((name) => name.endsWith("/app.mjs"));
    const { PageDecoder } = await import(modules.replace("app.mjs", "inference/worker_client.mjs"));
    const { Transport } = await import(modules.replace("app.mjs", "server/api.mjs"));
    const transport = new Transport(modules.replace(/\\/static\\/.*/, ""));
    transport.token = workspace.split("/").at(-1);
    const { picture } = await transport.state();
    const page = new PageDecoder(transport, () => {});
    await page.prepare(picture);
    const { mask } = await transport.guide(object);
    const prompts = { points, labels, box: null, base: { object, mask } };
    const bits = ({ logits, width, height }) =>
        [...logits.subarray(0, width * height).keys()].filter((cell) => logits[cell] > 0);
    const { signal } = new AbortController();
    return [bits(await page.run(prompts)), bits(await transport.decode(picture.id, prompts, signal))];
}"""
PROMPTS = {
    "a click": {"points": [[150, 120]], "labels": [1], "box": None},
    "a click at the edge": {"points": [[450, 299]], "labels": [1], "box": None},
    "two clicks": {"points": [[150, 120], [330, 60]], "labels": [1, 0], "box": None},
    "a box": {"points": [], "labels": [], "box": [40, 30, 330, 290]},
    "a box and a click": {"points": [[60, 60]], "labels": [0], "box": [40, 30, 330, 290]},
    "ten clicks": {
        "points": [[100 + 15 * i, 80 + 12 * i] for i in range(10)],
        "labels": [1, 1, 0, 1, 1, 0, 1, 1, 1, 0],
        "box": None,
    },
}


def overlap(first: list[int], second: list[int]) -> float:
    both, either = len(set(first) & set(second)), len(set(first) | set(second))
    return both / either if either else 1.0


@pytest.fixture(scope="module")
def page(request, chromium, page_server):
    """A page that decodes by itself."""
    with visiting(request, chromium) as visit:
        yield visit(page_server)


@pytest.fixture
def tab(page, cat):
    """That page, with the cat on its stage anew."""
    page.page.mouse.move(2, 2)
    page.drop_photo(cat)
    page.wait("decoder", "ready")
    page.sent.clear()
    yield page
    problems, page.problems[:] = list(page.problems), []  # one test's are not the next one's
    assert problems == []


def test_hovers_and_clicks_ask_the_server_nothing(tab):
    asked = []

    def note(request) -> None:  # Gradio may keep a line open; what it or the page would ask goes to one of these
        asked.extend([request.url] if re.search("/sam_studio/|/queue/", request.url) else [])

    tab.page.on("request", note)
    for number in range(50):
        tab.page.mouse.move(*tab.at(40 + 7 * number, 100 + 2 * (number % 10)))
        tab.page.wait_for_timeout(10)
    tab.page.wait_for_selector('.ss-canvas[data-preview="1"]')
    for number in range(10):
        tab.click(100 + 20 * number, 90 + 10 * number)
    tab.page.remove_listener("request", note)
    assert asked == []
    assert "in this page" in tab.page.inner_text(".ss-status-times")


# The server's SAMs compute in bfloat16 where the processor has it, and random weights leave many cells close to 0.
@pytest.mark.slow
@pytest.mark.parametrize(("model", "least"), [("nano", 0.99), ("sam-vit-base", 0.96), ("sam2.1-tiny", 0.96)])
def test_the_page_answers_as_the_server_does(page, model, least):
    answers = page.page.evaluate(BOTH, ["chelsea.png", model, list(PROMPTS.values())])
    for name, (here, there) in zip(PROMPTS, answers):
        assert len(here) == len(there), name
        for one, other in zip(here, there):
            assert overlap(one["on"], other["on"]) >= least, name
            assert one["score"] == pytest.approx(other["score"], abs=2e-2), name


def test_the_page_refines_as_the_server_does(tab):
    tab.drag(120, 60, 240, 200)
    tab.keep()
    (item,) = tab.state()["objects"]
    for points, labels in ([[180, 130], [300, 150]], [1, 1]), ([[180, 130], [150, 90]], [1, 0]):
        here, there = tab.page.evaluate(REFINED, [item["id"], points, labels, tab.workspace])
        assert len(there) > 50
        assert overlap(here, there) >= 0.99


def test_the_preview_is_the_mask_that_the_click_gives(tab):
    (left, top), (right, bottom) = tab.at(0, 0), tab.at(451, 300)

    def colours() -> np.ndarray:
        tab.rest()
        shot = tab.page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})
        return np.array(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)[..., 2]

    tab.page.mouse.move(2, 2)
    bare = colours()
    tab.page.mouse.move(*tab.at(150, 120))
    tab.page.wait_for_selector('.ss-canvas[data-preview="1"]')
    seen = np.abs(colours() - bare) > 6
    tab.click(150, 120)
    kept = np.abs(colours() - bare) > 6
    assert seen.sum() > 300
    assert (seen & kept).sum() / (seen | kept).sum() > 0.6  # the click's own mark and a bolder outline differ
    tab.page.mouse.move(2, 2)
    tab.page.wait_for_selector('.ss-canvas[data-preview=""]')


# The mask that the stage shows, at the photo's full size, as the page would cut it out.
SHOWN = """async () => {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const root = loaded.find((name) => name.endsWith("/app.mjs")).replace("app.mjs", "");
    const { enlarged } = await import(root + "canvas/enlarge.mjs");
    const { answer, choice, picture } = globalThis.seen;
    return [...enlarged(answer, choice, picture)(0, picture.height).entries()].filter(([, on]) => on).map(([i]) => i);
}"""
# Notes what is kept from now on, and by which request.
WATCH = """async () => {
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const root = loaded.find((name) => name.endsWith("/app.mjs")).replace("app.mjs", "");
    const { Transport } = await import(root + "server/api.mjs");
    globalThis.keepUnwatched ??= Transport.prototype.keep;
    Transport.prototype.keep = function (picture, answer, choice, object) {
        globalThis.seen = { picture, answer, choice };
        return globalThis.keepUnwatched.call(this, picture, answer, choice, object);
    };
}"""


def kept_as_shown(tab, item: str) -> None:
    """The object's mask on the server is the one that was on the stage when it was kept."""
    on = tab.page.evaluate(SHOWN)
    mask = tab.page.request.get(f"{tab.workspace}/objects/{item}/mask.png").body()
    kept = np.array(Image.open(io.BytesIO(mask))) > 0
    expected = np.zeros(kept.size, bool)
    expected[on] = True
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(kept.ravel(), expected)


def test_what_is_kept_is_what_was_shown(tab):
    tab.page.evaluate(WATCH)
    tab.click(150, 120)
    tab.key("3")
    shown = int(tab.data("mask")) - 1
    tab.keep()
    (first,) = tab.state()["objects"]
    kept_as_shown(tab, first["id"])
    assert tab.page.evaluate("globalThis.seen.choice") == shown
    # Refined by a click, it is what was shown again.
    tab.page.mouse.dblclick(*tab.at(150, 120))
    tab.page.wait_for_selector('[data-picture]:not([data-points="0"])', state="attached")
    tab.settle()
    tab.click(300, 150)
    before = first["mask"]
    tab.key("Enter")
    tab.wait_state(lambda state: state["objects"][0]["mask"] != before)
    kept_as_shown(tab, first["id"])
    # The page sends logits and asks for no decoding.
    assert [kind for kind, _ in tab.sent] == ["objects", "objects"]
    for _, body in tab.sent:
        assert {"logits", "shape", "score", "input"} < set(body)
        assert len(body["logits"]) < 40_000
    assert tab.sent[1][1]["refines"] == first["id"]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["sam-vit-base", "sam2.1-tiny"])
def test_what_is_kept_of_another_model_is_what_was_shown(visit, page_server, cat, model):
    tab = visit(page_server)
    tab.drop_photo(cat)
    tab.wait("decoder", "ready")
    tab.page.locator("#ss-model").select_option(model)
    tab.wait_status(f"Model: {model}.")
    tab.wait("decoder", "ready")
    tab.page.evaluate(WATCH)
    tab.sent.clear()
    tab.drag(100, 60, 300, 240)
    tab.keep()
    (item,) = tab.state()["objects"]
    assert [(kind, "logits" in body) for kind, body in tab.sent] == [("objects", True)]
    kept_as_shown(tab, item["id"])


def test_what_the_server_decoded_is_kept_by_its_id(visit, page_server, cat):
    tab = visit(page_server)
    tab.page.evaluate("() => { delete globalThis.WebAssembly; }")
    tab.drop_photo(cat)
    tab.page.evaluate(WATCH)
    tab.click(150, 120)
    tab.key("3")
    tab.keep()
    assert [kind for kind, _ in tab.sent] == ["decode", "objects"]
    assert set(tab.sent[1][1]) >= {"answer", "choice"}
    kept_as_shown(tab, tab.state()["objects"][0]["id"])
    # What the server has forgotten meanwhile comes as logits.
    tab.click(300, 200)
    tab.page.context.route(
        "**/objects",
        lambda route: (
            route.continue_(post_data=json.dumps({**json.loads(route.request.post_data), "answer": "gone"}))
            if "answer" in json.loads(route.request.post_data)
            else route.continue_()
        ),
    )
    tab.keep()
    assert [kind for kind, _ in tab.sent][2:] == ["decode", "objects", "objects"]
    assert "logits" in tab.sent[-1][1]
    kept_as_shown(tab, tab.state()["objects"][1]["id"])
    tab.problems.clear()  # the browser's own note of the 404


INKED = """() => [...document.querySelectorAll('.ss-choices canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, place) => place % 4 === 3 && value > 250).length;
})"""
"""Of each picture of a mask, how many pixels are not pale."""


def test_the_dial_and_its_memory(tab):
    choices = tab.page.locator(".ss-choices .ss-choice")

    def chosen() -> list[str]:
        return [one.get_attribute("aria-checked") for one in choices.all()]

    tab.click(150, 120)
    names = [name.strip() for name in choices.all_inner_texts()]
    assert names[chosen().index("true")] == "Whole", "what the model ranks first"
    assert len(set(names)) == 3
    # Each is a picture of its own mask: the larger the mask, the more of the photo stands out.
    tab.page.wait_for_function(f"({INKED})().every((count) => count > 20)")
    inked = tab.page.evaluate(INKED)
    assert inked == sorted(inked)
    tab.problems[:] = [problem for problem in tab.problems if "readback" not in problem]  # this test's own
    tab.key("3")
    assert chosen() == ["false", "false", "true"]
    tab.page.keyboard.down("Alt")
    tab.page.mouse.wheel(0, 100)
    tab.page.wait_for_function("document.querySelectorAll('.ss-choices .ss-choice')[1].ariaChecked === 'true'")
    tab.page.keyboard.up("Alt")
    tab.key("1")
    assert chosen() == ["true", "false", "false"]
    steps = -names.index("Whole")
    tab.keep()
    tab.click(300, 200)
    names = [name.strip() for name in choices.all_inner_texts()]
    assert chosen().index("true") == max(0, names.index("Whole") + steps), "the next object starts with as much of it"


def fall_back(tab, part: str) -> None:
    """The server answers a click, and the status line says why."""
    tab.page.wait_for_function(
        "(part) => document.querySelector('.ss-status-times').textContent.includes(part)", arg=f"on the server: {part}"
    )
    tab.click(150, 120)
    assert "on the server in" in tab.page.inner_text(".ss-status-times")
    assert [kind for kind, _ in tab.sent] == ["decode"]


def test_without_webassembly(visit, page_server, cat):
    tab = visit(page_server)
    tab.page.evaluate("() => { delete globalThis.WebAssembly; }")
    tab.drop_photo(cat)
    fall_back(tab, "this browser has no WebAssembly")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("ort.wasm.min.mjs", "the page's decoder could not be loaded"),
        ("ort-wasm-simd-threaded.wasm", "this browser does not run WebAssembly"),
    ],
)
def test_a_file_that_does_not_come(visit, page_server, cat, file, reason):
    tab = visit(page_server)
    tab.page.context.route(f"**/{file}", lambda route: route.abort())
    tab.drop_photo(cat)
    fall_back(tab, reason)
    tab.problems.clear()  # the browser's own notes of what did not load


@pytest.mark.slow
def test_an_embedding_of_other_weights_draws_nothing(visit, page_server, cat):
    tab = visit(page_server)

    def other_weights(route) -> None:
        body = route.fetch().body()
        (length,) = struct.unpack_from("<I", body)
        header = json.loads(body[4 : 4 + length])
        text = json.dumps({**header, "weights": "0" * len(header["weights"])}, separators=(",", ":")).encode()
        route.fulfill(body=body[:4] + text.ljust(length) + body[4 + length :], content_type="application/octet-stream")

    tab.page.context.route("**/embeddings/*", other_weights)
    tab.drop_photo(cat)
    fall_back(tab, "the decoder and the embedding do not belong together")


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_by_the_server(visit, page_server, cat):
    tab = visit(page_server)
    tab.drop_photo(cat)
    tab.wait("decoder", "ready")
    (worker,) = tab.page.workers
    worker.evaluate("() => { self.close(); }")
    tab.click(150, 120)
    assert [kind for kind, _ in tab.sent] == ["decode"]
    assert tab.data("mask") != "0"


@pytest.mark.slow
def test_in_a_frame_of_another_page(visit, page_server):
    tab = visit(page_server)
    tab.page.set_content(f'<iframe src="{page_server}/" style="width: 1200px; height: 760px"></iframe>')
    frame = tab.page.frame_locator("iframe")
    frame.locator(".ss-example").first.click()
    frame.locator('[data-decoder="ready"]').wait_for(state="attached")
