"""What the locator may ask about cells that are no words of the layout, and what it learnt by asking.

A search sees a workbook's layout and asks the rest. Asked the same and answered the same, it finds the same:
so its questions with their answers are kept beside what it found, as a tree, and the next workbook of that
layout is led down the tree instead of being searched.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Generic, TypeVar

from xlcheck.model import Kind, Place
from xlcheck.papers.spreadsheet import Book, Sheet
from xlcheck.values import WORD_KINDS, read_value
from xlcheck.words import LONGEST_LABEL

Found = TypeVar("Found")
_FEWEST_COUNTED = 3
At = tuple[int, int]


def present(sheet: Sheet, at: At) -> bool:
    """Whether there is anything in a cell, if only blanks."""
    return at in sheet.cells


def filled(sheet: Sheet, at: At) -> bool:
    """Whether anything shows in a cell."""
    cell = sheet.cells.get(at)
    return cell is not None and (not isinstance(cell.raw, str) or bool(cell.raw.strip()))


def number(sheet: Sheet, at: At) -> bool:
    """Whether a cell holds a number."""
    cell = sheet.cells.get(at)
    return cell is not None and isinstance(cell.raw, float)


def reads(sheet: Sheet, at: At, kind: str, money: str) -> bool:
    """Whether a cell can be read as a field of ``kind``."""
    value = read_value(sheet.cells.get(at), kind, Place(""), money=money, declared=money, decimals=2)
    return value.kind not in (Kind.TEXT, Kind.ERROR, Kind.BLANK) or kind in WORD_KINDS


def colon(sheet: Sheet, row: int, first: int, last: int) -> int:
    """The first of some columns of a row where a short text ends with a colon or has one in it; 0 where none does."""
    for column in range(first, last + 1):
        cell = sheet.cells.get((row, column))
        text = cell.raw if cell is not None else None
        if isinstance(text, str) and colon_in(text):
            return column
    return 0


def colon_in(text: str) -> bool:
    """Whether a text is short and ends with a colon or has one in it, as a label does."""
    if not ("：" in text or ":" in text):
        return False
    bare = text.strip()
    return len(bare) <= LONGEST_LABEL and (bare.endswith((":", "：")) or not bare[:4].isdigit())


def any_filled(sheet: Sheet, places: tuple[At, ...]) -> bool:
    """Whether anything shows in any of some cells."""
    return any(filled(sheet, at) for at in places)


def counting(sheet: Sheet, rows: tuple[int, ...], last: int) -> frozenset[int]:
    """The columns, up to the last, that only count some rows 1, 2, 3 …"""
    found: set[int] = set()
    for column in range(1, last + 1):
        numbers: list[float] = []
        for row in rows:
            whole = _whole(sheet, (row, column))
            if whole is None:
                break
            numbers.append(whole)
        if len(numbers) == len(rows) >= _FEWEST_COUNTED and {b - a for a, b in pairwise(numbers)} == {1.0}:
            found.add(column)
    return frozenset(found)


def _whole(sheet: Sheet, at: At) -> float | None:
    value = sheet.raw(at)
    if isinstance(value, str):
        return float(value) if value.strip().isdigit() else None
    return value if isinstance(value, float) else None


Question = tuple[Callable[..., Hashable], int, tuple[Any, ...]]  # what is asked, of which sheet, with what


class Asking:
    """The questions of one search and their answers, in the order in which they were first asked."""

    def __init__(self, book: Book) -> None:
        self._sheets = book.sheets
        self.answers: dict[Question, Hashable] = {}

    def ask(self, what: Callable[..., Hashable], sheet: int, *arguments: Any) -> Any:
        """The answer of a sheet (by its number in the book)."""
        question = (what, sheet, arguments)
        if question not in self.answers:
            self.answers[question] = what(self._sheets[sheet], *arguments)
        return self.answers[question]


@dataclass(slots=True)
class _Fork(Generic[Found]):
    question: Question
    ways: dict[Hashable, _Fork[Found] | _End[Found]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _End(Generic[Found]):
    found: Found


class Learnt(Generic[Found]):
    """What searches of one layout found, by the answers that they got."""

    def __init__(self) -> None:
        self._root: _Fork[Found] | _End[Found] | None = None

    def recall(self, asking: Asking) -> Found | None:
        """What a search would find, if one that got the same answers was kept."""
        node = self._root
        while isinstance(node, _Fork):
            what, sheet, arguments = node.question
            node = node.ways.get(asking.ask(what, sheet, *arguments))
        return node.found if node is not None else None

    def keep(self, answers: dict[Question, Hashable], found: Found) -> None:
        """Keep what a search found."""
        asked = list(answers.items())
        fork, depth = self._root, 0
        while isinstance(fork, _Fork) and asked[depth][1] in fork.ways:
            fork = fork.ways[asked[depth][1]]
            depth += 1
        node: _Fork[Found] | _End[Found] = _End(found)
        for question, answer in reversed(asked[depth + 1 :] if isinstance(fork, _Fork) else asked):
            node = _Fork(question, {answer: node})
        if isinstance(fork, _Fork):
            fork.ways[asked[depth][1]] = node
        elif fork is None:
            self._root = node
