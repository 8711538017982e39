"""A roll-up's throughput against loops that merely read the same files.

The module is also the child that reads: ``python -m benchmarks.throughput READER FOLDER`` prints its seconds as JSON.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from xml.parsers import expat

from benchmarks.measure import CLI, Cost, Table, can, here, interleaved, python, said
from benchmarks.units import write_units

ROLLUP = "Roll-up: throughput"
TEXT = """\
{units} units with 基础数据表 and 评分表 ({files} workbooks), one in ten with a fault; and the same units with their 自评报告.
The roll-up reads, checks every rule and writes the municipal workbook; its figures are of the whole process and its
workers, the start included (and without the cache). The loops only read every sheet of the same workbooks; what they
import is not counted. Medians of {rounds} runs."""
DONE = """\
At 2 jobs the roll-up of tables does {faster:.1f} × the units a second of the pandas/openpyxl loop (aim: 10), for {dearer:.1f} × the
processor time of pandas merely reading by calamine (aim: at most 4). The reports cost {prose:.1f} ms a unit."""


def floor(path: Path) -> None:
    """Unzip the sheets and the shared strings, and let expat parse them into nothing."""
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet") or name == "xl/sharedStrings.xml":
                expat.ParserCreate().Parse(package.read(name), True)


def calamine(path: Path) -> None:
    """Every sheet as lists."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def pandas(path: Path, engine: str) -> None:
    """Every sheet as a frame."""
    import pandas as pd

    pd.read_excel(path, sheet_name=None, header=None, engine=engine)  # type: ignore[call-overload]


READERS: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "floor": ("floor: unzip and expat alone", floor),
    "calamine": ("python-calamine", calamine),
    "pandas-calamine": ("`pandas.read_excel`, calamine", partial(pandas, engine="calamine")),
    "pandas-openpyxl": ("`pandas.read_excel`, openpyxl", partial(pandas, engine="openpyxl")),
}


def loop(reader: Callable[[Path], None], folder: Path) -> Cost:
    """What reading every unit's workbooks takes, the first one (imports) apart."""
    files = sorted(folder.glob("*/*.xlsx"))
    reader(files[0])
    return here(lambda: [reader(file) for file in files])


def rollup(folder: Path, scratch: Path, jobs: int, more: Sequence[str] = ()) -> Cost:
    """A roll-up in a child."""
    return python([*CLI, "rollup", str(folder), "--out", str(scratch / "汇总.xlsx"), "--roster", str(folder / "单位名录.xlsx"), "--jobs", str(jobs), *more], scratch)  # fmt: skip


def read(name: str, folder: Path, scratch: Path) -> Cost:
    """A loop of a reader in a child."""
    seconds = said(python(["-m", "benchmarks.throughput", name, str(folder)], scratch))
    return Cost(seconds["wall"], seconds["cpu"], "", "")


def tables(quick: bool, scratch: Path) -> Iterator[Table]:
    """One table: the roll-up at one and two jobs, with reports, and the readers."""
    units, rounds = (30, 1) if quick else (500, 3)
    plain, prose = scratch / "tables", scratch / "reports"
    for folder in (plain, prose):
        folder.mkdir()
        write_units(folder, units, seed=2, reports=folder is prose, faults=0.1)
    fresh = ["--no-cache"] if can("--no-cache", "rollup") else []
    lines = {
        "`xlcheck rollup`, 1 job": partial(rollup, plain, scratch, 1, fresh),
        "`xlcheck rollup`, 2 jobs": partial(rollup, plain, scratch, 2, fresh),
        "`xlcheck rollup`, 1 job, with reports": partial(rollup, prose, scratch, 1, fresh),
        "`xlcheck rollup`, 2 jobs, with reports": partial(rollup, prose, scratch, 2, fresh),
    } | {title: partial(read, name, plain, scratch) for name, (title, _) in READERS.items()}
    rollup(plain, scratch, 1, fresh)  # leaves the byte code
    costs = dict(zip(lines, interleaved(list(lines.values()), rounds), strict=True))
    slow, merely = costs["`pandas.read_excel`, openpyxl"], costs["`pandas.read_excel`, calamine"]
    best = costs["`xlcheck rollup`, 2 jobs"]
    added = costs["`xlcheck rollup`, 1 job, with reports"].cpu - costs["`xlcheck rollup`, 1 job"].cpu
    text = TEXT.format(units=f"{units:,}", files=f"{len(list(plain.glob('*/*.xlsx'))):,}", rounds=rounds)
    done = DONE.format(faster=slow.wall / best.wall, dearer=best.cpu / merely.cpu, prose=added / units * 1000)
    rows = [
        (title, f"{units / cost.wall:,.0f}", f"{cost.wall / units * 1000:.1f}", f"{cost.cpu / units * 1000:.1f}",
         f"{slow.wall / cost.wall:.1f}", f"{cost.cpu / merely.cpu:.1f}")
        for title, cost in costs.items()
    ]  # fmt: skip
    head = ("", "units/s", "ms a unit", "CPU ms a unit", "× pandas/openpyxl, units/s", "× pandas/calamine, CPU")
    yield Table(ROLLUP, f"{text}\n\n{done}", head, rows)


def main() -> None:
    """Be the child."""
    cost = loop(READERS[sys.argv[1]][1], Path(sys.argv[2]))
    print(json.dumps({"wall": cost.wall, "cpu": cost.cpu}))


if __name__ == "__main__":
    main()
