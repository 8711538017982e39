"""Work on untrusted files in child processes that may crash, hang or run out of memory: each costs one result.

A worker is forked where that is safe (Linux, one thread: some milliseconds), else spawned. It takes one argument
at a time, so that a death is one argument's and nobody else's. Limits: wall-clock seconds by the parent, address
space and CPU seconds by the kernel where it has them (:data:`xlcheck.papers.bounds.SECONDS`, ``MEMORY_BYTES``).
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from xlcheck.papers.bounds import MEMORY_BYTES, SECONDS

Cause = Literal["time", "memory", "crash", "error"]
Argument = TypeVar("Argument")
Result = TypeVar("Result")

_TASKS = 500  # a worker is replaced after so many: memory that a file has fragmented comes back
_AHEAD = 16  # for each worker, how far work may run ahead of the slowest result before it waits
_RESULT_BYTES = 256 << 20
_START_SECONDS = 30.0  # a spawned worker imports first; its first argument is not charged for that
_SENTENCES: dict[Cause, str] = {
    "time": "读取用时超过 {seconds:g} 秒，已停止；文件可能已损坏或过大，请删去无关内容，另存为新的 .xlsx 后重新报送。",
    "memory": "读取所需内存超过 {megabytes} MB，已停止；文件可能已损坏或过大，请删去无关内容，另存为新的 .xlsx 后重新报送。",
    "crash": "文件使读取程序异常中止（文件内部已损坏），请用 Excel 或 WPS 打开并另存为新的 .xlsx 后重新报送。",
    "error": "文件内部结构不规范，无法读取，请用 Excel 或 WPS 打开并另存为新的 .xlsx 后重新报送。",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Instead of a result: one sentence for the user, and for a log what happened."""

    cause: Cause
    message: str
    detail: str = ""


def run_bounded(
    function: Callable[[Argument], Result],
    arguments: Iterable[Argument],
    jobs: int = 1,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY_BYTES,
) -> Iterator[Result | Failure]:
    """``function`` of each argument, in their order, each within ``seconds`` and ``memory`` bytes above the start.

    Results (and, where workers are spawned, the function and its arguments) must be picklable. Where no process can
    be started the work is done here, without limits. Closing the iterator, Ctrl-C included, kills the workers.
    """
    pool = _Pool(function, seconds, memory)
    try:
        yield from pool.run(iter(arguments), max(1, jobs))
    finally:
        pool.close()


class Bounded(Generic[Argument, Result]):
    """``function`` in one bounded process that is kept from call to call, and goes when this does."""

    def __init__(self, function: Callable[[Argument], Result], *, seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> None:  # fmt: skip
        self._pool = _Pool(function, seconds, memory)

    def __call__(self, argument: Argument) -> Result | Failure:
        """The result, or why there is none; from one thread at a time."""
        said: Result | Failure = next(self._pool.run(iter([argument]), 1))
        return said


def _failure(cause: Cause, seconds: float, memory: int, detail: str = "") -> Failure:
    return Failure(cause, _SENTENCES[cause].format(seconds=seconds, megabytes=memory >> 20), detail)


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    index: int = -1  # of the argument it works on; -1: none
    deadline: float = 0.0
    done: int = 0


class _Pool:
    """The workers, and what they are at."""

    def __init__(self, function: Callable[[Any], Any], seconds: float, memory: int) -> None:
        self.function = function
        self.seconds = seconds
        self.memory = memory
        self.context = _context()
        self.workers: list[_Worker] = []

    def run(self, arguments: Iterator[Any], jobs: int) -> Iterator[Any]:
        results: dict[int, Any] = {}
        handed = given = 0
        exhausted = False
        while True:
            while not exhausted and handed < given + jobs * _AHEAD:
                worker = self._idle(jobs)
                if worker is None and self.workers:
                    break
                try:
                    argument = next(arguments)
                except StopIteration:
                    exhausted = True
                    break
                if worker is None:
                    results[handed] = _here(self.function, argument, self.seconds, self.memory)
                else:
                    self._hand(worker, handed, argument, results)
                handed += 1
            while given in results:
                yield results.pop(given)
                given += 1
            if exhausted and given == handed:
                return
            self._collect(results)

    def close(self) -> None:
        """Kill what is left: an idle worker has nothing to lose, a busy one is not to be waited for."""
        for worker in self.workers:
            _end(worker)
        self.workers.clear()

    def _idle(self, jobs: int) -> _Worker | None:
        """A worker without work, started where there are fewer than ``jobs``; None where all work or none can start."""
        for worker in self.workers:
            if worker.index < 0:
                return worker
        if len(self.workers) >= jobs:
            return None
        try:
            ours, theirs = multiprocessing.Pipe()
        except OSError:
            return None
        inherited = (*(worker.pipe for worker in self.workers), ours) if self._forks() else ()
        process = self.context.Process(  # type: ignore[attr-defined]  # every concrete context has it
            target=_serve, args=(theirs, inherited, self.function, self.seconds, self.memory), daemon=True
        )
        try:
            process.start()
        except (OSError, AssertionError, pickle.PicklingError, AttributeError, TypeError):
            ours.close()  # no more processes, a daemon may have none, or the function cannot be sent
            return None
        finally:
            theirs.close()
        self.workers.append(_Worker(process, ours, deadline=0.0 if self._forks() else _START_SECONDS))
        return self.workers[-1]

    def _forks(self) -> bool:
        return self.context.get_start_method() == "fork"

    def _hand(self, worker: _Worker, index: int, argument: Any, results: dict[int, Any]) -> None:
        worker.index = index
        worker.deadline = time.monotonic() + self.seconds + (worker.deadline if worker.done == 0 else 0.0)
        try:
            worker.pipe.send(argument)
        except OSError:  # it died idle, from outside: that is not the argument's fault
            self._drop(worker)
            results[index] = _failure("crash", self.seconds, self.memory, "worker gone")

    def _collect(self, results: dict[int, Any]) -> None:
        """Wait until a worker answers, dies or passes its time, and note what came of it."""
        busy = [worker for worker in self.workers if worker.index >= 0]
        if not busy:
            return
        patience = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
        ready = wait([worker.pipe for worker in busy], patience)
        now = time.monotonic()
        for worker in busy:
            index = worker.index
            if worker.pipe in ready:
                results[index] = self._answer(worker)
            elif now >= worker.deadline:
                results[index] = _failure("time", self.seconds, self.memory)
                self._drop(worker)

    def _answer(self, worker: _Worker) -> Any:
        try:
            good, answer, detail = pickle.loads(worker.pipe.recv_bytes(_RESULT_BYTES))
        except (EOFError, OSError, pickle.UnpicklingError):
            worker.process.join(1)
            code = worker.process.exitcode
            self._drop(worker)
            cause: Cause = "time" if code == -getattr(signal, "SIGXCPU", 0) and code else "crash"
            return _failure(cause, self.seconds, self.memory, f"exit code {code}")
        worker.index, worker.done = -1, worker.done + 1
        if not good:
            if answer == "memory":
                self._drop(worker)
            return _failure(answer, self.seconds, self.memory, detail)
        if worker.done >= _TASKS:
            self._drop(worker)
        return answer

    def _drop(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        _end(worker)


def _end(worker: _Worker) -> None:
    if sys.platform != "win32" and worker.process.pid:
        with suppress(ProcessLookupError, PermissionError):  # not yet, or no more, the head of a group of its own
            os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.kill()
    worker.process.join()
    worker.process.close()
    worker.pipe.close()


def _context() -> BaseContext:
    """Fork where one thread runs on Linux, the fork server where more do, elsewhere a fresh interpreter."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork" if threading.active_count() == 1 else "forkserver")
    return multiprocessing.get_context("spawn")


def _here(function: Callable[[Any], Any], argument: Any, seconds: float, memory: int) -> Any:
    good, answer, detail = _attempt(function, argument)
    return answer if good else _failure(answer, seconds, memory, detail)


def _attempt(function: Callable[[Any], Any], argument: Any) -> tuple[bool, Any, str]:
    """(True, result, "") or (False, cause, detail)."""
    try:
        return True, function(argument), ""
    except MemoryError:
        return False, "memory", ""
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001  a parser's slip or a panic in Rust is one file's affair
        return False, "error", f"{type(error).__name__}: {error}"[:500]


def _serve(pipe: Connection, inherited: tuple[Connection, ...], function: Callable[[Any], Any], seconds: float, memory: int) -> None:  # fmt: skip
    """A worker's life: arguments in, results out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent ends the workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        os.setpgid(0, 0)  # what it starts ends with it
    _silence()
    gc.freeze()  # what the parent had, the pack above all, is not this process's to collect, nor to copy
    for other in inherited:
        other.close()  # else no sibling would see that the parent is gone
    _limit_memory(memory)
    while True:
        try:
            argument = pipe.recv()
        except (EOFError, OSError):
            break
        _limit_cpu(seconds)
        answer = _attempt(function, argument)
        try:
            body = pickle.dumps(answer)
        except MemoryError:
            body = pickle.dumps((False, "memory", ""))
        except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
            body = pickle.dumps((False, "error", f"result: {error}"[:500]))
        del answer
        try:
            pipe.send_bytes(body)
        except OSError:
            break
    os._exit(0)  # what the parent registered to be done at exit is not this process's to do


def _silence() -> None:
    """Send what parsers print, and what an abort says of itself, nowhere: the parent says what there is to say."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _limit_memory(more: int) -> None:
    """Allow ``more`` bytes of address space beyond what the process has now, where the system can limit it."""
    if sys.platform != "linux":
        return
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        ceiling = pages * resource.getpagesize() + more
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or ceiling < hard:
            resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (OSError, ValueError):
        return  # a sandbox without /proc or without the right to limit: the clock still holds


def _limit_cpu(seconds: float) -> None:
    """Let the kernel end a worker that outlives its parent in a loop: CPU seconds from now."""
    if sys.platform == "win32":
        return
    import resource

    used = sum(os.times()[:2])
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used + 2 * seconds + 2)
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
    except (OSError, ValueError):
        return
