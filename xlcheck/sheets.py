"""xlsxwriter with its refusals heard: every call that writes is checked, and a unit's text stays text.

xlsxwriter says no by a return value or not at all; here it is :class:`Refused`. Workbooks are
streamed (``constant_memory``): within a sheet, cells are written from the top row to the bottom.
Rows and columns count from 0, as in xlsxwriter.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

    from xlcheck.quicksheet import Cell as QuickCell
    from xlcheck.quicksheet import QuickSheet

TEXT_LIMIT = 32_767  # UTF-16 units in a cell or a note
LINK_LIMIT = 65_530  # links on a sheet: Excel's own limit

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE_IN_PATH = re.compile(r"[\x00-\x20%#?\"<>|\[\]^`{}\\:*\x7f]")


Cell: TypeAlias = "str | Decimal | float | tuple[str, str | Decimal | float] | None"  # a formula goes with its result


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """How a cell looks, in xlsxwriter's names of format properties; made once, known by identity."""

    properties: Mapping[str, Any]

    def but(self, **changes: Any) -> Look:
        """This look with some properties changed."""
        return Look({**self.properties, **changes})


class Refused(Exception):
    """xlsxwriter declined to write something: a fault of the program, never of the data."""


def heard(answer: object, call: str) -> None:
    """Raise :class:`Refused` unless ``answer``, what an xlsxwriter call returned, says that all went well."""
    if answer is not None and answer != 0:
        raise Refused(f"xlsxwriter refused {call}: returned {answer!r}")


def cell_text(text: str) -> str:
    """``text`` as a cell can hold it.

    Cut at Excel's limit (with 「…」 at the end), lone surrogates replaced, and kept from looking like
    xlsxwriter's own rich text: a string that is 「<r>…</r>」 would be written as raw XML.
    """
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
    if len(text) * 2 > TEXT_LIMIT and len(text.encode("utf-16-le")) > TEXT_LIMIT * 2:
        text = text.encode("utf-16-le")[: (TEXT_LIMIT - 1) * 2].decode("utf-16-le", "ignore") + "…"
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "
    return text


def link_target(path: str, sheet: str | None = None, cell: str | None = None) -> str:
    """The address of a file (``path`` relative to the workbook, forward slashes), or of a cell in it.

    Everything that a link would take for syntax is percent-encoded, so a folder may be called 「100%#1」.
    """
    quoted = _UNSAFE_IN_PATH.sub(lambda match: f"%{ord(match[0]):02X}", path)
    anchor = ""
    if sheet is not None and cell is not None:
        name = sheet.replace("'", "''")
        anchor = f"#'{name}'!{cell}"
    return f"external:{quoted}{anchor}"


def sheet_reference(name: str) -> str:
    """A sheet's name as formulas write it, with the exclamation mark."""
    doubled = name.replace("'", "''")
    return f"'{doubled}'!"


@lru_cache(maxsize=8192)  # names of units, papers and rules recur
def text_lines(text: str, width: float) -> int:
    """How many lines a wrapped text takes in a column of so many characters."""
    if 2 * len(text) <= width and "\n" not in text:
        return 1
    return sum(max(1, math.ceil(text_width(line) / width)) for line in text.split("\n"))


def text_width(text: str) -> int:
    """The width of a text in characters of a column's width: one takes one byte of UTF-8, a Chinese one, two wide, three."""
    return (len(text) + len(text.encode("utf-8", "surrogatepass"))) // 2


def _exact(cell: Cell) -> QuickCell:
    """A cell with the float nearest to its exact number; whole numbers stay whole."""
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, tuple):
        formula, value = cell
        return formula, float(value) if isinstance(value, Decimal) else value
    return cell


@dataclass(slots=True)
class Sheet:
    """One worksheet being written."""

    name: str
    worksheet: QuickSheet
    book: Book

    def row(self, row: int, column: int, cells: Sequence[Cell], looks: Sequence[Look | None]) -> None:
        """Write cells side by side from ``column`` on: texts, numbers, formulas with their results, and nothing."""
        styles = self.book.formats(tuple(looks))
        if None in styles or not self.worksheet.quick_row(row, column, cells, styles):
            for at, (cell, style) in enumerate(zip(cells, styles, strict=True), column):
                self._write(row, at, _exact(cell), style)

    def _write(self, row: int, column: int, cell: QuickCell, style: Format | None) -> None:
        if cell is None or cell == "":
            heard(self.worksheet.write_blank(row, column, None, style), "write_blank")
        elif isinstance(cell, str):
            heard(self.worksheet.write_string(row, column, cell_text(cell), style), "write_string")
        elif isinstance(cell, tuple):
            heard(self.worksheet.write_formula(row, column, cell[0], style, cell[1]), "write_formula")
        else:
            heard(self.worksheet.write_number(row, column, cell, style), "write_number")

    def text(self, row: int, column: int, text: str, look: Look | None = None) -> None:
        """Write text as text, whatever it begins with; an empty one leaves the cell empty."""
        self.row(row, column, (text,), (look,))

    def number(self, row: int, column: int, value: Decimal | int, look: Look | None = None) -> None:
        """Write a number."""
        self.row(row, column, (value,), (look,))

    def formula(
        self, row: int, column: int, formula: str, value: Decimal | int | str, look: Look | None = None
    ) -> None:
        """Write a live formula with ``value`` as its stored result."""
        self.row(row, column, ((formula, value),), (look,))

    def blank(self, row: int, column: int, look: Look | None = None) -> None:
        """Format an empty cell."""
        self.row(row, column, (None,), (look,))

    def link(self, row: int, column: int, target: str, shown: str, look: Look | None = None) -> None:
        """Write a link to ``target``, as :func:`link_target` makes them."""
        answer = self.worksheet.write_url(row, column, target, self.book.style(look), cell_text(shown))
        heard(answer, "write_url")

    def span(self, row: int, first: int, last: int, text: str, look: Look | None = None) -> None:
        """Write text into the cells ``first`` to ``last`` of a row, merged."""
        if first < last:
            heard(self.worksheet.merge_range(row, first, row, last, "", self.book.style(look)), "merge_range")
        self.text(row, first, text, look)

    def note(self, row: int, column: int, text: str) -> None:
        """Hang a note on a cell."""
        size = {"width": 280, "height": 30 + 18 * (1 + len(text) // 18), "font_size": 9, "author": "xlcheck"}
        heard(self.worksheet.write_comment(row, column, cell_text(text), size), "write_comment")

    def widths(self, widths: Sequence[float], first: int = 0) -> None:
        """Set the columns' widths, in characters, from column ``first`` on."""
        for column, width in enumerate(widths, first):
            heard(self.worksheet.set_column(column, column, width), "set_column")

    def height(self, row: int, points: float) -> None:
        """Set a row's height; before the row is written."""
        heard(self.worksheet.set_row(row, points), "set_row")

    def conditional(self, area: tuple[int, int, int, int], rule: Mapping[str, Any], look: Look | None = None) -> None:
        """Lay a conditional format over (first row, first column, last row, last column)."""
        options = {**rule, "format": self.book.style(look)} if look is not None else dict(rule)
        heard(self.worksheet.conditional_format(*area, options), "conditional_format")

    def validate(self, area: tuple[int, int, int, int], rule: Mapping[str, Any]) -> None:
        """Restrict what may be typed into an area."""
        heard(self.worksheet.data_validation(*area, dict(rule)), "data_validation")

    def freeze(self, row: int, column: int) -> None:
        """Keep the rows above and the columns left of a cell in sight."""
        heard(self.worksheet.freeze_panes(row, column), "freeze_panes")

    def filter(self, area: tuple[int, int, int, int]) -> None:
        """Put filter buttons on the first row of an area."""
        heard(self.worksheet.autofilter(*area), "autofilter")

    def chart(
        self, row: int, column: int, chart: Chart, size: tuple[int, int], offset: tuple[int, int] = (0, 0)
    ) -> None:
        """Stand a chart of (width, height) pixels with its corner in a cell."""
        heard(chart.set_size({"width": size[0], "height": size[1]}), "set_size")
        answer = self.worksheet.insert_chart(row, column, chart, {"x_offset": offset[0], "y_offset": offset[1]})
        heard(answer, "insert_chart")

    def page(self, title: str, *, note: str = "", repeat: tuple[int, int] | None = None, columns: tuple[int, int] | None = None, wide: bool = False) -> None:  # fmt: skip
        """Set the sheet up for print: landscape, one page wide, title above, page numbers below.

        ``repeat`` are the first and last row printed on every page, ``columns`` the columns; ``wide``
        asks for A3.
        """
        # A blank ends the font size, or a title beginning with digits would be taken into it.
        header = f'&C&"黑体,Regular"&14 {_header(title)}&R&9 {_header(note)}' if title else ""
        worksheet = self.worksheet
        for call, answer in (
            ("set_landscape", worksheet.set_landscape()),
            ("set_paper", worksheet.set_paper(8 if wide else 9)),
            ("fit_to_pages", worksheet.fit_to_pages(1, 0)),
            ("set_margins", worksheet.set_margins(left=0.4, right=0.4, top=0.85 if title else 0.5, bottom=0.6)),
            ("set_header", worksheet.set_header(header)),
            ("set_footer", worksheet.set_footer(self.book.footer)),
            ("repeat_rows", worksheet.repeat_rows(*repeat) if repeat is not None else None),
            ("repeat_columns", worksheet.repeat_columns(*columns) if columns is not None else None),
            # Codes are text on purpose: no green corner on each of them.
            ("ignore_errors", worksheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})),
        ):
            heard(answer, call)

    def one_page(self, rows: int, columns: int) -> None:
        """Print the first rows and columns, and nothing else, on one page, without gridlines."""
        heard(self.worksheet.fit_to_pages(1, 1), "fit_to_pages")
        heard(self.worksheet.print_area(0, 0, rows - 1, columns - 1), "print_area")
        heard(self.worksheet.hide_gridlines(2), "hide_gridlines")


@dataclass(slots=True)
class Book:
    """A workbook being written; formats are made once for each look, and every page has one ``footer``."""

    workbook: Workbook
    footer: str
    styles: dict[Look, Format] = field(default_factory=dict)
    rows: dict[tuple[Look | None, ...], tuple[Format | None, ...]] = field(default_factory=dict)

    def style(self, look: Look | None) -> Format | None:
        """The workbook's format for a look, made on first use."""
        if look is None:
            return None
        made = self.styles.get(look)
        if made is None:
            made = self.styles[look] = self.workbook.add_format(dict(look.properties))
        return made

    def formats(self, looks: tuple[Look | None, ...]) -> tuple[Format | None, ...]:
        """The formats of cells side by side."""
        made = self.rows.get(looks)
        if made is None:
            made = self.rows[looks] = tuple(map(self.style, looks))
        return made

    def sheet(self, name: str) -> Sheet:
        """Add a worksheet; raises xlsxwriter's exception for a name that Excel does not allow."""
        from xlcheck.quicksheet import QuickSheet

        return Sheet(name, self.workbook.add_worksheet(name, QuickSheet), self)

    def chart(self, kind: str, subtype: str | None = None) -> Chart:
        """Make a native chart, to be placed with :meth:`Sheet.chart`."""
        options = {"type": kind} if subtype is None else {"type": kind, "subtype": subtype}
        made = self.workbook.add_chart(options)
        if made is None:
            raise Refused(f"xlsxwriter refused add_chart({options})")
        return made


@contextmanager
def writing(path: Path, *, title: str, source: str = "", pages: str = "第 &P 页，共 &N 页", printed: str = "打印日期 &D", font: str = "宋体", size: float = 10) -> Iterator[Book]:  # fmt: skip
    """Yield a workbook that is written to ``path`` when the block ends well; nothing is left behind otherwise.

    ``source`` (what made it), ``pages`` and ``printed`` stand at the foot of every page, the latter two
    with Excel's codes &P, &N and &D. Raises :class:`OSError` where the disk refuses.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    with tempfile.TemporaryDirectory(prefix="xlcheck-", ignore_cleanup_errors=True) as scratch:
        options = {
            "constant_memory": True,
            "tmpdir": scratch,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": font, "font_size": size, "valign": "vcenter"},
        }
        workbook = xlsxwriter.Workbook(str(path), options)
        workbook.set_properties({"title": title, "comments": source})
        yield Book(workbook, f"&L&9 {_header(source)}&C&9 {pages}&R&9 {printed}")
        try:
            workbook.close()
        except FileCreateError as error:
            cause = error.args[0] if error.args else None
            raise (cause if isinstance(cause, OSError) else OSError(str(error))) from error


def _header(text: str) -> str:
    """Text for a page's header or footer, where & begins a code and 255 characters are all there is room for."""
    return text[:80].replace("&", "&&")
