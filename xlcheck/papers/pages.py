"""A published page as grids: the tables of a web page or of a .pdf, each on a sheet of its own."""

from __future__ import annotations

from xlcheck.papers.delimited import decode
from xlcheck.papers.spreadsheet import Book
from xlcheck.papers.webtable import read_web


def open_page(data: bytes, kind: str, name: str) -> Book:
    """The tables of a page that could be read as prose; ``kind`` is html or pdf, any other has none.

    Raises :class:`~xlcheck.papers.bounds.Unreadable` where a page's tables are beyond all bounds.
    """
    if kind == "pdf":
        from xlcheck.papers.pdftable import read_pdf_tables

        return read_pdf_tables(data, name)
    text = decode(data, declared=True) if kind == "html" else None
    return read_web(text, name, apart=True) if text is not None and "<table" in text.lower() else Book([])
