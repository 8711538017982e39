"""xlsxwriter's worksheet with a short way to write plain cells, for sheets of a hundred thousand of them.

xlsxwriter lets a workbook's sheets be of a class of one's own. This one writes the same bytes; it only leaves out
what none of our cells needs (every formula searched for some thirty functions newer than Excel 2007, every attribute
searched for characters to escape) and writes neighbours at one stroke. They wait as markup in xlsxwriter's own table,
at the first one's column, until the row is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_SURELY_FITS = 16_383  # characters of two UTF-16 units each in a cell
_COLUMNS = tuple(xl_col_to_name(column) for column in range(256))


Formula = tuple[str, str | float | Decimal]  # and its result
Cell = str | float | Decimal | Formula | None


class QuickSheet(Worksheet):  # type: ignore[misc]  # ships no types
    """A worksheet for ``constant_memory``; its formulas hold no function that is newer than Excel 2007.

    :meth:`quick_row` does what ``write_…`` do cell by cell, for cells with a format, and says whether it did: what is
    out of the ordinary (and out of the sheet) is left to xlsxwriter.
    """

    previous_row: int
    dim_rowmin: int | None
    dim_rowmax: int | None
    dim_colmin: int | None
    dim_colmax: int | None

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[Any, ...], tuple[tuple[str, str], ...]] = {}

    def quick_row(self, row: int, col: int, cells: Sequence[Cell], looks: tuple[Any, ...]) -> bool:
        """Cells side by side, from ``col`` on."""
        if row < self.previous_row or row >= self.xls_rowmax or col + len(cells) > len(_COLUMNS):
            return False
        at = row + 1
        written = []
        for cell, (column, look) in zip(cells, self._openings(col, looks), strict=True):
            if cell is None:
                rest: str | None = "/>"
            elif isinstance(cell, str):
                rest = _inline(cell)
            elif isinstance(cell, tuple):
                rest = _formula(*cell)
            else:
                rest = f"><v>{number:.16G}</v></c>" if isfinite(number := float(cell)) else None
            if rest is None:
                return False
            written.append(f"{column}{at}{look}{rest}")
        if row > self.previous_row:
            self._write_single_row(row)
        self.table[row][col] = "".join(written)
        if self.dim_rowmin is None:
            self.dim_rowmin = row
        self.dim_rowmax = row
        self.dim_colmin = col if self.dim_colmin is None else min(col, self.dim_colmin)
        self.dim_colmax = max(col + len(cells) - 1, self.dim_colmax or 0)
        return True

    def _openings(self, col: int, looks: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
        """What stands before and behind the row's number in the tags of cells that look so."""
        known = self._known.get((col, looks))
        if known is None:
            known = tuple(
                (f'<c r="{_COLUMNS[at]}', f'" s="{look._get_xf_index()}"') for at, look in enumerate(looks, col)
            )
            self._known[col, looks] = known
        return known

    def _write_single_row(self, current_row_num: int = 0) -> None:
        cells = self.table.get(self.previous_row)
        if cells and all(type(cell) is str for cell in cells.values()):
            self._write_row(self.previous_row, None, self.row_info.get(self.previous_row))
            self.fh.write("".join(cells[column] for column in sorted(cells)) + "</row>")
            self.table.clear()
            self.previous_row = current_row_num
        else:
            super()._write_single_row(current_row_num)

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if type(cell) is str:
            self.fh.write(cell)
        else:
            super()._write_cell(row, col, cell)


@lru_cache(maxsize=8192)  # names of units, papers and rules recur
def _inline(text: str) -> str | None:
    """What follows the opening of a cell with a text; None where the text has to be written otherwise."""
    if not text:
        return "/>"
    if not text.isprintable() or not _is_plain(text) or len(text) > _SURELY_FITS:
        return None
    return f' t="inlineStr"><is><t>{_escaped(text)}</t></is></c>'


def _formula(formula: str, value: str | float | Decimal) -> str | None:
    typed = ""
    if isinstance(value, str):
        if not _is_plain(value) or value.startswith("#"):  # an error, perhaps
            return None
        typed, value = ' t="str"' if value else "", _escaped(value)
    elif isinstance(value, Decimal):
        value = float(value)
    return f"{typed}><f>{_escaped(formula.removeprefix('='))}</f><v>{value}</v></c>"


def _is_plain(text: str) -> bool:
    """Whether a printable text has nothing that stands for something else: _x0041_, rich text, spaces at its ends."""
    return "_x" not in text and text[:1] not in (" ", "<") and text[-1:] != " "


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text
