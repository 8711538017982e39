"""A table of a form in a surveyed sheet: its header row, its lines down to the total row, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xlcheck.cells import Cells
from xlcheck.forms import Form, Table
from xlcheck.headers import Headers
from xlcheck.labels import read_label
from xlcheck.model import Kind, Place, Row, Value
from xlcheck.survey import SIGNATURES, Spot, Survey

_MOST_BLANK_ROWS = 3


@dataclass(slots=True)
class Lines:
    """What a sheet holds of a table: its lines, its total row by column name, and where its headers stand."""

    rows: list[Row] = field(default_factory=list)
    totals: list[tuple[str, Value]] = field(default_factory=list)
    anchors: dict[str, Place] = field(default_factory=dict)


def find_lines(found: Survey, table: Table, form: Form, headers: Headers, cells: Cells) -> Lines | None:
    """Read ``table`` from a sheet, or None where the sheet has no header row of it."""
    columns = found.remembered(("table", table.name), lambda: _header_row(found, table))
    if columns is None:
        return None
    lines = Lines()
    for name, spot in columns.items():
        lines.anchors[f"{table.name}.{name}"] = cells.place(found, spot.row, spot.column)
    blanks = 0
    bottom = max(spot.bottom for spot in columns.values())
    for number in range(bottom + 1, max((at for at, _ in found.sheet.cells), default=0) + 1):
        spots = [spot for spot in found.rows.get(number, ()) if spot.column <= columns[table.key].right]
        if any(spot.label.core in table.total_labels for spot in spots):
            totals = _row(found, table, number, columns, cells)
            lines.totals += [(name, value) for name, value in totals if (table.total, name) in form.cells]
            if lines.rows:
                break
            continue  # the total stands above its lines
        if any(spot.label.core in form.headings for spot in spots) or _ends(spots, headers):
            break
        values = dict(_row(found, table, number, columns, cells))
        if all(value.kind is Kind.BLANK for value in values.values()):
            blanks += 1
            if blanks > _MOST_BLANK_ROWS:
                break
            continue
        blanks = 0
        if values[table.key].kind is Kind.BLANK and all(values[column.name].kind is Kind.BLANK for column in table.columns if column.name in values and column.kind not in ("text",)):  # fmt: skip
            continue
        lines.rows.append(values)
    return lines


def _ends(spots: list[Spot], headers: Headers) -> bool:
    """Whether a row below a table is no row of it: the grade, or the signatures."""
    return any(headers.is_label(spot, None) or spot.label.core.startswith(SIGNATURES) for spot in spots)


def _header_row(found: Survey, table: Table) -> dict[str, Spot] | None:
    """The row that heads the table: its key column by name, or by another word under the table's title."""
    titles = {read_label(title).core for title in (table.name, *table.titles)}
    title_rows = [spot.row for spot in found.spots if spot.label.core in titles and len(titles) > 1]
    ranks = {column.name: {read_label(word).core: rank for rank, word in enumerate((column.name, *column.aliases))} for column in table.columns}  # fmt: skip
    best: dict[str, Spot] = {}
    for row, spots in found.rows.items():
        columns: dict[str, Spot] = {}
        for column in table.columns:
            heads = [spot for spot in spots if spot.label.core in ranks[column.name]]
            if heads:
                columns[column.name] = min(heads, key=lambda spot: ranks[column.name][spot.label.core])
        if table.key not in columns or len({id(spot) for spot in columns.values()}) < 2:
            continue
        named = columns[table.key].label.core == table.key or any(0 < row - title <= 3 for title in title_rows)
        if named and len(columns) > len(best):
            best = columns
    return best or None


def _row(found: Survey, table: Table, number: int, columns: dict[str, Spot], cells: Cells) -> Iterator[tuple[str, Value]]:  # fmt: skip
    in_row = cells.row_unit(found, number)
    for column in table.columns:
        spot = columns.get(column.name)
        if spot is not None:
            yield column.name, cells.read(found, column.kind, number, spot.column, (*in_row, spot.label.unit))
