"""No file stops the reader: each is read, or refused by one sentence; a worker that dies costs one result."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hostile import MAKERS, Hostile
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.workers import Failure, run_bounded

FILES = [make() for make in MAKERS]
CHINESE = re.compile("[一-鿿]")
CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
ROOT = Path(__file__).resolve().parent.parent


def read(file: Hostile) -> str | dict[tuple[int, int], str]:
    """The sentence, or the texts of the first sheet's cells."""
    try:
        book = open_any(file.data, file.name)
    except Unreadable as error:
        return str(error)
    return {at: cell.text for at, cell in book.sheets[0].cells.items()}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, object]:
    """What became of each file, by its name."""
    return dict(zip([file.name for file in FILES], run_bounded(read, FILES, jobs=2), strict=True))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_is_read_or_gets_its_sentence(file: Hostile, outcomes: dict[str, object]) -> None:
    outcome = outcomes[file.name]
    assert not isinstance(outcome, Failure), outcome
    if isinstance(outcome, str):
        assert CHINESE.search(outcome)
        assert outcome.endswith("。")
        assert "\n" not in outcome
        assert file.either or (file.says is not None and file.says in outcome), outcome
    else:
        assert isinstance(outcome, dict)
        assert file.either or file.says is None, outcome
        for at, text in (file.shows or {}).items():
            assert outcome.get(at) == text


def test_sentences_differ(outcomes: dict[str, object]) -> None:
    kinds = {"truncated.xlsx", "encrypted.xlsx", "empty.xlsx", "zeros.xlsx", "renamed-lock.xlsx", "word.xlsx", "scan.xlsx", "photo.xlsx", "login.xls", "zip-bomb.xlsx", "noise.xlsx"}  # fmt: skip
    assert len({str(outcomes[name]) for name in kinds}) == len(kinds)


@pytest.mark.parametrize("name", ["far-cell.xlsx", "lying-string-count.xlsx", "one-string-many-times.xlsx"])
def test_a_reader_that_would_abort_the_process_costs_one_result(name: str) -> None:
    """calamine itself, without the scan before it, on the three files that it is known to die of."""
    data, good = (next(file.data for file in FILES if file.name == which) for which in (name, "lying-dimension.xlsx"))
    before, after = list(run_bounded(calamine_reads, [data, good], seconds=5.0))
    assert isinstance(before, Failure)
    assert after == 20


def calamine_reads(data: bytes) -> int:
    """The rows of the first sheet."""
    import io

    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return len(book.get_sheet_by_index(0).to_python(skip_empty_area=False))


def misbehave(what: str) -> str:
    """A worker's task that ends as it is told."""
    if what == "abort":
        os.abort()
    if what == "exit":
        os._exit(0)
    if what == "hang":
        time.sleep(600)
    if what == "eat":
        return "x" * len(bytearray(8 << 30))
    if what == "raise":
        raise KeyError(what)
    return what


@pytest.mark.skipif(sys.platform != "linux", reason="memory can be limited on Linux alone")
def test_failures_come_in_order_and_cost_one_result_each() -> None:
    tasks = ["a", "abort", "b", "hang", "eat", "raise", "c", "exit", "d"]
    outcomes = list(run_bounded(misbehave, tasks, jobs=2, seconds=1.5))
    shown = [outcome.cause if isinstance(outcome, Failure) else outcome for outcome in outcomes]
    assert shown == ["a", "crash", "b", "time", "memory", "error", "c", "crash", "d"]


def test_results_come_in_order_whatever_takes_longer() -> None:
    assert list(run_bounded(slow_then_fast, range(200), jobs=2)) == list(range(200))


def slow_then_fast(number: int) -> int:
    """Every fiftieth takes its time."""
    time.sleep(0.05 if number % 50 == 0 else 0)
    return number


def test_arguments_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []
    results = run_bounded(slow_then_fast, (taken.append(number) or number for number in range(10_000)), jobs=1)
    assert next(results) == 0
    results.close()
    assert len(taken) < 100


PROGRAM = """
import os, sys, time
from xlcheck.workers import run_bounded
output = os.dup(1)  # a worker's own standard output goes nowhere
def work(number):
    os.write(output, b"%d\\n" % os.getpid())
    time.sleep(600)
list(run_bounded(work, range(2), jobs=2, seconds=600))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_leaves_no_orphan() -> None:
    started = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
    assert started.stdout is not None
    workers = [int(started.stdout.readline()) for _ in range(2)]
    os.killpg(started.pid, signal.SIGINT)
    started.wait(10)
    started.stdout.close()
    assert not [worker for worker in workers if _runs(worker)]


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_every_workbook_of_the_corpus_is_read_or_gets_a_sentence() -> None:
    files = [Hostile(path.name, path.read_bytes()) for path in sorted(CORPUS.iterdir()) if path.is_file()]
    outcomes = dict(zip([file.name for file in files], run_bounded(openable, files, jobs=2), strict=True))
    readable = dict(zip([file.name for file in files], run_bounded(calamine_opens, files, jobs=2), strict=True))
    assert not [outcome for outcome in outcomes.values() if isinstance(outcome, Failure)]
    assert [name for name, opens in readable.items() if opens is True and outcomes[name] != ""] == []


def openable(file: Hostile) -> str:
    """The sentence, or nothing for a file that is read."""
    try:
        open_any(file.data, file.name)
    except Unreadable as error:
        return str(error)
    return ""


def calamine_opens(file: Hostile) -> bool:
    """Whether calamine reads every sheet."""
    import io

    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.data))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
    except python_calamine.CalamineError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="memory can be limited on Linux alone")
def test_memory_of_a_worker_stays_below_a_gibibyte() -> None:
    """In a process of its own: other tests' children count in this one."""
    program = (
        "import resource\nfrom tests.test_hostile import FILES, read, run_bounded\nlist(run_bounded(read, FILES, jobs=1))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert int(ran.stdout) < 1 << 20
