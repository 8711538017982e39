"""What all benchmarks need: times, a child's cost, the machine in words, a table in Markdown."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLI = ("-c", "from xlcheck.cli import main; main(prog_name='xlcheck')")
# The same, and then the most memory that this process itself (no worker) ever held, in KiB, as a last line on stderr.
CLI_PEAK = ("-c", """
import atexit, re, sys
def peak():
    with open("/proc/self/status") as status:
        print(re.search(r"VmHWM:\\s*(\\d+)", status.read())[1], file=sys.stderr)
atexit.register(peak)
from xlcheck.cli import main
main(prog_name="xlcheck")
""")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the page, with what it shows in words."""

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table as the page shows it."""
        lines = [f"## {self.title}", "", self.text, "", row(self.head), row(["---"] + ["---:"] * (len(self.head) - 1))]
        return "\n".join([*lines, *(row(each) for each in self.rows)]) + "\n"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child took: seconds on the clock, seconds of processor (its own children's too), what it said."""

    wall: float
    cpu: float
    stdout: str
    stderr: str


def row(cells: Iterable[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def environment(scratch: Path) -> dict[str, str]:
    """A child's: byte code is kept as where xlcheck is installed, caches lie in ``scratch``."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    caches = {"PYTHONPYCACHEPREFIX": str(scratch / "bytecode"), "XDG_CACHE_HOME": str(scratch / "cache")}
    return kept | caches | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def python(arguments: Sequence[str], scratch: Path) -> Cost:
    """Run this Python with ``arguments``; stops with the child's words where it fails (exit 1: something was found)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    ran = subprocess.run([sys.executable, *arguments], env=environment(scratch), capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode not in (0, 1) or "Traceback" in ran.stderr:
        sys.exit(f"{' '.join(arguments)} exited with {ran.returncode}: {ran.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, ran.stdout, ran.stderr)


def interleaved(works: Sequence[Callable[[], Cost]], rounds: int) -> list[Cost]:
    """Each work ``rounds`` times, in turn, so that a busy moment of the machine hits all; the medians."""
    seen = [[work() for work in works] for _ in range(rounds)]
    return [
        Cost(statistics.median(each.wall for each in own), statistics.median(each.cpu for each in own), own[-1].stdout, own[-1].stderr)
        for own in zip(*seen, strict=True)
    ]  # fmt: skip


def here(work: Callable[[], object]) -> Cost:
    """What a call in this process takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, "", "")


def can(option: str, command: str) -> bool:
    """Whether a command of xlcheck has an option."""
    ran = subprocess.run([sys.executable, *CLI, command, "--help"], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8", check=True)  # fmt: skip
    return option in ran.stdout


def machine() -> str:
    """Processor, cores, system, Python and libraries."""
    names = ("numpy", "pandas", "openpyxl", "python-calamine", "xlsxwriter", "pyyaml")
    libraries = ", ".join(f"{name} {release(name)}" for name in names)
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; {libraries}"
    )


def processor() -> str:
    """The processor's model."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def release(name: str) -> str | None:
    """A distribution's version, None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def said(cost: Cost) -> dict[str, float]:
    """The numbers that a child printed as JSON."""
    return dict(json.loads(cost.stdout))
