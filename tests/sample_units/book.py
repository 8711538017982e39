"""A workbook being written: cells are collected first, then written with formulas, as their addresses are known.

xlsxwriter writes; every date in the package is fixed, so the bytes are the same on every run.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from tests.drift_words import Key
from tests.sample_units.figures import RATE_INPUTS, SUM_PARTS, Figure

CREATED = datetime(2025, 7, 28, 9, 0, 0)
SONG, TITLE_FACE, GREY = "宋体", "方正小标宋简体", "#7F7F7F"
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font_name": TITLE_FACE, "font_size": 18, "align": "center"},
    "annex": {"font_name": "黑体", "font_size": 12},
    "line": {"font_size": 10.5},
    "line-right": {"font_size": 10.5, "align": "right"},
    "section": {"bold": True, "border": 1},
    "band": {"bold": True, "border": 1, "align": "center"},
    "header": {"bold": True, "border": 1, "align": "center"},
    "label": {"border": 1},
    "name": {"border": 1, "align": "center"},
    "text": {"border": 1},
    "centre": {"border": 1, "align": "center"},
    "money": {"border": 1, "align": "right", "num_format": "#,##0.00_ "},
    "plain-money": {"border": 1, "align": "right", "num_format": "0.00_ "},
    "general": {"border": 1, "align": "right", "indent": 1},
    "count": {"border": 1, "align": "right", "num_format": "0_ "},
    "percent": {"border": 1, "align": "right", "num_format": "0.00%_ "},
    "date": {"border": 1, "align": "center", "num_format": 'yyyy"年"m"月"d"日"'},
    "score": {"border": 1, "align": "center"},
    "foot": {"font_size": 10},
}


@dataclass(slots=True)
class Cell:
    """One cell, or the first of a merged block, waiting to be written."""

    sheet: Any
    row: int
    column: int
    rows: int
    columns: int
    value: Figure
    look: str
    key: Key | None
    grey: bool
    formula: str | None


@dataclass(slots=True)
class Book:
    """A workbook whose cells are written when it is closed."""

    path: Path
    formulas: bool = False
    title: str = ""
    workbook: Any = field(init=False)
    cells: list[Cell] = field(default_factory=list)
    where: dict[Key, Cell] = field(default_factory=dict)
    formats: dict[tuple[str, bool], Any] = field(default_factory=dict)
    heights: dict[tuple[str, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.workbook = xlsxwriter.Workbook(str(self.path), options)
        self.workbook.set_properties({"created": CREATED, "title": self.title, "author": "财务科"})
        self.workbook.formats[0].set_font_name(SONG)

    def sheet(self, name: str, widths: list[float], *, landscape: bool = False) -> Any:
        """A new A4 sheet with its column widths and print set-up."""
        sheet = self.workbook.add_worksheet(name)
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width)
        sheet.set_default_row(18)
        sheet.set_paper(9)
        sheet.set_landscape() if landscape else sheet.set_portrait()
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页，共 &N 页")
        return sheet

    def look(self, name: str, grey: bool) -> Any:
        """The format of a kind of cell; grey italics for figures that are only illustrative."""
        if (name, grey) not in self.formats:
            base = {"font_name": SONG, "font_size": 11, "valign": "vcenter", "text_wrap": name not in ("line", "annex")}
            extra = {"font_color": GREY, "italic": True} if grey else {}
            self.formats[name, grey] = self.workbook.add_format({**base, **LOOKS[name], **extra})
        return self.formats[name, grey]

    def put(
        self,
        sheet: Any,
        row: int,
        column: int,
        value: Figure,
        look: str,
        *,
        rows: int = 1,
        columns: int = 1,
        key: Key | None = None,
        grey: bool = False,
        formula: str | None = None,
    ) -> None:
        """Set a cell, merged over ``rows`` × ``columns``; ``key`` names the figure it shows."""
        cell = Cell(sheet, row, column, rows, columns, value, look, key, grey, formula)
        self.cells.append(cell)
        if key is not None:
            self.where[key] = cell

    def height(self, sheet: Any, row: int, points: float) -> None:
        """Set a row's height."""
        sheet.set_row(row, points)

    def place(self, key: Key) -> tuple[str, str]:
        """The sheet and the A1 address that show a figure."""
        cell = self.where[key]
        return cell.sheet.get_name(), xl_rowcol_to_cell(cell.row, cell.column)

    def formula(self, cell: Cell) -> str | None:
        """The formula a finance officer would type for a total or a rate, if it gives what the cell shows."""
        if not self.formulas or cell.key is None or not isinstance(cell.value, Decimal):
            return None
        section, row, column = cell.key
        if (section, row) in RATE_INPUTS or column == "支出率":
            top, base = RATE_INPUTS.get((section, row), ("决算数", "全年预算数"))
            keys = [(section, row, name) if column == "支出率" else (section, name, column) for name in (top, base)]
            inputs = [self.where.get(key) for key in keys]
            if any(found is None or not isinstance(found.value, Decimal) for found in inputs):
                return None
            return "=" + "/".join(self.place(key)[1] for key in keys)
        if section == "四" and row == "合计":
            parts = [key[1] for key in self.where if key[0] == "四" and key[2] == column and key[1] != "合计"]
        else:
            parts = list(SUM_PARTS.get((section, row), ()))
        cells = {part: self.where.get((section, part, column)) for part in parts}
        shown = {part: found for part, found in cells.items() if found is not None and found.sheet is cell.sheet}
        numbers = [found.value for found in shown.values() if isinstance(found.value, Decimal)]
        if not numbers or sum(numbers, Decimal(0)) != cell.value:
            return None
        addresses = [self.place((section, part, column))[1] for part in shown]
        first, last = addresses[0], addresses[-1]
        rows = [found.row for found in shown.values()]
        if rows == list(range(rows[0], rows[0] + len(rows))):
            return f"=SUM({first}:{last})"
        return f"=SUM({','.join(addresses)})"

    def close(self) -> None:
        """Write every cell, then the file."""
        for cell in self.cells:
            look = self.look(cell.look, cell.grey)
            if cell.rows > 1 or cell.columns > 1:
                last = (cell.row + cell.rows - 1, cell.column + cell.columns - 1)
                cell.sheet.merge_range(cell.row, cell.column, *last, "", look)
            at = (cell.row, cell.column)
            formula = cell.formula or self.formula(cell)
            if formula and isinstance(cell.value, Decimal):
                cell.sheet.write_formula(*at, formula, look, float(cell.value))
            elif isinstance(cell.value, Decimal):
                cell.sheet.write_number(*at, float(cell.value), look)
            elif isinstance(cell.value, date):
                cell.sheet.write_datetime(*at, cell.value, look)
            elif cell.value:
                cell.sheet.write_string(*at, cell.value, look)
            else:
                cell.sheet.write_blank(*at, None, look)
        self.workbook.close()


def letter(column: int) -> str:
    """A column's letters, from its index."""
    return str(xl_col_to_name(column))


def badge(size: int = 48) -> bytes:
    """A small PNG: a blue disc with three white waves, for the invented city's badge."""
    rows = bytearray()
    half = size / 2
    for y in range(size):
        rows.append(0)
        for x in range(size):
            inside = (x - half + 0.5) ** 2 + (y - half + 0.5) ** 2 <= (half - 1) ** 2
            phase = (y + abs((x % 12) - 6) // 2) % 12
            wave = inside and half < y < size * 0.85 and phase in (0, 1)
            rows += bytes((255, 255, 255) if wave or not inside else (31, 78, 140))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + chunk(b"IEND", b"")
    )
