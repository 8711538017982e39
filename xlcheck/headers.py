"""Which header belongs to which label: above it, or beside it in a transposed block."""

from __future__ import annotations

from dataclasses import dataclass

from xlcheck.forms import Column, Form, Section
from xlcheck.labels import read_label
from xlcheck.questions import Asking, present
from xlcheck.survey import Spot, Survey, fields_of


@dataclass(frozen=True, slots=True)
class Headers:
    """Header matching for one form; ``year`` is the evaluation year, by which headers with a year are told apart."""

    form: Form
    year: int | None

    def above(self, found: Survey, spot: Spot, section: Section) -> dict[str, Spot]:
        """The headers in the nearest row above a label, at its right and before the next label of the section."""
        key = ("above", self.year, spot.row, spot.column, section.name)
        return found.remembered(key, lambda: self._above(found, spot, section))

    def _above(self, found: Survey, spot: Spot, section: Section) -> dict[str, Spot]:
        limit = min((other.column for other in found.rows[spot.row] if other.column > spot.right and self.is_label(other, section)), default=None)  # fmt: skip
        floor = max((other.row for other in found.columns[spot.column] if other.row < spot.row and self._is_other(other, section)), default=0)  # fmt: skip
        heading = max((row for row, _ in found.headings if row <= spot.row), default=0)
        for row, headers in found.remembered(("heads", section.name), lambda: self._head_rows(found, section)):
            if max(floor + 1, heading) <= row < spot.row:
                heads = [
                    other for other in headers if other.column > spot.right and (limit is None or other.column < limit)
                ]
                if heads and (chosen := self._columns(found, section, heads)):
                    return chosen
        return {}

    def _head_rows(self, found: Survey, section: Section) -> list[tuple[int, list[Spot]]]:
        """The rows in which headers of the section stand, from the last to the first, with those headers."""
        rows = ((row, [spot for spot in spots if self._heads(spot, section)]) for row, spots in found.rows.items())
        return sorted(((row, heads) for row, heads in rows if heads), key=lambda each: -each[0])

    def beside(self, found: Survey, spot: Spot, section: Section, asking: Asking) -> dict[str, Spot]:
        """The headers of a transposed block: right below the label's row, in a column that holds no label there."""
        for column in sorted((column for column in found.columns if column < spot.column), reverse=True):
            beside = [other for other in found.rows[spot.row] if other.column == column]
            if any(self.is_label(other, None) for other in beside):
                continue
            run: list[Spot] = []
            by_row = {other.row: other for other in found.columns[column]}
            for row in range(spot.bottom + 1, spot.bottom + len(section.columns) + 2):
                other = by_row.get(row)
                if self._labelled(found, row):
                    break
                if other is not None and self._heads(other, section):
                    run.append(other)
                elif other is not None or asking.ask(present, found.number, found.anchor(row, spot.column)):
                    break
            chosen = self._columns(found, section, run)
            if chosen:
                return chosen
        return {}

    def _labelled(self, found: Survey, row: int) -> bool:
        """Whether a row holds labels, a heading, or headers beside headers: then it is no line of a transposed block."""
        spots = found.rows.get(row, ())
        return (
            any(self.is_label(other, None) or other.label.core in self.form.headings for other in spots)
            or sum(other.label.core in self.form.header_words for other in spots) > 1
        )

    def is_label(self, spot: Spot, section: Section | None) -> bool:
        """Whether a spot names a field (of the section, if one is given)."""
        return any(section is None or item.section == section.name for item in fields_of(self.form, spot.label))

    def _is_other(self, spot: Spot, section: Section) -> bool:
        """Whether a spot is a label of another section: headers above it belong to that one."""
        items = fields_of(self.form, spot.label)
        return bool(items) and all(item.section != section.name for item in items)

    def _heads(self, spot: Spot, section: Section) -> bool:
        return spot.label.core in section.headers

    def _columns(self, found: Survey, section: Section, spots: list[Spot]) -> dict[str, Spot]:
        """Which header spot heads which column, by words and, where years are printed, by year."""
        years = {id(spot): spot.label.year or self._year_above(found, spot) for spot in spots}
        printed = sorted({year for year in years.values() if year is not None})
        current = printed[-1] if len(printed) > 1 else self.year
        chosen: dict[str, Spot] = {}
        exact: set[str] = set()
        for spot in spots:
            year = years[id(spot)]
            for column in section.headers[spot.label.core]:
                fits = self._fits(column, spot.label.core, year, current)
                if fits is None or column.name in exact or (column.name in chosen and not fits):
                    continue
                if column.name not in chosen or fits:
                    chosen[column.name] = spot
                if fits:
                    exact.add(column.name)
        return chosen

    def _fits(self, column: Column, core: str, year: int | None, current: int | None) -> bool | None:
        """True: the header names the column for sure; False: if nothing better does; None: it does not."""
        plain = core in {read_label(word).core for word in column.plain}
        if column.year is None:
            return year is None or current is None or year == current
        if year is None or current is None:
            return None if plain else True
        return True if year - current == column.year else None

    def _year_above(self, found: Survey, spot: Spot) -> int | None:
        """The year in a merged header right above a header: 2024年 over 预算数 and 决算数."""
        for row in (spot.row - 1, spot.row - 2):
            year = found.years.get(found.anchor(row, spot.column))
            if year is not None:
                return year
        return None
