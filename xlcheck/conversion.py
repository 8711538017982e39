"""Other formats as .xlsx, to be marked: by LibreOffice where it is present, else written anew from the grid."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from xlcheck.papers import office
from xlcheck.papers.foreign import open_any
from xlcheck.papers.spreadsheet import Book, Sheet
from xlcheck.sheets import cell_text, heard

if TYPE_CHECKING:
    from xlsxwriter.format import Format

_LOST_BY_GRID = "字体、边框、底色、列宽和行高、图片、批注和公式（原文件不是 .xlsx，本机没有 LibreOffice，只带入了数值、数字格式和合并单元格）"
_LOST_BY_OFFICE = "原文件不是 .xlsx，已由 LibreOffice 转换；宏和个别版式可能没有带入"


def as_xlsx(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """(an .xlsx package with what the source holds, what could not be carried over)."""
    converted = office.stored_anew(data, name)
    if converted is not None:
        return converted, (_LOST_BY_OFFICE,)
    return _from_grid(open_any(data, name)), (_LOST_BY_GRID,)


def _from_grid(book: Book) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as made:
        formats: dict[str, Format] = {}
        for sheet in book.sheets:
            page = made.add_worksheet(sheet.name)
            if sheet.hidden:
                page.hide()
            covered = _merged(sheet)
            for (row, column), cell in sheet.cells.items():
                code = cell.format if cell.format != "General" else ""
                shape = formats.setdefault(code, made.add_format({"num_format": code})) if code else None
                if (row, column) in covered:
                    bottom, right = covered[row, column]
                    heard(page.merge_range(row - 1, column - 1, bottom - 1, right - 1, "", shape), "merge_range")
                at = (row - 1, column - 1)
                if isinstance(cell.raw, bool):
                    heard(page.write_boolean(*at, cell.raw, shape), "write_boolean")
                elif isinstance(cell.raw, float):
                    heard(page.write_number(*at, cell.raw, shape), "write_number")
                else:
                    heard(page.write_string(*at, cell_text(cell.text or str(cell.raw or "")), shape), "write_string")
    return buffer.getvalue()


def _merged(sheet: Sheet) -> dict[tuple[int, int], tuple[int, int]]:
    """The merges that overlap no other, by their first cell."""
    taken: set[tuple[int, int]] = set()
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for top, left, bottom, right in sheet.merges:
        if (bottom - top + 1) * (right - left + 1) > 4096 or (top, left) == (bottom, right):
            continue
        area = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if not area & taken:
            taken |= area
            found[top, left] = (bottom, right)
    return found
