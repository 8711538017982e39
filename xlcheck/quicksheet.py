"""xlsxwriter's worksheet with a short way to write a plain cell, for sheets of a hundred thousand cells.

xlsxwriter lets a workbook's sheets be of a class of one's own. This one writes the same bytes; it only leaves out
what none of our cells needs (every formula searched for some thirty functions newer than Excel 2007, every attribute
searched for characters to escape). A row's cells wait as markup in xlsxwriter's own table until the row is full.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_COLUMNS = tuple(xl_col_to_name(column) for column in range(256))


class QuickSheet(Worksheet):  # type: ignore[misc]  # ships no types
    """A worksheet for ``constant_memory``; its formulas hold no function that is newer than Excel 2007.

    ``quick_…`` do what ``write_…`` do, for cells with a format, and say whether they did: what is out of the
    ordinary (and out of the sheet) is left to xlsxwriter.
    """

    previous_row: int
    dim_rowmin: int | None
    dim_rowmax: int | None
    dim_colmin: int | None
    dim_colmax: int | None

    def quick_text(self, row: int, col: int, text: str, look: Any) -> bool:
        """A text."""
        if not text.isprintable() or not _is_plain(text) or 2 * len(text) > self.xls_strmax:
            return False
        return self._put(row, col, look, f' t="inlineStr"><is><t>{_escaped(text)}</t></is></c>')

    def quick_number(self, row: int, col: int, number: float, look: Any) -> bool:
        """A number."""
        return isfinite(number) and self._put(row, col, look, f"><v>{number:.16G}</v></c>")

    def quick_blank(self, row: int, col: int, look: Any) -> bool:
        """An empty cell."""
        return self._put(row, col, look, "/>")

    def quick_formula(self, row: int, col: int, formula: str, look: Any, value: float | str) -> bool:
        """A formula with its result."""
        kind = ""
        if isinstance(value, str):
            if not _is_plain(value) or value.startswith("#"):  # an error, perhaps
                return False
            kind, value = ' t="str"' if value else "", _escaped(value)
        return self._put(row, col, look, f"{kind}><f>{_escaped(formula.removeprefix('='))}</f><v>{value}</v></c>")

    def _put(self, row: int, col: int, look: Any, rest: str) -> bool:
        if row < self.previous_row or row >= self.xls_rowmax or col >= len(_COLUMNS):
            return False
        if row > self.previous_row:
            self._write_single_row(row)
        self.table[row][col] = f'<c r="{_COLUMNS[col]}{row + 1}" s="{look._get_xf_index()}"{rest}'
        if self.dim_rowmin is None:
            self.dim_rowmin = row
        self.dim_rowmax = row
        if self.dim_colmin is None or col < self.dim_colmin:
            self.dim_colmin = col
        if self.dim_colmax is None or col > self.dim_colmax:
            self.dim_colmax = col
        return True

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


def _is_plain(text: str) -> bool:
    """Whether a printable text has nothing that stands for something else: _x0041_, rich text, spaces at its ends."""
    return "_x" not in text and text[:1] not in (" ", "<") and text[-1:] != " "


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text
