"""What sheets that one program wrote from one template share, and what each of them has of its own.

The rows of such sheets are the same but for the values. All that does not depend on a value (which cells there are,
their formats, the merges, what is hidden) is worked out once, as a :class:`Mould`; a :class:`Cast` is a sheet's values
in it. A sheet with anything in it that a value could change otherwise (an error, a truth value, a formula without a
result) makes no mould, and values that do not fit make no cast: then the sheet is read as any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

At = tuple[int, int]  # row and column, from 1
Merge = tuple[int, int, int, int]
_MOST = 256  # moulds that are kept
_MOST_SEEN = 4096
_LARGEST = 1 << 18  # characters of rows that are worth it


@dataclass(frozen=True, eq=False)
class Mould:
    """What the sheets share: of each cell with a value its place, kind, format, and whether it holds a formula.

    Kinds are those of the XML: n (a number), s (in the table of strings), str and inlineStr (text).
    """

    places: tuple[At, ...]
    kinds: tuple[str, ...]
    codes: tuple[str, ...]
    formulas: tuple[bool, ...]
    hidden_rows: frozenset[int]
    merges: tuple[Merge, ...]
    hidden_columns: tuple[tuple[int, int], ...]

    @cached_property
    def index(self) -> Mapping[At, int]:
        """Which of the values stands at a place."""
        return {at: number for number, at in enumerate(self.places)}

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Which of the values are numbers."""
        return tuple(number for number, kind in enumerate(self.kinds) if kind == "n")

    @cached_property
    def shared(self) -> tuple[int, ...]:
        """Which of the values stand in the table of strings."""
        return tuple(number for number, kind in enumerate(self.kinds) if kind == "s")

    @cached_property
    def worded(self) -> tuple[int, ...]:
        """Which of the values are texts of either sort."""
        return tuple(number for number, kind in enumerate(self.kinds) if kind != "n")

    @cached_property
    def texts(self) -> tuple[int, ...]:
        """Which of the values are texts of the cell's own."""
        return tuple(number for number, kind in enumerate(self.kinds) if kind in ("str", "inlineStr"))

    @cached_property
    def extent(self) -> At:
        """The last row and column with a cell."""
        rows, columns = zip(*self.places, strict=True) if self.places else ((0,), (0,))
        return max(rows), max(columns)

    def cast(self, values: list[str], strings: Sequence[str], text: Callable[[str], str]) -> Cast | None:
        """The sheet of some values, as they stand in the XML; None where one does not fit. ``text`` resolves a text."""
        shared = [values[number] for number in self.shared]
        if shared:
            if not "".join(shared).isdecimal() or max(map(int, shared)) >= len(strings):
                return None
            for number, place in zip(self.shared, shared, strict=True):
                values[number] = strings[int(place)]
        for number in self.texts:
            values[number] = text(values[number])
        try:
            numbers = [float(values[number]) for number in self.numbers]
        except ValueError:
            return None
        if not all(map(math.isfinite, numbers)):
            return None
        empty = "" in values
        if empty and any(self.formulas[number] for number, value in enumerate(values) if not value):
            return None
        return Cast(self, values, numbers, not empty)


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """A sheet's own values in a mould: texts, and numbers as they are written; an empty text is no cell.

    ``numbers`` are those of the mould's numbers; ``full``: every cell of the mould is there.
    """

    mould: Mould
    values: Sequence[str]
    numbers: Sequence[float]
    full: bool

    def raw(self, at: At) -> str | float | None:
        """The text or number at a place, None where there is nothing."""
        number = self.mould.index.get(at)
        if number is None or not self.values[number]:
            return None
        return float(self.values[number]) if self.mould.kinds[number] == "n" else self.values[number]

    def cells(self) -> Iterator[tuple[At, str | float, str, bool]]:
        """Each cell: its place, its text or number, its format, and whether it holds a formula."""
        mould = self.mould
        for at, kind, code, formula, value in zip(
            mould.places, mould.kinds, mould.codes, mould.formulas, self.values, strict=True
        ):
            if value:
                yield at, float(value) if kind == "n" else value, code, formula


Around = tuple[object, ...]  # what stands around a sheet's values: it makes the mould


class Moulds:
    """The moulds that were made, each at the second sheet of its kind."""

    def __init__(self) -> None:
        self._made: dict[Around, Mould | None] = {}
        self._seen: set[int] = set()

    def find(self, around: Around) -> Mould | None:
        """The mould for what stands around some values."""
        return self._made.get(around)

    def wants(self, around: Around, size: int) -> bool:
        """Whether a mould should be made of this, ``size`` characters: it was seen before, and tried by nobody."""
        if around in self._made or size > _LARGEST:
            return False
        if len(self._seen) > _MOST_SEEN:
            self._seen.clear()
        mark = hash(around)
        again = mark in self._seen
        self._seen.add(mark)
        return again

    def keep(self, around: Around, mould: Mould | None) -> None:
        """Keep a mould, or that there can be none."""
        if len(self._made) >= _MOST:
            self._made.clear()
        self._made[around] = mould


def mould_of(cells: Sequence[tuple[At, str, str, bool]], hidden_rows: Collection[int], merges: Sequence[Merge], hidden_columns: Sequence[tuple[int, int]]) -> Mould | None:  # fmt: skip
    """The mould of cells (place, kind, format, whether it holds a formula); None where there can be none."""
    places, kinds, codes, formulas = zip(*cells, strict=True) if cells else ((), (), (), ())
    if len(set(places)) < len(places) or not {"n", "s", "str", "inlineStr"}.issuperset(kinds):
        return None
    return Mould(places, kinds, codes, formulas, frozenset(hidden_rows), tuple(merges), tuple(hidden_columns))
