"""A published page as grids and text: the tables of a web page or of a .pdf, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace

from xlcheck.model import Prose
from xlcheck.papers.html import decode_page
from xlcheck.papers.prose import Piece, numbered
from xlcheck.papers.spreadsheet import Book
from xlcheck.papers.webtable import read_web


def open_page(data: bytes, prose: Prose) -> tuple[Book, Prose]:
    """The tables of a page that was read as prose, and its text without them; only html and pdf have tables here.

    Raises :class:`~xlcheck.papers.bounds.Unreadable` where a page's tables are beyond all bounds.
    """
    stem = prose.name.rpartition("/")[2].rpartition(".")[0]
    if prose.format == "pdf":
        from xlcheck.papers.pdftable import read_pdf_tables

        book, lines = read_pdf_tables(data, stem)
        return book, numbered(prose.name, "pdf", [Piece(line) for line in lines]) if book.sheets else prose
    text = decode_page(data) if prose.format == "html" else ""
    if "<table" not in text.lower():
        return Book([]), prose
    beside = tuple(paragraph for paragraph in prose.paragraphs if not paragraph.row)
    return read_web(text, stem, apart=True), replace(prose, paragraphs=beside)
