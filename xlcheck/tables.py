"""A table of a form in a surveyed sheet: its header row, its lines down to the total row, and the totals."""

from __future__ import annotations

from collections.abc import Iterator

from xlcheck.cells import Cells
from xlcheck.forms import Form, Table, label_of
from xlcheck.headers import Headers
from xlcheck.labels import read_label
from xlcheck.plans import Lines, Slot
from xlcheck.questions import Asking, any_filled
from xlcheck.survey import Spot, Survey
from xlcheck.words import COUNTED, SIGNATURES

_MOST_BLANK_ROWS = 3


def find_lines(found: Survey, table: Table, form: Form, headers: Headers, cells: Cells, asking: Asking) -> Lines | None:
    """Find ``table`` on a sheet; None where the sheet has no header row of it."""
    columns = found.remembered(("table", table.name), lambda: _header_row(found, table))
    if columns is None:
        return None
    lines = Lines()
    for name, spot in columns.items():
        lines.anchors[f"{table.name}.{name}"] = (found.number, cells.reference(found, spot.row, spot.column))
    blanks = 0
    bottom = max(spot.bottom for spot in columns.values())
    for number in range(bottom + 1, found.last_row + 1):
        spots = [spot for spot in found.rows.get(number, ()) if spot.column <= columns[table.key].right]
        if any(spot.label.core in table.total_labels for spot in spots):
            totals = _row(found, table, number, columns, cells)
            lines.totals += [(name, slot._replace(label=label_of(table.total, name, form))) for name, slot in totals if (table.total, name) in form.cells]  # fmt: skip
            if lines.rows:
                break
            continue  # the total stands above its lines
        if any(spot.label.core in form.headings for spot in spots) or _ends(spots, headers):
            break
        slots = dict(_row(found, table, number, columns, cells))
        telling = tuple(slots[column.name].at for column in table.columns if column.name in slots and (column.kind != "text" or column.name == table.key))  # fmt: skip
        if asking.ask(any_filled, found.number, telling):
            lines.rows.append(slots)
            blanks = 0
        elif asking.ask(any_filled, found.number, tuple(slot.at for slot in slots.values())):
            blanks = 0
        else:
            blanks += 1
            if blanks > _MOST_BLANK_ROWS:
                break
    if lines.rows:
        first_row, first_column = next(iter(lines.rows[0].values())).at
        heads = [spot for spot in found.spots if spot.label.core in COUNTED and spot.row < first_row]
        lines.counted = heads[-1].column if heads else first_column
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


def _row(found: Survey, table: Table, number: int, columns: dict[str, Spot], cells: Cells) -> Iterator[tuple[str, Slot]]:  # fmt: skip
    in_row = cells.row_unit(found, number)
    for column in table.columns:
        spot = columns.get(column.name)
        if spot is not None:
            units = (*in_row, spot.label.unit)
            yield column.name, cells.slot(found, column.kind, column.name, number, spot.column, units)
