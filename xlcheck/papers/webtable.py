"""A web page saved as .xls, as report systems write it: its tables as one sheet, cells as text, spans as merges."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from xlcheck.papers.bounds import Unreadable, cell_counter
from xlcheck.papers.spreadsheet import Book, Cell, Sheet

_SILENT = frozenset(
    {"script", "style", "noscript", "template", "title", "xml", "comment"}
)  # the last: LibreOffice's cell notes
_BLOCKS = frozenset({"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "center", "form", "body", "hr"})
_MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576
_MOST_SPANNED = 1_000_000
_MOST_NESTED = 50


def read_web(text: str, sheet_name: str, *, apart: bool = False) -> Book:
    """The tables of a page, one below the other as Excel lays them out; raises :class:`Unreadable`.

    ``apart``: each table on a sheet of its own, with the text above it.
    """
    if re.search(r"<frameset|<x:WorksheetSource", text[:50_000], re.IGNORECASE):
        raise Unreadable(
            "这是另存为网页的目录页，表格在旁边的 .files 文件夹里，请用 Excel 打开并另存为 .xlsx 后重新报送。"
        )
    page = _Tables(sheet_name, apart)
    try:
        page.feed(text)
        page.close()
    except AssertionError as error:  # html.parser's word for markup that it cannot make out
        raise Unreadable("网页格式的表格已损坏，请用 Excel 打开并另存为 .xlsx 后重新报送。") from error
    page.end_cell()
    if not page.tables:
        raise Unreadable("文件内容是网页而且没有表格（可能是登录页或出错页），请重新导出表格后报送。")
    return Book([sheet for sheet in page.sheets if sheet.cells], typed=False)


class _Table:
    """Where a table stands: its row, its last column, and the columns that row spans have taken (→ rows left)."""

    def __init__(self) -> None:
        self.row = 0
        self.column = 0
        self.taken: dict[int, int] = {}


class _Tables(HTMLParser):
    def __init__(self, sheet_name: str, apart: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = Sheet(sheet_name)
        self.sheets = [self.sheet]
        self.apart = apart
        self.count = cell_counter()
        self.tables = 0
        self.spanned = 0
        self.row = 0
        self.open: list[_Table] = []
        self.words: list[str] | None = None
        self.loose = False  # the text stands outside a table: it gets a row of its own, as in Excel
        self.at = (0, 0)
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "table" and len(self.open) < _MOST_NESTED:
            self.end_cell()
            if self.open:  # the table around it lays out the page
                self._next_sheet()
            self.tables += 1
            self.open.append(_Table())
        elif tag == "tr" and self.open:
            self.end_cell()
            self._new_row(self.open[-1])
        elif tag in ("td", "th") and self.open:
            self.end_cell()
            self._new_cell(self.open[-1], dict(attrs))
        elif tag in _BLOCKS and self.loose:
            self.end_cell()
        elif tag in _BLOCKS or tag == "br":
            self._line()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in ("td", "th", "tr") or (tag in _BLOCKS and self.loose):
            self.end_cell()
        elif tag == "table" and self.open:
            self.end_cell()
            self.open.pop()
            self._next_sheet()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.words is None and data.strip():
            self.row += 1
            self.at, self.words, self.loose = (self.row, 1), [], True
        if self.words is not None:
            self.words.append(re.sub(r"[\r\n\t ]+", " ", data))

    def _next_sheet(self) -> None:
        """Go on on another sheet of the same name; rows are counted on, so that places are those of one sheet."""
        if self.apart and self.sheet.cells:
            self.sheet = Sheet(self.sheet.name)
            self.sheets.append(self.sheet)

    def _line(self) -> None:
        if self.words:
            self.words.append("\n")

    def end_cell(self) -> None:
        """End the cell that is being read; its text without the white space that a browser would not show."""
        if self.words is None:
            return
        lines = (line.strip(" ") for line in "".join(self.words).replace("\xa0", " ").split("\n"))
        text = "\n".join(lines).strip()
        self.words, self.loose = None, False
        if text:
            self.count(1)
            self.sheet.cells[self.at] = Cell(*self.at, text)

    def _new_row(self, table: _Table) -> None:
        self.row += 1
        if self.row > _MOST_ROWS:
            raise Unreadable("网页格式的表格行数超过上限，请核对是否传错了文件。")
        table.row, table.column = self.row, 0
        table.taken = {column: rows - 1 for column, rows in table.taken.items() if rows > 1}

    def _new_cell(self, table: _Table, attributes: dict[str, str | None]) -> None:
        if self.row != table.row or self.row == 0:  # a cell without a row, or behind a table within its row
            self._new_row(table)
        column = table.column + 1
        while column in table.taken:
            column += 1
        wide = min(_span(attributes.get("colspan")), _MOST_COLUMNS)
        high = min(_span(attributes.get("rowspan")), _MOST_ROWS)
        self.spanned += wide
        if column + wide > _MOST_COLUMNS or self.spanned > _MOST_SPANNED:
            raise Unreadable("网页格式的表格列数超过上限，请用 Excel 打开并另存为 .xlsx 后重新报送。")
        if high > 1:
            table.taken.update(dict.fromkeys(range(column, column + wide), high))
        if wide > 1 or high > 1:
            self.sheet.merges.append((self.row, column, self.row + high - 1, column + wide - 1))
        table.column = column + wide - 1
        self.at = (self.row, column)
        self.words = []


def _span(text: str | None) -> int:
    digits = (text or "").strip()
    return max(1, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 1
