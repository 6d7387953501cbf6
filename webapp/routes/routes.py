"""Our own HTTP routes below Gradio's: photos in, logits, masks and files out, and the page's static files.

The token in an address is the only key to a workspace. All is under /gradio_api, which survives Gradio's Node proxy.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sam import ImageError, load_model
from sam.runtime.embedding_cache import has_embedding

from ..images import encode
from ..images.examples import list_examples, read_thumb
from ..images.fetch_url import Fetcher
from ..images.layer import place_layer
from ..models.offered import Models
from ..onnxruntime_web import Runtime, package_version
from ..scheduler import PHOTO, TOOL, Scheduler
from ..workspace import edit, keep, segment
from ..workspace.picture import Picture
from ..workspace.registry import Workspaces
from ..workspace.revisions import read_again
from ..workspace.workspace import Workspace
from .embedding_grants import Grants
from .requests import (
    FOREVER,
    MAX_UPLOAD,
    NEVER,
    PREFIX,
    PRIVATE,
    Handler,
    download_answer,
    guarded,
    json_answer,
    read_body,
    read_fields,
)

STATIC = Path(__file__).parents[1] / "static"

# Not asked from the system: Windows' registry and slim images often have .mjs wrong.
_TYPES = {
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".onnx": "application/octet-stream",
    ".wasm": "application/wasm",
}


@cache
def static_version() -> str:
    """Changes with any file of the page, its name or its folder, so that addresses with it may be cached for ever."""
    files = [(name, hashlib.sha256(path.read_bytes()).hexdigest()) for name, path in static_files().items()]
    return hashlib.sha256(repr(files).encode()).hexdigest()[:12]


@cache
def static_files() -> dict[str, Path]:
    """All that is served of the page's folder, by path in it: no name climbs out, and no link leads out of it."""
    folder = STATIC.resolve()
    inside = (path for path in sorted(STATIC.rglob("*.*")) if path.resolve().is_relative_to(folder) and path.is_file())
    return {path.relative_to(STATIC).as_posix(): path for path in inside if path.suffix in _TYPES}


def make_routes(
    workspaces: Workspaces, models: Models, runtime: Runtime | None = None, scheduler: Scheduler | None = None
) -> list[Route]:
    """All routes, for `demo.launch(app_kwargs={"routes": ...})`.

    Args:
        workspaces: of all visitors.
        models: that the page offers.
        runtime: what the page decodes with; default: of this machine.
        scheduler: of all heavy work of this process; default: one for these routes alone.
    """
    handlers = _Handlers(workspaces, models, runtime or Runtime(), scheduler or Scheduler())
    here = "/workspaces/{workspace}"
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/static/{version}/{name:path}", handlers.static),
        ("GET", "/examples/{name}", handlers.example_thumb),
        ("GET", "/decoders/{weights}.onnx", handlers.decoder),
        ("GET", "/embeddings/{grant}", handlers.embedding),
        ("GET", "/encoders/{weights}.onnx", handlers.encoder),
        ("GET", "/runtime", handlers.runtime_status),
        ("GET", "/runtime/{version}/{name}", handlers.runtime_file),
        ("POST", "/workspaces", handlers.open),
        ("POST", f"{here}/close", handlers.close),
        ("GET", f"{here}/state", handlers.state),
        ("GET", f"{here}/encoder", handlers.local),
        ("POST", f"{here}/image", handlers.image),
        ("POST", f"{here}/example", handlers.example),
        ("POST", f"{here}/address", handlers.address),
        ("POST", f"{here}/model", handlers.model),
        ("POST", f"{here}/encode", handlers.encode),
        ("POST", f"{here}/reading", handlers.reading),
        ("POST", f"{here}/restore", handlers.restore),
        ("POST", f"{here}/decode", handlers.decode),
        ("POST", f"{here}/embedding", handlers.grant),
        ("GET", f"{here}/pictures/{{picture}}", handlers.picture),
        ("POST", f"{here}/objects", handlers.commit),
        ("PATCH", f"{here}/objects/{{object}}", handlers.change),
        ("DELETE", f"{here}/objects/{{object}}", handlers.remove),
        ("POST", f"{here}/objects/{{object}}/restore", handlers.put_back),
        ("POST", f"{here}/objects/{{object}}/edit", handlers.edit),
        ("POST", f"{here}/combine", handlers.combine),
        ("POST", f"{here}/version", handlers.version),
        ("GET", f"{here}/objects/{{object}}/view.png", handlers.view),
        ("GET", f"{here}/objects/{{object}}/mask.png", handlers.mask),
        ("GET", f"{here}/objects/{{object}}/guide", handlers.guide),
        ("POST", f"{here}/layer", handlers.layer),
    ]
    return [Route(PREFIX + path, guarded(handler, models), methods=[method]) for method, path, handler in table]


class _Handlers:
    def __init__(self, workspaces: Workspaces, models: Models, runtime: Runtime, scheduler: Scheduler) -> None:
        self.workspaces = workspaces
        self.models = models
        self.runtime = runtime
        self.scheduler = scheduler
        self.grants = Grants(workspaces)
        self.decoders: dict[str, Path] = {}
        self.encoders: dict[str, Path] = {}
        self.fetcher = Fetcher()
        # What a hand waits for goes past the scheduler: a click never waits behind a photo or a tool.
        self.decoding = anyio.CapacityLimiter(4)
        self.fetching = anyio.CapacityLimiter(4)

    def _workspace(self, request: Request) -> Workspace:
        return self.workspaces.get(request.path_params["workspace"])

    async def open(self, request: Request) -> Response:
        workspace = self.workspaces.open(self.models.default)
        return json_answer({"token": workspace.token, "state": workspace.to_json()})

    async def close(self, request: Request) -> Response:
        token = request.path_params["workspace"]
        await run_sync(self.workspaces.close, token)
        self.scheduler.stop(token, PHOTO)
        self.scheduler.stop(token, TOOL)
        return Response(status_code=204)

    async def state(self, request: Request) -> Response:
        return json_answer(self._workspace(request).to_json())

    async def _encoded(self, request: Request, visitor: str, picture: Picture) -> None:
        """A photo whose embedding was dropped from memory is encoded again, in its turn; others need none."""
        if not has_embedding(picture.key, picture.weights):
            await self.scheduler.run(visitor, segment.embedding_of, picture, lane=PHOTO, gone=request.is_disconnected)

    async def image(self, request: Request) -> Response:
        workspace = self._workspace(request)
        name = request.query_params.get("name", "")[:200] or "photo"
        data = await read_body(request, MAX_UPLOAD)
        return await self._open(request, workspace, data, name)

    async def example(self, request: Request) -> Response:
        workspace = self._workspace(request)
        name = (await read_fields(request)).get("name")
        paths = {example.name: example.path for example in list_examples()}
        if not isinstance(name, str) or name not in paths:
            raise ImageError("There is no such example photo. Choose one of those on the page.")
        return await self._open(request, workspace, paths[name], name)

    async def address(self, request: Request) -> Response:
        workspace = self._workspace(request)
        data, name = await run_sync(self.fetcher.fetch, (await read_fields(request)).get("url"), limiter=self.fetching)
        return await self._open(request, workspace, data, name)

    async def _open(self, request: Request, workspace: Workspace, source: Any, name: str) -> Response:
        workspace.opening = mine = workspace.opening + 1

        async def gone() -> bool:
            return workspace.opening != mine or await request.is_disconnected()

        args = workspace, source, name, self.workspaces.sweep
        await self.scheduler.run(workspace.token, segment.open_image, *args, lane=PHOTO, gone=gone)
        self.models.encoded(workspace.picture)
        return json_answer(workspace.to_json())

    async def model(self, request: Request) -> Response:
        workspace = self._workspace(request)
        name = self.models.check((await read_fields(request)).get("model"))
        args = workspace, name
        await self.scheduler.run(workspace.token, segment.change_model, *args, lane=PHOTO, gone=request.is_disconnected)
        self.models.encoded(workspace.picture)
        return json_answer(workspace.to_json())

    async def encode(self, request: Request) -> Response:
        """By the model that was chosen, of a picture that nano reads for now."""
        workspace = self._workspace(request)
        picture = str((await read_fields(request)).get("picture"))
        args = workspace, picture
        await self.scheduler.run(workspace.token, segment.finish, *args, lane=PHOTO, gone=request.is_disconnected)
        self.models.encoded(workspace.picture)
        return json_answer(workspace.to_json())

    async def reading(self, request: Request) -> Response:
        """The photo's file in another way: another page of it, another brightness."""
        workspace, fields = self._workspace(request), await read_fields(request)
        args = workspace, str(fields.get("picture")), fields.get("page"), fields.get("brightness")
        await self.scheduler.run(workspace.token, read_again, *args, lane=PHOTO, gone=request.is_disconnected)
        self.models.encoded(workspace.picture)
        return json_answer(workspace.to_json())

    async def restore(self, request: Request) -> Response:
        workspace = self._workspace(request)
        workspace.restore(str((await read_fields(request)).get("picture")))
        return json_answer(workspace.to_json())

    async def decode(self, request: Request) -> Response:
        workspace = self._workspace(request)
        fields = await read_fields(request)
        picture = workspace.current(str(fields.get("picture")))
        await self._encoded(request, workspace.token, picture)
        prompts = fields.get("prompts")
        answer, ms, key = await run_sync(segment.remember, workspace, picture, prompts, limiter=self.decoding)
        data = encode.pack_logits(answer.logits, answer.scores, ms, key)
        return Response(data, media_type="application/octet-stream", headers=NEVER)

    async def commit(self, request: Request) -> Response:
        """Keeps what the page shows; prompts alone, which a script may send, are decoded first."""
        workspace = self._workspace(request)
        fields = await read_fields(request, keep.MAX_REQUEST)
        if "logits" in fields or "answer" in fields:
            added = await run_sync(keep.keep_seen, workspace, fields, limiter=self.decoding)
        else:
            args = str(fields.get("picture")), fields.get("prompts"), fields.get("choice"), fields.get("name")
            added = await run_sync(segment.commit, workspace, *args, limiter=self.decoding)
        return json_answer({**workspace.to_json(), "added": added})

    async def change(self, request: Request) -> Response:
        workspace = self._workspace(request)
        fields = await read_fields(request)
        changes = {key: fields[key] for key in ("name", "color", "hidden", "locked") if key in fields}
        if changes:
            workspace.change(request.path_params["object"], **changes)
        if "place" in fields:
            workspace.reorder(request.path_params["object"], fields["place"])
        return json_answer(workspace.to_json())

    async def edit(self, request: Request) -> Response:
        workspace, fields = self._workspace(request), await read_fields(request)
        picture, target = str(fields.get("picture")), request.path_params["object"]
        await run_sync(edit.edit, workspace, picture, target, fields.get("change"), limiter=self.decoding)
        return json_answer(workspace.to_json())

    async def combine(self, request: Request) -> Response:
        workspace, fields = self._workspace(request), await read_fields(request)
        args = workspace, str(fields.get("picture")), fields.get("ids"), fields.get("how")
        await run_sync(edit.combine, *args, limiter=self.decoding)
        return json_answer(workspace.to_json())

    async def version(self, request: Request) -> Response:
        workspace = self._workspace(request)
        fields = await read_fields(request)
        workspace.go_to(fields.get("version"), fields.get("classes"))
        return json_answer(workspace.to_json())

    async def remove(self, request: Request) -> Response:
        workspace = self._workspace(request)
        workspace.remove(request.path_params["object"])
        return json_answer(workspace.to_json())

    async def put_back(self, request: Request) -> Response:
        workspace = self._workspace(request)
        workspace.put_back(request.path_params["object"])
        return json_answer(workspace.to_json())

    async def picture(self, request: Request) -> Response:
        picture = self._workspace(request).find_picture(request.path_params["picture"])
        data, mime = await run_sync(lambda: encode.rendition(picture.pixels))
        return Response(data, media_type=mime, headers=PRIVATE)

    async def view(self, request: Request) -> Response:
        item = self._workspace(request).objects([request.path_params["object"]])[0]
        data = await run_sync(lambda: encode.view_png(item.mask(), item.box))
        return Response(data, media_type="image/png", headers=PRIVATE)

    async def mask(self, request: Request) -> Response:
        item = self._workspace(request).objects([request.path_params["object"]])[0]
        data = await run_sync(lambda: encode.mask_png(item.mask()))
        return download_answer(data, f"{item.name}.png")

    async def guide(self, request: Request) -> Response:
        """The mask as a decoder in the page takes it, to refine it by clicks."""
        picture, target = self._workspace(request).current(), request.path_params["object"]
        key, logits = await run_sync(segment.guide, picture, target, limiter=self.decoding)
        points = await run_sync(segment.middles, picture, target)
        data = encode.frame({"mask": key, "shape": list(logits.shape), "points": points}, logits.astype("<f2"))
        return Response(data, media_type="application/octet-stream", headers=NEVER)

    async def layer(self, request: Request) -> Response:
        """The body: a picture; "box": left, top, right, bottom in pixels of the photo, with commas."""
        workspace, query = self._workspace(request), request.query_params
        args = (
            workspace,
            query.get("picture", ""),
            await read_body(request, MAX_UPLOAD),
            query.get("box", "").split(","),
        )
        await self.scheduler.run(workspace.token, place_layer, *args, lane=PHOTO, gone=request.is_disconnected)
        self.models.encoded(workspace.picture)
        return json_answer(workspace.to_json())

    async def local(self, request: Request) -> Response:
        """What the page needs to encode and decode all by itself; no photo need be here. No encoder: it cannot."""
        model = await run_sync(load_model, self._workspace(request).model)
        encoder = model.encoder_file
        decoder = await run_sync(lambda: model.decoder_file) if encoder else None  # which may have to be made first
        found: dict[str, Any] = {"model": model.name, "weights": model.weights, "encoder": None, "decoder": None}
        if encoder is not None and decoder is not None:
            self.encoders[model.weights], self.decoders[model.weights] = encoder, decoder
            found |= {kind: f"{kind}s/{model.weights}.onnx" for kind in ("encoder", "decoder")}
        return json_answer({**found, "rules": asdict(model.decoder_rules)})

    async def encoder(self, request: Request) -> Response:
        path = self.encoders.get(request.path_params["weights"])
        if path is None or not path.is_file():
            return JSONResponse({"error": "No such encoder."}, 404)
        return FileResponse(path, media_type=_TYPES[".onnx"], headers=FOREVER)

    async def grant(self, request: Request) -> Response:
        """Where a decoder in the page gets the embedding and its own file."""
        workspace = self._workspace(request)
        picture = workspace.current()
        model = await run_sync(load_model, picture.model)
        path = await run_sync(lambda: model.decoder_file)  # which may have to be made first
        if path is not None:
            self.decoders[model.weights] = path
        token = self.grants.give(workspace.token, picture.id)
        decoder = f"decoders/{model.weights}.onnx" if path is not None else None
        address = {"embedding": f"embeddings/{token}", "decoder": decoder, "weights": model.weights}
        rules = asdict(model.decoder_rules)
        return json_answer({**address, "picture": picture.id, "rules": rules, "expires_s": self.grants.ttl})

    async def embedding(self, request: Request) -> Response:
        grant = request.path_params["grant"]
        picture = self.grants.find(grant)
        await self._encoded(request, self.grants.owner(grant), picture)
        _, embedding = await run_sync(segment.embedding_of, picture, limiter=self.decoding)
        headers = {**PRIVATE, "X-Decoder-Hash": embedding.weights}
        data = await run_sync(encode.pack_embedding, embedding)
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def decoder(self, request: Request) -> Response:
        path = self.decoders.get(request.path_params["weights"])
        if path is None or not path.is_file():
            return JSONResponse({"error": "No such decoder."}, 404)
        return FileResponse(path, media_type=_TYPES[".onnx"], headers=FOREVER)

    async def runtime_status(self, request: Request) -> Response:
        return json_answer(self.runtime.status())

    async def runtime_file(self, request: Request) -> Response:
        compressed = "br" in request.headers.get("accept-encoding", "")
        found = self.runtime.file(request.path_params["name"], compressed=compressed)
        if found is None or request.path_params["version"] != package_version():
            return JSONResponse({"error": "No such file."}, 404)
        path, encoding = found
        headers = {**FOREVER, "Vary": "Accept-Encoding", **({"Content-Encoding": encoding} if encoding else {})}
        return FileResponse(path, media_type=_TYPES[Path(request.path_params["name"]).suffix], headers=headers)

    async def static(self, request: Request) -> Response:
        path = static_files().get(request.path_params["name"])
        if path is None:
            return JSONResponse({"error": "No such file."}, 404)
        current = request.path_params["version"] == static_version()
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=FOREVER if current else NEVER)

    async def example_thumb(self, request: Request) -> Response:
        try:
            data = await run_sync(read_thumb, request.path_params["name"])
        except KeyError:
            return JSONResponse({"error": "No such example."}, 404)
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=86400"})
