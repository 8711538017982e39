"""A workbook as grids of cells: values with their text, format, formula and place, in one pass over the package.

Reads what a check needs and nothing else; never trusts the declared dimension, follows no
external link and runs nothing. Rows and columns count from 1, as on screen.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from xlcheck.papers import quick
from xlcheck.papers.moulds import At, Cast, Merge, Mould, Moulds, mould_of
from xlcheck.papers.numbers import from_float, read_format, serial_to_ordinal, show, show_date
from xlcheck.papers.package import BadPackage, Package, SheetEntry, local, parse, recurring
from xlcheck.papers.shared import cell_formats, shared_strings, unescape

RESULT_SHEET = "审核结果"
_MOULDS = Moulds()  # of this process


@dataclass(slots=True)
class Cell:
    """One non-empty cell; ``raw`` is text, a float, a bool, or None for a formula without a stored result.

    ``computed`` names the program that computed the result where none was stored.
    """

    row: int
    column: int
    raw: str | float | bool | None
    error: bool = False
    format: str = "General"
    formula: bool = False
    computed: str = ""

    @property
    def text(self) -> str:
        """What the cell shows, but for dates: those are shown as 2024-03-06."""
        if isinstance(self.raw, str):
            return self.raw
        if self.raw is None:
            return ""
        if isinstance(self.raw, bool):
            return "TRUE" if self.raw else "FALSE"
        return _shown(self.raw, self.format) if self.raw else _as_shown(self.raw, self.format)


def _as_shown(number: float, code: str) -> str:
    shape = read_format(code)
    if shape.date:
        return show_date(serial_to_ordinal(number, False))
    return show(from_float(number).value, shape)


_shown = lru_cache(maxsize=65536)(_as_shown)


class Sheet:
    """One worksheet: its cells by (row, column), merges as (top, left, bottom, right), what is hidden.

    ``very_hidden``: hidden, and not to be shown by Excel's menu. ``cast`` has the same cells where the sheet was
    written as others are; they are made when somebody asks for them.
    """

    __slots__ = ("_cells", "cast", "hidden", "hidden_columns", "hidden_rows", "merges", "name", "very_hidden")

    def __init__(self, name: str, hidden: bool = False, very_hidden: bool = False, *, cells: dict[At, Cell] | None = None, cast: Cast | None = None) -> None:  # fmt: skip
        self.name, self.hidden, self.very_hidden, self.cast = name, hidden, very_hidden, cast
        self._cells = cells if cells is not None or cast is not None else {}
        self.merges: list[Merge] = list(cast.mould.merges) if cast is not None else []
        self.hidden_rows: set[int] = set(cast.mould.hidden_rows) if cast is not None else set()
        self.hidden_columns: list[tuple[int, int]] = list(cast.mould.hidden_columns) if cast is not None else []

    @property
    def cells(self) -> dict[At, Cell]:
        """The cells by (row, column)."""
        if self._cells is None:
            made = self.cast.cells() if self.cast is not None else ()
            self._cells = {at: Cell(*at, raw, False, code, formula) for at, raw, code, formula in made}
        return self._cells

    def raw(self, at: At) -> str | float | bool | None:
        """What is stored in a cell; None where there is none."""
        if self.cast is not None:
            return self.cast.raw(at)
        cell = self.cells.get(at)
        return cell.raw if cell is not None else None

    def with_cells(self, cells: dict[At, Cell]) -> Sheet:
        """The sheet with other cells."""
        sheet = Sheet(self.name, self.hidden, self.very_hidden, cells=cells)
        sheet.merges, sheet.hidden_rows, sheet.hidden_columns = self.merges, self.hidden_rows, self.hidden_columns
        return sheet

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sheet) and self._said() == other._said()

    __hash__ = None  # type: ignore[assignment]  # sheets change while they are read

    def _said(self) -> tuple[object, ...]:
        return self.name, self.hidden, self.very_hidden, self.cells, self.merges, self.hidden_rows, self.hidden_columns

    def __repr__(self) -> str:
        return f"Sheet{self._said()}"

    @property
    def extent(self) -> tuple[int, int]:
        """The last row and the last column that hold anything; (0, 0) of an empty sheet."""
        if self.cast is not None and self.cast.full:
            return self.cast.mould.extent
        bottom = right = 0
        for row, column in self.cells:
            if row > bottom:
                bottom = row
            if column > right:
                right = column
        return bottom, right

    def is_hidden(self, row: int, column: int) -> bool:
        """Whether the cell's row or column is hidden."""
        return row in self.hidden_rows or any(low <= column <= high for low, high in self.hidden_columns)


@dataclass(slots=True)
class Book:
    """A workbook that was read: its sheets in order, without xlcheck's own result sheet.

    ``typed``: it tells numbers from text, as a web page or csv does not. ``whole``: all that it says of its cells
    was read; without it formats, formulas, hidden rows and error cells may be missing.
    """

    sheets: list[Sheet]
    date1904: bool = False
    typed: bool = True
    whole: bool = True


_REFERENCE = re.compile(r"^\$?([A-Za-z]{1,3})\$?(\d{1,7})$")


@lru_cache(maxsize=65536)
def position(reference: str) -> tuple[int, int] | None:
    """(row, column) of an A1 reference, or None where it is none."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


@lru_cache(maxsize=65536)
def reference(row: int, column: int) -> str:
    """The A1 reference of a row and a column."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def read_book(data: bytes, archive: zipfile.ZipFile | None = None) -> Book:
    """Read an .xlsx or .xlsm package; raises :class:`BadPackage` where that cannot be done."""
    package = Package(data, archive)
    entries = [entry for entry in package.sheets() if entry.kind == "worksheet" and entry.name != RESULT_SHEET]
    main = package.workbook_part()
    parts = {relation.kind: relation.target for relation in package.relationships(main) if not relation.external}
    strings = shared_strings(package, parts.get("sharedStrings"))
    formats = cell_formats(package, parts.get("styles"))
    sheets = [_read_sheet(package, entry, strings, formats) for entry in entries]
    if not sheets:
        raise BadPackage("工作簿里没有工作表，请核对是否传错了文件。")
    return Book(sheets, _date1904(package.part(main, alike=True)))


@recurring
def _date1904(workbook: bytes) -> bool:
    flag = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal flag
        if local(tag) == "workbookPr":
            flag = attributes.get("date1904", "0") in ("1", "true")

    parse(workbook, start)
    return flag


def _read_sheet(package: Package, entry: SheetEntry, strings: list[str], formats: tuple[str, ...]) -> Sheet:
    about = entry.name, entry.state != "visible", entry.state == "veryHidden"
    part = package.part(entry.part)
    plain = quick.rows(part)
    if plain is not None:
        outline = _outline(plain.outline)
        around, values = plain.parted()
        key = around, formats, tuple(outline.merges), tuple(outline.hidden_columns)
        mould = _MOULDS.find(key)
        cast = mould.cast(values, strings, _text) if mould is not None else None
        if cast is not None:
            return Sheet(*about, cast=cast)
        cells = _read_plain(plain, strings, formats)
        if cells is not None:
            sheet = Sheet(*about, cells=cells)
            sheet.merges.extend(outline.merges)
            sheet.hidden_columns.extend(outline.hidden_columns)
            sheet.hidden_rows.update(_hidden_rows(plain))
            if _MOULDS.wants(key, len(plain.body)):
                _MOULDS.keep(key, _mould(plain, len(values), formats, sheet))
            return sheet
    sheet = Sheet(*about)
    _read_part(sheet, part, strings, formats)
    return sheet


def _text(value: str) -> str:
    return unescape(quick.resolved(value))


def _read_plain(plain: quick.Rows, strings: list[str], formats: tuple[str, ...]) -> dict[At, Cell] | None:
    """The cells of rows in the plain shape; None where something else stands between."""
    cells: dict[At, Cell] = {}
    codes = {str(number): code for number, code in enumerate(formats)}
    escaped = plain.escaped
    size = 0
    for piece, where, style, kind, formula, value, inline, _, _ in plain.pieces:
        size += len(piece)
        if value or inline or formula:
            held = quick.resolved(value or inline) if escaped else value or inline
            at = position(where) or (0, 0)
            code = codes.get(style, "General")
            if kind == "s" and not formula and held.isdecimal() and (index := int(held)) < len(strings):
                if text := strings[index]:
                    cells[at] = Cell(*at, text, False, code)
                continue
            cell = _cell(*at, kind or "n", held or None, formula != "", code, strings)
            if cell is not None:
                cells[at] = cell
    return cells if size == len(plain.body) else None


def _hidden_rows(plain: quick.Rows) -> list[int]:
    if "hidden=" not in plain.body:
        return []
    return [int(row) for *_, row, attributes in plain.pieces if row and (' hidden="1"' in attributes or ' hidden="true"' in attributes)]  # fmt: skip


def _mould(plain: quick.Rows, values: int, formats: tuple[str, ...], sheet: Sheet) -> Mould | None:
    """The mould of a sheet in the plain shape with so many values; None where there can be none."""
    codes = {str(number): code for number, code in enumerate(formats)}
    cells = [
        (
            position(where) or (0, 0),
            (kind or "n") if value or inline else "",
            codes.get(style, "General"),
            formula != "",
        )
        for _, where, style, kind, formula, value, inline, _, _ in plain.pieces
        if value or inline or formula
    ]
    return mould_of(cells, sheet.hidden_rows, sheet.merges, sheet.hidden_columns) if len(cells) == values else None


@recurring
def _outline(part: bytes) -> Sheet:
    """What a sheet's part says beside its rows, as a sheet without cells."""
    sheet = Sheet("")
    _read_part(sheet, part, [], ())
    return sheet


def _read_part(sheet: Sheet, part: bytes, strings: list[str], formats: tuple[str, ...]) -> None:
    """Fill the sheet from its part, whatever its shape."""
    cells = sheet.cells
    buffer: list[str] = []
    row = column = 0
    kind = style = ""
    collecting = False
    value: str | None = None
    formula = False
    phonetic = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, style, collecting, value, formula, phonetic
        if ":" in tag:
            tag = local(tag)
        if tag == "c":
            at = position(attributes.get("r", ""))
            if at is not None:
                row, column = at
            else:
                column += 1
            kind = attributes.get("t", "n")
            style = attributes.get("s", "")
            value, formula = None, False
        elif tag in ("v", "t"):
            collecting = not phonetic
        elif tag == "f":
            formula = True
        elif tag == "row":
            number = attributes.get("r", "")
            row = int(number) if number.isdigit() else row + 1
            column = 0
            if attributes.get("hidden") in ("1", "true"):
                sheet.hidden_rows.add(row)
        elif tag == "rPh":
            phonetic = True
        elif tag == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            top, bottom = position(first), position(last or first)
            if top is not None and bottom is not None:
                sheet.merges.append((*top, *bottom))
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            low, high = attributes.get("min", ""), attributes.get("max", "")
            if low.isdigit() and high.isdigit():
                sheet.hidden_columns.append((int(low), int(high)))

    def end(tag: str) -> None:
        nonlocal collecting, value, phonetic
        if ":" in tag:
            tag = local(tag)
        if tag in ("v", "t"):
            if collecting:
                text = "".join(buffer)
                value = text if value is None else value + text
                buffer.clear()
                collecting = False
        elif tag == "rPh":
            phonetic = False
        elif tag == "c" and (value is not None or formula):
            cell = _cell(row, column, kind, value, formula, _format(formats, style), strings)
            if cell is not None:
                cells[row, column] = cell

    def characters(data: str) -> None:
        if collecting:
            buffer.append(data)

    parse(part, start, end, characters)


def _format(formats: tuple[str, ...], style: str) -> str:
    return formats[int(style)] if style.isdigit() and int(style) < len(formats) else "General"


def _cell(row: int, column: int, kind: str, value: str | None, formula: bool, code: str, strings: list[str]) -> Cell | None:  # fmt: skip
    if value is None or (value == "" and kind not in ("str", "inlineStr")):
        return Cell(row, column, None, True, code, True) if formula else None
    if kind == "n":
        return _number(row, column, value, formula, code)
    if kind == "s":
        index = int(value) if value.strip().isdigit() else -1
        text = strings[index] if 0 <= index < len(strings) else ""
        return Cell(row, column, text, False, code, formula) if text or formula else None
    if kind in ("str", "inlineStr"):
        text = unescape(value)
        return Cell(row, column, text, False, code, formula) if text or formula else None
    if kind == "e":
        return Cell(row, column, value, True, code, formula)
    if kind == "b":
        return Cell(row, column, value.strip() in ("1", "true"), False, code, formula)
    if kind == "d":
        return Cell(row, column, value[:10], False, code, formula)
    return _number(row, column, value, formula, code)


def _number(row: int, column: int, value: str, formula: bool, code: str) -> Cell:
    try:
        number = float(value)
    except ValueError:
        return Cell(row, column, value, False, code, formula)
    if math.isfinite(number):
        return Cell(row, column, number, False, code, formula)
    return Cell(row, column, value, True, code, formula)


def filled_rows(sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything, top to bottom, each with its cells from left to right."""
    rows: dict[int, list[Cell]] = {}
    for cell in sheet.cells.values():
        rows.setdefault(cell.row, []).append(cell)
    for number in sorted(rows):
        yield number, sorted(rows[number], key=lambda cell: cell.column)
