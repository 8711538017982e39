"""The ruled tables of a .pdf as sheets, and the text beside them. Needs the optional library pdfplumber."""

from __future__ import annotations

import io
import logging
from bisect import bisect_left
from typing import TYPE_CHECKING

from xlcheck.papers.bounds import cell_counter
from xlcheck.papers.pdf import MOST_PAGES, PAGE_NUMBER, paragraphs
from xlcheck.papers.spreadsheet import Book, Cell, Sheet

if TYPE_CHECKING:
    from pdfplumber.page import Page
    from pdfplumber.table import Table

_NEAR = 1.0  # points: rules so close are one
_HEAD_ROWS = 6
_FEWEST_HEADS = 3


def read_pdf_tables(data: bytes, name: str) -> tuple[Book, list[str]]:
    """The ruled tables, each on a sheet called ``name`` with the lines above it, and the paragraphs beside them.

    A table that goes on at the top of the next page is one table, and its repeated header is left out.
    Rows are counted through the whole file. Nothing is found where pdfplumber is not installed or cannot
    make the file out.
    """
    try:
        import pdfplumber
        from pdfminer.pdfexceptions import PDFException
        from pdfplumber.utils.exceptions import PdfminerException
    except ImportError:
        return Book([]), []
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    made = _Tables(name)
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            for page in document.pages[:MOST_PAGES]:
                made.add(page)
                page.close()
    # pdfminer raises the latter, too, on damaged files
    except (PdfminerException, PDFException, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError):  # fmt: skip
        return Book([]), []
    return Book([sheet for sheet in made.sheets if sheet.cells]), paragraphs(made.beside)


class _Tables:
    """The sheets made so far; ``columns`` is how many the last table has, None where text has followed it."""

    def __init__(self, name: str) -> None:
        self.sheets = [Sheet(name)]
        self.beside: list[str] = []
        self.row = 0
        self.columns = 0
        self.heads: list[list[str]] = []
        self.count = cell_counter()

    def add(self, page: Page) -> None:
        """Take a page's tables and lines, from the top."""
        tables = sorted(page.find_tables(), key=lambda table: table.bbox[1])
        rest = page
        for table in tables:
            rest = rest.outside_bbox(table.bbox, strict=False)
        lines = [(line["top"], line["text"]) for line in rest.extract_text_lines(return_chars=False)]
        lines = [(top, text) for top, text in lines if not PAGE_NUMBER.match(text)]
        self.beside += [text for _, text in lines]
        for number, table in enumerate(tables):
            grid = [[_joined(cell) for cell in row] for row in table.extract()]
            above = [text for top, text in lines if top < table.bbox[1]]
            lines = lines[len(above) :]
            if number or len(grid[0]) != self.columns:
                self._start(above)
                self.heads = grid[:_HEAD_ROWS]
            else:
                grid[0] = [""] * len(grid[0]) if self._repeated(grid[0]) else grid[0]
            self._table(table, grid)
            self.columns = len(grid[0])
        self._lines([text for _, text in lines])

    def _start(self, above: list[str]) -> None:
        self.sheets.append(Sheet(self.sheets[0].name))
        self._lines(above)

    def _lines(self, texts: list[str]) -> None:
        for text in texts:
            self.row += 1
            self.count(1)
            self.sheets[-1].cells[self.row, 1] = Cell(self.row, 1, text)

    def _repeated(self, row: list[str]) -> bool:
        """Whether a page begins with the header of the table that goes on there."""
        return any(
            sum(bool(cell) and cell == head for cell, head in zip(row, heads, strict=True)) >= _FEWEST_HEADS
            for heads in self.heads
        )

    def _table(self, table: Table, grid: list[list[str]]) -> None:
        """Put a table's cells below what is there; a cell that spans others is a merge."""
        lefts = sorted({cell[0] for cell in table.cells})
        tops = sorted({cell[1] for cell in table.cells})
        for left, top, right, bottom in table.cells:
            row, column = bisect_left(tops, top), bisect_left(lefts, left)
            below, beyond = bisect_left(tops, bottom - _NEAR) - 1, bisect_left(lefts, right - _NEAR) - 1
            text = grid[row][column]
            if text:
                self.count(1)
                at = (self.row + row + 1, column + 1)
                self.sheets[-1].cells[at] = Cell(*at, text)
            if below > row or beyond > column:
                self.sheets[-1].merges.append((self.row + row + 1, column + 1, self.row + below + 1, beyond + 1))
        self.row += len(grid)


def _joined(cell: str | None) -> str:
    """A cell's text without the line breaks that its width made."""
    return (cell or "").replace("\n", "").strip()
