"""Long tables, streamed: a header, a row a record, and a further sheet where one is full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.municipal import looks
from xlcheck.sheets import Book, Look, Sheet, text_lines

# Under Excel's 1,048,576: a sheet's part must stay below the 2 GiB of a plain zip entry, and openable.
ROW_LIMIT = 500_000
# Excel fits the height of wrapped rows by itself, LibreOffice and WPS do not always. xlsxwriter keeps every
# height that is set in memory, and lists longer than this are filtered rather than read.
_FITTED_ROWS = 20_000
_LINE = 13.5  # points


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its title, its width in characters, and how its texts look.

    ``colours`` give the look, by conditional format, of cells that hold a text.
    """

    title: str
    width: float
    look: Look = looks.TOP
    colours: tuple[tuple[str, Look], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that opens ``target`` (see :func:`xlcheck.sheets.link_target`); in the last column."""

    target: str
    shown: str


Cell = str | Decimal | Link | None


def sheet_names(name: str, rows: int, limit: int) -> tuple[str, ...]:
    """The sheets that so many rows take: 问题清单, 问题清单(2), …"""
    more = max(0, -(-rows // limit) - 1)
    return (name, *(f"{name}({number})" for number in range(2, more + 2)))


def write_list(book: Book, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, title: str, empty: str, note: str = "", frozen: int = 0, limit: int = ROW_LIMIT) -> None:  # fmt: skip
    """Write ``rows`` below a header into sheets called ``name``; ``empty`` stands there if there are none.

    ``title`` and ``note`` are printed at the head of each page; ``frozen`` columns stay in sight.
    """
    sheet = _start(book, name, columns, title, note, frozen)
    written, number = 0, 1
    for cells in rows:
        if written == limit:
            _finish(sheet, columns, written)
            number += 1
            sheet = _start(book, f"{name}({number})", columns, title, note, frozen)
            written = 0
        written += 1
        if written <= _FITTED_ROWS:
            _fit(sheet, written, cells, columns)
        _write(sheet, written, cells, columns)
    if not written:
        sheet.text(1, 0, empty)
    _finish(sheet, columns, written)


def _start(book: Book, name: str, columns: Sequence[Column], title: str, note: str, frozen: int) -> Sheet:
    sheet = book.sheet(name)
    sheet.widths([column.width for column in columns])
    sheet.freeze(1, frozen)
    sheet.page(title, note=note, repeat=(0, 0), wide=sum(column.width for column in columns) > 160)
    sheet.height(0, 30)
    for at, column in enumerate(columns):
        sheet.text(0, at, column.title, looks.HEADER)
    return sheet


def _fit(sheet: Sheet, row: int, cells: Sequence[Cell], columns: Sequence[Column]) -> None:
    """Make a row as high as its longest wrapped text needs."""
    lines = max(
        text_lines(cell, column.width) for cell, column in zip(cells, columns, strict=True) if isinstance(cell, str)
    )
    if lines > 1:
        sheet.height(row, min(lines * _LINE + 2, 409))


def _finish(sheet: Sheet, columns: Sequence[Column], rows: int) -> None:
    if not rows:
        return
    sheet.filter((0, 0, rows, len(columns) - 1))
    for at, column in enumerate(columns):
        for text, look in column.colours:
            rule = {"type": "cell", "criteria": "==", "value": f'"{text}"'}
            sheet.conditional((1, at, rows, at), rule, look)


def _write(sheet: Sheet, row: int, cells: Sequence[Cell], columns: Sequence[Column]) -> None:
    last = cells[-1]
    plain = [cell for cell in cells if not isinstance(cell, Link)]
    sheet.row(row, 0, plain, [_look(cell, column) for cell, column in zip(plain, columns, strict=False)])
    if isinstance(last, Link):
        sheet.link(row, len(plain), last.target, last.shown, looks.LINK)


def _look(cell: Cell, column: Column) -> Look:
    if isinstance(cell, Decimal):
        return looks.decimals(len(f"{cell:f}".partition(".")[2]))
    return column.look
