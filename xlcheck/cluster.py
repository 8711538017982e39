"""Batches over a Dask cluster. What the files hold travels with them: no disk is shared, and only workers need xlcheck.

Each thread of a worker has a bounded child process (:mod:`xlcheck.workers`), as on this machine. A batch that a child
fails on, or that no worker survives, comes back as a failure and is taken up again here, folder by folder. So is one
that is too large to be sent.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import pickle
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from operator import methodcaller
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from xlcheck.batches import Batch, Task, bound, check_batch
from xlcheck.collecting import CannotCheck
from xlcheck.folders import Folder
from xlcheck.papers.bounds import FILE_BYTES
from xlcheck.resources import VERSION, program
from xlcheck.workers import Bounded, Failure

Said = list[bytes] | Failure

_CONNECT_SECONDS = 10
_WORKER_SECONDS = 60.0  # without a single worker, before the run is given up
_LOOK_SECONDS = 5.0  # how often the workers are counted
_EACH = 2  # batches at a worker's thread: one that it works on, one that waits
_AHEAD = 16  # for each thread, how far answers may run ahead of the slowest
_FLYING_BYTES = 256 << 20  # what the scheduler holds of all batches under way


class OtherProgram(Exception):
    """A worker's xlcheck is not the one that sent the batch."""


class Crew:
    """On one worker of the cluster: the bounded processes that check batches, one for each of its threads.

    Dask keeps it on the worker for as long as the run lasts, a client that was killed included; when it goes, so do
    its processes. A copy sent to another worker takes the task along and starts processes of its own.
    """

    def __init__(self, task: Task, seconds: float, code: str) -> None:
        self._made = task, seconds, code
        self._threads: dict[int, Bounded[bytes, list[bytes]]] = {}

    def __reduce__(self) -> tuple[type[Crew], tuple[Task, float, str]]:
        return Crew, self._made

    def answer(self, batch: bytes) -> Said:
        """What is kept of each folder of a packed batch; raises :class:`OtherProgram`."""
        task, seconds, code = self._made
        if code != program():
            raise OtherProgram(f"xlcheck {VERSION}")
        thread = threading.get_ident()
        if thread not in self._threads:
            # Under its nanny a worker is a daemonic process, and those may start none: here they are to.
            multiprocessing.current_process().daemon = False
            self._threads[thread] = Bounded(partial(_check, task), seconds=seconds)
        return self._threads[thread](batch)


def _check(task: Task, batch: bytes) -> list[bytes]:
    folders, names = pickle.loads(batch)
    return check_batch(task, (tuple(Folder(name, Path(), *rest) for name, *rest in folders), names))


def _packed(batch: Batch) -> bytes | None:
    """A batch with what its files hold, of plain values alone; None where that is too much to send."""
    folders, names = batch
    size = 0
    for path in (path for folder in folders for path in folder.sources()):
        try:
            size += path.stat().st_size
        except OSError:
            continue  # the finding says so
    if size > FILE_BYTES:
        return None
    return pickle.dumps(
        ([(each.name, each.files, each.lone, each.opened, each.contents(), each.called) for each in folders], names)
    )


class Cluster:
    """A cluster with at least one worker; its ``run`` goes to :func:`xlcheck.batches.check_folders`."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._seen = time.monotonic()
        self._counted = 0.0
        self.threads = 0
        self._count()

    def _count(self) -> None:
        """Count the workers' threads, now and then; raises :class:`CannotCheck` where there have been none for long."""
        now = time.monotonic()
        if now - self._counted < _LOOK_SECONDS:
            return
        try:
            threads = sum(self._client.nthreads().values())
        except (OSError, TimeoutError, ValueError) as error:
            raise self._lost() from error
        self._counted = now
        if threads:
            self._seen, self.threads = now, threads
        elif now - self._seen > _WORKER_SECONDS:
            raise _no_worker(self._address)

    def run(self, task: Task, batches: Sequence[Batch]) -> Iterator[Said]:
        """Answers to batches, in their order; raises :class:`CannotCheck` where the cluster cannot give them."""
        rules = tuple(replace(rule, examples=()) for rule in task.pack.rules)  # examples know their files' paths
        crew = Crew(replace(task, pack=replace(task.pack, rules=rules)), bound(batches), program())
        # A task and not scattered data: what is lost with a worker is made again on another.
        home = self._client.submit(pickle.loads, pickle.dumps(crew), pure=False)
        done: SimpleQueue[Any] = SimpleQueue()
        flying: dict[str, tuple[int, int, Any]] = {}  # key → batch, its bytes, the future: Dask drops what nobody holds
        held: dict[int, Said] = {}
        sent = 0
        for given in range(len(batches)):
            while given not in held:
                self._count()
                while sent < len(batches) and self._room(flying, sent - given):
                    packed = _packed(batches[sent])
                    if packed is None:
                        held[sent] = Failure("memory", "")
                    else:
                        future = self._client.submit(methodcaller("answer", packed), home, pure=False)
                        flying[future.key] = sent, len(packed), future
                        future.add_done_callback(done.put)
                    sent += 1
                if given in held:
                    break
                try:
                    future = done.get(timeout=_LOOK_SECONDS)
                except Empty:
                    continue
                number, *_ = flying.pop(future.key)
                held[number] = self._said(future)
            yield held.pop(given)

    def _room(self, flying: dict[str, tuple[int, int, Any]], ahead: int) -> bool:
        under_way = sum(size for _, size, _ in flying.values())
        return len(flying) < _EACH * self.threads and ahead < _AHEAD * self.threads and under_way < _FLYING_BYTES

    def _said(self, future: Any) -> Said:
        from concurrent.futures import CancelledError

        from distributed.scheduler import KilledWorker

        try:
            said: Said = future.result()
        except KilledWorker as error:
            return Failure("crash", "", str(error))
        except (CancelledError, OSError, TimeoutError) as error:
            raise self._lost() from error
        except Exception as error:
            raise CannotCheck(
                f"集群 {self._address} 的工作进程不能运行本机这一版 xlcheck {VERSION}"
                f"（{type(error).__name__}: {error}）。请在每个工作节点安装与本机相同的 xlcheck，然后重试。"
            ) from error
        return said

    def _lost(self) -> CannotCheck:
        return CannotCheck(
            f"与 Dask 调度器 {self._address} 的连接中断。请检查集群后重试；已审核的单位在缓存里，不会重新审核。"
        )


def _no_worker(address: str) -> CannotCheck:
    return CannotCheck(f"Dask 集群 {address} 没有工作进程。请先启动 dask worker，然后重试。")


async def _reach(address: str) -> None:
    """Connect, and no more: a client that cannot connect takes half a minute to give up, and prints a traceback."""
    from distributed.comm.core import connect
    from distributed.security import Security

    security: Any = Security()  # type: ignore[no-untyped-call]  # TLS as Dask's own configuration has it
    arguments = security.get_connection_args("client")
    comm: Any = await connect(address, timeout=_CONNECT_SECONDS, **arguments)  # type: ignore[no-untyped-call]
    comm.abort()


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster whose scheduler has this address (tcp://host:8786).

    Raises :class:`CannotCheck` where Dask is not installed, nothing answers there, or no worker comes.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise CannotCheck("使用 --dask 需要先安装 Dask：pip install 'xlcheck[dask]'。") from error
    try:
        asyncio.run(_reach(address))
        client: Any = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="xlcheck")  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, TypeError, ValueError) as error:
        raise CannotCheck(
            f"连接不上 Dask 调度器 {address}。请核对地址（如 tcp://主机:8786）并确认调度器已启动，然后重试。"
        ) from error
    logs = [logging.getLogger(f"distributed.{part}") for part in ("client", "batched", "core", "comm")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL)  # a lost scheduler is one sentence of ours, not a traceback of theirs
    try:
        try:
            client.wait_for_workers(1, timeout=_WORKER_SECONDS)
        except TimeoutError as error:
            raise _no_worker(address) from error
        yield Cluster(client, address)
    finally:
        client.close(timeout=_CONNECT_SECONDS)
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
