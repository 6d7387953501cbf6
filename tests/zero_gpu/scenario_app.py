"""The whole app on the real `spaces`, over HTTP, Gradio and MCP: `python -m tests.zero_gpu.scenario_app FOLDER`.

FOLDER/models holds models by name, FOLDER/model is the promptable one; what was seen is written to FOLDER/seen.json.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .device_api import REFUSALS, token
from .fake_cuda import end_workers, start, worker_ids

FOLDER = Path(sys.argv[1])
PATH = str(FOLDER / "model")
MODEL = "model"
"""What visitors know the model at PATH by."""
os.environ.update(
    SAM_STUDIO_MODELS_DIR=str(FOLDER / "models"), SAM_STUDIO_MODEL=PATH, XDG_CACHE_HOME=str(FOLDER / "cache")
)
api, traffic = start(FOLDER / "zero")

import gradio_client  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image as Pil  # noqa: E402

import app  # noqa: E402
import sam  # noqa: E402
from sam.everything import propose  # noqa: E402

SIZE = (1600, 1200)
seen: dict[str, Any] = {}


def photo(number: int) -> bytes:
    """A JPEG of its own."""
    tiles = np.random.default_rng(number).integers(0, 256, (30, 40, 3), np.uint8)
    buffer = io.BytesIO()
    Pil.fromarray(np.kron(tiles, np.ones((40, 40, 1), np.uint8))).save(buffer, "JPEG")
    return buffer.getvalue()


class Visitor:
    """A page: its workspace, and its token in each request."""

    def __init__(self, name: str) -> None:
        self.headers = {"X-IP-Token": token(name), "x-gradio-user": "app"}
        self.base = f"{app.demo.local_url.rstrip('/')}/gradio_api/sam_studio"
        self.here = ""
        self.here = f"/workspaces/{self.ask('POST', '/workspaces')['token']}"

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The JSON of an answer, with "status" and "gpu", the seconds that it says it took."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + self.here + path, data, self.headers, method=method)
        request.add_header("content-type", "application/octet-stream")
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                status, gpu, raw = answer.status, answer.headers.get("X-GPU-Seconds"), answer.read()
        except urllib.error.HTTPError as error:
            status, gpu, raw = error.code, error.headers.get("X-GPU-Seconds"), error.read()
        try:
            found = json.loads(raw or b"{}")
        except ValueError:
            found = {"bytes": len(raw)}
        return {**found, "status": status, "gpu": gpu}

    def open(self, number: int) -> dict[str, Any]:
        self.state = self.ask("POST", f"/image?name=p{number}.jpg", photo(number))
        return self.state

    def read(self) -> dict[str, Any]:
        """The chosen model reads the photo."""
        return self.ask("POST", "/encode", {"picture": self.state["picture"]["id"]})


def note(name: str, work: Callable[[], Any]) -> Any:
    """Do something, and keep what it was in leases and bytes."""
    api.clear()
    traffic.clear()
    try:
        answer = work()
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    time.sleep(0.2)  # a lease is given back after the answer
    kept = (
        {key: answer.get(key) for key in ("status", "error", "gpu") if key in answer}
        if isinstance(answer, dict)
        else {}
    )
    seen[name] = {
        **kept,
        "leases": len(api.leases),
        "releases": len(api.releases),
        "tokens": sorted({str(lease.token) for lease in api.leases}),
        "seconds": [lease.seconds for lease in api.leases],
        "sent": sum(traffic.sent),
        "got": sum(traffic.got),
    }
    return answer


def prompts(count: int) -> dict[str, Any]:
    return {"points": [[200 + 40 * n, 200 + 30 * n] for n in range(count)], "labels": [1] * count}


def page(ann: Visitor) -> None:
    """What a page asks for, one after the other."""
    opened = note("open", lambda: ann.open(1))
    seen["open"]["picture"] = opened["picture"]
    read = note("read", ann.read)
    seen["read"]["picture"] = read["picture"]
    picture = opened["picture"]["id"]
    grant = note("grant", lambda: ann.ask("POST", "/embedding"))
    ann.here, here = "", ann.here
    note("embedding", lambda: ann.ask("GET", f"/{grant['embedding']}"))
    note("decoder", lambda: ann.ask("GET", f"/{grant['decoder']}"))
    ann.here = here
    for count in (1, 5):
        note(
            f"click {count}",
            lambda count=count: ann.ask("POST", "/decode", {"picture": picture, "prompts": prompts(count)}),
        )
    kept = note("keep", lambda: ann.ask("POST", "/objects", {"picture": picture, "prompts": prompts(5), "choice": 0}))
    one = (kept.get("added") or [""])[0]
    again = {**prompts(2), "base": {"object": one}}
    note("refine", lambda: ann.ask("POST", "/objects", {"picture": picture, "prompts": again, "choice": 0}))
    rest = {"kind": "erase", "points": [[800, 600]], "radius": 500}
    note("edit", lambda: ann.ask("POST", f"/objects/{one}/edit", {"picture": picture, "change": rest}))
    note("sharpen", lambda: ann.ask("POST", f"/objects/{one}/sharpen", {"picture": picture}))


def small_masks() -> list[dict[str, Any]]:
    """Two, far from each other, as endpoints take them."""
    masks = []
    for left, top in ((300, 300), (1300, 900)):
        mask = np.zeros(SIZE[::-1], bool)
        mask[top : top + 100, left : left + 120] = True
        masks.append({"rle": sam.rle.encode(mask), "score": 1.0})
    return masks


def tools(ann: Visitor) -> None:
    """The same through Gradio's own client, and one through MCP."""
    file = FOLDER / "photo.jpg"
    file.write_bytes(photo(2))
    picture = gradio_client.handle_file(str(file))
    client = gradio_client.Client(app.demo.local_url, verbose=False, headers=ann.headers)
    masks = small_masks()

    def call(name: str, **options: Any) -> Any:
        return client.predict(api_name=f"/{name}", image=picture, **options)

    note("points_to_masks", lambda: call("points_to_masks", points=[[100, 100]], model=MODEL))
    note("points_to_masks in tiles", lambda: call("points_to_masks", points=[[100, 100]], model=MODEL, tiles=True))
    note("find_everything", lambda: call("find_everything", model=MODEL, preset="fast"))
    note("sharpen_outlines", lambda: call("sharpen_outlines", masks=masks, model=MODEL))
    words = {"text": "cat. car.", "model": "grounding-dino-tiny", "segmenter": MODEL}
    note("text_to_masks", lambda: call("text_to_masks", **words))
    note("text_to_boxes", lambda: call("text_to_boxes", text="cat", model="grounding-dino-tiny"))
    note("matte", lambda: call("matte", masks=masks[:1], engine="vitmatte-small"))
    note("nano", lambda: call("points_to_masks", points=[[100, 100]], model="nano"))
    note("mcp", lambda: asyncio.run(through_mcp(ann)))
    api.clear()
    api.mode, api.left = "quota", 1
    note_refusal("api", lambda: call("find_everything", model=MODEL, preset="fast"))
    note_refusal("mcp", lambda: asyncio.run(through_mcp(ann, 3)))
    api.clear()


def note_refusal(name: str, work: Callable[[], Any]) -> None:
    try:
        seen.setdefault("refusals", {})[name] = str(work())[:400]
    except Exception as error:
        seen.setdefault("refusals", {})[name] = f"{error}"[:400]


async def through_mcp(ann: Visitor, number: int = 2) -> dict[str, Any]:
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    picture = "data:image/jpeg;base64," + base64.b64encode(photo(number + 10)).decode()
    async with (
        httpx.AsyncClient(headers={"X-IP-Token": ann.headers["X-IP-Token"]}, timeout=300) as http,
        streamable_http_client(f"{app.demo.local_url}gradio_api/mcp/", http_client=http) as (reading, writing, *_),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        asked = {"image": picture, "points": [[100, 100]], "model": MODEL}
        found = await session.call_tool("points_to_masks", asked)
        text = " ".join(getattr(one, "text", "") for one in found.content)
        return {"error": text[:300]} if found.isError else {"status": 200}


def together(ann: Visitor, bob: Visitor) -> None:
    """Two visitors at the same time."""
    ann.open(31), bob.open(32)
    answers: list[Any] = []

    def both(*work: Callable[[], Any]) -> dict[str, Any]:
        threads = [threading.Thread(target=lambda one=one: answers.append(one())) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"status": max(one["status"] for one in answers)}

    note("two photos at once", lambda: both(ann.read, bob.read))
    answers.clear()
    file = FOLDER / "together.jpg"
    file.write_bytes(photo(33))
    note("two jobs at once", lambda: both(lambda: job_of(ann, file), lambda: job_of(bob, file)))


def job_of(visitor: Visitor, file: Path) -> dict[str, Any]:
    client = gradio_client.Client(app.demo.local_url, verbose=False, headers=visitor.headers)
    client.predict(
        api_name="/sharpen_outlines", image=gradio_client.handle_file(str(file)), masks=small_masks()[:1], model=MODEL
    )
    return {"status": 200}


def refusals(ann: Visitor) -> None:
    """Each way of being refused, then the same again."""
    for number, mode in enumerate((*REFUSALS, "killed")):
        ann.open(50 + number)
        api.clear()
        if mode == "killed":
            end_workers()
            api.forget_workers()
            api.kill_after = 0.0
        else:
            api.mode = mode
            api.left = 1
        refused = ann.read()
        state = ann.ask("GET", "/state")
        api.clear()
        again = ann.read()
        seen.setdefault("refused", {})[mode] = {
            "status": refused["status"],
            "error": refused.get("error", ""),
            "reader": state["picture"]["model"],
            "again": again["status"],
            "then": again["picture"]["model"],
        }


def stop() -> None:
    """Work that is stopped: what its process still computes in the second after that."""
    model = sam.load_model(PATH)
    image = np.asarray(Pil.open(io.BytesIO(photo(9))))
    told: list[float] = []

    def once(share: float, count: int) -> None:
        told.append(share)
        if share > 0:
            raise sam.Cancelled("Stopped.")

    api.clear()
    try:
        propose(model, image, points_per_side=96, cover_share=0.0, progress=once)
        seen["stop"] = {"raised": ""}
    except sam.Cancelled:
        seen["stop"] = {"raised": "Cancelled"}
    stopped = time.monotonic()
    time.sleep(1)
    before = sum(ticks(pid) for pid in worker_ids())
    time.sleep(1)
    seen["stop"] |= {
        "ticks": sum(ticks(pid) for pid in worker_ids()) - before,
        "released": [at - stopped for at, _ in api.releases],
        "share": told[-1],
    }


def ticks(pid: int) -> int:
    """Hundredths of a second of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def resident(pid: int) -> int:
    """Megabytes of memory of a process."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def everything() -> None:
    """The bytes of balanced, with every mask kept that can be: made-up weights are sure of none."""
    model = sam.load_model(PATH)
    image = np.asarray(Pil.open(io.BytesIO(photo(9))))
    options = {"points_per_side": 32, "cover_share": 0.0, "pred_iou_thresh": 1e-6, "stability_score_thresh": 0.0}
    found = note("everything balanced", lambda: {"found": propose(model, image, **options)})
    seen["everything balanced"]["masks"] = len(found["found"].items) if "found" in found else 0


def main() -> None:
    app.demo.launch(server_port=int(os.environ.get("PORT", "0")) or None, prevent_thread_lock=True, quiet=True)
    seen["started"] = api.started
    seen["packed"] = sum(path.stat().st_size for path in (FOLDER / "zero" / "tensors").glob("*"))
    seen["resident_mb"] = resident(os.getpid())
    ann, bob = Visitor("ann"), Visitor("bob")
    seen["visitors"] = {name: one.headers["X-IP-Token"] for name, one in (("ann", ann), ("bob", bob))}
    parts = {
        "page": lambda: page(ann),
        "tools": lambda: tools(ann),
        "together": lambda: together(ann, bob),
        "refusals": lambda: refusals(ann),
        "stop": stop,
        "everything": everything,
    }
    for name in os.environ.get("PARTS", ",".join(parts)).split(","):
        begun = time.monotonic()
        try:
            parts[name]()
        except Exception:
            seen.setdefault("failed", {})[name] = traceback.format_exc()
        seen.setdefault("took", {})[name] = round(time.monotonic() - begun, 1)
        (FOLDER / "seen.json").write_text(json.dumps(seen, indent=1))


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
    finally:
        end_workers()
        os._exit(0)
