"""A visitor of the running app: what a page asks our routes for, its tabs' events, Gradio's client and MCP."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import gradio_client
import httpx

from .device_api import token

PATIENCE_S = 1800
"""For an answer that comes in the end: the machine may be ten times slower than an idle one."""


class Visitor:
    """A page: its workspace, and its token in each request.

    Args:
        name: of the user that the token is for.
        demo: the app, launched.
    """

    def __init__(self, name: str, demo: Any) -> None:
        self.token = token(name)
        self.headers = {"X-IP-Token": self.token, "x-gradio-user": "app"}
        self.demo = demo
        self.url = demo.local_url.rstrip("/")
        self.here = ""
        self.here = f"/workspaces/{self.ask('POST', '/workspaces')['token']}"
        self._client: Any = None

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The JSON of a route's answer, with "status" and "gpu", the seconds that it says it took."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        address = f"{self.url}/gradio_api/sam_studio{self.here}{path}"
        request = urllib.request.Request(address, data, self.headers, method=method)
        request.add_header("content-type", "application/octet-stream")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                status, gpu, raw = answer.status, answer.headers.get("X-GPU-Seconds"), answer.read()
        except urllib.error.HTTPError as error:
            status, gpu, raw = error.code, error.headers.get("X-GPU-Seconds"), error.read()
        try:
            found = json.loads(raw or b"{}")
        except ValueError:
            found = {"bytes": len(raw)}
        return {**found, "status": status, "gpu": gpu}

    def open(self, jpeg: bytes) -> dict[str, Any]:
        """Put a photo on the stage."""
        self.state = self.ask("POST", "/image?name=photo.jpg", jpeg)
        return self.state

    def read(self) -> dict[str, Any]:
        """The chosen model reads the photo."""
        return self.ask("POST", "/encode", {"picture": self.state["picture"]["id"]})

    def event(
        self, name: str, label: str, *, progress: Callable[[float], None] | None = None, **values: Any
    ) -> dict[str, Any]:
        """An event of a tab, as the page sends it: {"status": 200} or {"error": sentence}, and "told", its toasts.

        Args:
            name, label: of the handler, and of one of its inputs.
            progress: called with the share that is done, once some is.
            values: label of an input, with _ for spaces and case aside, -> what it holds; of a port, `page_` and its
                name. Others hold what they begin with, and ports this visitor's workspace.
        """
        number, function = self._find(name, label)
        data = [self._value(component, values) for component in function.inputs]
        told: list[str] = []
        # One stream a session: a second one would take messages from it.
        session = secrets.token_hex(5)
        with httpx.Client(headers=self.headers, timeout=PATIENCE_S) as http:
            body = {"data": data, "fn_index": number, "session_hash": session}
            http.post(f"{self.url}/gradio_api/queue/join", json=body).raise_for_status()
            address = f"{self.url}/gradio_api/queue/data?session_hash={session}"
            with http.stream("GET", address) as lines:
                for line in lines.iter_lines():
                    message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                    if message.get("msg") == "log":
                        told.append(message["log"])
                    if message.get("msg") == "progress" and progress:
                        share = message["progress_data"][0].get("progress")
                        if share:
                            progress(share)
                    if message.get("msg") == "process_completed":
                        return {**_answer(message), "told": told}
        raise AssertionError("the event never ended")

    def stop(self) -> None:
        """The page's own Stop, which waits in no queue."""
        answer = self.ask("POST", "/stop")
        assert answer["status"] == 204, answer

    def _find(self, name: str, label: str) -> tuple[int, Any]:
        for number, function in self.demo.fns.items():
            labels = [_label(component) for component in function.inputs]
            if getattr(function.fn, "__name__", "") == name and label in labels:
                return number, function
        raise AssertionError(f"no event {name} with an input {label}; failed: {self.demo.host.failures}")

    def _value(self, component: Any, values: dict[str, Any]) -> Any:
        label = _label(component)
        given = values.get(label.lower().replace(" ", "_"))
        if given is not None:
            return given
        if label in ("page image", "page objects"):
            return {"workspace": self.here.rpartition("/")[2], "selected": values.get("selected")}
        value = getattr(component, "value", None)
        return value if isinstance(value, (str, int, float, bool)) else None

    def api(self, name: str, **options: Any) -> dict[str, Any]:
        """An endpoint, by Gradio's own client; raises as that does."""
        if self._client is None:
            self._client = gradio_client.Client(self.demo.local_url, verbose=False, headers=self.headers)
        self._client.predict(api_name=f"/{name}", **options)
        return {"status": 200}

    def mcp(self, name: str, image: bytes, **options: Any) -> dict[str, Any]:
        """A tool, by the protocol's own client."""
        picture = "data:image/jpeg;base64," + base64.b64encode(image).decode()
        return asyncio.run(self._mcp(name, {"image": picture, **options}))

    async def _mcp(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        async with (
            httpx.AsyncClient(headers={"X-IP-Token": self.token}, timeout=PATIENCE_S) as http,
            streamable_http_client(f"{self.url}/gradio_api/mcp/", http_client=http) as (reading, writing, *_),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            found = await session.call_tool(name, asked)
            text = " ".join(getattr(one, "text", "") for one in found.content)
            return {"error": text} if found.isError else {"status": 200}


def _answer(message: dict[str, Any]) -> dict[str, Any]:
    """What came of an event; a refusal may be a message, or stand in the tab."""
    output = message["output"]
    if not message["success"]:
        return {"error": output.get("error")}
    shown = [one for one in output.get("data", ()) if isinstance(one, str)]
    refused = [found[1] for one in shown if (found := re.search(r'role="alert"><p>(.*?)</p>', one))]
    return {"error": html.unescape(refused[0])} if refused else {"status": 200}


def _label(component: Any) -> str:
    port = getattr(component, "port", None)
    return f"page {port}" if port else str(getattr(component, "label", "") or "")
