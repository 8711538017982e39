"""Numbers missing from a sequence: the lines of a table (1, 2, 4), the sections of a form (一、二、四)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlcheck.forms import Form
from xlcheck.model import Document, Kind, Place, Row
from xlcheck.papers.spreadsheet import Cell, position, reference
from xlcheck.survey import Survey

_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NAMES = "零一二三四五六七八九十"
_SECTION = re.compile(r"\s*[（(]?(?P<numeral>[一二三四五六七八九]?十?[一二三四五六七八九]?)[、.．)）]")
_LINE = re.compile(r"\s*(?P<number>\d{1,3})\s*(?:[、．）)]|\.(?!\d))")
_COUNTED = frozenset({"序号", "编号", "项目序号", "行次"})
_FEWEST = 3  # lines that make a sequence


@dataclass(frozen=True, slots=True)
class Gap:
    """Where the numbering goes on after a gap, the number written there, and the numbers that are missing."""

    place: Place
    shown: str
    lost: str


Numbered = tuple[int, Place, str]  # the number, where it stands, how it is written


def gaps(document: Document, form: Form, surveys: Sequence[Survey]) -> Iterator[Gap]:
    """The gaps in the numbering of a located paper's sections and table lines."""
    headings = list(_headings(document.file, form, surveys))
    lost = list(_lost(headings, 2))
    if lost and len(headings) == len(_present(document, form)):  # else a section is there without its heading
        for after, numbers in lost:
            yield Gap(after[1], after[2], "、".join(map(_chinese, numbers)))
    sheets = {found.sheet.name: found for found in surveys}
    for rows in document.tables.values():
        for after, numbers in _lost(list(_lines(document.file, rows, sheets)), _FEWEST):
            yield Gap(after[1], after[2], "、".join(map(str, numbers)))


def _lost(numbered: Sequence[Numbered], fewest: int) -> Iterator[tuple[Numbered, range]]:
    """(what stands after a gap, the numbers lost) in a sequence from 1 that rises; anything else is no sequence."""
    numbers = [number for number, _, _ in numbered]
    rises = all(low < high for low, high in pairwise(numbers))
    if len(numbers) < fewest or numbers[0] != 1 or not rises or numbers[-1] > 2 * len(numbers):
        return
    for (low, _, _), after in pairwise(numbered):
        if after[0] > low + 1:
            yield after, range(low + 1, after[0])


def _headings(file: str, form: Form, surveys: Sequence[Survey]) -> Iterator[Numbered]:
    """The sections' headings that begin with 一、 or （一）, sheet by sheet."""
    for found in surveys:
        for spot in found.spots:
            match = _SECTION.match(spot.text) if spot.label.core in form.headings else None
            if match is not None and (number := _number(match["numeral"])):
                yield number, Place(file, found.sheet.name, reference(spot.row, spot.column)), match["numeral"]


def _present(document: Document, form: Form) -> set[str]:
    """The sections with a heading, and the tables, of which the paper has anything."""
    titled = {section.name for section in form.sections if section.titles}
    titled |= {table.name for table in form.tables if table.titles}
    filled = {form.cells[key].section for key, value in document.fields.items() if key in form.cells and value.kind is not Kind.BLANK}  # fmt: skip
    return titled & (filled | {name for name, rows in document.tables.items() if rows})


def _number(numeral: str) -> int:
    """一 … 九十九 as a number, 0 for the empty numeral."""
    tens, ten, ones = numeral.partition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else _DIGITS.get(tens, 0)) + _DIGITS.get(ones, 0)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _NAMES[tens]) + "十" if tens else "") + (_NAMES[ones] if ones else "")


def _lines(file: str, rows: Sequence[Row], sheets: dict[str, Survey]) -> Iterator[Numbered]:
    """The numbers of a table's lines: in a column headed 序号, or before the text of the first column."""
    column: int | None = None
    for row in rows:
        first = next(iter(row.values())).place
        at = position(first.cell or "")
        found = sheets.get(first.sheet or "")
        if at is None or found is None:
            return
        if column is None:
            heads = [spot for spot in found.spots if spot.label.core in _COUNTED and spot.row < at[0]]
            column = heads[-1].column if heads else at[1]
        cell = found.sheet.cells.get((at[0], column))
        number = _number_of(cell, alone=column != at[1])
        if number is not None:
            yield number, Place(file, found.sheet.name, reference(at[0], column)), str(number)


def _number_of(cell: Cell | None, *, alone: bool) -> int | None:
    """The whole number that a cell holds ``alone``, or that its text begins with (「2、培训」)."""
    if cell is None or (alone and isinstance(cell.raw, float)):
        return int(cell.raw) if cell is not None and isinstance(cell.raw, float) and cell.raw.is_integer() else None
    match = _LINE.match(cell.text.strip() + "、" if alone else cell.text)
    return int(match["number"]) if match is not None else None
