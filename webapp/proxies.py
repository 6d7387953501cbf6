"""Proxies of offices: this machine is never asked through one, and one that cannot be used does not end the app.

Gradio makes an HTTP client when it is imported, and asks its own server a question when it starts; both take
HTTP_PROXY, HTTPS_PROXY and ALL_PROXY as they are. So this is settled before the import.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import MutableMapping
from typing import Any

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_EXCEPT = ("NO_PROXY", "no_proxy")
_HERE = ("localhost", "127.0.0.1", "::1")


def settle_proxies(environ: MutableMapping[str, str]) -> list[str]:
    """Take out the proxies that httpx cannot use, and this machine from what goes through the others.

    Args:
        environ: is changed; HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY count in both spellings.

    Returns:
        a sentence for each proxy that was taken out, and for hosts that are none; addresses may hold a password and
        are not repeated.
    """
    notes = []
    found = [name for name in environ if name.upper() in _VARIABLES and environ[name].strip()]
    for name in found:
        problem = _problem(environ[name])
        if problem:
            del environ[name]
            notes.append(f"{name} is not used: {problem}")
    for name in _EXCEPT:
        given = [part.strip() for part in environ.get(name, "").split(",") if part.strip()]
        # With brackets in curl's way, without them in httpx's.
        given = [part.strip("[]") if part.startswith("[") and part.endswith("]") else part for part in given]
        known = [part for part in given if _can_be_excepted(part)]
        if name in environ and len(known) < len(given):
            notes.append(f"{name}: left out what is no host: {len(given) - len(known)} of {len(given)}.")
        if name in environ:
            environ[name] = ",".join(known)
        if "*" not in known and (name in environ or name == _EXCEPT[0]):
            environ[name] = ",".join([*known, *(host for host in _HERE if host not in known)])
    # Where both are set, the lower case wins.
    return notes


def _problem(address: str) -> str:
    """Why httpx cannot go through this address; "" where it can."""
    import httpx

    try:
        # As httpx completes what the variables hold.
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
        if not proxy.url.host or (proxy.url.port or 1) > 65535:
            raise ValueError("no host, or no such port")
        httpx.HTTPTransport(proxy=proxy).close()
    except ImportError:
        return "a SOCKS proxy needs the package socksio (pip install -r requirements.txt)."
    except Exception as error:  # an address can be wrong in any way
        return f"it is no proxy's address ({type(error).__name__}). Expected such as http://proxy.example:8080."
    return ""


def _can_be_excepted(host: str) -> bool:
    """Whether httpx takes it in NO_PROXY; what it does not take ends each of its clients."""
    import httpx

    try:
        address = ipaddress.ip_address(host.split("/")[0])
        pattern = f"all://[{host}]" if address.version == 6 else f"all://{host}"
    except ValueError:
        pattern = host if "://" in host else f"all://*{host}"
    try:
        httpx.Client(mounts={pattern: None}, trust_env=False).close()
    except Exception:  # a host can be wrong in any way
        return host == "*"
    return True


def tell(notes: list[str]) -> None:
    """On standard error, where the owner of the app looks."""
    for note in notes:
        sys.stderr.write(f"{note}\n")


class WithoutProxy:
    """httpx for questions to this very server: no proxy, whatever the variables say.

    Stands in for the module in Gradio's `blocks`: everything but `get` and `head` is httpx's own.
    """

    def __init__(self, httpx: Any) -> None:
        self._httpx = httpx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._httpx, name)

    def get(self, url: str, **options: Any) -> Any:
        """As `httpx.get`, directly."""
        return self._ask("GET", url, **options)

    def head(self, url: str, **options: Any) -> Any:
        """As `httpx.head`, directly."""
        return self._ask("HEAD", url, **options)

    def _ask(self, method: str, url: str, **options: Any) -> Any:
        more = {name: options.pop(name) for name in ("verify", "timeout") if name in options}
        with self._httpx.Client(trust_env=False, **more) as client:
            return client.request(method, url, **options)
