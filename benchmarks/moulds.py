"""Packages cast from a mould: a layout is written once by its library, every further unit fills in its own cells.

A workbook that takes xlsxwriter 10 ms (a report 30 ms of python-docx) takes 2 ms so, and is cell for cell what the
library would have written (tests/test_benchmarks.py).
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_rowcol_to_cell

from tests.sample_units.book import Book, Cell

STRINGS = "xl/sharedStrings.xml"
DOCUMENT = "word/document.xml"
CELL = re.compile(r'<c r="([A-Z]+\d+)"( s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)', re.DOTALL)
SHARED = re.compile(r"<si>(.*?)</si>", re.DOTALL)
SAID = re.compile(r"(<w:t(?: [^>]*)?>)[^<]*(</w:t>)")
EPOCH = date(1899, 12, 30)


@dataclass(slots=True)
class Mould:
    """A written package: parts that never change, and each other part as text between holes.

    ``pieces`` has for each part with holes the texts around them; ``holes`` says which (cell, its style).
    """

    fixed: dict[str, bytes] = field(default_factory=dict)
    pieces: dict[str, list[str]] = field(default_factory=dict)
    holes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class CastBook(Book):
    """A workbook that is written by xlsxwriter where ``moulds`` has none of its name, and else cast."""

    moulds: dict[str, Mould] = field(default_factory=dict)
    layout: str = ""

    def close(self) -> None:
        """Write the file."""
        mould = self.moulds.get(self.layout)
        if mould is None:
            Book.close(self)
            self.moulds[self.layout] = mould_of(self)
        else:
            fill(mould, self)


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part of a package."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def sheet_parts(book: Book) -> list[tuple[str, dict[str, Cell]]]:
    """Each sheet's part with the cells that the layout put there, by address."""
    found = []
    for number, sheet in enumerate(book.workbook.worksheets(), 1):
        cells = {xl_rowcol_to_cell(cell.row, cell.column): cell for cell in book.cells if cell.sheet is sheet}
        found.append((f"xl/worksheets/sheet{number}.xml", cells))
    return found


def mould_of(book: Book) -> Mould:
    """The mould of a workbook just written."""
    mould = Mould(parts_of(book.path))
    for name, cells in sheet_parts(book):
        text = mould.fixed.pop(name).decode()
        pieces, holes, at = [], [], 0
        for match in CELL.finditer(text):
            if match[1] in cells:
                pieces.append(text[at : match.start()])
                holes.append((match[1], match[2] or ""))
                at = match.end()
        mould.pieces[name], mould.holes[name] = [*pieces, text[at:]], holes
    mould.shared = {text: at for at, text in enumerate(SHARED.findall(mould.fixed.pop(STRINGS).decode()))}
    return mould


def fill(mould: Mould, book: Book) -> None:
    """Write a workbook of the mould's layout; raises ValueError where it has other cells."""
    shared = dict(mould.shared)
    parts = dict(mould.fixed)
    for name, cells in sheet_parts(book):
        pieces, holes = mould.pieces[name], mould.holes[name]
        if len(cells) != len(holes):
            raise ValueError(f"{book.path}: {name} has {len(cells)} cells, its mould {len(holes)}")
        made = [pieces[0]]
        for (address, style), piece in zip(holes, pieces[1:], strict=True):
            made += (cell_text(book, cells[address], address, style, shared), piece)
        parts[name] = "".join(made).encode()
    strings = "".join(f"<si>{text}</si>" for text in shared)
    parts[STRINGS] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="{len(shared)}">{strings}</sst>'.encode()
    )
    write_parts(book.path, parts)


def cell_text(book: Book, cell: Cell, address: str, style: str, shared: dict[str, int]) -> str:
    """One cell's element, as xlsxwriter writes it; its text goes among the shared strings."""
    value = cell.value
    head = f'<c r="{address}"{style}'
    if isinstance(value, Decimal):
        formula = cell.formula or book.formula(cell)
        inner = f"<f>{escape(formula[1:])}</f>" if formula else ""
        return f"{head}>{inner}<v>{float(value):.16G}</v></c>"
    if isinstance(value, date):
        return f"{head}><v>{(value - EPOCH).days}</v></c>"
    if not value:
        return f"{head}/>"
    space = ' xml:space="preserve"' if value != value.strip() else ""
    text = f"<t{space}>{escape(value)}</t>"
    return f'{head} t="s"><v>{shared.setdefault(text, len(shared))}</v></c>'


def report_mould(path: Path) -> Mould:
    """The mould of a report just written."""
    mould = Mould(parts_of(path))
    text = mould.fixed.pop(DOCUMENT).decode()
    pieces, at = [], 0
    for match in SAID.finditer(text):
        pieces.append(text[at : match.end(1)])
        at = match.start(2)
    mould.pieces[DOCUMENT] = [*pieces, text[at:]]
    return mould


def fill_report(mould: Mould, said: list[str], path: Path) -> None:
    """Write a report that says ``said``, run by run; raises ValueError where the mould has another number of runs."""
    first, *rest = mould.pieces[DOCUMENT]
    made = [first]
    for text, piece in zip(said, rest, strict=True):
        made += (escape(text), piece)
    write_parts(path, {**mould.fixed, DOCUMENT: "".join(made).encode()})


def write_parts(path: Path, parts: dict[str, bytes]) -> None:
    """Write a package with fixed times."""
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            package.writestr(info, data)
