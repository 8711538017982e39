"""A published web page as paragraphs: the text of its blocks and table cells, without scripts and styles."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from html.parser import HTMLParser

from xlcheck.papers.prose import Piece, decode_text

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
    return [Piece(text, level, _row(rows, page.sizes)) for text, level, rows in page.found]


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


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, int, tuple[int, ...]]] = []  # text, level, the rows around it from outside
        self.sizes: Counter[int] = Counter()  # characters of each row
        self.words: list[str] = []
        self.level = 0
        self.silent = 0
        self.row = 0
        self.inside: list[int] = []  # the row that each open table is at, from outside; 0 before its first

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        if tag in _BLOCKS:
            self.flush()
        if tag == "table" and len(self.inside) < _MOST_NESTED:
            self.inside.append(0)
        elif tag == "tr" and self.inside:
            self.row += 1
            self.inside[-1] = self.row
        if re.fullmatch("h[1-6]", tag):
            self.level = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self.silent:
            self.silent -= 1
        if tag in _BLOCKS:
            self.flush()
        if tag == "table" and self.inside:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)

    def flush(self) -> None:
        """End the block that is being read."""
        text = re.sub(r"[\r\n\t ]+", " ", "".join(self.words)).strip()
        if text:
            rows = tuple(row for row in self.inside if row)
            self.found.append((text, self.level, rows))
            self.sizes.update(dict.fromkeys(rows, len(text)))
        self.words, self.level = [], 0
