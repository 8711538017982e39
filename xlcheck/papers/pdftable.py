"""A .pdf as paragraphs with its ruled tables' cells in their places. Needs the optional library pdfplumber."""

from __future__ import annotations

import io
import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xlcheck.model import Box
from xlcheck.papers.bounds import Unreadable, cell_counter
from xlcheck.papers.pdf import MOST_PAGES, PAGE_NUMBER, paragraphs
from xlcheck.papers.prose import Piece

if TYPE_CHECKING:
    from pdfplumber.page import Page
    from pdfplumber.table import Table

_NEAR = 1.5  # points: rules so close are one
_THICK = 3.0  # points: no rule is so thick
_WIDE = 4.0  # points by which a table may be shifted from page to page
_HEAD_ROWS = 6
_FEWEST_HEADS = 3


def pdf_table_pieces(data: bytes) -> list[Piece]:
    """The text of a .pdf with the cells of its ruled tables in their places; none where pdfplumber cannot make it out.

    A table that goes on at the top of the next page is one table, and its repeated header is left out.
    Raises :class:`~xlcheck.papers.bounds.Unreadable` where pdfplumber is not installed.
    """
    try:
        import pdfplumber
        from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException
    except ImportError:
        raise Unreadable(
            "读取 PDF 里的表格需要安装可选组件（pip install 'xlcheck[pdf]'），也可以改用 .xlsx 或网页。"
        ) from None
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    made = _Flow()
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            for page in document.pages[:MOST_PAGES]:
                made.add(page)
                page.close()
    # pdfplumber raises the latter, too, on damaged files
    except (MalformedPDFException, PdfminerException, AssertionError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError):  # fmt: skip
        return []
    return list(made.pieces())


@dataclass(eq=False, slots=True)
class _Group:
    """The parts of one table, page by page, and the lines above it."""

    above: list[str]
    parts: list[tuple[Table, list[list[str]]]] = field(default_factory=list)

    def goes_on(self, table: Table, above: list[str]) -> bool:
        """Whether a table at the top of a page is this one: as wide, and under no other lines than this one is.

        Lines below the part before do not matter: a page's foot, or the text of a cell that the page's end cuts.
        """
        last = self.parts[-1][0].bbox
        alike = abs(last[0] - table.bbox[0]) < _WIDE and abs(last[2] - table.bbox[2]) < _WIDE
        return alike and set(above) <= set(self.above)

    def repeated(self, row: list[str]) -> bool:
        """Whether a page begins with the header of the table that goes on there."""
        heads = self.parts[0][1][:_HEAD_ROWS]
        return any(sum(bool(a) and a == b for a, b in zip(row, head, strict=False)) >= _FEWEST_HEADS for head in heads)


class _Flow:
    """The text so far: lines, and tables where they begin."""

    def __init__(self) -> None:
        self.found: list[str | _Group] = []
        self.last: _Group | None = None

    def add(self, page: Page) -> None:
        """Take a page's tables and lines, from the top."""
        page = page.filter(_is_no_ground)
        tables = sorted(page.find_tables(), key=lambda table: table.bbox[1])
        rest = page
        for table in tables:
            rest = rest.outside_bbox(table.bbox, strict=False)
        lines = [(line["top"], _spaced(line["chars"])) for line in rest.extract_text_lines()]
        lines = [(top, text) for top, text in lines if not PAGE_NUMBER.match(text)]
        for number, table in enumerate(tables):
            grid = [[_joined(cell) for cell in row] for row in table.extract()]
            above = [text for top, text in lines if top < table.bbox[1]]
            lines = lines[len(above) :]
            if number or self.last is None or not self.last.goes_on(table, above):
                self.last = _Group(above)
                self.found += [*above, self.last]
            elif self.last.repeated(grid[0]):
                grid[0] = [""] * len(grid[0])
            self.last.parts.append((table, grid))
        self.found += [text for _, text in lines]

    def pieces(self) -> Iterator[Piece]:
        """Lines that run on as paragraphs, and each table's cells."""
        width = max((len(text.strip()) for text in self.found if isinstance(text, str)), default=0)
        count = cell_counter()
        tables = rows = 0
        lines: list[str] = []
        for each in self.found:
            if isinstance(each, str) and "  " not in each.strip():
                lines.append(each)
                continue
            yield from map(Piece, paragraphs(lines, width))
            lines = []
            if isinstance(each, str):  # entries side by side do not run on
                yield Piece(each)
                continue
            count(sum(len(table.cells) for table, _ in each.parts))
            tables += 1
            for box, text in _cells(each, tables):
                yield Piece(text, 0, rows + box.top, box)
            rows += sum(len(grid) for _, grid in each.parts)
        yield from map(Piece, paragraphs(lines, width))


def _cells(group: _Group, number: int) -> Iterator[tuple[Box, str]]:
    """The filled cells of a table, row by row, in columns that are one grid through all its parts."""
    lefts = _edges(cell[0] for table, _ in group.parts for cell in table.cells)
    above = 0
    for table, grid in group.parts:
        own = sorted({cell[0] for cell in table.cells})
        tops = sorted({cell[1] for cell in table.cells})
        for left, top, right, bottom in sorted(table.cells, key=lambda cell: (cell[1], cell[0])):
            line, column = bisect_left(tops, top), bisect_right(lefts, left + _NEAR)
            text = grid[line][bisect_left(own, left)]
            below, beyond = bisect_left(tops, bottom - _NEAR), bisect_left(lefts, right - _NEAR)
            if text:
                box = Box(number, above + line + 1, column, above + max(below, line + 1), max(beyond, column))
                yield box, text
        above += len(grid)


def _is_no_ground(drawn: dict[str, Any]) -> bool:
    """Whether something drawn may be a rule or a character: not a coloured ground, nor a bar in a cell."""
    ground = drawn["object_type"] == "rect" and not drawn["stroke"]
    return not ground or min(drawn["width"], drawn["height"]) < _THICK


def _edges(places: Iterable[float]) -> list[float]:
    """Where columns begin; what is nearer than a rule is thick is one place."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > _NEAR:
            found.append(place)
    return found


def _spaced(characters: list[dict[str, Any]]) -> str:
    """A line's text, with two blanks where a gap is wider than a character: there another entry begins."""
    text = ""
    for before, after in zip([None, *characters], characters, strict=False):
        size = after["size"]
        gap = after["x0"] - before["x1"] if before is not None else 0
        text += ("  " if gap > size else " " if gap > size / 5 else "") + after["text"]
    return text


def _joined(cell: str | None) -> str:
    """A cell's text without the line breaks that its width made."""
    return (cell or "").replace("\n", "").strip()
