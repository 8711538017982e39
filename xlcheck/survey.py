"""One sheet as the locator of a form sees it: its words and merges, and the money units that it declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from xlcheck.forms import Field, Form
from xlcheck.labels import Label
from xlcheck.papers.numbers import year_of
from xlcheck.words import Layout

Known = TypeVar("Known")
_MOST_MERGED_CELLS = 4096


@dataclass(slots=True)
class Spot:
    """A word in the grid, with the extent of its merge."""

    row: int
    column: int
    bottom: int
    right: int
    text: str
    label: Label


@dataclass(slots=True)
class Survey:
    """A sheet (``number`` in its book) as the locator sees it: words by row and column, merges, declared money units.

    ``inline`` are the fields that stand with a colon in one cell: its place, the label, whether there is a value,
    and which of the cell's pairs it is.
    """

    number: int
    form: Form
    last_row: int
    last_column: int
    spots: list[Spot] = field(default_factory=list)
    rows: dict[int, list[Spot]] = field(default_factory=dict)
    columns: dict[int, list[Spot]] = field(default_factory=dict)
    covered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    units: list[tuple[int, str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    inline: list[tuple[tuple[int, int], Label, bool, int]] = field(default_factory=list)
    years: dict[tuple[int, int], int] = field(default_factory=dict)
    memory: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def remembered(self, key: tuple[object, ...], work_out: Callable[[], Known]) -> Known:
        """What was worked out before for this layout."""
        if key not in self.memory:
            self.memory[key] = work_out()
        return self.memory[key]  # type: ignore[no-any-return]

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """The cell that shows at a place: its own, or the first of the merge that covers it."""
        return self.covered.get((row, column), (row, column))

    def word(self, row: int, column: int) -> Spot | None:
        """The word that shows at a place."""
        row, column = self.anchor(row, column)
        return next((spot for spot in self.rows.get(row, ()) if spot.column == column), None)

    def ignored(self, row: int, column: int) -> bool:
        """Whether a place stands under a header such as 行次 or 备注."""
        return self.remembered(("ignored", row, column), lambda: self._ignored(row, column))

    def _ignored(self, row: int, column: int) -> bool:
        start = max((at for at, _ in self.headings if at <= row), default=0)
        above = [spot for spot in self.columns.get(column, ()) if start <= spot.row < row]
        for spot in reversed(above):
            if spot.label.core in self.form.ignored_columns:
                return True
            if spot.label.core in self.form.header_words:
                return False
        return False

    def unit_at(self, row: int) -> str | None:
        """The money unit that holds in a row.

        A unit in a section's heading holds up to the next heading; else the line such as
        「金额单位：元」 nearest above decides, or the first one below.
        """
        heading = next((unit for at, unit in reversed(self.headings) if at <= row), "")
        if heading:
            return heading
        above = [unit for at, unit in self.units if at <= row]
        if above:
            return above[-1]
        return self.units[0][1] if self.units else None


def survey(number: int, layout: Layout, form: Form) -> Survey:
    """A sheet by its layout."""
    found = Survey(number, form, *layout.last)
    extents: dict[tuple[int, int], tuple[int, int]] = {}
    for top, left, bottom, right in layout.merges:
        if top > bottom or left > right:
            continue
        extents[top, left] = (bottom, right)
        if (bottom - top + 1) * (right - left + 1) <= _MOST_MERGED_CELLS:
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found.covered[row, column] = (top, left)
    for (row, column), word in sorted(zip(layout.places, layout.words, strict=True), key=lambda each: each[0]):
        label = word.label
        if label.core in form.headings or label.stripped in form.headings:
            found.headings.append((row, label.unit if label.unit.endswith("元") else word.declared or ""))
        elif word.declared is not None:
            found.units.append((row, word.declared))
        found.inline.extend(((row, column), name, value, pair) for pair, name, value in word.inline)
        year = year_of(word.text)
        if year is not None:
            found.years[row, column] = year
        if word.text and not word.number:
            spot = Spot(row, column, *extents.get((row, column), (row, column)), word.text, label)
            found.spots.append(spot)
            found.rows.setdefault(row, []).append(spot)
            found.columns.setdefault(column, []).append(spot)
    return found


def fields_of(form: Form, label: Label) -> tuple[Field, ...]:
    """The fields that a label may name; a trailing bracket is dropped where the whole is unknown."""
    return form.labels.get(label.core) or (form.labels.get(label.stripped, ()) if label.stripped else ())
