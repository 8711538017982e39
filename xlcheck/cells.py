"""One cell of a surveyed sheet as the slot of a field: its place, and the money unit that holds there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xlcheck.forms import Form
from xlcheck.papers.spreadsheet import reference
from xlcheck.plans import Slot
from xlcheck.survey import Survey


@dataclass(slots=True)
class Cells:
    """How one form's cells are read; ``book_unit`` is the money unit declared for the whole workbook, if any."""

    form: Form
    book_unit: str | None

    def reference(self, found: Survey, row: int, column: int) -> str:
        """A cell's reference: a merge is known by its first cell."""
        return reference(*found.anchor(row, column))

    def slot(self, found: Survey, kind: str, label: str, row: int, column: int, units: Iterable[str]) -> Slot:
        """A cell as a field of ``kind``; ``units`` are those printed beside and above it, nearest first."""
        printed = list(units)
        money = next((unit for unit in printed if unit.endswith("元")), None)
        declared = money or found.unit_at(row) or self.book_unit or self.form.money
        at = found.anchor(row, column)
        return Slot(found.number, at, reference(*at), kind, declared, "%" in printed, label)

    def row_unit(self, found: Survey, row: int) -> tuple[str, ...]:
        """The unit in a 计量单位 column of a row."""
        return tuple(
            spot.text for spot in found.rows.get(row, ())
            if spot.text in ("元", "千元", "万元", "亿元") and found.ignored(row, spot.column)
        )  # fmt: skip
