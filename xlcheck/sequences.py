"""Numbers missing from a sequence: the lines of a table (1, 2, 4), the sections of a form (一、二、四)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlcheck.papers.spreadsheet import Book, Cell, reference
from xlcheck.plans import Lines, Plan
from xlcheck.survey import Survey

_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NAMES = "零一二三四五六七八九十"
_SECTION = re.compile(r"\s*[（(]?(?P<numeral>[一二三四五六七八九]?十?[一二三四五六七八九]?)[、.．)）]")
_LINE = re.compile(r"\s*(?P<number>\d{1,3})\s*(?:[、．）)]|\.(?!\d))")
_FEWEST = 3  # lines that make a sequence


@dataclass(frozen=True, slots=True)
class Gap:
    """Where the numbering goes on after a gap, the number written there, and the numbers that are missing."""

    sheet: str
    cell: str
    shown: str
    lost: str


Numbered = tuple[int, int, str, str]  # the number; the sheet by its number and the cell where it stands; as written


def gaps(plan: Plan, book: Book, filled: Container[tuple[int, tuple[int, int]]]) -> Iterator[Gap]:
    """The gaps in the numbering of a located paper's sections and table lines; ``filled`` are the cells that were read."""
    headings = [heading for found in plan.surveys for heading in _headings(found)]
    lost = list(_lost(headings, 2))
    if lost and len(headings) == len(_present(plan, filled)):  # else a section is there without its heading
        for (_, sheet, cell, shown), numbers in lost:
            yield Gap(book.sheets[sheet].name, cell, shown, "、".join(map(_chinese, numbers)))
    for lines in plan.tables.values():
        for (_, sheet, cell, shown), numbers in _lost(list(_lines(lines, book)), _FEWEST):
            yield Gap(book.sheets[sheet].name, cell, shown, "、".join(map(str, numbers)))


def _lost(numbered: Sequence[Numbered], fewest: int) -> Iterator[tuple[Numbered, range]]:
    """(what stands after a gap, the numbers lost) in a sequence from 1 that rises; anything else is no sequence."""
    numbers = [number for number, *_ in numbered]
    rises = all(low < high for low, high in pairwise(numbers))
    if len(numbers) < fewest or numbers[0] != 1 or not rises or numbers[-1] > 2 * len(numbers):
        return
    for (low, *_), after in pairwise(numbered):
        if after[0] > low + 1:
            yield after, range(low + 1, after[0])


def _headings(found: Survey) -> list[Numbered]:
    """A sheet's headings of sections that begin with 一、 or （一）."""
    return found.remembered(("numbered headings",), lambda: list(_numbered_headings(found)))


def _numbered_headings(found: Survey) -> Iterator[Numbered]:
    for spot in found.spots:
        match = _SECTION.match(spot.text) if spot.label.core in found.form.headings else None
        if match is not None and (number := _number(match["numeral"])):
            yield number, found.number, reference(spot.row, spot.column), match["numeral"]


def _present(plan: Plan, filled: Container[tuple[int, tuple[int, int]]]) -> set[str]:
    """The sections with a heading, and the tables, of which the paper has anything."""
    form = plan.form
    titled = {section.name for section in form.sections if section.titles}
    titled |= {table.name for table in form.tables if table.titles}
    found = {form.cells[key].section for key, slots in plan.fields.items() if key in form.cells and any(slot[:2] in filled for slot in slots)}  # fmt: skip
    return titled & (found | {name for name, lines in plan.tables.items() if lines.rows})


def _number(numeral: str) -> int:
    """一 … 九十九 as a number, 0 for the empty numeral."""
    tens, ten, ones = numeral.partition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else _DIGITS.get(tens, 0)) + _DIGITS.get(ones, 0)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _NAMES[tens]) + "十" if tens else "") + (_NAMES[ones] if ones else "")


def _lines(lines: Lines, book: Book) -> Iterator[Numbered]:
    """The numbers of a table's lines: in a column headed 序号, or before the text of the first column."""
    for row in lines.rows:
        first = next(iter(row.values()))
        at = (first.at[0], lines.counted)
        number = line_number(book.sheets[first.sheet].cells.get(at), alone=lines.counted != first.at[1])
        if number is not None:
            yield number, first.sheet, reference(*at), str(number)


def gapless(numbers: Sequence[int]) -> bool:
    """Whether nothing is missing from the numbers of a table's lines."""
    return not any(True for _ in _lost([(number, 0, "", "") for number in numbers], _FEWEST))


def line_number(cell: Cell | None, *, alone: bool) -> int | None:
    """The whole number that a cell holds ``alone``, or that its text begins with (「2、培训」)."""
    if cell is None or (alone and isinstance(cell.raw, float)):
        return int(cell.raw) if cell is not None and isinstance(cell.raw, float) and cell.raw.is_integer() else None
    match = _LINE.match(cell.text.strip() + "、" if alone else cell.text)
    return int(match["number"]) if match is not None else None
