"""Where a paper's fields stand, as a search found it, and their values read from a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from xlcheck.forms import Form
from xlcheck.labels import inline_pairs, read_label
from xlcheck.model import Kind, Place, Value
from xlcheck.papers.spreadsheet import Book, Cell
from xlcheck.survey import Survey
from xlcheck.values import ZERO, blank, read_value

TITLE = "title"  # the kind of a slot whose cell is a title with a year in it
NOTHING = "nothing"  # the kind of a slot that is known to be blank, whatever stands there


class Slot(NamedTuple):
    """One place that a field is read from: the sheet by its number, the cell, and how the cell is read.

    ``declared`` is the money unit that holds there, ``percent`` whether a % is printed beside or above; ``pair``
    is the pair of a cell with several behind colons, -1 where the cell is the value; ``label`` names the field in
    messages.
    """

    sheet: int
    at: tuple[int, int]
    cell: str
    kind: str
    declared: str
    percent: bool
    label: str
    pair: int = -1


class Filled(NamedTuple):
    """A cell that was read, and is not blank."""

    slot: Slot
    cell: Cell
    value: Value


@dataclass(slots=True)
class Lines:
    """What a sheet holds of a table: its lines, its total row by column name, where its headers stand.

    ``counted`` is the column with the lines' numbers.
    """

    rows: list[dict[str, Slot]] = field(default_factory=list)
    totals: list[tuple[str, Slot]] = field(default_factory=list)
    anchors: dict[str, tuple[int, str]] = field(default_factory=dict)
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything of a form stands in a workbook.

    ``fields`` has the slots of each (field, column), the better first; ``surveys`` are the sheets that were
    searched, ``passed`` the numbers of those that were not, being hidden.
    """

    form: Form
    fields: Mapping[tuple[str, str], tuple[Slot, ...]]
    tables: Mapping[str, Lines]
    anchors: Mapping[str, tuple[int, str]]
    surveys: tuple[Survey, ...]
    passed: tuple[int, ...]


class Reader:
    """Reads a plan's slots from one workbook and remembers the cells that are not blank, in ``filled``."""

    def __init__(self, form: Form, book: Book, file: str) -> None:
        self._money, self._decimals, self._date1904 = form.money, form.decimals, book.date1904
        self._file = file
        self._sheets = [(sheet.name, sheet.cells) for sheet in book.sheets]
        self.filled: dict[tuple[int, tuple[int, int]], Filled] = {}

    def place(self, sheet: int, cell: str) -> Place:
        """A cell by its reference."""
        return Place(self._file, self._sheets[sheet][0], cell)

    def read(self, slot: Slot) -> Value:
        """The value of a slot."""
        sheet, at, reference, kind, declared, percent, _, pair = slot
        name, cells = self._sheets[sheet]
        place = Place(self._file, name, reference)
        cell = cells.get(at)
        if cell is None or kind == NOTHING:
            return blank(place)
        if kind == TITLE:
            return Value(Decimal(read_label(cell.text).year or 0), cell.text.strip(), Kind.NUMBER, ZERO, place)
        shown = cell if pair < 0 else Cell(*at, inline_pairs(cell.text)[pair][1])
        value = read_value(
            shown, kind, place, money=self._money, declared=declared, decimals=self._decimals,
            percent=percent, date1904=self._date1904,
        )  # fmt: skip
        if value.kind is not Kind.BLANK:
            self.filled[sheet, at] = Filled(slot, cell, value)
        return value
