"""A stand-in for the part of Hugging Face's HTTP API that makes Spaces and takes uploads; it keeps what it is sent."""

from __future__ import annotations

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_made_up"


class SpaceHub:
    """`HfApi(endpoint=hub.url, token=TOKEN)` talks to it.

    Attributes:
        files: path -> bytes of the Space as it is.
        settings: what the Space was made with: sdk, hardware, variables, visibility.
        refuse: path of the API -> (status, message) that it answers with instead.
        calls: method and path of each request.
    """

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.settings: dict[str, Any] = {}
        self.refuse: dict[str, tuple[int, str]] = {}
        self.calls: list[str] = []
        self.uploads: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """No more answers."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes, known: bool) -> tuple[int, Any]:
        """(status, JSON)."""
        self.calls.append(f"{method} {path}")
        for part, (status, message) in self.refuse.items():
            if part in path:
                return status, {"error": message}
        if path.startswith("/upload/"):
            self.uploads[path.removeprefix("/upload/")] = body
            return 200, {}
        if not known:
            return 401, {"error": "Invalid username or password."}
        if path == "/api/repos/create":
            if self.settings:
                return 409, {"error": "You already created this space repo", "url": f"{self.url}/spaces/me/studio"}
            asked = json.loads(body)
            self.settings = {name: asked.get(name) for name in ("sdk", "hardware", "variables", "visibility", "name")}
            return 200, {"url": f"{self.url}/spaces/me/studio", "name": "me/studio"}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if path.endswith("/preupload/main"):
            files = json.loads(body)["files"]
            large = [
                {**one, "uploadMode": "lfs" if one["size"] > 1e6 else "regular", "shouldIgnore": False} for one in files
            ]
            return 200, {"files": large}
        if path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            links = [{**one, "actions": {"upload": {"href": f"{self.url}/upload/{one['oid']}"}}} for one in objects]
            return 200, {"transfer": "basic", "objects": links}
        if path.endswith("/commit/main"):
            return self._commit(body)
        if re.search(r"/tree/main", path):
            return 200, [
                {"type": "file", "path": name, "oid": "x", "size": len(data)} for name, data in self.files.items()
            ]
        if path.endswith("/hardware"):
            self.settings["hardware"] = json.loads(body)["flavor"]
            return 200, self._runtime()
        if path.endswith("/runtime"):
            return 200, self._runtime()
        if path.endswith("/variables"):
            asked = json.loads(body)
            kept = [one for one in self.settings.get("variables") or [] if one["key"] != asked["key"]]
            self.settings["variables"] = [*kept, asked]
            return 200, {one["key"]: {"value": one["value"]} for one in self.settings["variables"]}
        if re.fullmatch(r"/api/spaces/me/studio(/revision/main)?", path):
            siblings = [{"rfilename": name} for name in self.files]
            return 200, {"id": "me/studio", "sha": "0" * 40, "siblings": siblings, "private": False, "tags": []}
        return 404, {"error": f"no such address here: {method} {path}"}

    def _commit(self, body: bytes) -> tuple[int, Any]:
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                self.files[value["path"]] = self.uploads[value["oid"]]
            elif entry["key"] == "deletedFile":
                del self.files[value["path"]]
        return 200, {"commitUrl": f"{self.url}/spaces/me/studio/commit/{'1' * 40}", "commitOid": "1" * 40}

    def _runtime(self) -> dict[str, Any]:
        hardware = {"current": None, "requested": self.settings.get("hardware")}
        return {"stage": "BUILDING", "hardware": hardware, "gcTimeout": None}


def _handler(hub: SpaceHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if self.headers.get("transfer-encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(length)
            known = self.headers.get("authorization") == f"Bearer {TOKEN}"
            status, value = hub.answer(self.command, self.path.partition("?")[0], body, known)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            if status >= 400:
                self.send_header("X-Error-Message", value["error"])
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    return Handler
