"""The short way of writing a sheet writes what xlsxwriter writes, byte for byte."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsxwriter.worksheet import Worksheet

from xlcheck.quicksheet import QuickSheet

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

        def put(kind: str, row: int, column: int, *words: Any) -> None:
            done = isinstance(sheet, QuickSheet) and getattr(sheet, f"quick_{kind}")(row, column, *words)
            if not done:
                name = "string" if kind == "text" else kind
                words = (None, look) if kind == "blank" else words
                assert getattr(sheet, f"write_{name}")(row, column, *words) == 0

        for row, cell in enumerate(cells):
            if row % 3 == 1:
                sheet.set_row(row, 40)
            for column in (2, 0, 300):
                put("text" if isinstance(cell, str) else "number", row, column, cell, look)
            sheet.write_string(row, 1, "-")
            put("blank", row, 3, look)
            put("formula", row, 4, f'=IF(A{row + 1}<2,"",SUM(A1:B9))', look, cell)
            if row % 2:
                sheet.write_url(row, 5, "external:a.xlsx", look, "b")
    package = zipfile.ZipFile(buffer)
    return {name: package.read(name) for name in package.namelist()}


@settings(max_examples=60, deadline=None)
@example(["_x0041_", " x", "x ", "<r>a</r>", "a&b<c>", "\ufffe", "\x01", "　", "\n", "#REF!", "x" * 20_000, ""])
@given(CELLS)
def test_the_same_bytes(cells: list[str | int | float]) -> None:
    assert written(QuickSheet, cells) == written(Worksheet, cells)
