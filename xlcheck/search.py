"""A workbook's surveyed sheets → the plan of a form: where each field stands, by label and column header, never by address.

Each label is given its value cells: under the headers above it (vertical), beside the headers at its left (a
transposed block), next to it, or in the same cell behind a colon. A search sees words and asks the rest
(:mod:`xlcheck.questions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlcheck.cells import Cells
from xlcheck.forms import SINGLE, Field, Form, Section, Table, label_of
from xlcheck.headers import Headers
from xlcheck.plans import NOTHING, TITLE, Lines, Plan, Slot
from xlcheck.questions import Asking, colon, counting, filled, number, present, reads
from xlcheck.survey import Spot, Survey, fields_of
from xlcheck.tables import find_lines
from xlcheck.words import MONEY_WORDS, UNIT_WORDS


def search(form: Form, surveys: Sequence[Survey], passed: tuple[int, ...], year: int | None, asking: Asking) -> Plan:
    """Find every field of ``form`` on ``surveys``.

    ``year`` is the evaluation year, by which headers with a year in them are told apart; ``passed`` are the
    numbers of the sheets that are not searched.
    """
    return _Search(form, surveys, year, asking).plan(passed)


class _Search:
    """The state of one search: what was found so far."""

    def __init__(self, form: Form, surveys: Sequence[Survey], year: int | None, asking: Asking) -> None:
        self.form, self.surveys, self.asking = form, surveys, asking
        self.headers = Headers(form, year)
        self.hits: dict[tuple[str, str], list[Slot]] = {}
        self.tables: dict[str, Lines] = {}
        self.weight: dict[tuple[int, str], int] = {}
        declared = {unit for found in surveys for _, unit in found.units}
        self.cells = Cells(form, declared.pop() if len(declared) == 1 else None)
        self.usual: dict[tuple[int, str, int], int | None] = {}

    def plan(self, passed: tuple[int, ...]) -> Plan:
        """Run the search."""
        spots = [(found, spot) for found in self.surveys for spot in found.spots]
        named = [(found, spot, item) for found, spot in spots for item in fields_of(self.form, spot.label)]
        for found, _, item in named:
            self.weight[found.number, item.section] = self.weight.get((found.number, item.section), 0) + 1
        for found, spot, item in named:
            if item.name == "金额单位":
                self._single(found, spot, self.form.section(item.section), item)
        self._declare()
        for found in self.surveys:
            for table in self.form.tables:
                self._table(found, table)
        for found, spot, item in named:
            section = self.form.section(item.section)
            if any(
                at == (spot.row, spot.column) and value and label.core == spot.label.core
                for at, label, value, _ in found.inline
            ):
                continue  # 「评价年度：2024」: read by _inline
            if not self._under_headers(found, spot, section, item) and section.single and item.name != "金额单位":
                self._single(found, spot, section, item)
        for found in self.surveys:
            self._inline(found)
            self._title(found)
        anchors = {name: place for lines in self.tables.values() for name, place in lines.anchors.items()}
        return Plan(self.form, self._chosen(), self.tables, anchors, tuple(self.surveys), passed)

    def _declare(self) -> None:
        """Take the unit of a 「金额单位」 field for the whole book."""
        for slot in self.hits.get(("金额单位", SINGLE), ()):
            found = next(found for found in self.surveys if found.number == slot.sheet)
            spot = found.word(*slot.at)
            if spot is not None and slot.kind != NOTHING and spot.label.core in MONEY_WORDS:
                self.cells.book_unit = self.cells.book_unit or spot.label.core

    # --- single fields -------------------------------------------------------------------------

    def _filled(self, found: Survey, row: int, column: int) -> bool:
        return bool(self.asking.ask(filled, found.number, found.anchor(row, column)))

    def _reads(self, found: Survey, item: Field, row: int, column: int) -> bool:
        return bool(self.asking.ask(reads, found.number, found.anchor(row, column), item.kind, self.form.money))

    def _take(self, found: Survey, item: Field, column: str, row: int, at: int, units: Iterable[str]) -> None:
        """Take one cell for ``item``; ``units`` are printed nearest first."""
        label = label_of(item.name, column, self.form)
        slot = self.cells.slot(found, item.kind, label, row, at, units)
        self.hits.setdefault((item.name, column), []).append(slot)

    def _under_headers(self, found: Survey, spot: Spot, section: Section, item: Field) -> bool:
        """Take the cells where the label meets its section's headers, above it or at its left."""
        columns = self.headers.above(found, spot, section)
        if columns:
            if section.single and not any(self._filled(found, spot.row, header.column) for header in columns.values()):
                return False
            for column, header in columns.items():
                units = (spot.label.unit, *self.cells.row_unit(found, spot.row), header.label.unit)
                self._take(found, item, column, spot.row, header.column, units)
            return True
        columns = self.headers.beside(found, spot, section, self.asking)
        for column, header in columns.items():
            self._take(found, item, column, header.row, spot.column, (spot.label.unit, header.label.unit))
        return bool(columns)

    def _single(self, found: Survey, spot: Spot, section: Section, item: Field) -> None:
        """A field whose section has one column and no header over it: the value beside or beneath the label."""
        stop, following = self._reach(found, spot)
        after_label = any(other.right == spot.column - 1 and self.headers.is_label(other, section) for other in found.rows[spot.row])  # fmt: skip
        below = (spot.bottom + 1, spot.column)
        beside_label = following and stop == spot.right + 1
        in_a_row = beside_label or (after_label and not self._filled(found, spot.row, spot.right + 1))
        in_a_row = in_a_row and (self.asking.ask(present, found.number, found.anchor(*below)) or self._transposed(found, spot, section))  # fmt: skip
        if in_a_row and not self._is_heading(found, *below):
            self._take(found, item, SINGLE, *below, (spot.label.unit,))
            return
        usual = self._usual_column(found, section, spot)
        counters = self._counting(found, section)
        units = {column: other.text for column in range(spot.right + 1, stop) if (other := found.word(spot.row, column)) is not None and other.text in UNIT_WORDS}  # fmt: skip
        candidates = [
            column for column in range(spot.right + 1, stop)
            if not found.ignored(spot.row, column) and column not in counters
            and (item.kind == "text" or column not in units)
        ]  # fmt: skip
        if not candidates:  # the next label follows at once: what is blank is the place behind this one's colon
            if not following or spot.text.endswith((":", "：")):
                beside = spot.column if following else spot.right + 1
                slot = self.cells.slot(found, NOTHING, item.name, spot.row, beside, ())
                self.hits.setdefault((item.name, SINGLE), []).append(slot)
            return
        showing = [column for column in candidates if self._filled(found, spot.row, column)]
        readable = [column for column in showing if self._reads(found, item, spot.row, column)]
        chosen = usual if usual in candidates else (readable or showing or candidates)[0]
        self._take(found, item, SINGLE, spot.row, chosen, (spot.label.unit, next(iter(units.values()), "")))

    def _is_heading(self, found: Survey, row: int, column: int) -> bool:
        """Whether a cell is a label or a heading, or holds a label with its value behind a colon."""
        anchor = found.anchor(row, column)
        if any(at == anchor and fields_of(self.form, name) for at, name, _, _ in found.inline):
            return True
        spot = found.word(*anchor)
        return spot is not None and (self.headers.is_label(spot, None) or spot.label.core in self.form.headings)

    def _transposed(self, found: Survey, spot: Spot, section: Section) -> bool:
        """Whether the section's labels stand side by side with values beneath: then a blank one is beneath, too."""
        return any(
            self.asking.ask(number, found.number, found.anchor(other.bottom + 1, other.column))
            for other in found.rows[spot.row]
            if other is not spot and self.headers.is_label(other, section)
        )

    def _reach(self, found: Survey, spot: Spot) -> tuple[int, bool]:
        """(the first column that is not the label's any more, whether another label or a colon stands there)."""
        labels = (other.column for other in found.rows[spot.row] if other.column > spot.right and self.headers.is_label(other, None))  # fmt: skip
        label = next(labels, 0)
        last = min(max(found.last_column, spot.right + 1), spot.right + 39)
        with_colon = self.asking.ask(colon, found.number, spot.row, spot.right + 1, label - 1 if label else found.last_column)  # fmt: skip
        return (with_colon or label, True) if with_colon or label else (last + 1, False)

    def _group(self, found: Survey, section: Section) -> list[tuple[Spot, Field]]:
        """The section's labels on a sheet, from top to bottom."""
        pairs = [(spot, item) for spot in found.spots for item in fields_of(self.form, spot.label)]
        return [(spot, item) for spot, item in pairs if item.section == section.name]

    def _counting(self, found: Survey, section: Section) -> frozenset[int]:
        """Columns that only count the section's lines 1, 2, 3 …: 行次 without a header."""
        rows = tuple(sorted({spot.row for spot, _ in self._group(found, section)}))
        columns: frozenset[int] = self.asking.ask(counting, found.number, rows, found.last_column)
        return columns

    def _usual_column(self, found: Survey, section: Section, spot: Spot) -> int | None:
        """The column where most labels that stand in this label's column have a readable value."""
        key = (found.number, section.name, spot.column)
        if key not in self.usual:
            counts: dict[int, int] = {}
            counters = self._counting(found, section)
            group = [(other, item) for other, item in self._group(found, section) if other.column == spot.column]
            for other, item in group:
                stop, _ = self._reach(found, other)
                for column in range(other.right + 1, stop):
                    if column in counters or found.ignored(other.row, column):
                        continue
                    if self._filled(found, other.row, column) and self._reads(found, item, other.row, column):
                        counts[column] = counts.get(column, 0) + 1
            best = max(counts, key=lambda column: (counts[column], -column), default=None)
            self.usual[key] = (
                best if best is not None and counts[best] >= 2 and counts[best] * 2 >= len(group) else None
            )
        return self.usual[key]

    def _inline(self, found: Survey) -> None:
        """Fields written as 「单位名称：甲局」 in one cell; an empty one has its value beside it."""
        for at, label, value, pair in found.inline:
            for item in fields_of(self.form, label):
                if self.form.section(item.section).single and value:
                    slot = Slot(found.number, at, self.cells.reference(found, *at), item.kind, self.form.money, False, item.name, pair)  # fmt: skip
                    self.hits.setdefault((item.name, SINGLE), []).append(slot)

    def _title(self, found: Survey) -> None:
        """The year printed in the paper's title, as the field 标题年度."""
        for spot in found.spots:
            if spot.label.year is not None and any(title in spot.label.core for title in self.form.titles):
                at = (spot.row, spot.column)
                slot = Slot(found.number, at, self.cells.reference(found, *at), TITLE, "", False, "标题年度")
                self.hits.setdefault(("标题年度", SINGLE), []).append(slot)

    def _chosen(self) -> dict[tuple[str, str], tuple[Slot, ...]]:
        """The slots of each field on the sheet that holds most of its section."""
        chosen: dict[tuple[str, str], tuple[Slot, ...]] = {}
        for key, slots in self.hits.items():
            item = self.form.fields.get(key[0])
            weights = [self.weight.get((slot.sheet, item.section if item else ""), 0) for slot in slots]
            most = max(weights)
            chosen[key] = tuple(slot for slot, weight in zip(slots, weights, strict=True) if weight == most)
        return chosen

    def _table(self, found: Survey, table: Table) -> None:
        """Take a table from the first sheet that has it."""
        if table.name in self.tables:
            return
        lines = find_lines(found, table, self.form, self.headers, self.cells, self.asking)
        if lines is None:
            return
        self.tables[table.name] = lines
        for column, slot in lines.totals:
            self.hits.setdefault((table.total, column), []).append(slot)
