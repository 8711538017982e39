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
MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576
MOST_SPANNED = 1_000_000
_MOST_NESTED = 50


def read_web(text: str, sheet_name: str) -> Book:
    """The tables of a page, one below the other as Excel lays them out; raises :class:`Unreadable`."""
    if re.search(r"<frameset|<x:WorksheetSource", text[:50_000], re.IGNORECASE):
        raise Unreadable(
            "这是另存为网页的目录页，表格在旁边的 .files 文件夹里，请用 Excel 打开并另存为 .xlsx 后重新报送。"
        )
    page = _Tables(sheet_name)
    try:
        page.feed(text)
        page.close()
    except AssertionError as error:  # html.parser's word for markup that it cannot make out
        raise Unreadable("网页格式的表格已损坏，请用 Excel 打开并另存为 .xlsx 后重新报送。") from error
    page.end_cell()
    if not page.tables:
        raise Unreadable("文件内容是网页而且没有表格（可能是登录页或出错页），请重新导出表格后报送。")
    return Book([page.sheet], typed=False)


class Cursor:
    """Where a table is being read: its row, its last column, and the columns that row spans have taken (→ rows left)."""

    def __init__(self) -> None:
        self.row = 0
        self.column = 0
        self.taken: dict[int, int] = {}

    def new_row(self, row: int) -> None:
        """Go on in a row."""
        self.row, self.column = row, 0
        self.taken = {column: rows - 1 for column, rows in self.taken.items() if rows > 1}

    def new_cell(self, wide: int, high: int) -> int:
        """Take the next free place for a cell; its first column."""
        column = self.column + 1
        while column in self.taken:
            column += 1
        if high > 1:
            self.taken.update(dict.fromkeys(range(column, column + wide), high))
        self.column = column + wide - 1
        return column


class _Tables(HTMLParser):
    def __init__(self, sheet_name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = Sheet(sheet_name)
        self.count = cell_counter()
        self.tables = 0
        self.spanned = 0
        self.row = 0
        self.open: list[Cursor] = []
        self.words: list[str] | None = None
        self.loose = False  # the text stands outside a table: it gets a row of its own, as in Excel
        self.at = (0, 0)
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "table" and len(self.open) < _MOST_NESTED:
            self.end_cell()
            self.tables += 1
            self.open.append(Cursor())
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

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.words is None and data.strip():
            self.row += 1
            self.at, self.words, self.loose = (self.row, 1), [], True
        if self.words is not None:
            self.words.append(re.sub(r"[\r\n\t ]+", " ", data))

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

    def _new_row(self, table: Cursor) -> None:
        self.row += 1
        if self.row > _MOST_ROWS:
            raise Unreadable("网页格式的表格行数超过上限，请核对是否传错了文件。")
        table.new_row(self.row)

    def _new_cell(self, table: Cursor, attributes: dict[str, str | None]) -> None:
        if self.row != table.row or self.row == 0:  # a cell without a row, or behind a table within its row
            self._new_row(table)
        wide, high = spans(attributes)
        self.spanned += wide
        if table.column + wide > MOST_COLUMNS or self.spanned > MOST_SPANNED:
            raise Unreadable("网页格式的表格列数超过上限，请用 Excel 打开并另存为 .xlsx 后重新报送。")
        column = table.new_cell(wide, high)
        if wide > 1 or high > 1:
            self.sheet.merges.append((self.row, column, self.row + high - 1, column + wide - 1))
        self.at = (self.row, column)
        self.words = []


def spans(attributes: dict[str, str | None]) -> tuple[int, int]:
    """How many columns and rows a cell covers."""
    return min(_span(attributes.get("colspan")), MOST_COLUMNS), min(_span(attributes.get("rowspan")), _MOST_ROWS)


def _span(text: str | None) -> int:
    digits = (text or "").strip()
    return max(1, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 1
