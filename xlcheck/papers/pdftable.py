"""The ruled tables of a .pdf as sheets, and the text beside them. Needs the optional library pdfplumber."""

from __future__ import annotations

import io
import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xlcheck.papers.bounds import Unreadable, cell_counter
from xlcheck.papers.pdf import MOST_PAGES, PAGE_NUMBER, paragraphs
from xlcheck.papers.spreadsheet import Book, Cell, Sheet

if TYPE_CHECKING:
    from pdfplumber.page import Page
    from pdfplumber.table import Table

_NEAR = 1.5  # points: rules so close are one
_WIDE = 4.0  # points by which a table may be shifted from page to page
_HEAD_ROWS = 6
_FEWEST_HEADS = 3


def read_pdf_tables(data: bytes, name: str) -> tuple[Book, list[str]]:
    """The ruled tables, each on a sheet called ``name`` with the lines above it, and the paragraphs beside them.

    A table that goes on at the top of the next page is one table, and its repeated header is left out.
    Rows are counted through the whole file. Nothing is found where pdfplumber cannot make the file out;
    raises :class:`~xlcheck.papers.bounds.Unreadable` where it is not installed.
    """
    try:
        import pdfplumber
        from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException
    except ImportError:
        raise Unreadable(
            "读取 PDF 里的表格需要安装可选组件（pip install 'xlcheck[pdf]'），也可以改用 .xlsx 或网页。"
        ) from None
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    made = _Tables()
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            for page in document.pages[:MOST_PAGES]:
                made.add(page)
                page.close()
    # pdfplumber raises the latter, too, on damaged files
    except (MalformedPDFException, PdfminerException, AssertionError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError):  # fmt: skip
        return Book([]), []
    return Book(list(made.sheets(name))), paragraphs(made.beside)


@dataclass(slots=True)
class _Group:
    """The parts of one table, page by page, with the lines above it and below it."""

    above: list[str]
    parts: list[tuple[Table, list[list[str]]]] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

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


class _Tables:
    """The groups found so far, and all text beside them."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.beside: list[str] = []

    def add(self, page: Page) -> None:
        """Take a page's tables and lines, from the top."""
        tables = sorted(page.find_tables(), key=lambda table: table.bbox[1])
        rest = page
        for table in tables:
            rest = rest.outside_bbox(table.bbox, strict=False)
        lines = [(line["top"], _spaced(line["chars"])) for line in rest.extract_text_lines()]
        lines = [(top, text) for top, text in lines if not PAGE_NUMBER.match(text)]
        self.beside += [text for _, text in lines]
        for number, table in enumerate(tables):
            grid = [[_joined(cell) for cell in row] for row in table.extract()]
            above = [text for top, text in lines if top < table.bbox[1]]
            lines = lines[len(above) :]
            if number or not self.groups or not self.groups[-1].goes_on(table, above):
                self.groups.append(_Group(above))
            elif self.groups[-1].repeated(grid[0]):
                grid[0] = [""] * len(grid[0])
            self.groups[-1].parts.append((table, grid))
        if self.groups:
            self.groups[-1].below += [text for _, text in lines]

    def sheets(self, name: str) -> Iterator[Sheet]:
        """Each group as a sheet; rows are counted through all of them."""
        row = 0
        count = cell_counter()
        for group in self.groups:
            sheet = Sheet(name)
            for text in group.above:
                row += 1
                sheet.cells[row, 1] = Cell(row, 1, text)
            lefts = _edges(cell[0] for table, _ in group.parts for cell in table.cells)
            for table, grid in group.parts:
                count(len(table.cells))
                _place(sheet, table, grid, lefts, row)
                row += len(grid)
            for text in group.below:
                row += 1
                sheet.cells[row, 1] = Cell(row, 1, text)
            yield sheet


def _place(sheet: Sheet, table: Table, grid: list[list[str]], lefts: list[float], row: int) -> None:
    """Put a table's cells below a row, in the columns that begin at ``lefts``; a cell that spans others is a merge."""
    own = sorted({cell[0] for cell in table.cells})
    tops = sorted({cell[1] for cell in table.cells})
    for left, top, right, bottom in table.cells:
        line, column = bisect_left(tops, top), bisect_right(lefts, left + _NEAR) - 1
        text = grid[line][bisect_left(own, left)]
        at = (row + line + 1, column + 1)
        if text:
            sheet.cells[at] = Cell(*at, text)
        below, beyond = bisect_left(tops, bottom - _NEAR), bisect_left(lefts, right - _NEAR)
        if below > line + 1 or beyond > column + 1:
            sheet.merges.append((*at, row + below, beyond))


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
