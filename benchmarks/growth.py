"""How a roll-up grows with the number of units, and what a second run costs after one new filing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import CLI_PEAK, Cost, Table, can, python
from benchmarks.units import write_units

TITLE = "Growth with the number of units"
TEXT = """\
`xlcheck rollup --jobs 2` of units without reports, one in ten with a fault, with their roster. Memory is the peak of the parent
process alone (VmHWM). {cache}"""
CACHED = "The second run comes after one more unit has filed; the first has left its cache."
UNCACHED = "This release has no cache: every run is a first one."


def rollup(folder: Path, scratch: Path) -> tuple[Cost, float]:
    """A roll-up in a child, and the parent's peak memory in MiB."""
    cost = python([*CLI_PEAK, "rollup", str(folder), "--out", str(scratch / f"{folder.name}.xlsx"), "--roster", str(folder / "单位名录.xlsx"), "--jobs", "2"], scratch)  # fmt: skip
    return cost, int(cost.stderr.split()[-1]) / 1024


def tables(quick: bool, scratch: Path) -> Iterator[Table]:
    """One table with a line or two for each size."""
    cached = can("--no-cache", "rollup")
    python([*CLI_PEAK, "rollup", "--help"], scratch)
    rows = []
    for units in (10, 40) if quick else (100, 1_000, 10_000):
        folder = scratch / f"units-{units}"
        folder.mkdir()
        write_units(folder, units, seed=units, faults=0.1)
        runs = [("first run", rollup(folder, scratch))]
        if cached:
            write_units(folder, units + 1, seed=units, faults=0.1, start=units)
            runs.append(("second run", rollup(folder, scratch)))
        for title, (cost, peak) in runs:
            each = cost.wall / units * 1000
            rows.append((f"{units:,} units, {title}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{each:.1f}", f"{peak:.0f}", f"{peak * 1024 / units:.0f}"))  # fmt: skip
    head = ("", "s", "CPU s", "ms a unit", "parent's peak, MiB", "KiB a unit")
    yield Table(TITLE, TEXT.format(cache=CACHED if cached else UNCACHED), head, rows)
