"""Annotating a workbook against openpyxl's load and save."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from benchmarks.measure import Table, here, interleaved
from benchmarks.units import write_units

TITLE = "Annotating one workbook"
TEXT = """\
{books} workbooks of {units} units, every unit with a fault: the copy with the findings marked and the sheet 「审核结果」 in front,
against openpyxl's load and save of the same workbook with nothing added. From bytes to bytes; medians of {rounds} runs."""


def tables(quick: bool, scratch: Path) -> Iterator[Table]:
    """One table with two lines."""
    import openpyxl

    from xlcheck.annotate import annotate
    from xlcheck.checking import check

    units, rounds = (5, 1) if quick else (60, 5)
    write_units(scratch, units, seed=3, faults=1.0)
    works = [
        (own, paper.file, (scratch / paper.file).read_bytes())
        for own in check(scratch).each()
        for paper in own.submissions[0].papers
        if PurePosixPath(paper.file).suffix == ".xlsx"
    ]

    def marked() -> None:
        for report, file, data in works:
            annotate(report, file, data)

    def resaved() -> None:
        for _, _, data in works:
            openpyxl.load_workbook(io.BytesIO(data)).save(io.BytesIO())

    marked()  # what is imported on the way is not counted
    ours, theirs = interleaved([partial(here, marked), partial(here, resaved)], rounds)
    rows = [
        (title, f"{cost.cpu / len(works) * 1000:.1f}", f"{cost.cpu / theirs.cpu:.2f}")
        for title, cost in (("xlcheck, annotated copy", ours), ("openpyxl, load and save", theirs))
    ]
    text = TEXT.format(books=len(works), units=units, rounds=rounds)
    yield Table(TITLE, text, ("", "CPU ms a workbook", "× openpyxl"), rows)
