"""The command palette and the keys of the table of actions, in the real page."""

from __future__ import annotations

INPUT = ".ss-commands-input"


def chosen(tab) -> str:
    """The option that Enter would take, as a screen reader finds it."""
    return tab.page.evaluate(
        f"document.getElementById(document.querySelector('{INPUT}').getAttribute('aria-activedescendant')).innerText"
    )


def test_commands_are_searched_and_run_from_the_keyboard(visit, page_server):
    tab = visit(page_server)
    tab.page.keyboard.press("Control+k")
    palette = tab.page.get_by_role("dialog", name="Commands")
    palette.wait_for()
    field = palette.get_by_role("combobox", name="Search commands")
    options = palette.get_by_role("listbox", name="Commands").get_by_role("option")
    assert field.evaluate("node => node === document.activeElement")
    assert options.count() > 15
    keep = palette.get_by_role("option", name="Keep this mask")
    assert keep.get_attribute("aria-disabled") == "true"
    field.fill("draw around")
    assert chosen(tab).startswith("Draw around it")
    field.press("Enter")
    palette.wait_for(state="hidden")
    tab.wait("tool", "lasso")

    tab.page.keyboard.press("Control+k")
    assert field.input_value() == ""
    first = chosen(tab)
    field.press("ArrowDown")
    assert chosen(tab) != first
    field.press("ArrowUp")
    assert chosen(tab) == first
    field.press("ArrowUp")
    assert tab.page.evaluate("document.querySelector('.ss-commands-list').lastChild.ariaSelected") == "true"
    field.fill("v")
    field.press("s")
    assert tab.data("tool") == "lasso", "letters are typed, not shortcuts"
    field.fill("no such thing")
    palette.get_by_text("Nothing is called “no such thing”.").wait_for()
    field.press("Enter")
    field.press("Escape")
    palette.wait_for(state="hidden")
    assert tab.problems == []


def test_the_palette_opens_from_a_text_field_and_goes_to_tabs(visit, page_server):
    tab = visit(page_server)
    tab.open_tab("Text")
    tab.page.locator("#text-find textarea, #text-find input").first.focus()
    tab.page.keyboard.press("Control+k")
    tab.page.locator(INPUT).fill("go to erase")
    tab.page.get_by_role("option", name="Go to Erase").click()
    tab.page.wait_for_selector("[role=tab][aria-selected=true]:has-text('Erase'):focus")
    assert tab.problems == []


def test_without_a_keyboard_there_is_a_button_for_it(visit, page_server):
    tab = visit(page_server)
    tab.page.get_by_role("button", name="Search commands").click()
    tab.page.locator(INPUT).fill("dark")
    dark = "document.body.classList.contains('dark')"
    before = tab.page.evaluate(dark)
    tab.page.get_by_role("option", name="Dark or light").click()
    assert tab.page.evaluate(dark) is not before


def test_keys_buttons_and_the_sheet_say_the_same(visit, page_server):
    tab = visit(page_server)
    for key, tool, label in (
        ("s", "scribble", "Scribble over it (S)"),
        ("l", "lasso", "Draw around it (L)"),
        ("v", "box", "Points and boxes (V)"),
    ):
        tab.page.keyboard.press(key)
        tab.wait("tool", tool)
        radio = tab.page.locator(f'.ss-tools [role=radio][aria-label="{label}"]')
        assert radio.get_attribute("aria-checked") == "true"
    tab.page.keyboard.press("?")
    sheet = tab.page.get_by_role("dialog", name="Keyboard and mouse")
    text = sheet.inner_text()
    for key in ("V, S, L", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+K", "Shift+0", "Double-click"):
        assert key in text, key
    tab.page.keyboard.press("s")
    tab.page.keyboard.press("Escape")  # empties the search, as everywhere
    tab.page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert tab.data("tool") == "box", "keys that a dialog is open for are the dialog's"
    assert tab.problems == []
