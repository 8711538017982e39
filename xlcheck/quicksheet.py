"""xlsxwriter's worksheet with its innermost steps made short, for sheets of a hundred thousand cells.

xlsxwriter lets a workbook's sheets be of a class of one's own. This one writes the same bytes; it only leaves out
what none of our cells needs (every formula searched for some thirty functions newer than Excel 2007, every attribute
searched for characters to escape). A release of xlsxwriter without these inner methods would ignore them.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_COLUMNS = tuple(xl_col_to_name(column) for column in range(256))


class QuickSheet(Worksheet):  # type: ignore[misc]  # ships no types
    """A worksheet for ``constant_memory``; its formulas hold no function that is newer than Excel 2007."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> Any:
        if formula.startswith("{") or expand_future_functions:
            return super()._prepare_formula(formula, expand_future_functions)
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind = type(cell).__name__
        if not cell.format or col >= len(_COLUMNS):
            super()._write_cell(row, col, cell)
            return
        start = f'<c r="{_COLUMNS[col]}{row + 1}" s="{cell.format._get_xf_index()}"'
        if kind == "String" and self.constant_memory and cell.string.isprintable() and _is_plain(cell.string):
            self.fh.write(f'{start} t="inlineStr"><is><t>{_escaped(cell.string)}</t></is></c>')
        elif kind == "Number":
            self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
        elif kind == "Blank":
            self.fh.write(f"{start}/>")
        elif kind == "Formula" and type(cell.value) in (int, float):
            self.fh.write(f"{start}><f>{_escaped(cell.formula)}</f><v>{cell.value}</v></c>")
        else:
            super()._write_cell(row, col, cell)


def _is_plain(text: str) -> bool:
    """Whether a printable text has nothing that stands for something else: _x0041_, rich text, spaces at its ends."""
    return "_x" not in text and text[:1] not in (" ", "<") and text[-1:] != " "


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text
