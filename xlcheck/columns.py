"""A frame's columns: fields of many submissions, each as the records that were read and as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xlcheck.formula import Ref
from xlcheck.model import Kind, Value

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_float = lru_cache(maxsize=65536)(float)  # a number stands in several columns, a half width in all of them


class Numbers(NamedTuple):
    """The numbers of a column, NaN where there is none, and their half widths.

    ``zero`` flags the rows whose missing number counts as zero in a sum (None: nowhere).
    """

    number: Floats
    half: Floats | float
    zero: Flags | None = None


class Column:
    """One field over all rows: ``values`` keeps the records, where there are any."""

    def __init__(self, make: Callable[[], Numbers], values: Sequence[Value | None] = ()) -> None:
        self._make = make
        self.values = values

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers, worked out when they are asked for: of most columns only the records are."""
        return self._make()

    @cached_property
    def additive(self) -> Floats:
        """The numbers, with zero where a missing one counts as zero."""
        number, _, zero = self.numbers
        return number if zero is None else np.where(zero, 0.0, number)

    @cached_property
    def filled(self) -> Flags:
        """Where there is a number at all."""
        return ~np.isnan(self.numbers.number)


@dataclass
class Rows:
    """A frame: columns of equal length, and the tables under it, whose ``owner`` is a row of this one.

    ``parent`` is the frame that a table belongs to: a field that the table does not have is taken
    from there. ``bands`` are the pack's grade bands, highest first.
    """

    size: int
    columns: Mapping[Ref, Column]
    tables: Mapping[str, Rows] = field(default_factory=dict)
    parent: Rows | None = None
    owner: npt.NDArray[np.intp] | None = None
    names: Sequence[str] = ()
    bands: Sequence[tuple[Decimal, str, tuple[str, ...]]] = ()

    def column(self, ref: Ref) -> Column:
        """The field's column, spread over this frame's rows where it is the parent's."""
        found = self.columns.get(ref)
        if found is not None:
            return found
        if self.parent is None or self.owner is None:
            raise KeyError(ref)
        own, owner = self.parent.column(ref), self.owner

        def spread() -> Numbers:
            number, half, zero = own.numbers
            return Numbers(number[owner], half if isinstance(half, float) else half[owner], zero[owner] if zero is not None else None)  # fmt: skip

        return Column(spread, [own.values[row] for row in owner] if own.values else ())


def column_of(values: Sequence[Value | None], *, strict: bool = False, required: bool = False) -> Column:
    """A column of records; ``strict``: a missing number is never zero; ``required``: only 「—」 is."""

    def read() -> Numbers:
        number = np.array([_float(v.number) if v is not None and v.number is not None else np.nan for v in values])
        half = np.array([_float(v.half_width) if v is not None else 0.0 for v in values])
        if strict:
            return Numbers(number, half)
        nil = (Kind.NOT_APPLICABLE,) if required else (Kind.NOT_APPLICABLE, Kind.BLANK)
        zero = np.array([v.kind in nil if v is not None else not required for v in values], dtype=bool)
        return Numbers(number, half, zero)

    return Column(read, values)
