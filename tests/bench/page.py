"""The page in headless Chromium: from a move of the pointer to its painted mask, and what holds up the main thread."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

MOVES = 80
WARM = 20

# Long tasks of the main thread, in milliseconds, as the browser itself reports them (50 and more).
OBSERVE = """() => { globalThis.longTasks = [];
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration)))
        .observe({ entryTypes: ["longtask"] }); }"""
HOVER_MS = "() => Number(document.querySelector('.ss-canvas').dataset.hoverMs || 0)"


def save_full_sam(folder: Path) -> None:
    """SAM's decoder at full size, 1024 pixels and 64 x 64 tokens, with random weights, behind a thin encoder."""
    import torch
    from transformers import SamConfig, SamModel

    torch.manual_seed(0)
    vision = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "global_attn_indexes": [0]}
    SamModel(SamConfig(vision_config=vision)).save_pretrained(folder)


def hover(url: str, model: str = "") -> dict[str, list[float]]:
    """{"painted": ms from a move to its mask, "decoded": ms of the decoder alone, "long": ms of long tasks}.

    Args:
        url: of a running app.
        model: name of the model to choose; default: the app's own.
    """
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.wait_for_selector(".ss-example")
        page.locator(".ss-example").first.click()
        page.wait_for_selector('[data-decoder="ready"]', state="attached", timeout=120_000)
        if model:
            page.locator("#ss-model").select_option(model)
            page.wait_for_selector('[data-decoder="loading"]', state="attached")
            page.wait_for_selector('[data-decoder="ready"]', state="attached", timeout=180_000)
        page.wait_for_timeout(500)
        box: Any = page.locator(".ss-canvas").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.4
        painted = []
        for number in range(WARM + MOVES):
            if number == WARM:
                page.evaluate(OBSERVE)
            page.mouse.move(middle[0] + number % 20 * 8 - 80, middle[1] + number // 20 * 18 - 36)
            page.wait_for_timeout(400 if model else 120)
            if number >= WARM:
                painted.append(float(page.evaluate(HOVER_MS)))
        long = page.evaluate("() => longTasks")
        page.mouse.click(*middle)
        page.wait_for_selector('[data-picture]:not([data-mask="0"])', state="attached")
        text = page.inner_text(".ss-status-times")
        browser.close()
    decoded = float(text.rpartition(" in ")[2].removesuffix(" ms"))
    return {"painted": painted, "decoded": [decoded], "long": long}


def measured(serving: Any) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """`hover` with nano and with a full-size SAM decoder.

    Args:
        serving: context manager of a running app, which takes environment variables and yields its address.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        save_full_sam(Path(folder) / "sam-vit-base")
        with serving(SAM_STUDIO_MODELS_DIR=folder, HF_ENDPOINT="http://127.0.0.1:9") as url:
            return hover(url), hover(url, "sam-vit-base")
