"""A workbook of another format written anew as .xlsx: its values, merges and looks, through xlsxwriter."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from xlcheck.papers.looks import FONT, BookLooks, Looks, Style
from xlcheck.papers.spreadsheet import RESULT_SHEET, Book, Cell, Sheet
from xlcheck.sheets import TEXT_LIMIT, cell_text, heard

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_POINTS_A_PIXEL = 0.75
_BESIDE = (
    64  # rows and columns beyond the last value that keep their looks: what lies farther is the empty rest of the sheet
)
_MERGED = 4096  # cells: xlsxwriter writes each cell of a merge
_FORMULA_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_NO_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")  # xlsxwriter escapes them twice in a text of several fonts
_NO_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def sheet_names(names: list[str]) -> list[str]:
    """Names as Excel allows them, each once: at most 31 characters, none of ``[]:*?/\\``, no quote at the ends."""
    taken: set[str] = {RESULT_SHEET}
    made = []
    for name in names:
        plain = _NO_NAME.sub("_", cell_text(name)).strip("'") or "Sheet"
        plain = "_" + plain if plain.lower() == "history" else plain
        number = 1
        allowed = _cut(plain, 31)
        while allowed.lower() in taken:
            number += 1
            tail = f"_{number}"
            allowed = _cut(plain, 31 - len(tail)) + tail
        taken.add(allowed.lower())
        made.append(allowed)
    return made


def _cut(name: str, length: int) -> str:
    """The name with at most so many UTF-16 units, and no quote at its end."""
    return name.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore").rstrip("'")


def write_anew(book: Book, looks: BookLooks | None = None) -> bytes:
    """An .xlsx with what the grid holds and, where they are given, the source's looks.

    Text stays text, error values stay errors, formulas are their results. Cells beyond the last row or column of
    .xlsx, and merges that overlap another, are left out.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options: dict[str, Any] = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "date_1904": book.date1904}  # fmt: skip
    if looks is not None and looks.usual:
        options["default_format_properties"] = dict(looks.usual)
    with xlsxwriter.Workbook(buffer, options) as made:
        formats: dict[tuple[Style, str], Format] = {}

        def shape(style: Style, code: str) -> Format | None:
            if not style and not code:
                return None
            if (style, code) not in formats:
                properties = {**dict(style), **({"num_format": code[:255]} if code else {})}
                formats[style, code] = made.add_format({name: _printable(value) for name, value in properties.items()})
            return formats[style, code]

        for sheet, name in zip(book.sheets, sheet_names([sheet.name for sheet in book.sheets]), strict=True):
            page = made.add_worksheet(name)
            own = looks.sheets.get(sheet.name) if looks is not None else None
            _Page(page, sheet, own or Looks(), shape).write()
        first = next((index for index, sheet in enumerate(book.sheets) if not sheet.hidden), 0)
        made.worksheets()[first].activate()
        made.worksheets()[first].set_first_sheet()
    return buffer.getvalue()


def _printable(value: Any) -> Any:
    """A font's name or a number format without what XML cannot hold."""
    return _NO_XML.sub("", value) if isinstance(value, str) else value


class _Page:
    """One worksheet being written."""

    def __init__(self, page: Worksheet, sheet: Sheet, looks: Looks, shape: Callable[[Style, str], Format | None]) -> None:  # fmt: skip
        self.page, self.sheet, self.looks, self.shape = page, sheet, looks, shape
        self.bottom = min(_LAST_ROW, _BESIDE + max((row for row, _ in sheet.cells), default=0))
        self.right = min(_LAST_COLUMN, _BESIDE + max((column for _, column in sheet.cells), default=0))

    def write(self) -> None:
        self._frame()
        for top, left, bottom, right in merged(self.sheet):
            style = self.shape(self.looks.styles.get((top, left), ()), "")
            heard(self.page.merge_range(top - 1, left - 1, bottom - 1, right - 1, "", style), "merge_range")
        for (row, column), style in self.looks.styles.items():
            if (row, column) not in self.sheet.cells and row <= self.bottom and column <= self.right:
                heard(self.page.write_blank(row - 1, column - 1, None, self.shape(style, "")), "write_blank")
        for (row, column), cell in self.sheet.cells.items():
            if row <= _LAST_ROW and column <= _LAST_COLUMN:
                self._cell(cell)

    def _frame(self) -> None:
        """What holds for the sheet, its rows and its columns."""
        page, looks = self.page, self.looks
        if self.sheet.hidden:
            page.hide()
        if not looks.gridlines:
            page.hide_gridlines(2)
        if looks.frozen:
            heard(page.freeze_panes(*looks.frozen), "freeze_panes")
        hidden = {column for first, last in self.sheet.hidden_columns for column in range(first, min(last, _LAST_COLUMN) + 1)}  # fmt: skip
        for column in sorted(hidden | looks.columns.keys()):
            width, style = looks.columns.get(column, (None, ()))
            options = {"hidden": True} if column in hidden else {}
            pixels = None if width is None else round(width / _POINTS_A_PIXEL)
            heard(page.set_column_pixels(column - 1, column - 1, pixels, self.shape(style, ""), options), "set_column")
        for row in sorted(row for row in self.sheet.hidden_rows | looks.heights.keys() if row <= self.bottom):
            options = {"hidden": True} if row in self.sheet.hidden_rows else {}
            heard(page.set_row(row - 1, looks.heights.get(row), None, options), "set_row")

    def _cell(self, cell: Cell) -> None:
        at = (cell.row - 1, cell.column - 1)
        code = cell.format if cell.format.lower() != "general" else ""
        style = self.shape(self.looks.styles.get((cell.row, cell.column), ()), code)
        if cell.error and cell.raw in _FORMULA_ERRORS:
            heard(self.page.write_formula(*at, f"={cell.raw}", style, cell.raw), "write_formula")
        elif isinstance(cell.raw, bool):
            heard(self.page.write_boolean(*at, cell.raw, style), "write_boolean")
        elif isinstance(cell.raw, float):
            heard(self.page.write_number(*at, cell.raw, style), "write_number")
        elif cell.raw and (fragments := self._fragments(cell, cell.raw)):
            heard(self.page.write_rich_string(*at, *fragments, *([style] if style else [])), "write_rich_string")
        elif cell.raw:
            heard(self.page.write_string(*at, cell_text(cell.raw), style), "write_string")
        elif style is not None:
            heard(self.page.write_blank(*at, None, style), "write_blank")

    def _fragments(self, cell: Cell, text: str) -> list[Any]:
        """The text in pieces, each behind its font, as xlsxwriter wants them; none where it has one font."""
        runs = self.looks.runs.get((cell.row, cell.column), [])
        starts = [0, *(start for start, _ in runs), len(text)]
        fonts = [self.looks.styles.get((cell.row, cell.column), ()), *(font for _, font in runs)]
        pieces = [(font, text[start:end]) for font, (start, end) in zip(fonts, pairwise(starts), strict=True)]
        pieces = [(font, piece) for font, piece in pieces if piece]
        if (
            len(text) > TEXT_LIMIT // 2
            or "".join(piece for _, piece in pieces) != text
            or len(pieces) < 2
            or _CONTROL.search(text)
        ):
            return []
        fragments: list[Any] = []
        for font, piece in pieces:
            shape = self.shape(tuple(pair for pair in font if pair[0] in FONT), "")
            fragments += [piece] if shape is None else [shape, piece]
        return fragments


def merged(sheet: Sheet) -> list[tuple[int, int, int, int]]:
    """The merges that can be written: those of more than one cell that overlap none before them."""
    taken: set[tuple[int, int]] = set()
    found = []
    for top, left, bottom, right in sheet.merges:
        if (bottom - top + 1) * (right - left + 1) > _MERGED or (top, left) == (bottom, right) or bottom > _LAST_ROW or right > _LAST_COLUMN:  # fmt: skip
            continue
        area = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if not area & taken:
            taken |= area
            found.append((top, left, bottom, right))
    return found
