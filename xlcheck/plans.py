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
OF_SEVERAL = frozenset({"填报日期", "标题年度"})  # fields that may stand twice with different values
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


@dataclass(frozen=True, slots=True, eq=False)
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
        self._form, self._date1904 = form, book.date1904
        self._file = file
        self._sheets = [(sheet.name, sheet.cells) for sheet in book.sheets]
        self.filled: dict[tuple[int, tuple[int, int]], Filled] = {}

    def place(self, sheet: int, cell: str) -> Place:
        """A cell by its reference."""
        return Place(self._file, self._sheets[sheet][0], cell)

    def read(self, slot: Slot) -> Value:
        """The value of a slot."""
        name, cells = self._sheets[slot.sheet]
        cell = cells.get(slot.at)
        value = read_slot(slot, cell, Place(self._file, name, slot.cell), self._form, self._date1904)
        if cell is not None and value.kind is not Kind.BLANK and slot.kind != TITLE:
            self.filled[slot.sheet, slot.at] = Filled(slot, cell, value)
        return value


def read_slot(slot: Slot, cell: Cell | None, place: Place, form: Form, date1904: bool) -> Value:
    """What a cell says as the slot of a form."""
    if cell is None or slot.kind == NOTHING:
        return blank(place)
    if slot.kind == TITLE:
        return Value(Decimal(read_label(cell.text).year or 0), cell.text.strip(), Kind.NUMBER, ZERO, place)
    shown = cell if slot.pair < 0 else Cell(*slot.at, inline_pairs(cell.text)[slot.pair][1])
    return read_value(
        shown, slot.kind, place, money=form.money, declared=slot.declared, decimals=form.decimals,
        percent=slot.percent, date1904=date1904,
    )  # fmt: skip


def better(values: list[Value]) -> tuple[Value, list[Value]]:
    """The first value that is not blank, and those that differ from it."""
    filled = [value for value in values if value.kind is not Kind.BLANK] or values
    return filled[0], [other for other in filled[1:] if _differs(other, filled[0])]


def _differs(other: Value, value: Value) -> bool:
    if other.place == value.place or (other.number is not None and other.number == value.number):
        return False
    return (other.number, other.text.strip()) != (value.number, value.text.strip())
