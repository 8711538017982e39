"""A grid and a form definition to located fields, by label and column header, never by address.

Every sheet is surveyed once; then each label is given its value cells: under the headers above it
(vertical), beside the headers at its left (a transposed block), next to it, or in the same cell
behind a colon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from xlcheck.forms import SINGLE, Column, Field, Form, Section, Table
from xlcheck.labels import Label, inline_pairs, money_unit, read_label
from xlcheck.model import Document, Kind, Notice, Place, Row, Value
from xlcheck.papers.numbers import nil_kind, year_of
from xlcheck.papers.spreadsheet import Book, Cell, Sheet, reference
from xlcheck.values import read_value

_LONGEST_LABEL = 60
_UNIT_WORDS = frozenset({"人", "名", "万元", "元", "千元", "亿元", "%", "个", "辆", "日期", "—", "-"})
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
    inline: list[tuple[Cell, Label, str]] = field(default_factory=list)
    last_column: int = 0

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell that shows at a place: its own, or the anchor of the merge that covers it."""
        cell = self.sheet.cells.get((row, column))
        if cell is None and (anchor := self.covered.get((row, column))) is not None:
            cell = self.sheet.cells.get(anchor)
        return cell

    def unit_at(self, row: int) -> str | None:
        """The money unit declared nearest above a row, else the first declared below it."""
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
    for (row, column), cell in sorted(sheet.cells.items()):
        found.last_column = max(found.last_column, column)
        text = cell.raw
        if not isinstance(text, str) or len(text) > 4 * _LONGEST_LABEL:
            continue
        if (unit := money_unit(text)) is not None:
            found.units.append((row, unit))
        if "：" in text or ":" in text:
            found.inline.extend((cell, read_label(label), value) for label, value in inline_pairs(text))
        if len(text.strip()) > _LONGEST_LABEL:
            continue
        bottom, right = found.extents.get((row, column), (row, column))
        spot = Spot(row, column, bottom, right, text, read_label(text))
        if spot.label.core in form.headings and spot.label.unit.endswith("元"):
            found.units.append((row, spot.label.unit))
        found.spots.append(spot)
        found.rows.setdefault(row, []).append(spot)
        found.columns.setdefault(column, []).append(spot)
    return found


def fields_of(form: Form, label: Label) -> tuple[Field, ...]:
    """The fields that a label may name; a trailing bracket is dropped where the whole is unknown."""
    return form.labels.get(label.core) or (form.labels.get(label.stripped, ()) if label.stripped else ())


def score(form: Form, book: Book, *, hidden: bool = False) -> int:
    """How many different fields and table columns of ``form`` stand in the book's (visible) sheets."""
    seen: set[str] = set()
    for sheet in book.sheets:
        if sheet.hidden and not hidden:
            continue
        texts = {
            read_label(cell.raw).core
            for cell in sheet.cells.values()
            if isinstance(cell.raw, str) and len(cell.raw) <= _LONGEST_LABEL
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
    searched = visible if score(form, book) >= form.minimum or not hidden else book.sheets
    return _Locator(form, book, file, year, [survey(sheet, form) for sheet in searched]).document(
        hidden if searched is visible else []
    )


class _Locator:
    """The state of one search: what was found so far, and what was odd about it."""

    def __init__(self, form: Form, book: Book, file: str, year: int | None, surveys: list[Survey]) -> None:
        self.form, self.book, self.file, self.year, self.surveys = form, book, file, year, surveys
        self.hits: dict[tuple[str, str], list[tuple[int, Value]]] = {}
        self.tables: dict[str, tuple[Row, ...]] = {}
        self.anchors: dict[str, Place] = {}
        self.notices: list[Notice] = []
        self.weight: dict[tuple[int, str], int] = {}
        self.book_unit: str | None = None

    def document(self, hidden: Sequence[Sheet]) -> Document:
        """Run the search."""
        spots = [(index, spot) for index, found in enumerate(self.surveys) for spot in found.spots]
        named = [(index, spot, item) for index, spot in spots for item in fields_of(self.form, spot.label)]
        for index, _, item in named:
            self.weight[index, item.section] = self.weight.get((index, item.section), 0) + 1
        declared = [unit for found in self.surveys for _, unit in found.units]
        self.book_unit = declared[0] if declared and len(set(declared)) == 1 else None
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
            if not self._under_headers(found, index, spot, section, item) and section.single and item.name != "金额单位":
                self._single(found, index, spot, section, item)
        for index, found in enumerate(self.surveys):
            self._inline(found, index)
            self._title(found, index)
        for sheet in hidden:
            filled = sum(isinstance(cell.raw, float) for cell in sheet.cells.values())
            if filled:
                place = Place(self.file, sheet.name)
                self.notices.append(Notice("hidden-sheet-with-figures", f"隐藏工作表「{sheet.name}」里有 {filled} 个数字，审核没有采用；请确认不是填报内容。", place))  # fmt: skip
        return Document(self.form.name, self.file, self._chosen(), self.tables, self.anchors, tuple(self.notices))

    def _declare(self) -> None:
        """Take the unit of a 「金额单位」 field for the whole book."""
        for _, value in self.hits.get(("金额单位", SINGLE), ()):
            word = read_label(value.text).core
            if word in ("元", "千元", "万元", "百万元", "亿元"):
                self.book_unit = self.book_unit or word

    # --- single fields -------------------------------------------------------------------------

    def _place(self, found: Survey, cell_row: int, cell_column: int) -> Place:
        anchor = found.covered.get((cell_row, cell_column), (cell_row, cell_column))
        return Place(self.file, found.sheet.name, reference(*anchor))

    def _take(self, found: Survey, index: int, item: Field, column: str, row: int, at: int, units: Iterable[str]) -> Value:  # fmt: skip
        """Read one cell as ``item`` and keep it; ``units`` are printed nearest first."""
        value = self._read(found, item.kind, row, at, units)
        self.hits.setdefault((item.name, column), []).append((index, value))
        return value

    def _read(self, found: Survey, kind: str, row: int, column: int, units: Iterable[str]) -> Value:
        printed = list(units)
        money = next((unit for unit in printed if unit.endswith("元")), None)
        declared = money or found.unit_at(row) or self.book_unit or self.form.money
        place = self._place(found, row, column)
        cell = found.cell(row, column)
        if isinstance(cell, Cell) and found.sheet.is_hidden(row, column) and isinstance(cell.raw, float):
            self.notices.append(Notice("hidden-row-with-figures", "该单元格所在的行或列被隐藏，但其中的数字参加了审核。", place))  # fmt: skip
        return read_value(
            cell, kind, place, money=self.form.money, declared=declared, decimals=self.form.decimals,
            percent="%" in printed, date1904=self.book.date1904,
        )  # fmt: skip

    def _under_headers(self, found: Survey, index: int, spot: Spot, section: Section, item: Field) -> bool:
        """Take the cells where the label meets its section's headers, above it or at its left."""
        columns = self._headers_above(found, spot, section)
        for column, header in columns.items():
            self._take(found, index, item, column, spot.row, header.column, (spot.label.unit, header.label.unit))
        if columns:
            if section.single and all(not self._filled(found, spot.row, header.column) for header in columns.values()):
                self.hits[item.name, SINGLE].pop()
                return False
            return True
        columns = self._headers_left(found, spot, section)
        for column, header in columns.items():
            self._take(found, index, item, column, header.row, spot.column, (spot.label.unit, header.label.unit))
        return bool(columns)

    def _filled(self, found: Survey, row: int, column: int) -> bool:
        cell = found.cell(row, column)
        return cell is not None and (not isinstance(cell.raw, str) or bool(cell.raw.strip()))

    def _headers_above(self, found: Survey, spot: Spot, section: Section) -> dict[str, Spot]:
        limit = min((other.column for other in found.rows[spot.row] if other.column > spot.right and self._is_label(other, section)), default=None)  # fmt: skip
        floor = max((other.row for other in found.columns[spot.column] if other.row < spot.row and self._is_other(other, section)), default=0)  # fmt: skip
        for row in sorted((row for row in found.rows if floor < row < spot.row), reverse=True):
            spots = [other for other in found.rows[row] if other.column > spot.right and (limit is None or other.column < limit)]  # fmt: skip
            chosen = self._columns(found, section, [other for other in spots if self._heads(other, section)])
            if chosen:
                return chosen
        return {}

    def _headers_left(self, found: Survey, spot: Spot, section: Section) -> dict[str, Spot]:
        limit = min((other.row for other in found.columns[spot.column] if other.row > spot.bottom and self._is_label(other, None)), default=None)  # fmt: skip
        for column in sorted((column for column in found.columns if column < spot.column), reverse=True):
            spots = [other for other in found.columns[column] if other.row > spot.bottom and (limit is None or other.row < limit) and other.row <= spot.bottom + len(section.columns) + 4]  # fmt: skip
            chosen = self._columns(found, section, [other for other in spots if self._heads(other, section)])
            if chosen:
                return chosen
        return {}

    def _is_label(self, spot: Spot, section: Section | None) -> bool:
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
        if year is None:
            return None if plain else core == read_label(column.name).core or None if plain else True
        if current is None:
            return None if plain else True
        return True if year - current == column.year else None

    def _year_above(self, found: Survey, spot: Spot) -> int | None:
        """The year in a merged header right above a header: 2024年 over 预算数 and 决算数."""
        for row in (spot.row - 1, spot.row - 2):
            cell = found.cell(row, spot.column)
            if cell is not None and (year := year_of(cell.text)) is not None and len(cell.text.strip()) <= 8:
                return year
        return None

    def _single(self, found: Survey, index: int, spot: Spot, section: Section, item: Field) -> None:
        """A field whose section has one column and no header over it: the value beside or beneath the label."""
        row = found.rows[spot.row]
        following = min((other.column for other in row if other.column > spot.right and self._is_label(other, None)), default=None)  # fmt: skip
        beside_label = following == spot.right + 1
        after_label = any(other.right == spot.column - 1 and self._is_label(other, section) for other in row)
        below = found.cell(spot.bottom + 1, spot.column)
        if beside_label or (after_label and not self._filled(found, spot.row, spot.right + 1)):
            under = Spot(spot.bottom + 1, spot.column, 0, 0, below.text if below else "", read_label(below.text if below else ""))  # fmt: skip
            if below is not None and not self._is_label(under, None):
                self._take(found, index, item, SINGLE, spot.bottom + 1, spot.column, (spot.label.unit,))
                return
        stop = following if following is not None else max(found.last_column, spot.right + 1) + 1
        first = None
        for column in range(spot.right + 1, min(stop, spot.right + 40)):
            if self._ignored(found, spot.row, column):
                continue
            first = first or column
            cell = found.cell(spot.row, column)
            if self._filled(found, spot.row, column) and cell is not None and cell.text.strip() not in _UNIT_WORDS - {"—", "-"}:  # fmt: skip
                first = column
                break
        if first is None:
            if following is not None:
                return
            first = spot.right + 1
        self._take(found, index, item, SINGLE, spot.row, first, (spot.label.unit,))

    def _ignored(self, found: Survey, row: int, column: int) -> bool:
        """Whether the column stands under a header such as 行次 or 备注."""
        above = [spot for spot in found.columns.get(column, ()) if spot.row < row]
        for spot in reversed(above):
            if spot.label.core in self.form.ignored_columns:
                return True
            if spot.label.core in self.form.header_words:
                return False
        return False

    def _inline(self, found: Survey, index: int) -> None:
        """Fields written as 「单位名称：甲局」 in one cell; an empty one has its value beside it."""
        for cell, label, text in found.inline:
            for item in fields_of(self.form, label):
                if self.form.section(item.section).single and text:
                    place = self._place(found, cell.row, cell.column)
                    value = read_value(Cell(cell.row, cell.column, text), item.kind, place, money=self.form.money, declared=self.form.money, decimals=self.form.decimals)  # fmt: skip
                    self.hits.setdefault((item.name, SINGLE), []).append((index, value))

    def _title(self, found: Survey, index: int) -> None:
        """The year printed in the paper's title, as the field 标题年度."""
        for spot in found.spots:
            if spot.label.year is not None and any(title in spot.label.core for title in self.form.titles):
                from decimal import Decimal

                place = self._place(found, spot.row, spot.column)
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
                where = "、".join(str(value.place.cell) for value in (first, *others))
                self.notices.append(Notice("label-found-twice", f"「{key[0]}」在 {where} 填了不同的数，无法判断以哪个为准，请只保留一处。", first.place))  # fmt: skip
                fields[key] = Value(None, first.text, Kind.TEXT, first.half_width, first.place)
        return fields

    # --- tables --------------------------------------------------------------------------------

    def _table(self, found: Survey, index: int, table: Table) -> None:
        header = self._header_row(found, table)
        if header is None or table.name in self.tables:
            return
        row, columns = header
        for name, spot in columns.items():
            self.anchors[f"{table.name}.{name}"] = self._place(found, spot.row, spot.column)
        rows: list[Row] = []
        blanks = 0
        bottom = max(spot.bottom for spot in columns.values())
        for number in range(bottom + 1, max((at for at, _ in found.sheet.cells), default=0) + 1):
            spots = [spot for spot in found.rows.get(number, ()) if spot.column <= columns[table.key].right]
            if any(spot.label.core in table.total_labels for spot in spots):
                self._totals(found, index, table, number, columns)
                break
            if any(spot.label.core in self.form.headings for spot in spots) or self._ends(spots, rows):
                break
            values = dict(self._row(found, table, number, columns))
            if all(value.kind is Kind.BLANK for value in values.values()):
                blanks += 1
                if blanks > 3:
                    break
                continue
            blanks = 0
            if values[table.key].kind is Kind.BLANK and all(values[column.name].kind is Kind.BLANK for column in table.columns if column.name in values and column.kind not in ("text",)):  # fmt: skip
                continue
            rows.append(values)
        self.tables[table.name] = tuple(rows)

    def _ends(self, spots: list[Spot], rows: list[Row]) -> bool:
        """Whether a row below a table is no row of it: the grade, or the signatures."""
        return any(
            self._is_label(spot, None) or spot.label.core.startswith(("填表人", "填报人", "单位负责人", "联系电话", "注:"))
            for spot in spots
        )

    def _header_row(self, found: Survey, table: Table) -> tuple[int, dict[str, Spot]] | None:
        """The row that heads the table: its key column by name, or by another word under the table's title."""
        titles = {read_label(title).core for title in (table.name, *table.titles)}
        title_rows = [spot.row for spot in found.spots if spot.label.core in titles and len(titles) > 1]
        best: tuple[int, int, dict[str, Spot]] | None = None
        for row, spots in found.rows.items():
            columns: dict[str, Spot] = {}
            for spot in spots:
                for column in table.headers.get(spot.label.core, ()):
                    exact = spot.label.core == read_label(column.name).core
                    if column.name not in columns or exact:
                        columns[column.name] = spot
            if table.key not in columns or len({id(spot) for spot in columns.values()}) < 2:
                continue
            named = columns[table.key].label.core == table.key or any(0 < row - title <= 3 for title in title_rows)
            if named and (best is None or len(columns) > best[1]):
                best = (row, len(columns), columns)
        return (best[0], best[2]) if best is not None else None

    def _row(self, found: Survey, table: Table, number: int, columns: dict[str, Spot]) -> Iterator[tuple[str, Value]]:
        for column in table.columns:
            spot = columns.get(column.name)
            if spot is None:
                continue
            own = found.sheet.cells.get((number, spot.column))
            if own is None and not column.spans and (number, spot.column) in found.covered and column.kind != "text":
                value = self._read(found, column.kind, number, spot.column, (spot.label.unit,))
            else:
                value = self._read(found, column.kind, number, spot.column, (spot.label.unit,))
            yield column.name, value

    def _totals(self, found: Survey, index: int, table: Table, number: int, columns: dict[str, Spot]) -> None:
        for column in table.columns:
            spot = columns.get(column.name)
            if spot is not None and (table.total, column.name) in self.form.cells:
                item = self.form.cells[table.total, column.name]
                self._take(found, index, item, column.name, number, spot.column, (spot.label.unit,))


def filled(value: Value) -> bool:
    """Whether a value says anything at all."""
    return value.kind is not Kind.BLANK and nil_kind(value.text) is not Kind.BLANK
