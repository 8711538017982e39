"""A grid and a form definition to located fields, by label and column header, never by address.

Every sheet is surveyed once; then each label is given its value cells: under the headers above it
(vertical), beside the headers at its left (a transposed block), next to it, or in the same cell
behind a colon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from xlcheck.cells import Cells
from xlcheck.forms import SINGLE, Field, Form, Section, Table
from xlcheck.headers import Headers
from xlcheck.labels import read_label
from xlcheck.model import Document, Kind, Notice, Place, Related, Row, Value
from xlcheck.notices import notice, notices
from xlcheck.oddities import TWICE
from xlcheck.papers.spreadsheet import Book, Cell
from xlcheck.survey import LONGEST_LABEL, UNIT_WORDS, Spot, Survey, fields_of, survey
from xlcheck.tables import find_lines
from xlcheck.values import blank, read_value


def score(form: Form, book: Book, *, hidden: bool = False) -> int:
    """How many different fields and table columns of ``form`` stand in the book's (visible) sheets."""
    seen: set[str] = set()
    for sheet in book.sheets:
        if sheet.hidden and not hidden:
            continue
        texts = {
            read_label(cell.raw).core
            for cell in sheet.cells.values()
            if isinstance(cell.raw, str) and len(cell.raw) <= LONGEST_LABEL
        }
        seen.update(item.name for text in texts for item in form.labels.get(text, ()))
        for table in form.tables:
            columns = {column.name for text in texts for column in table.headers.get(text, ())}
            if table.key in columns and len(columns) * 2 > len(table.columns):
                seen.update(f"{table.name}.{name}" for name in columns)
    return len(seen)


def locate(form: Form, book: Book, file: str, year: int | None) -> Document:
    """Find every field of ``form`` in ``book``.

    ``file`` names the paper in places; ``year`` is the evaluation year, by which headers with a
    year in them are told apart. Hidden sheets are searched only where no visible one fits.
    """
    visible = [sheet for sheet in book.sheets if not sheet.hidden]
    hidden = [sheet for sheet in book.sheets if sheet.hidden]
    searched = visible if not hidden or score(form, book) >= form.minimum else book.sheets
    surveys = [survey(sheet, form) for sheet in searched]
    document = _Locator(form, book, file, year, surveys).document()
    odd = notices(document, form, book, surveys, hidden if searched is visible else ())
    return replace(document, notices=(*document.notices, *odd))


class _Locator:
    """The state of one search: what was found so far, and what was odd about it."""

    def __init__(self, form: Form, book: Book, file: str, year: int | None, surveys: list[Survey]) -> None:
        self.form, self.file, self.surveys = form, file, surveys
        self.headers = Headers(form, year)
        self.hits: dict[tuple[str, str], list[tuple[int, Value]]] = {}
        self.tables: dict[str, tuple[Row, ...]] = {}
        self.anchors: dict[str, Place] = {}
        self.notices: list[Notice] = []
        self.weight: dict[tuple[int, str], int] = {}
        declared = {unit for found in surveys for _, unit in found.units}
        self.cells = Cells(form, file, book.date1904, declared.pop() if len(declared) == 1 else None)
        self.counters: dict[tuple[int, str], frozenset[int]] = {}
        self.usual: dict[tuple[int, str, int], int | None] = {}

    def document(self) -> Document:
        """Run the search."""
        spots = [(index, spot) for index, found in enumerate(self.surveys) for spot in found.spots]
        named = [(index, spot, item) for index, spot in spots for item in fields_of(self.form, spot.label)]
        for index, _, item in named:
            self.weight[index, item.section] = self.weight.get((index, item.section), 0) + 1
        for index, spot, item in named:
            if item.name == "金额单位":
                self._single(self.surveys[index], index, spot, self.form.section(item.section), item)
        self._declare()
        for index, found in enumerate(self.surveys):
            for table in self.form.tables:
                self._table(found, index, table)
        for index, spot, item in named:
            section = self.form.section(item.section)
            found = self.surveys[index]
            if any(
                cell.row == spot.row and cell.column == spot.column and value and label.core == spot.label.core
                for cell, label, value in found.inline
            ):
                continue  # 「评价年度：2024」: read by _inline
            if (
                not self._under_headers(found, index, spot, section, item)
                and section.single
                and item.name != "金额单位"
            ):
                self._single(found, index, spot, section, item)
        for index, found in enumerate(self.surveys):
            self._inline(found, index)
            self._title(found, index)
        return Document(self.form.name, self.file, self._chosen(), self.tables, self.anchors, tuple(self.notices))

    def _declare(self) -> None:
        """Take the unit of a 「金额单位」 field for the whole book."""
        for _, value in self.hits.get(("金额单位", SINGLE), ()):
            word = read_label(value.text).core
            if word in ("元", "千元", "万元", "百万元", "亿元"):
                self.cells.book_unit = self.cells.book_unit or word

    # --- single fields -------------------------------------------------------------------------

    def _take(self, found: Survey, index: int, item: Field, column: str, row: int, at: int, units: Iterable[str]) -> Value:  # fmt: skip
        """Read one cell as ``item`` and keep it; ``units`` are printed nearest first."""
        value = self.cells.read(found, item.kind, row, at, units)
        self.hits.setdefault((item.name, column), []).append((index, value))
        return value

    def _under_headers(self, found: Survey, index: int, spot: Spot, section: Section, item: Field) -> bool:
        """Take the cells where the label meets its section's headers, above it or at its left."""
        columns = self.headers.above(found, spot, section)
        for column, header in columns.items():
            units = (spot.label.unit, *self.cells.row_unit(found, spot.row), header.label.unit)
            self._take(found, index, item, column, spot.row, header.column, units)
        if columns:
            if section.single and all(not found.filled(spot.row, header.column) for header in columns.values()):
                self.hits[item.name, SINGLE].pop()
                return False
            return True
        columns = self.headers.beside(found, spot, section)
        for column, header in columns.items():
            self._take(found, index, item, column, header.row, spot.column, (spot.label.unit, header.label.unit))
        return bool(columns)

    def _single(self, found: Survey, index: int, spot: Spot, section: Section, item: Field) -> None:
        """A field whose section has one column and no header over it: the value beside or beneath the label."""
        stop, following = self._reach(found, spot)
        after_label = any(other.right == spot.column - 1 and self.headers.is_label(other, section) for other in found.rows[spot.row])  # fmt: skip
        below = found.cell(spot.bottom + 1, spot.column)
        beside_label = following is not None and following.column == spot.right + 1
        in_a_row = beside_label or (after_label and not found.filled(spot.row, spot.right + 1))
        in_a_row = in_a_row and (below is not None or self._transposed(found, spot, section))
        if in_a_row and not self._is_heading(found, below):
            self._take(found, index, item, SINGLE, spot.bottom + 1, spot.column, (spot.label.unit,))
            return
        usual = self._usual_column(found, index, section, spot)
        candidates = [
            column for column in range(spot.right + 1, stop)
            if not found.ignored(self.form, spot.row, column) and column not in self._sequences(found, index, section)
            and (item.kind == "text" or (cell := found.cell(spot.row, column)) is None or cell.text.strip() not in UNIT_WORDS)
        ]  # fmt: skip
        if not candidates:  # the next label follows at once: what is blank is the place behind this one's colon
            beside = spot.right + 1 if following is None else spot.column
            if following is None or spot.text.rstrip().endswith((":", "：")):
                self.hits.setdefault((item.name, SINGLE), []).append(
                    (index, blank(self.cells.place(found, spot.row, beside)))
                )
            return
        unit = next((cell.text.strip() for column in range(spot.right + 1, stop) if (cell := found.cell(spot.row, column)) is not None and cell.text.strip() in UNIT_WORDS), "")  # fmt: skip
        filled = [column for column in candidates if found.filled(spot.row, column)]
        readable = [column for column in filled if self._reads(found, item, spot.row, column)]
        chosen = usual if usual in candidates else (readable or filled or candidates)[0]
        self._take(found, index, item, SINGLE, spot.row, chosen, (spot.label.unit, unit))

    def _is_heading(self, found: Survey, cell: Cell | None) -> bool:
        """Whether a cell is a label or a heading, or holds a label with its value behind a colon."""
        if cell is None or not isinstance(cell.raw, str):
            return False
        label = read_label(cell.raw)
        inline = any(own is cell and fields_of(self.form, name) for own, name, _ in found.inline)
        return inline or bool(fields_of(self.form, label)) or label.core in self.form.headings

    def _transposed(self, found: Survey, spot: Spot, section: Section) -> bool:
        """Whether the section's labels stand side by side with values beneath: then a blank one is beneath, too."""
        beside = [
            other for other in found.rows[spot.row] if other is not spot and self.headers.is_label(other, section)
        ]
        return any(
            (cell := found.cell(other.bottom + 1, other.column)) is not None and isinstance(cell.raw, float)
            for other in beside
        )

    def _reach(self, found: Survey, spot: Spot) -> tuple[int, Spot | None]:
        """(the first column that is not the label's any more, the label that stands there)."""
        return found.remembered(("reach", spot.row, spot.column), lambda: self._next_label(found, spot))

    def _next_label(self, found: Survey, spot: Spot) -> tuple[int, Spot | None]:
        stops = [
            other for other in found.rows[spot.row]
            if other.column > spot.right
            and (self.headers.is_label(other, None) or other.text.rstrip().endswith((":", "：")) or (("：" in other.text or ":" in other.text) and not other.text.strip()[:4].isdigit()))
        ]  # fmt: skip
        if stops:
            return stops[0].column, stops[0]
        return min(max(found.last_column, spot.right + 1) + 1, spot.right + 40), None

    def _reads(self, found: Survey, item: Field, row: int, column: int) -> bool:
        cell = found.cell(row, column)
        value = read_value(cell, item.kind, Place(""), money=self.form.money, declared=self.form.money, decimals=2)
        return value.kind not in (Kind.TEXT, Kind.ERROR, Kind.BLANK) or item.kind in ("text", "code", "credit-code")

    def _group(self, found: Survey, section: Section) -> list[tuple[Spot, Field]]:
        """The section's labels on a sheet, from top to bottom."""
        pairs = [(spot, item) for spot in found.spots for item in fields_of(self.form, spot.label)]
        return [(spot, item) for spot, item in pairs if item.section == section.name]

    def _sequences(self, found: Survey, index: int, section: Section) -> frozenset[int]:
        """Columns that only count the section's lines 1, 2, 3 …: 行次 without a header."""
        key = (index, section.name)
        if key not in self.counters:
            rows = sorted({spot.row for spot, _ in self._group(found, section)})
            numbered: set[int] = set()
            for column in range(1, found.last_column + 1):
                values = [cell.raw if (cell := found.sheet.cells.get((row, column))) else None for row in rows]
                numbers = [value if isinstance(value, float) else float(value) if isinstance(value, str) and value.strip().isdigit() else None for value in values]  # fmt: skip
                steps = [b - a for a, b in pairwise(numbers) if a is not None and b is not None]
                if len(steps) >= 2 and len(steps) == len(rows) - 1 and set(steps) == {1.0}:
                    numbered.add(column)
            self.counters[key] = frozenset(numbered)
        return self.counters[key]

    def _usual_column(self, found: Survey, index: int, section: Section, spot: Spot) -> int | None:
        """The column where most labels that stand in this label's column have a readable value."""
        key = (index, section.name, spot.column)
        if key not in self.usual:
            counts: dict[int, int] = {}
            group = [(other, item) for other, item in self._group(found, section) if other.column == spot.column]
            for other, item in group:
                stop, _ = self._reach(found, other)
                for column in range(other.right + 1, stop):
                    if column in self._sequences(found, index, section) or found.ignored(self.form, other.row, column):
                        continue
                    if found.filled(other.row, column) and self._reads(found, item, other.row, column):
                        counts[column] = counts.get(column, 0) + 1
            best = max(counts, key=lambda column: (counts[column], -column), default=None)
            self.usual[key] = (
                best if best is not None and counts[best] >= 2 and counts[best] * 2 >= len(group) else None
            )
        return self.usual[key]

    def _inline(self, found: Survey, index: int) -> None:
        """Fields written as 「单位名称：甲局」 in one cell; an empty one has its value beside it."""
        for cell, label, text in found.inline:
            for item in fields_of(self.form, label):
                if self.form.section(item.section).single and text:
                    place = self.cells.place(found, cell.row, cell.column)
                    value = read_value(Cell(cell.row, cell.column, text), item.kind, place, money=self.form.money, declared=self.form.money, decimals=self.form.decimals)  # fmt: skip
                    self.hits.setdefault((item.name, SINGLE), []).append((index, value))

    def _title(self, found: Survey, index: int) -> None:
        """The year printed in the paper's title, as the field 标题年度."""
        for spot in found.spots:
            if spot.label.year is not None and any(title in spot.label.core for title in self.form.titles):
                place = self.cells.place(found, spot.row, spot.column)
                value = Value(Decimal(spot.label.year), spot.text.strip(), Kind.NUMBER, Decimal(0), place)
                self.hits.setdefault(("标题年度", SINGLE), []).append((index, value))

    def _chosen(self) -> dict[tuple[str, str], Value]:
        """One value a field: from the sheet that holds most of its section; two that differ are reported."""
        fields: dict[tuple[str, str], Value] = {}
        for key, hits in self.hits.items():
            item = self.form.fields.get(key[0])
            section = item.section if item else ""
            most = max(self.weight.get((index, section), 0) for index, _ in hits)
            values = [value for index, value in hits if self.weight.get((index, section), 0) == most]
            filled = [value for value in values if value.kind is not Kind.BLANK] or values
            first = filled[0]
            fields[key] = first
            others = [value for value in filled[1:] if (value.number, value.text.strip()) != (first.number, first.text.strip()) and value.place != first.place and (value.number is None or value.number != first.number)]  # fmt: skip
            if others and key[0] not in ("填报日期", "标题年度"):
                both = [Related(value.place, key[0], value.text.strip()) for value in (first, *others)]
                self.notices.append(notice(TWICE, both, name=key[0]))
                fields[key] = Value(None, first.text, Kind.TEXT, first.half_width, first.place)
        return fields

    def _table(self, found: Survey, index: int, table: Table) -> None:
        """Take a table from the first sheet that has it."""
        if table.name in self.tables:
            return
        lines = find_lines(found, table, self.form, self.headers, self.cells)
        if lines is None:
            return
        self.tables[table.name] = tuple(lines.rows)
        self.anchors.update(lines.anchors)
        for column, value in lines.totals:
            self.hits.setdefault((table.total, column), []).append((index, value))
