"""A form read from sheets that are cast in known moulds: a plan with everything looked up but the values.

A :class:`Casting` says of each field which of a book's values it is, and how such a value is read. It makes the
document that a :class:`~xlcheck.plans.Reader` would make, or none where more than single values is odd about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import NamedTuple, TypeVar

from xlcheck.forms import Form
from xlcheck.imprints import Imprint, Imprints
from xlcheck.model import Document, Kind, Place, Value
from xlcheck.notices import ODD_VALUES, odd_value, odd_values
from xlcheck.papers.moulds import Mould
from xlcheck.papers.spreadsheet import Book, Cell
from xlcheck.plans import NOTHING, OF_SEVERAL, TITLE, Filled, Lines, Plan, Slot, better, read_slot
from xlcheck.questions import Asking, Learnt, Question, counting
from xlcheck.sequences import gapless, line_number
from xlcheck.values import exact_amount
from xlcheck.words import Lexicon

_MOST = 4_096  # texts whose reading is remembered, of one sort of cell
_NOWHERE = Place("")
Made = TypeVar("Made")
Read = tuple[Decimal | None, str, Kind, Decimal, Decimal, bool]  # a value but for its place; whether it is odd
Reading = Callable[[str], Read]
Counting = Callable[[str], int | None]
_MOST_KNOWN = 4_096  # imprints
_AT = (1, 1)


class Memo(dict[str, Made]):
    """What is made of texts, worked out at the first sight of each."""

    def __init__(self, work_out: Callable[[str], Made]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, text: str) -> Made:
        if len(self) >= _MOST:
            self.clear()
        made = self[text] = self._work_out(text)
        return made


@dataclass(frozen=True, slots=True)
class Memos:
    """What is known of cells' texts: as values by how they are read, and as the numbers of a table's lines."""

    values: dict[tuple[Hashable, ...], Memo[Read]] = field(default_factory=dict)
    lines: dict[tuple[Hashable, ...], Memo[int | None]] = field(default_factory=dict)


class _Source(NamedTuple):
    """Where a slot's value stands among a book's values, how it is read, its sheet and its cell."""

    at: int
    memo: Memo[Read]
    sheet: int
    cell: str


Located = tuple[int, Document]  # how well a form fits, and what stands in it


class Castings:
    """The castings of some forms, by the imprints of the books of which they were made."""

    def __init__(self, forms: Sequence[Form], lexicon: Lexicon) -> None:
        self._imprints = Imprints(forms, lexicon)
        self._known: dict[Imprint, Learnt[tuple[tuple[int, Casting], ...]]] = {}
        self._made: dict[tuple[Hashable, ...], Casting] = {}
        self._memos = Memos()

    def forget(self) -> None:
        """Forget every book."""
        self._known.clear()
        self._made.clear()

    def read(self, book: Book, file: str) -> list[Located] | None:
        """The forms of a book with a known imprint; None where it has none, or something odd is to be told."""
        imprint = self._imprints.of(book)
        learnt = self._known.get(imprint) if imprint is not None else None
        known = learnt.recall(Asking(book)) if learnt is not None else None
        if known is None:
            return None
        found: list[Located] = []
        for points, casting in known:
            document = casting.document(book, file)
            if document is None:
                return None
            found.append((points, document))
        return found

    def learn(self, book: Book, asked: Mapping[Question, Hashable], plans: Iterable[tuple[int, Plan]], located: Iterable[Located]) -> None:  # fmt: skip
        """Keep the plans by which a book was read, where nothing but single values was odd about it."""
        imprint = self._imprints.of(book)
        odd = {notice.code for _, document in located for notice in document.notices}
        if imprint is None or not odd <= ODD_VALUES:
            return
        if len(self._known) >= _MOST_KNOWN:
            self.forget()
        learnt = self._known.setdefault(imprint, Learnt())
        if learnt.recall(Asking(book)) is None:
            counted = {question: answer for question, answer in asked.items() if question[0] is counting}
            learnt.keep(counted, tuple((points, self._casting(plan, book)) for points, plan in plans))

    def _casting(self, plan: Plan, book: Book) -> Casting:
        """The casting of a plan, one for all books that are cast in the same moulds."""
        moulds = [sheet.cast.mould for sheet in book.sheets if sheet.cast is not None]
        key = (plan, book.date1904, *moulds)
        if key not in self._made:
            self._made[key] = Casting(plan, moulds, book.date1904, self._memos)
        return self._made[key]


class Casting:
    """How a plan's form is read from books with certain moulds."""

    def __init__(self, plan: Plan, moulds: Sequence[Mould], date1904: bool, memos: Memos) -> None:
        self._plan, self._moulds, self._date1904, self._memos = plan, moulds, date1904, memos
        self._starts = [sum(len(mould.places) for mould in moulds[:number]) for number in range(len(moulds))]
        self._several: list[tuple[tuple[str, str], int, int, int]] = []
        self._slots = [slots[0] for slots in plan.fields.values()]
        for number, (key, slots) in enumerate(plan.fields.items()):
            if len(slots) > 1:
                first = len(self._slots)
                self._slots += slots[1:]
                self._several.append((key, number, first, len(self._slots)))
        self._rows: list[tuple[str, list[tuple[tuple[str, ...], int, int]]]] = []
        for name, lines in plan.tables.items():
            rows = []
            for row in lines.rows:
                rows.append((tuple(row), len(self._slots), len(self._slots) + len(row)))
                self._slots += row.values()
            self._rows.append((name, rows))
        self._sources = [self._source(slot) for slot in self._slots]
        self._readers = Counter(slot[:2] for slot in self._slots)
        self._numbered = [self._numbers(lines) for lines in plan.tables.values()]

    def document(self, book: Book, file: str) -> Document | None:
        """The form as it stands in a book; None where there is something odd to be told of it."""
        plan = self._plan
        values = [*chain.from_iterable(sheet.cast.values for sheet in book.sheets if sheet.cast is not None), ""]
        for numbered in self._numbered:
            if not gapless([line for at, memo in numbered if (line := memo[values[at]]) is not None]):
                return None
        names = [sheet.name for sheet in book.sheets]
        said = [memo[values[at]] for at, memo, _, _ in self._sources]
        read = [
            Value(number, text, kind, half, Place(file, names[sheet], cell), scale)
            for (number, text, kind, half, scale, _), (_, _, sheet, cell) in zip(said, self._sources, strict=True)
        ]
        odd = [number for number, each in enumerate(said) if each[5]]
        fields = dict(zip(plan.fields, read, strict=False))
        for key, first, begin, end in self._several:
            fields[key], others = better([read[first], *read[begin:end]])
            if others and key[0] not in OF_SEVERAL:
                return None
        tables = {
            name: tuple([dict(zip(columns, read[begin:end], strict=True)) for columns, begin, end in rows])
            for name, rows in self._rows
        }
        anchors = {name: Place(file, names[sheet], cell) for name, (sheet, cell) in plan.anchors.items()}
        if any(self._readers[self._slots[number][:2]] > 1 for number in odd):
            return None
        filled = [Filled(self._slots[number], self._cell(number, values), read[number]) for number in odd]
        notices = tuple(odd_values(filled, typed=book.typed)) if filled else ()
        return Document(plan.form.name, file, fields, tables, anchors, notices)

    def _cell(self, number: int, values: Sequence[str]) -> Cell:
        """The cell that a source is read from."""
        slot = self._slots[number]
        typed, code = self._format(slot.sheet, self._moulds[slot.sheet].index[slot.at])
        return _there(slot.at, values[self._sources[number].at], typed, code)

    def _source(self, slot: Slot) -> _Source:
        number = self._moulds[slot.sheet].index.get(slot.at) if slot.kind != NOTHING else None
        return _Source(self._at(slot.sheet, number), self._reading(slot, number), slot.sheet, slot.cell)

    def _at(self, sheet: int, number: int | None) -> int:
        return self._starts[sheet] + number if number is not None else -1

    def _reading(self, slot: Slot, number: int | None) -> Memo[Read]:
        """How a slot's value is read."""
        form, date1904 = self._plan.form, self._date1904
        typed, code = self._format(slot.sheet, number)
        kind = (form.money, form.decimals, date1904, typed, code, slot.kind, slot.declared, slot.percent, slot.pair)
        return self._memos.values.setdefault(kind, Memo(_reader(form, slot, date1904, typed=typed, code=code)))

    def _format(self, sheet: int, number: int | None) -> tuple[bool, str]:
        """Whether a cell holds a number, and its format."""
        mould = self._moulds[sheet]
        return (mould.kinds[number] == "n", mould.codes[number]) if number is not None else (False, "General")

    def _numbers(self, lines: Lines) -> list[tuple[int, Memo[int | None]]]:
        """Where the numbers of a table's lines stand, and how they are read."""
        found = []
        for row in lines.rows:
            first = next(iter(row.values()))
            number = self._moulds[first.sheet].index.get((first.at[0], lines.counted))
            if number is not None:
                alone = lines.counted != first.at[1]
                typed, code = self._format(first.sheet, number)
                reader = _line_reader(alone=alone, typed=typed, code=code)
                memo = self._memos.lines.setdefault((alone, typed, code), Memo(reader))
                found.append((self._at(first.sheet, number), memo))
        return found


def _cell(text: str, typed: bool, code: str) -> Cell | None:
    return _there(_AT, text, typed, code) if text else None


def _there(at: tuple[int, int], text: str, typed: bool, code: str) -> Cell:
    return Cell(*at, float(text) if typed else text, format=code)


def _reader(form: Form, slot: Slot, date1904: bool, *, typed: bool, code: str) -> Reading:
    amount = typed and slot.kind == "amount"

    def read(text: str) -> Read:
        exact = exact_amount(text, code, form.money, slot.declared, form.decimals) if amount else None
        if exact is not None:
            return *exact, False
        cell = _cell(text, typed, code)
        value = read_slot(slot, cell, _NOWHERE, form, date1904)
        odd = (
            cell is not None
            and value.kind is not Kind.BLANK
            and slot.kind != TITLE
            and odd_value(Filled(slot, cell, value)) != ""
        )
        return value.number, value.text, value.kind, value.half_width, value.scale, odd

    return read


def _line_reader(*, alone: bool, typed: bool, code: str) -> Counting:
    return lambda text: line_number(_cell(text, typed, code), alone=alone)
