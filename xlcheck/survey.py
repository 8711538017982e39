"""A sheet as the locator sees it: its short texts, its merges, and the money units that it declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from xlcheck.forms import Field, Form
from xlcheck.labels import Label, inline_pairs, money_unit, read_label
from xlcheck.papers.numbers import year_of
from xlcheck.papers.spreadsheet import Cell, Sheet

Known = TypeVar("Known")

LONGEST_LABEL = 60
SIGNATURES = ("填表人", "填报人", "单位负责人", "联系电话", "注:")  # how rows below a table begin
UNIT_WORDS = frozenset({"人", "名", "万元", "元", "千元", "亿元", "%", "％", "个", "辆", "平方米"})
_MOST_LAYOUTS = 500
_MOST_MERGED_CELLS = 4096


@dataclass(slots=True)
class Spot:
    """A short text in the grid, with the extent of its merge and the words it reduces to."""

    row: int
    column: int
    bottom: int
    right: int
    text: str
    label: Label


@dataclass(slots=True)
class Survey:
    """A sheet as the locator sees it: short texts by row and column, merges, declared money units."""

    sheet: Sheet
    spots: list[Spot] = field(default_factory=list)
    rows: dict[int, list[Spot]] = field(default_factory=dict)
    columns: dict[int, list[Spot]] = field(default_factory=dict)
    covered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    extents: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    units: list[tuple[int, str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    inline: list[tuple[Cell, Label, str]] = field(default_factory=list)
    last_column: int = 0
    memory: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False)

    def remembered(self, key: tuple[object, ...], work_out: Callable[[], Known]) -> Known:
        """What was worked out before about a sheet of this layout; for what depends on the layout alone.

        The layout is every text that names something on the form, with its place and merge, and the years and
        money units in sight: what units fill in is no part of it, so the sheets of one template share it.
        """
        if key not in self.memory:
            self.memory[key] = work_out()
        return self.memory[key]  # type: ignore[no-any-return]

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell that shows at a place: its own, or the anchor of the merge that covers it."""
        cell = self.sheet.cells.get((row, column))
        if cell is None and (anchor := self.covered.get((row, column))) is not None:
            cell = self.sheet.cells.get(anchor)
        return cell

    def filled(self, row: int, column: int) -> bool:
        """Whether anything shows at a place."""
        cell = self.cell(row, column)
        return cell is not None and (not isinstance(cell.raw, str) or bool(cell.raw.strip()))

    def ignored(self, form: Form, row: int, column: int) -> bool:
        """Whether a place stands under a header such as 行次 or 备注."""
        return self.remembered(("ignored", row, column), lambda: self._ignored(form, row, column))

    def _ignored(self, form: Form, row: int, column: int) -> bool:
        start = max((at for at, _ in self.headings if at <= row), default=0)
        above = [spot for spot in self.columns.get(column, ()) if start <= spot.row < row]
        for spot in reversed(above):
            if spot.label.core in form.ignored_columns:
                return True
            if spot.label.core in form.header_words:
                return False
        return False

    def unit_at(self, row: int) -> str | None:
        """The money unit that holds in a row.

        A unit in a section's heading holds up to the next heading; else the line such as
        「金额单位：元」 nearest above decides, or the first one below.
        """
        return self.remembered(("unit", row), lambda: self._unit_at(row))

    def _unit_at(self, row: int) -> str | None:
        heading = next((unit for at, unit in reversed(self.headings) if at <= row), "")
        if heading:
            return heading
        above = [unit for at, unit in self.units if at <= row]
        if above:
            return above[-1]
        return self.units[0][1] if self.units else None


def survey(sheet: Sheet, form: Form) -> Survey:
    """Read the labels of a sheet."""
    found = Survey(sheet)
    for top, left, bottom, right in sheet.merges:
        if top > bottom or left > right:
            continue
        found.extents[top, left] = (bottom, right)
        if (bottom - top + 1) * (right - left + 1) <= _MOST_MERGED_CELLS:
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found.covered[row, column] = (top, left)
    layout: list[tuple[object, ...]] = []
    for (row, column), cell in sorted(sheet.cells.items()):
        found.last_column = max(found.last_column, column)
        text = cell.raw
        if isinstance(text, float) and 1900 <= text <= 2100:  # a year above headers, perhaps
            layout.append((row, column, *found.extents.get((row, column), ()), text))
        if not isinstance(text, str) or len(text) > 4 * LONGEST_LABEL:
            continue
        heading = read_label(text) if len(text.strip()) <= LONGEST_LABEL else None
        if heading is not None and (heading.core in form.headings or heading.stripped in form.headings):
            unit = heading.unit if heading.unit.endswith("元") else money_unit(text) or ""
            found.headings.append((row, unit))
        elif (declared := money_unit(text)) is not None:
            found.units.append((row, declared))
        if "：" in text or ":" in text:
            found.inline.extend((cell, read_label(label), value) for label, value in inline_pairs(text))
        if len(text.strip()) > LONGEST_LABEL:
            continue
        bottom, right = found.extents.get((row, column), (row, column))
        spot = Spot(row, column, bottom, right, text, read_label(text))
        found.spots.append(spot)
        found.rows.setdefault(row, []).append(spot)
        found.columns.setdefault(column, []).append(spot)
        if _names_something(spot, form):
            layout.append((row, column, bottom, right, text))
    if len(form.memories) > _MOST_LAYOUTS:
        form.memories.clear()
    key = (found.last_column, *found.units, *found.headings, *layout)
    found.memory = form.memories.setdefault(key, {})
    return found


def _names_something(spot: Spot, form: Form) -> bool:
    label, text = spot.label, spot.text
    return (
        label.core in form.words
        or label.stripped in form.words
        or label.year is not None
        or bool(label.unit)
        or ":" in text
        or "：" in text
        or text.strip() in UNIT_WORDS
        or label.core.startswith(SIGNATURES)
        or year_of(text) is not None
    )


def fields_of(form: Form, label: Label) -> tuple[Field, ...]:
    """The fields that a label may name; a trailing bracket is dropped where the whole is unknown."""
    return form.labels.get(label.core) or (form.labels.get(label.stripped, ()) if label.stripped else ())
