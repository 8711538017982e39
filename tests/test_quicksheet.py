"""The short way of writing a sheet writes what xlsxwriter writes, byte for byte."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsxwriter.worksheet import Worksheet

from xlcheck.quicksheet import Cell, QuickSheet

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: text.replace("<r>", ""))
CELLS = st.lists(st.one_of(TEXTS, st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False)), max_size=12)  # fmt: skip


def written(sheet_class: type[Worksheet], cells: list[str | int | float]) -> dict[str, bytes]:
    """The parts of a workbook with these cells, written the short way where the class has one."""
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})
        sheet = book.add_worksheet("一", sheet_class)
        look = book.add_format({"bold": True})

        def put(row: int, column: int, *run: Cell) -> None:
            if isinstance(sheet, QuickSheet) and sheet.quick_row(row, column, run, (look,) * len(run)):
                return
            for at, cell in enumerate(run, column):
                if cell is None or cell == "":
                    assert sheet.write_blank(row, at, None, look) == 0
                elif isinstance(cell, tuple):
                    assert sheet.write_formula(row, at, cell[0], look, cell[1]) == 0
                else:
                    write = sheet.write_string if isinstance(cell, str) else sheet.write_number
                    assert write(row, at, cell, look) == 0

        for row, cell in enumerate(cells):
            if row % 3 == 1:
                sheet.set_row(row, 40)
            formula = f'=IF(A{row + 1}<2,"",SUM(A1:B9))', cell
            put(row, 6, cell, None, formula, *cells[:3])
            for column in (2, 0, 300):
                put(row, column, cell)
            sheet.write_string(row, 1, "-")
            put(row, 3, None, formula)
            if row % 2:
                sheet.write_url(row, 5, "external:a.xlsx", look, "b")
    package = zipfile.ZipFile(buffer)
    return {name: package.read(name) for name in package.namelist()}


@settings(max_examples=60, deadline=None)
@example(["_x0041_", " x", "x ", "<r>a</r>", "a&b<c>", "\ufffe", "\x01", "　", "\n", "#REF!", "x" * 20_000, ""])
@given(CELLS)
def test_the_same_bytes(cells: list[str | int | float]) -> None:
    assert written(QuickSheet, cells) == written(Worksheet, cells)
