"""Fetch photos from web addresses without reaching into the server's own network (SSRF).

The check sits where connections are made: a name is resolved once, every address it has is judged, and the connection
goes to the judged address itself. So neither a redirect nor a name that changes its address in between (DNS rebinding)
gets past it. TLS still checks the certificate against the name.

Why this is ours: httpx, requests and Gradio's own fetch resolve a name inside the call that connects, so that a check
before it is of another answer. httpcore takes a network backend, and that is all that is replaced here.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from sam import ImageError

from .public_addresses import is_public

MODE_VARIABLE = "SAM_STUDIO_FETCH"
"""Which web addresses the server opens for a photo: `public` (default) only those on the public internet, `all` also
those on your own network, `off` none."""

MAX_BYTES = 64 << 20
MAX_REDIRECTS = 4
MAX_URL = 4000
CONNECT_S = 8.0
TOTAL_S = 40.0
PORTS = (80, 443, 8080, 8443)
"""Where web servers are; others would make a port scanner of this."""

_HEADERS = [("User-Agent", "sam-studio"), ("Accept", "image/*"), ("Accept-Encoding", "identity")]

_INSTEAD = "Save the picture, then choose the file."

Resolve = Callable[[str, int], Iterable[str]]
Judge = Callable[[str], bool]


class _RefusedError(Exception):
    """An address that nothing may connect to."""


def resolve(host: str, port: int) -> list[str]:
    """All IP addresses of a host, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher:
    """Fetches photos for visitors.

    Args:
        mode: "public", "all" or "off"; default: what SAM_STUDIO_FETCH says, else "public".
        resolve: host, port -> addresses.
        judge: whether an address may be connected to; default: `is_public`, or any address in mode "all".
        ports: that may be connected to; default: `PORTS`, or any in mode "all".
        max_bytes: of one photo.

    Raises:
        ValueError: for another mode.
    """

    def __init__(
        self,
        mode: str = "",
        *,
        resolve: Resolve = resolve,
        judge: Judge | None = None,
        ports: Sequence[int] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.mode = mode or os.environ.get(MODE_VARIABLE, "") or "public"
        if self.mode not in ("public", "all", "off"):
            raise ValueError(f"{MODE_VARIABLE}: expected public, all or off, got {self.mode!r}.")
        self.resolve = resolve
        self.judge = judge or (is_public if self.mode == "public" else lambda address: True)
        self.ports = ports if ports is not None or self.mode == "all" else PORTS
        self.max_bytes = max_bytes

    def fetch(self, url: Any) -> tuple[bytes, str]:
        """The bytes behind an address, and a name for them.

        Args:
            url: http or https; up to MAX_REDIRECTS redirects are followed, each under the same rules.

        Returns:
            Bytes that their server does not call text (whether they are an image is for `read_image` to say), and the
            last part of the address's path.

        Raises:
            ImageError: not an address, not allowed, not reached, not an image, or too large; with what to do.
        """
        if self.mode == "off":
            raise ImageError(f"This server opens no web addresses. {_INSTEAD}")
        import httpcore

        address = _checked(url)
        deadline = time.monotonic() + TOTAL_S
        try:
            with httpcore.ConnectionPool(network_backend=_backend(self, deadline), max_connections=1) as pool:
                for _ in range(MAX_REDIRECTS + 1):
                    self._check_port(address)
                    found = self._get(pool, address)
                    if isinstance(found, bytes):
                        return found, _name(address)
                    address = _checked(urljoin(address, found))
        except _RefusedError as error:
            raise ImageError(
                f"This address leads into a private network, where this server does not look. {_INSTEAD}"
            ) from error
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise ImageError(f"{urlsplit(address).hostname} takes too long to answer. Try again later.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise ImageError(
                f"{urlsplit(address).hostname} cannot be reached from this server. Check the address. {_INSTEAD}"
            ) from error
        raise ImageError("This address leads from one page to the next and never to an image.")

    def _check_port(self, address: str) -> None:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if self.ports is not None and port not in self.ports:
            raise ImageError(f"Addresses with port {port} are not opened here. {_INSTEAD}")

    def _get(self, pool: Any, address: str) -> bytes | str:
        """The body, or where the address points on to."""
        limits = {"connect": CONNECT_S, "read": CONNECT_S, "write": CONNECT_S, "pool": CONNECT_S}
        with pool.stream("GET", _encoded(address), headers=_HEADERS, extensions={"timeout": limits}) as answer:
            headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in answer.headers}
            host = urlsplit(address).hostname
            if answer.status in (301, 302, 303, 307, 308) and headers.get("location"):
                return headers["location"]
            if answer.status != 200:
                raise ImageError(f"{host} does not hand this picture out (status {answer.status}). Check the address.")
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind.startswith(("text/", "application/json", "application/xhtml", "video/", "audio/")):
                raise ImageError(
                    f"This address is not an image but {kind}. Right-click the picture itself to copy its own address."
                )
            size = headers.get("content-length", "")
            if size.isdigit() and int(size) > self.max_bytes:
                raise ImageError(self._too_large())
            data = bytearray()
            for chunk in answer.iter_stream():
                data += chunk
                if len(data) > self.max_bytes:
                    raise ImageError(self._too_large())
            return bytes(data)

    def _too_large(self) -> str:
        return f"The picture at this address is larger than {self.max_bytes >> 20} MB, which is too much here."


def _backend(fetcher: Fetcher, deadline: float) -> Any:
    import httpcore

    class Timed(httpcore.NetworkStream):
        """A connection that ends at the deadline, however slowly its bytes drip."""

        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def _left(self, timeout: float | None) -> float:
            left = deadline - time.monotonic()
            if left <= 0:
                raise httpcore.ReadTimeout
            return min(left, timeout or left)

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self.stream.read(max_bytes, self._left(timeout))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self.stream.write(buffer, self._left(timeout))

        def close(self) -> None:
            self.stream.close()

        def start_tls(self, ssl_context: Any, server_hostname: Any = None, timeout: Any = None) -> Any:
            return Timed(self.stream.start_tls(ssl_context, server_hostname, self._left(timeout)))

        def get_extra_info(self, info: str) -> Any:
            return self.stream.get_extra_info(info)

    class Guarded(httpcore.NetworkBackend):
        """Connects to judged addresses only."""

        def connect_tcp(
            self, host: str, port: int, timeout: Any = None, local_address: Any = None, socket_options: Any = None
        ) -> Any:
            addresses = list(fetcher.resolve(host, port))
            # One bad address among good ones is a trap, not an accident.
            if not addresses or not all(fetcher.judge(address) for address in addresses):
                raise _RefusedError(host)
            failure: Exception = OSError("no address")
            for address in addresses[:3]:
                try:
                    plain = httpcore.SyncBackend()
                    return Timed(plain.connect_tcp(address, port, timeout, local_address, socket_options))
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    failure = error
            raise failure

    return Guarded()


def _checked(url: Any) -> str:
    wanted = "Expected the address of a picture, such as https://example.org/photo.jpg"
    if not isinstance(url, str) or not url.strip():
        raise ImageError(f"{wanted}.")
    url = url.strip()
    if len(url) > MAX_URL:
        raise ImageError(f"This address is too long ({len(url)} characters; at most {MAX_URL}).")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ImageError(f"{wanted}, got {url[:80]}.") from error
    if parts.scheme.lower() not in ("http", "https") or not host or any(ord(char) < 33 for char in url):
        raise ImageError(f"{wanted}, got {url[:80]}.")
    if parts.username is not None or parts.password is not None:
        raise ImageError(f"An address with a user name in it is not opened. {_INSTEAD}")
    return url


def _encoded(address: str) -> str:
    """With what is not ASCII written as HTTP wants it."""
    from urllib.parse import quote, urlunsplit

    parts = urlsplit(address)
    try:
        host = (
            (parts.hostname or "").encode("idna").decode()
            if ":" not in (parts.hostname or "")
            else f"[{parts.hostname}]"
        )
    except UnicodeError as error:
        raise ImageError(f"{parts.hostname} is not the name of a server. Check the address.") from error
    place = host if parts.port is None else f"{host}:{parts.port}"
    safe = "/%:@!$&'()*+,;=~-._?"
    return urlunsplit((parts.scheme, place, quote(parts.path, safe) or "/", quote(parts.query, safe), ""))


def _name(address: str) -> str:
    parts = urlsplit(address)
    return unquote(parts.path.rstrip("/").rpartition("/")[2])[:200] or parts.hostname or "picture"
