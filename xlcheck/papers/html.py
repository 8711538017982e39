"""A published web page as paragraphs: the text of its blocks and table cells, without scripts and styles."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from html.parser import HTMLParser

from xlcheck.model import Box
from xlcheck.papers.prose import Piece, decode_text
from xlcheck.papers.webtable import MOST_COLUMNS, MOST_SPANNED, Cursor, spans

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_BLOCKS = frozenset(
    {
        "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
        "header", "footer", "title", "blockquote", "pre", "dd", "dt", "dl", "caption", "body", "br", "hr",
    }
)  # fmt: skip
_LONGEST_ROW = 2_000  # characters of a row of data; more is a page's layout
_MOST_NESTED = 50
_SILENT = frozenset({"script", "style", "noscript", "template", "select", "nav", "comment"})


def html_pieces(data: bytes) -> list[Piece]:
    """The blocks of a page in reading order."""
    page = _Page()
    page.feed(decode_page(data))
    page.close()
    page.flush()
    return [
        Piece(text, level, _row(rows, page.sizes), box if rows and page.sizes[rows[-1]] <= _LONGEST_ROW else None)
        for text, level, rows, box in page.found
    ]


def _row(rows: tuple[int, ...], sizes: Counter[int]) -> int:
    """The outermost table row that a block stands in, but for those that lay out the page and hold whole texts."""
    return next((row for row in rows if sizes[row] <= _LONGEST_ROW), 0)


def decode_page(data: bytes) -> str:
    """By BOM, else by the charset that the page declares (gb2312 and gbk are read as GB 18030), else as text."""
    match = _CHARSET.search(data[:4096])
    if match is not None and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = match[1].decode("ascii", "replace").lower()
        try:
            codec = codecs.lookup("gb18030" if name in ("gb2312", "gbk", "gb_2312-80", "x-gbk") else name)
            return data.decode(codec.name)
        except (LookupError, UnicodeDecodeError):
            pass  # a page may declare a charset that it is not written in
    return decode_text(data)


class _Table:
    """A table as it is read: the row (of the page) that it is at, 0 before its first, and its cell."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.row = 0
        self.at = Cursor()
        self.box: Box | None = None


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # text, level, the rows around it from outside, the innermost cell
        self.found: list[tuple[str, int, tuple[int, ...], Box | None]] = []
        self.sizes: Counter[int] = Counter()  # characters of each row
        self.words: list[str] = []
        self.level = 0
        self.silent = 0
        self.row = 0
        self.tables = 0
        self.spanned = 0
        self.inside: list[_Table] = []  # those that are open, from outside

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        if tag in _BLOCKS:
            self.flush()
        if tag == "table" and len(self.inside) < _MOST_NESTED:
            self.tables += 1
            self.inside.append(_Table(self.tables))
        elif tag == "tr" and self.inside:
            self._new_row(self.inside[-1])
        elif tag in ("td", "th") and self.inside:
            self._new_cell(self.inside[-1], dict(attrs))
        if re.fullmatch("h[1-6]", tag):
            self.level = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self.silent:
            self.silent -= 1
        if tag in _BLOCKS:
            self.flush()
        if tag == "table" and self.inside:
            self.inside.pop()
        elif tag in ("td", "th", "tr") and self.inside:
            self.inside[-1].box = None

    def _new_row(self, table: _Table) -> None:
        self.row += 1
        table.row, table.box = self.row, None
        table.at.new_row(table.at.row + 1)

    def _new_cell(self, table: _Table, attributes: dict[str, str | None]) -> None:
        """A cell begins; past all bounds of a table it is text alone."""
        if not table.row:
            self._new_row(table)
        wide, high = spans(attributes)
        self.spanned += wide
        if table.at.column + wide > MOST_COLUMNS or self.spanned > MOST_SPANNED:
            table.box = None
            return
        top, left = table.at.row, table.at.new_cell(wide, high)
        table.box = Box(table.number, top, left, top + high - 1, left + wide - 1)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)

    def flush(self) -> None:
        """End the block that is being read."""
        text = re.sub(r"[\r\n\t ]+", " ", "".join(self.words)).strip()
        if text:
            rows = tuple(table.row for table in self.inside if table.row)
            self.found.append((text, self.level, rows, self.inside[-1].box if self.inside else None))
            self.sizes.update(dict.fromkeys(rows, len(text)))
        self.words, self.level = [], 0
