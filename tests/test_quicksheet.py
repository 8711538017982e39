"""The short way of writing a sheet writes what xlsxwriter writes, byte for byte."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsxwriter.worksheet import Worksheet

from xlcheck.quicksheet import QuickSheet

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: text.replace("<r>", ""))
CELLS = st.lists(st.one_of(TEXTS, st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False)), max_size=12)  # fmt: skip


def written(sheet_class: type[Worksheet], cells: list[str | int | float]) -> dict[str, bytes]:
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})
        sheet = book.add_worksheet("一", sheet_class)
        look = book.add_format({"bold": True})
        for row, cell in enumerate(cells):
            for column, shape in ((0, look), (1, None), (300, look)):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell, shape)
                else:
                    sheet.write_number(row, column, cell, shape)
            sheet.write_blank(row, 301, None, look)
            sheet.write_formula(row, 302, f'=IF(A{row + 1}<2,"",SUM(A1:B9))', look, cell)
    package = zipfile.ZipFile(buffer)
    return {name: package.read(name) for name in package.namelist()}


@settings(max_examples=60, deadline=None)
@example(["_x0041_", " x", "x ", "<r>a</r>", "a&b<c>", "\ufffe", "\x01", "　", "\n", ""])
@given(CELLS)
def test_the_same_bytes(cells: list[str | int | float]) -> None:
    assert written(QuickSheet, cells) == written(Worksheet, cells)
