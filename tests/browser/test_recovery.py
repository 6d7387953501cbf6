"""Nothing is lost: work comes back after a reload, Back, a closed workspace and a server that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from .conftest import ROOT, START_S, _wait_for, free_port

pytestmark = pytest.mark.browser


def facts(tab) -> dict:
    names = ("points", "box", "mask", "objects", "picture", "refined", "result")
    return {name: tab.data(name) for name in names}


def look(tab) -> tuple:
    """All that must be the same: the server's state, the bits of every mask and of the photo, and the page's own."""
    state = tab.state()
    files = [f"objects/{one['id']}/mask.png" for one in state["objects"]]
    files.append(f"pictures/{state['picture']['id']}/lossless.png")
    bits = [fetch(tab, path) for path in files]
    skipped = {"encode_ms", "cached"}
    state["picture"] = {key: value for key, value in state["picture"].items() if key not in skipped}
    state.pop("revision")
    history = tab.page.evaluate(
        "['Undo', 'Redo'].map((name) => document.querySelector(`.ss-header [aria-label^=${name}]`).disabled)"
    )
    return state, bits, facts(tab), history


def fetch(tab, path: str) -> str:
    return tab.page.evaluate(
        """async (address) => {
            const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
            const hash = await crypto.subtle.digest('SHA-256', bytes);
            return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
        }""",
        f"{tab.workspace}/{path}",
    )


def kept(tab) -> None:
    """Until the browser has a copy of what is on the stage: nothing is written any more."""
    tab.page.evaluate(
        """async () => {
            const read = () => new Promise((resolve) => {
                const open = indexedDB.open('sam-studio');
                open.onsuccess = () => {
                    const all = open.result.transaction('sessions').objectStore('sessions').getAll();
                    all.onsuccess = () => { open.result.close(); resolve(JSON.stringify(all.result)); };
                };
            });
            for (let before = '', alike = 0; alike < 4;) {
                await new Promise((resolve) => setTimeout(resolve, 200));
                const now = await read();
                alike = now === before && now !== '[]' ? alike + 1 : 0;
                before = now;
            }
        }"""
    )


def back(tab) -> None:
    """Until the photo is on the stage again."""
    tab.page.wait_for_selector(".ss-status-message")
    tab.wait_status("is back, with all that you did")
    tab.page.wait_for_selector('.ss-frame[aria-busy="false"]')
    tab.settle()
    tab.rest()


def again(tab, how: str) -> None:
    if how == "reload":
        tab.page.reload()
    elif how == "back":
        tab.page.goto("about:blank")
        tab.page.go_back()
    else:
        kept(tab)
        tab.page.evaluate("async (address) => { await fetch(address, { method: 'POST' }); }", f"{tab.workspace}/close")
        tab.page.reload()
    back(tab)
    if how == "closed":
        tab.problems.clear()  # the browser notes that the old workspace is gone


WAYS = ["reload", "back", "closed"]


@pytest.mark.parametrize("how", WAYS)
def test_prompts_and_their_mask_come_back(visit, astronaut, how):
    tab = visit()
    tab.drop_photo(astronaut)
    tab.click(220, 120)
    tab.click(260, 160)
    tab.key("2")
    tab.keep()
    bits = look(tab)[1]
    tab.key("Control+z")
    tab.wait("objects", 0)
    tab.wait("points", 2)
    tab.settle()
    tab.key("2")
    before = look(tab)
    again(tab, how)
    assert look(tab) == before
    tab.page.locator(".ss-canvas").focus()
    tab.key("Enter")
    tab.wait("objects", 1)
    assert look(tab)[1] == bits, "the same mask, bit for bit"
    tab.key("Control+z")
    tab.wait("points", 2)
    tab.key("Control+z")
    tab.wait("points", 1)


@pytest.mark.parametrize("how", WAYS)
def test_objects_a_refinement_and_undo_come_back(visit, astronaut, how):
    tab = visit()
    tab.drop_photo(astronaut)
    tab.click(220, 120)
    tab.keep()
    tab.click(300, 300)
    tab.keep()
    tab.page.keyboard.press("F2")
    tab.page.keyboard.type("suit")
    tab.page.keyboard.press("Enter")
    tab.wait_state(lambda state: state["objects"][1]["name"] == "suit")
    tab.page.locator(".ss-canvas").focus()
    tab.key("r")
    tab.wait("refined", tab.state()["objects"][1]["id"])
    tab.click(330, 340)
    tab.page.locator(".ss-canvas").focus()
    tab.key("Enter")
    tab.wait("refined", "")
    tab.wait_state(lambda state: state["objects"][1]["source"].endswith("refined"))
    tab.key("Control+z")
    tab.wait_state(lambda state: not state["objects"][1]["source"].endswith("refined"))
    tab.wait("points", 1)
    tab.settle()
    before = look(tab)
    again(tab, how)
    assert look(tab) == before
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+Shift+z")
    state = tab.wait_state(lambda state: state["objects"][1]["source"].endswith("refined"))
    assert [one["name"] for one in state["objects"]] == ["Object 1", "suit"]
    for _ in range(12):
        tab.key("Control+z")
    tab.wait("objects", 0)


@pytest.mark.parametrize("how", WAYS)
def test_an_erased_object_stays_erased_and_undo_brings_it_back(visit, cat, how):
    tab = visit()
    tab.drop_photo(cat)
    first = fetch(tab, f"pictures/{tab.data('picture')}/lossless.png")
    tab.drag(250, 60, 290, 95)
    tab.keep()
    before = tab.data("picture")
    tab.open_tab("Erase")
    tab.page.get_by_role("button", name="Erase", exact=True).click()
    tab.wait("result", "pictures")
    tab.page.get_by_role("button", name="Apply").click()
    tab.page.wait_for_function(
        "(before) => document.querySelector('[data-picture]').dataset.picture !== before", arg=before
    )
    tab.wait_state(lambda state: state["picture"]["revised"])
    tab.settle()
    tab.rest()
    before = look(tab)
    assert before[1][-1] != first
    again(tab, how)
    assert look(tab) == before
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.wait_state(lambda state: not state["picture"]["revised"])
    assert fetch(tab, f"pictures/{tab.state()['picture']['id']}/lossless.png") == first
    assert tab.data("objects") == "1"


@pytest.mark.parametrize("how", ["reload", "closed"])
def test_everything_and_its_proposals(visit, cat, how):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    tab.open_tab("Everything")
    tab.page.get_by_role("button", name="Find everything").click()
    tab.wait("result", "proposals")
    before = look(tab)
    again(tab, how)
    if how == "reload":
        tab.wait("result", "proposals")
        assert look(tab) == before
        tab.page.locator(".ss-canvas").click(position={"x": 5, "y": 5})
        return
    state, bits, page, _ = look(tab)
    assert (state, bits) == before[:2], "proposals may go, objects not"
    assert page["result"] == ""


def test_a_copy_of_a_tab_gets_its_own_work(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    kept(tab)
    with tab.page.context.expect_page() as opened:
        tab.page.evaluate("void window.open(location.href)")
    other = opened.value
    try:
        other.wait_for_selector('[data-picture][data-objects="1"]', state="attached")
        other.wait_for_function(
            "document.querySelector('.ss-status-message').textContent.includes('is back, with all that you did')"
        )
        other.keyboard.press("Control+a")
        other.keyboard.press("Delete")
        other.wait_for_selector('[data-picture][data-objects="0"]', state="attached")
        assert tab.data("objects") == "1"
        assert len(tab.state()["objects"]) == 1
        other.reload()
        other.wait_for_selector('[data-picture]:not([data-picture=""])', state="attached")
        tab.page.reload()
        back(tab)
        assert tab.data("objects") == "1"
    finally:
        other.close()


def test_what_a_closed_tab_left_is_offered_to_the_next(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    kept(tab)
    before = look(tab)[1]
    # Another name for this tab: to the browser the old one is closed.
    tab.page.evaluate("sessionStorage.clear(), (Storage.prototype.setItem = () => {})")
    tab.page.reload()
    tab.page.get_by_role("button", name="Go on with chelsea.png, 1 object").click()
    back(tab)
    assert look(tab)[1] == before
    kept(tab)
    tab.page.evaluate("sessionStorage.clear(), (Storage.prototype.setItem = () => {})")
    tab.page.reload()
    tab.page.get_by_role("button", name="Forget chelsea.png").click()
    tab.page.evaluate("sessionStorage.clear(), (Storage.prototype.setItem = () => {})")
    tab.page.reload()
    tab.page.wait_for_function("document.querySelector('.ss-live')?.textContent.startsWith('Ready')")
    assert tab.page.get_by_role("button", name="Go on with").count() == 0


def test_a_photo_that_another_took_the_place_of_is_among_the_recent_ones(visit, cat, astronaut):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    kept(tab)
    tab.drop_photo(astronaut)
    tab.click(220, 100)
    tab.keep()
    kept(tab)
    tab.page.evaluate("sessionStorage.clear(), (Storage.prototype.setItem = () => {})")
    tab.page.reload()
    recents = tab.page.locator(".ss-recent")
    recents.nth(1).wait_for()
    assert [text.split("\n")[0] for text in recents.all_inner_texts()] == ["astronaut.png", "chelsea.png"]
    assert tab.page.locator(".ss-recent img").count() == 2
    recents.nth(1).click()
    back(tab)
    assert tab.data("objects") == "1"
    assert tab.state()["picture"]["name"] == "chelsea.png"


def test_another_visitor_sees_nothing_of_it(visit, cat):
    one = visit()
    one.drop_photo(cat)
    one.click(150, 120)
    one.keep()
    kept(one)
    two = visit()
    assert two.data("picture") == ""


def test_a_workspace_that_is_gone_comes_back_without_a_reload(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    kept(tab)
    before = look(tab)
    old = tab.workspace
    tab.page.evaluate("async (address) => { await fetch(address, { method: 'POST' }); }", f"{old}/close")
    tab.click(300, 140)
    tab.problems.clear()  # the browser notes the refusal
    tab.keep()
    assert tab.workspace != old
    state = tab.state()
    assert [one["id"] for one in state["objects"]][:1] == [one["id"] for one in before[0]["objects"]]
    assert fetch(tab, f"objects/{state['objects'][0]['id']}/mask.png") == before[1][0]


def test_a_server_that_was_killed_brings_everything_back(visit, cat, server):
    other = server
    port = free_port()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("SAM_STUDIO_", "GRADIO_"))}
    env |= {"XDG_CONFIG_HOME": os.devnull, "HF_ENDPOINT": "http://127.0.0.1:9", "SAM_STUDIO_RUNTIME": "off"}
    command = [sys.executable, "app.py", "--port", str(port)]

    def start(said) -> subprocess.Popen:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT)
        _wait_for(process, port, said, START_S)
        return process

    with tempfile.TemporaryFile() as said:
        server = start(said)
        try:
            tab = visit(f"http://127.0.0.1:{port}")
            tab.drop_photo(cat)
            tab.click(150, 120)
            tab.keep()
            tab.click(300, 140)
            kept(tab)
            before = look(tab)
            server.send_signal(signal.SIGKILL)
            server.wait()
            server = start(said)
            tab.page.reload()
            back(tab)
            assert look(tab) == before
        finally:
            tab.page.goto(f"{other}/gradio_api/sam_studio/runtime")
            for noted in (tab.problems, tab.elsewhere):  # Gradio's stream broke off; the old workspace is gone
                noted.clear()
            server.kill()
            server.wait()


def test_a_private_photo_and_its_prompts_come_back_and_stay_in_the_browser(visit, page_server, cat):
    tab = visit(page_server)
    tab.page.get_by_role("button", name="Private").click()
    tab.drop(cat.read_bytes(), cat.name)
    tab.page.wait_for_selector('[data-picture^="here"][data-decoder="ready"]', state="attached")
    tab.click(225, 150)
    tab.click(240, 180)
    before = tab.export()
    kept(tab)
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(f"{request.method} {request.url.rpartition('/')[2]}"))
    tab.page.reload()
    back(tab)
    assert tab.data("picture").startswith("here")
    assert tab.data("points") == "2"
    after = tab.export()
    assert (before == after).all()
    tab.page.locator(".ss-canvas").focus()
    tab.key("Control+z")
    tab.wait("points", 1)
    assert not [one for one in asked if one.startswith(("POST image", "PUT", "POST snapshot", "POST decode"))]
    assert tab.state()["picture"] is None


def test_without_a_copy_work_goes_on_and_leaving_asks(visit, cat):
    tab = visit(locale="en-GB")  # which makes it a browser window of its own
    tab.spoilt = True
    tab.page.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('private'); } });")
    tab.page.reload()
    tab.page.wait_for_selector(".ss-empty-card")
    tab.drop_photo(cat)
    tab.page.get_by_text("This browser keeps no copy of your work").wait_for()
    tab.click(150, 120)
    tab.keep()
    asked: list[str] = []
    tab.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.page.reload()
    back(tab)
    assert asked == ["beforeunload"]
    assert tab.data("objects") == "1", "the server still has it"


def test_where_the_copy_is_kept_leaving_asks_nothing(visit, cat):
    tab = visit()
    tab.drop_photo(cat)
    tab.click(150, 120)
    tab.keep()
    asked: list[str] = []
    tab.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.page.reload()
    back(tab)
    assert asked == []
