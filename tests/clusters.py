"""A Dask cluster of real processes on this machine: a scheduler and some workers, ended when a test is done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Processes:
    """The cluster's address and its processes."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]


@contextmanager
def cluster(folder: Path, *, workers: int = 2, nanny: bool = True, code: Path = ROOT) -> Iterator[Processes]:
    """A scheduler that cannot import this xlcheck, and workers (under a nanny, or alone) that import it from ``code``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as stack:

        def start(*words: str, path: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--no-dashboard"],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": path},
                stdout=subprocess.DEVNULL,
                stderr=stack.enter_context((folder / f"{words[0]}.log").open("ab")),
                start_new_session=True,
            )
            stack.callback(end, process)
            return process

        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", str(port), path=str(folder))
        more = ["--nthreads", "1", "--memory-limit", "0", "--local-directory", str(folder)]
        more += [] if nanny else ["--no-nanny"]
        running = tuple(start("worker", address, *more, path=str(code)) for _ in range(workers))
        yield Processes(address, scheduler, running)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it has started: they are a session of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
