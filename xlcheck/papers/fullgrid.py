"""The reader of last resort, python-calamine: reads many odd files, without formats, formulas and error cells.

Error cells would come out blank; for a package they are looked up in its parts and put back.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
from typing import Any

from xlcheck.papers.bounds import AREA, Unreadable, cell_counter, check_area, inflate, open_archive
from xlcheck.papers.package import BadPackage, Package
from xlcheck.papers.spreadsheet import RESULT_SHEET, Book, Cell, Sheet, position

_EPOCH = dt.datetime(1899, 12, 30)
_ERROR_CELL = re.compile(
    rb"""<(?:\w{1,20}:)?c\b(?=[^<>]{0,400}?\bt\s*=\s*["']e["'])[^<>]{0,400}?\br\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})["']"""
    rb"""[^<>]{0,400}>(?:(?!</(?:\w{1,20}:)?c>).){0,9000}?<(?:\w{1,20}:)?v[^<>]{0,40}>([^<]{1,40})<""",
    re.DOTALL,
)


class BadGrid(Exception):
    """calamine cannot read the bytes."""


def read_full_grid(data: bytes) -> Book:
    """Read a workbook by calamine; raises :class:`BadGrid`, or :class:`Unreadable` where a bound is passed."""
    archive = open_archive(data) if data[:2] == b"PK" else None
    if archive is not None:
        check_area(archive)
    try:
        book = _read(data)
    except (Unreadable, MemoryError):
        raise
    except BaseException as error:  # a panic of calamine's is a BaseException whose class cannot be imported
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise BadGrid(str(error)) from error
    if archive is not None:
        _restore_errors(book, data, archive)
    return book


def _read(data: bytes) -> Book:
    import python_calamine

    count = cell_counter()
    source = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    for index, about in enumerate(source.sheets_metadata):
        if about.name == RESULT_SHEET or about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        visible = python_calamine.SheetVisibleEnum
        sheet = Sheet(about.name, about.visible != visible.Visible, about.visible == visible.VeryHidden)
        grid = source.get_sheet_by_index(index)
        if grid.total_height * grid.total_width > AREA:
            raise Unreadable("工作簿在极远的行列里有内容，请删去表格以外的行列并另存为 .xlsx 后重新报送。")
        for row, values in enumerate(grid.to_python(skip_empty_area=False), 1):
            for column, value in enumerate(values, 1):
                if value != "":
                    count(1)
                    sheet.cells[row, column] = _cell(row, column, value)
        for (top, left), (bottom, right) in grid.merged_cell_ranges or ():
            sheet.merges.append((top + 1, left + 1, bottom + 1, right + 1))
        sheets.append(sheet)
    return Book(sheets, whole=False)


def _cell(row: int, column: int, value: Any) -> Cell:
    if isinstance(value, bool | str):
        return Cell(row, column, value)
    if isinstance(value, int | float):
        number = float(value)
        return Cell(row, column, number) if math.isfinite(number) else Cell(row, column, str(number), error=True)
    if isinstance(value, dt.datetime):
        return Cell(row, column, (value.replace(tzinfo=None) - _EPOCH) / dt.timedelta(days=1), format="yyyy-mm-dd")
    if isinstance(value, dt.date):
        return Cell(row, column, float(value.toordinal() - _EPOCH.toordinal()), format="yyyy-mm-dd")
    if isinstance(value, dt.timedelta):
        return Cell(row, column, value / dt.timedelta(days=1), format="[h]:mm:ss")
    return Cell(row, column, str(value))


def _restore_errors(book: Book, data: bytes, archive: zipfile.ZipFile) -> None:
    """Put the error cells of a package back; raises :class:`BadGrid` where it is not known which sheet's they are."""
    found = {name: _errors(inflate(archive, name) or b"") for name in _sheet_parts(archive)}
    if not any(found.values()):
        return
    try:
        parts = {entry.name: entry.part for entry in Package(data).sheets()}
    except BadPackage as error:
        raise BadGrid("error cells of unknown sheets") from error
    for sheet in book.sheets:
        for reference, shown in found.get(parts.get(sheet.name, ""), {}).items():
            at = position(reference)
            if at is not None and at not in sheet.cells:
                sheet.cells[at] = Cell(*at, shown, error=True)


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if "worksheets/" in name.lower() and name.lower().endswith(".xml")]


def _errors(part: bytes) -> dict[str, str]:
    if b'"e"' not in part and b"'e'" not in part:
        return {}
    return {match[1].decode(): match[2].decode("utf-8", "replace") for match in _ERROR_CELL.finditer(part)}
