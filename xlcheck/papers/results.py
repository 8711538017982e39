"""Results for formulas that have none stored, computed for the check alone: by formualizer, or by LibreOffice.

Programs that write workbooks without calculating (openpyxl, POI) leave such formulas. Nothing is written back; a
cell whose result was computed names the program.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xlcheck.papers import office
from xlcheck.papers.package import BadPackage
from xlcheck.papers.spreadsheet import Book, Cell, Sheet, read_book

_OFFICE_SECONDS = 6.0  # the worker that reads has 8 for a file
_EPOCH = dt.datetime(1899, 12, 30)
_ERRORS = {"Null": "#NULL!", "Div": "#DIV/0!", "Value": "#VALUE!", "Ref": "#REF!", "Name": "#NAME?", "Num": "#NUM!", "Na": "#N/A"}  # fmt: skip

Where = tuple[str, int, int]  # sheet, row, column
Result = str | float | bool


def with_results(book: Book, data: bytes, name: str) -> Book:
    """The book with results in the formulas that had none; what no program can compute is left as it is."""
    missing = [(sheet.name, *at) for sheet in book.sheets for at, cell in sheet.cells.items() if cell.raw is None]
    if not missing:
        return book
    for program, compute in _PROGRAMS:
        results = compute(data, name, missing)
        if results:
            return replace(book, sheets=[_filled(sheet, results, program) for sheet in book.sheets])
    return book


def _filled(sheet: Sheet, results: Mapping[Where, Result], program: str) -> Sheet:
    def filled(cell: Cell) -> Cell:
        result = results.get((sheet.name, cell.row, cell.column)) if cell.raw is None else None
        if result is None:
            return cell
        return replace(cell, raw=result, error=isinstance(result, str) and result in _ERRORS.values(), computed=program)

    return sheet.with_cells({at: filled(cell) for at, cell in sheet.cells.items()})


def _by_formualizer(data: bytes, _: str, missing: Sequence[Where]) -> dict[Where, Result]:
    """The results by formualizer (some milliseconds); empty where it is absent, or cannot compute the workbook."""
    if not data.startswith(b"PK"):
        return {}
    try:
        import formualizer
    except ImportError:
        return {}
    try:
        book = formualizer.load_workbook_bytes(data)
        book.evaluate_all()
        computed = {where: book.get_value(*where) for where in missing}
    except MemoryError:
        raise
    except BaseException as error:  # it has a dozen exceptions; a panic in Rust is a BaseException without a class
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return {}
    return {where: result for where, value in computed.items() if (result := _result(value)) is not None}


def _result(value: Any) -> Result | None:
    """A value of formualizer's as a cell holds it; None for an array, or an error that Excel does not have."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, dt.datetime):
        return (value.replace(tzinfo=None) - _EPOCH) / dt.timedelta(days=1)
    if isinstance(value, dt.date):
        return float(value.toordinal() - _EPOCH.toordinal())
    if isinstance(value, dict):
        return _ERRORS.get(str(value.get("kind")))
    return None


def _by_office(data: bytes, name: str, missing: Sequence[Where]) -> dict[Where, Result]:
    """The results by LibreOffice (a second or more); empty where it is absent, or cannot open the workbook in time."""
    stored = office.stored_anew(data, name, _OFFICE_SECONDS)
    if stored is None:
        return {}
    try:
        sheets = {sheet.name: sheet for sheet in read_book(stored).sheets}
    except BadPackage:
        return {}
    found: dict[Where, Result] = {}
    for sheet, row, column in missing:
        cell = sheets[sheet].cells.get((row, column)) if sheet in sheets else None
        if cell is not None and cell.raw is not None:
            found[sheet, row, column] = cell.raw
    return found


_PROGRAMS: tuple[tuple[str, Callable[[bytes, str, Sequence[Where]], dict[Where, Result]]], ...] = (
    ("formualizer", _by_formualizer),
    ("LibreOffice", _by_office),
)
