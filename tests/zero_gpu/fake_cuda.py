"""A torch for CPUs that the package `spaces` takes for one with CUDA: the package itself runs, without a GPU.

What is made up is the hardware alone: the version that torch was built for, what a CPU build lacks of CUDA, and
in a worker "cuda" as another name of the CPU. Emulation, packing of weights, fork, pickling, queues and moving are the
package's own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .device_api import DeviceApi


class Traffic:
    """Bytes that went to workers and came back, one number a message; `clear` begins anew."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.got: list[int] = []

    def clear(self) -> None:
        self.sent, self.got = [], []


def start(folder: Path) -> tuple[DeviceApi, Traffic]:
    """The API, and what is sent and received. Before torch, gradio and the app are imported.

    Args:
        folder: for weights that are packed; on a disk, since the package reads around its cache.
    """
    api = DeviceApi()
    folder.mkdir(parents=True, exist_ok=True)
    group = folder / "cgroup"
    group.write_text("0::/fake\n")
    os.environ.update(
        SPACES_ZERO_GPU="true",
        SPACES_ZERO_DEVICE_API_URL=api.url,
        ZEROGPU_OFFLOAD_DIR=str(folder / "tensors"),
        ZEROGPU_PROC_SELF_CGROUP_PATH=str(group),
        SPACE_ID="me/studio",
        SAM_STUDIO_RUNTIME="off",
    )
    import torch

    torch.version.cuda = "13.0"
    torch.cuda._is_in_bad_fork = bool  # a lambda in a CPU build, which cannot be pickled; bool() is False
    # With these the emulation's own trap is what a stray .to("cuda") meets, as in a build with CUDA.
    torch._C._cuda_init = lambda: None
    torch._C._cuda_getDeviceCount = lambda: 1
    torch._C._cuda_getCurrentRawStream = lambda *args: 0
    torch.cuda._cudart = torch.cuda._cudart or object()
    import spaces.zero.torch as emulation

    def init(device: str) -> None:
        cuda_is_the_cpu(torch)
        os.environ["CUDA_VISIBLE_DEVICES"] = device

    emulation.init = init
    return api, _count_bytes()


def _count_bytes() -> Traffic:
    from multiprocessing import reduction

    from spaces.zero import wrappers

    traffic = Traffic()
    put, get = wrappers.Queue.put, wrappers.Queue.get

    def counted(self: Any, value: Any) -> Any:
        if not wrappers.forked:
            traffic.sent.append(len(reduction.ForkingPickler.dumps(value)))
        return put(self, value)

    def received(self: Any) -> Any:
        value = get(self)
        if not wrappers.forked and type(value).__name__ == "OkResult":
            traffic.got.append(len(reduction.ForkingPickler.dumps(value)))
        return value

    wrappers.Queue.put, wrappers.Queue.get = counted, received
    return traffic


def cuda_is_the_cpu(torch: Any) -> None:
    """In this process "cuda" is another name of the CPU, as it is in a worker."""
    to, module_to = torch.Tensor.to, torch.nn.Module.to

    def is_cuda(value: Any) -> bool:
        return isinstance(value, (str, torch.device)) and torch.device(value).type == "cuda"

    def args_of(args: Any) -> Any:
        return tuple("cpu" if is_cuda(value) else value for value in args)

    def options_of(options: Any) -> Any:
        return {**options, "device": "cpu"} if is_cuda(options.get("device")) else options

    def pinned(self: Any, *args: Any, **options: Any) -> Any:
        if self.dtype is not torch.uint8:
            return self
        # Aligned to pages, as pinned memory is: reading around the cache needs it.
        room = torch.zeros(self.numel() + 4096, dtype=torch.uint8)
        start = -room.data_ptr() % 4096
        return room[start : start + self.numel()]

    torch.Tensor.to = lambda self, *args, **options: to(self, *args_of(args), **options_of(options))
    torch.nn.Module.to = lambda self, *args, **options: module_to(self, *args_of(args), **options_of(options))
    torch.Tensor.cuda = lambda self, *args, **options: self.clone()
    torch.Tensor.pin_memory = pinned
    torch.cuda._lazy_init = torch.cuda.synchronize = torch.cuda.empty_cache = lambda *args: None
    torch.cuda.is_available, torch.cuda.device_count = lambda: True, lambda: 1
    torch.cuda.get_device_capability = lambda *args: (9, 0)
    torch.cuda.mem_get_info = lambda *args: (40 << 30, 48 << 30)
    for name in ("tensor", "empty", "ones", "zeros", "arange", "full"):
        made = getattr(torch, name)
        setattr(torch, name, lambda *args, made=made, **options: made(*args, **options_of(options)))


def end_workers() -> None:
    """End each worker that was forked here, by its id."""
    import gc
    import signal

    from spaces.zero.wrappers import Worker

    for worker in [one for one in gc.get_objects() if isinstance(one, Worker)]:
        if worker.process.is_alive():
            os.kill(worker.process.pid, signal.SIGKILL)
            worker.process.join(5)


def worker_ids() -> list[int]:
    """Process ids of the workers that live."""
    import gc

    from spaces.zero.wrappers import Worker

    return [one.process.pid for one in gc.get_objects() if isinstance(one, Worker) and one.process.is_alive()]
