"""One cell of a surveyed sheet as the value of a field: its place, the money unit that holds there, what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xlcheck.forms import Form
from xlcheck.model import Place, Value
from xlcheck.papers.spreadsheet import reference
from xlcheck.survey import Survey
from xlcheck.values import read_value


@dataclass(slots=True)
class Cells:
    """How one paper's cells are read; ``book_unit`` is the money unit declared for the whole workbook, if any."""

    form: Form
    file: str
    date1904: bool
    book_unit: str | None

    def place(self, found: Survey, row: int, column: int) -> Place:
        """Where a cell stands: a merge is known by its first cell."""
        anchor = found.covered.get((row, column), (row, column))
        return Place(self.file, found.sheet.name, reference(*anchor))

    def read(self, found: Survey, kind: str, row: int, column: int, units: Iterable[str]) -> Value:
        """A cell as a field of ``kind``; ``units`` are those printed beside and above it, nearest first."""
        printed = list(units)
        money = next((unit for unit in printed if unit.endswith("元")), None)
        declared = money or found.unit_at(row) or self.book_unit or self.form.money
        return read_value(
            found.cell(row, column), kind, self.place(found, row, column), money=self.form.money, declared=declared,
            decimals=self.form.decimals, percent="%" in printed, date1904=self.date1904,
        )  # fmt: skip

    def row_unit(self, found: Survey, row: int) -> tuple[str, ...]:
        """The unit in a 计量单位 column of a row."""
        return found.remembered(("row unit", row), lambda: self._row_unit(found, row))

    def _row_unit(self, found: Survey, row: int) -> tuple[str, ...]:
        return tuple(
            spot.text.strip() for spot in found.rows.get(row, ())
            if spot.text.strip() in ("元", "千元", "万元", "亿元") and found.ignored(self.form, row, spot.column)
        )  # fmt: skip
