"""Heavy work of the real app, through its API, a tab's event and its routes at once: one line, and everybody's turn."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import sam
from plugins import Host
from sam.stopping import check_stopped
from webapp.routes.requests import PREFIX
from webapp.scheduler import PHOTO, TOOL
from webapp.studio import Studio, build_studio

WAIT_S = 120


class Work:
    """A tool that runs until it is let go or stopped."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.most = self.here = 0
        self.stopped: list[str] = []
        self.ends = threading.Semaphore(0)
        self._lock = threading.Lock()

    def run(self, name: str) -> str:
        with self._lock:
            self.order.append(name)
            self.here += 1
            self.most = max(self.most, self.here)
        try:
            while not self.ends.acquire(timeout=0.05):
                check_stopped()
        except sam.Cancelled:
            self.stopped.append(name)
            raise
        finally:
            with self._lock:
                self.here -= 1
        return name


@pytest.fixture(scope="module")
def work() -> Work:
    return Work()


@pytest.fixture(scope="module")
def studio(work: Work) -> Iterator[Studio]:
    def hold(text: str) -> str:
        """Works until it is told to end."""
        return work.run(text)

    def build_tab(page: Any) -> None:
        import gradio as gr

        text = gr.Textbox(elem_id="turns-text")
        gr.Button("Hold", elem_id="turns-hold").click(
            page.run(hold_photo), [page.image, text], text, api_name="tab_hold", concurrency_id="gpu"
        )

    def hold_photo(image: sam.Image, text: str) -> str:
        """As `hold`, with the visitor's photo."""
        return work.run(text)

    host = Host()
    host.add_tool(hold)
    host.add_tab("Turns", build_tab)
    demo = build_studio(host=host)
    demo.launch(server_name="127.0.0.1", server_port=None, prevent_thread_lock=True, quiet=True)
    yield demo
    demo.close()
    demo.workspaces.close_all()


@pytest.fixture(autouse=True)
def clean(work: Work, studio: Studio) -> Iterator[None]:
    work.order.clear()
    work.stopped.clear()
    work.most = 0
    yield
    until(lambda: studio.scheduler.counts() == {TOOL: (0, 0), PHOTO: (0, 0)})


def until(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


def post(url: str, body: Any) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
        return json.loads(answer.read())


class Client:
    """One visitor of the API, as Gradio's own clients speak."""

    def __init__(self, studio: Studio, session: str) -> None:
        address: Any = studio.local_url
        self.url, self.session, self.studio = address + "gradio_api", session, studio
        self.heard: list[dict[str, Any]] = []

    def ask(self, name: str, data: list[Any]) -> None:
        (index,) = (key for key, function in self.studio.fns.items() if function.api_name == name)
        post(f"{self.url}/queue/join", {"data": data, "fn_index": index, "session_hash": self.session})

    def hear(self) -> Any:
        return urllib.request.urlopen(f"{self.url}/queue/data?session_hash={self.session}", timeout=WAIT_S)

    def messages(self) -> list[dict[str, Any]]:
        """All until the stream ends; what has come so far is in `heard`."""
        with self.hear() as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    self.heard.append(json.loads(line.removeprefix(b"data: ")))
        return self.heard


def waiting(studio: Studio, running: int, waits: int) -> None:
    until(lambda: studio.scheduler.counts()[TOOL] == (running, waits))


def test_twenty_jobs_of_one_client_and_one_of_another(studio, work):
    first, second = Client(studio, "first"), Client(studio, "second")
    for number in range(20):
        first.ask("hold", [f"first {number}"])
    waiting(studio, 1, 19)
    second.ask("hold", ["second"])
    waiting(studio, 1, 20)
    with ThreadPoolExecutor(2) as pool:
        heard = [pool.submit(client.messages) for client in (first, second)]
        until(lambda: work.order and any(one["msg"] == "progress" for one in second.heard))
        for _ in range(21):
            work.ends.release()
        mine, other = (one.result(WAIT_S) for one in heard)
    assert work.order.index("second") == 1
    assert work.most == 1, "heavy events run one at a time"
    done = [one for one in mine if one["msg"] == "process_completed"]
    assert len(done) == 20
    assert all(one["success"] for one in done)
    assert [one["output"]["data"] for one in other if one["msg"] == "process_completed"] == [["second"]]
    told = [unit["desc"] for one in other if one["msg"] == "progress" for unit in one["progress_data"]]
    assert told[0] == "In the queue: 1 ahead"


def test_eight_clients_at_once_are_one_after_the_other(studio, work):
    clients = [Client(studio, f"client-{number}") for number in range(8)]
    for client in clients:
        client.ask("hold", [client.session])
    waiting(studio, 1, 7)
    with ThreadPoolExecutor(8) as pool:
        heard = [pool.submit(client.messages) for client in clients]
        for _ in clients:
            work.ends.release()
        for one in heard:
            assert one.result(WAIT_S)[-1]["msg"] in ("close_stream", "process_completed")
    assert work.most == 1
    assert sorted(work.order) == sorted(client.session for client in clients)


def test_a_client_that_hangs_up_leaves_and_what_runs_stops(studio, work):
    runs, waits = Client(studio, "runs"), Client(studio, "waits")
    runs.ask("hold", ["runs"])
    waiting(studio, 1, 0)
    waits.ask("hold", ["waits"])
    waiting(studio, 1, 1)
    until(lambda: work.order == ["runs"])
    streams = [runs.hear(), waits.hear()]
    for stream in streams:
        stream.readline()
    streams[1].close()
    waiting(studio, 1, 0)
    streams[0].close()
    waiting(studio, 0, 0)
    assert (work.order, work.stopped) == (["runs"], ["runs"])


MCP_CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
DIRECT = {
    "run": ("run/hold", {"data": ["direct"]}),
    "api": ("api/hold", {"data": ["direct"]}),
    "mcp": ("mcp/", {**MCP_CALL, "params": {"name": "hold", "arguments": {"text": "direct"}}}),
}


@pytest.mark.parametrize("door", DIRECT)
def test_so_it_is_at_doors_without_a_stream(studio, work, door):
    path, body = DIRECT[door]
    address = urllib.parse.urlsplit(studio.local_url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=WAIT_S)
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection.request("POST", f"/gradio_api/{path}", json.dumps(body), headers)
    until(lambda: work.order == ["direct"])
    connection.close()
    waiting(studio, 0, 0)
    assert work.stopped == ["direct"]


def test_clicks_and_photos_do_not_wait_for_a_tool(studio, work, png):
    holder = Client(studio, "holder")
    holder.ask("hold", ["long"])
    until(lambda: work.order == ["long"])
    base = studio.local_url.rstrip("/") + PREFIX
    here = f"{base}/workspaces/{post(f'{base}/workspaces', {})['token']}"
    with urllib.request.urlopen(urllib.request.Request(f"{here}/image?name=a.png", png), timeout=WAIT_S) as answer:
        state = json.loads(answer.read())
    prompts = {"points": [[30, 30]], "labels": [1], "box": None}
    kept = post(f"{here}/objects", {"picture": state["picture"]["id"], "prompts": prompts, "choice": 0})
    assert kept["added"]
    assert work.here == 1
    # The tab's event of this visitor waits in the same line, and the page can say so.
    token = here.rpartition("/")[2]
    tab = Client(studio, "tab")
    tab.ask("tab_hold", [{"workspace": token}, "tab"])
    waiting(studio, 1, 1)
    with urllib.request.urlopen(f"{here}/work", timeout=WAIT_S) as answer:
        assert json.loads(answer.read()) == {"ahead": 1, "running": None}
    # Its visitor leaves the page: the tab's work is given up.
    urllib.request.urlopen(urllib.request.Request(f"{here}/close", b""), timeout=WAIT_S).close()
    waiting(studio, 1, 0)
    work.ends.release()
    assert holder.messages()[-1]["msg"] in ("close_stream", "process_completed")
    assert work.order == ["long"]


def test_a_full_queue_is_a_sentence(studio, work, monkeypatch):
    monkeypatch.setattr(studio.scheduler, "most", 2)
    clients = [Client(studio, f"full-{number}") for number in range(4)]
    for number, client in enumerate(clients[:3]):
        client.ask("hold", [str(number)])
        waiting(studio, 1, number)
    clients[3].ask("hold", ["one too many"])
    refused = next(one for one in clients[3].messages() if one["msg"] == "process_completed")
    assert not refused["success"]
    assert refused["output"]["error"] == "The server is busy: 2 jobs are waiting already. Try again in a minute."
    base = studio.local_url.rstrip("/") + PREFIX
    here = f"{base}/workspaces/{post(f'{base}/workspaces', {})['token']}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{here}/example", {"name": "chelsea.png"})
    assert caught.value.code == 503
    assert "busy" in json.loads(caught.value.read())["error"]
    with ThreadPoolExecutor(3) as pool:
        heard = [pool.submit(client.messages) for client in clients[:3]]
        work.ends.release(3)
        for one in heard:
            one.result(WAIT_S)
