"""Papers as units publish them in one Word document: the report, and behind it the forms as Word tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl.worksheet.worksheet import Worksheet

_SECTIONS = ("一、", "二、", "三、", "四、", "五、", "六、")


def publish_word(unit: Path, target: Path, *, apart: bool) -> None:
    """Write all papers of a unit's folder into one .docx; ``apart``: each section of a form is a table of its own."""
    report = next(iter(unit.glob("*报告.docx")), None)
    paper = docx.Document(str(report) if report is not None else None)
    for text in unit.glob("*报告.txt"):
        for line in text.read_text(encoding="utf-8").splitlines():
            paper.add_paragraph(line)
    for path in sorted(unit.glob("*.xlsx")):
        for sheet in openpyxl.load_workbook(path, data_only=True):
            if sheet.sheet_state == "visible":
                paper.add_page_break()
                write_form(paper, sheet, apart=apart)
    paper.save(str(target))


def write_form(paper: Any, sheet: Worksheet, *, apart: bool) -> None:
    """A sheet as Word has it: lines above the first row of several cells and below the last are paragraphs."""
    rows = [(number, [cell for cell in cells if cell.value is not None]) for number, cells in enumerate(sheet.iter_rows(), 1)]  # fmt: skip
    rows = [(number, cells) for number, cells in rows if number <= sheet.max_row and (cells or _covered(sheet, number))]
    several = [at for at, (_, cells) in enumerate(rows) if len(cells) > 1]
    if not several:
        return
    head, body, foot = rows[: several[0]], rows[several[0] : several[-1] + 1], rows[several[-1] + 1 :]
    _lines(paper, head)
    for part in _parts(body) if apart else [body]:
        if apart and _is_section(part[0][1]):
            _lines(paper, part[:1])
            part = part[1:]
        _table(paper, sheet, [number for number, _ in part])
    _lines(paper, foot)


def _covered(sheet: Worksheet, row: int) -> bool:
    return any(
        area.min_row <= row <= area.max_row and area.min_row < area.max_row for area in sheet.merged_cells.ranges
    )


def _lines(paper: Any, rows: list[tuple[int, list[Any]]]) -> None:
    for _, cells in rows:
        paper.add_paragraph("  ".join(shown(cell) for cell in cells))


def _parts(rows: list[tuple[int, list[Any]]]) -> Iterator[list[tuple[int, list[Any]]]]:
    part: list[tuple[int, list[Any]]] = []
    for row in rows:
        if part and _is_section(row[1]):
            yield part
            part = []
        part.append(row)
    yield part


def _is_section(cells: list[Any]) -> bool:
    return len(cells) == 1 and str(cells[0].value).startswith(_SECTIONS)


def _table(paper: Any, sheet: Worksheet, numbers: list[int]) -> None:
    """Rows as a table, merged where the sheet is: python-docx writes gridSpan and vMerge."""
    table = paper.add_table(rows=len(numbers), cols=sheet.max_column)
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        border = OxmlElement(f"w:{side}")
        border.set(qn("w:val"), "single")
        borders.append(border)
    table._tbl.tblPr.append(borders)
    grid = [list(row.cells) for row in table.rows]
    at = {number: index for index, number in enumerate(numbers)}
    for area in sheet.merged_cells.ranges:
        inside = [at[number] for number in range(area.min_row, area.max_row + 1) if number in at]
        if inside:
            grid[inside[0]][area.min_col - 1].merge(grid[inside[-1]][area.max_col - 1])
    for number in numbers:
        for cell in sheet[number]:
            if cell.value is not None:
                grid[at[number]][cell.column - 1].text = shown(cell)


def shown(cell: Any) -> str:
    """What a cell shows."""
    value, look = cell.value, cell.number_format
    if isinstance(value, dt.datetime):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, str) or value is None:
        return value or ""
    if "%" in look:
        return f"{value:.2%}"
    if "0.00" in look:
        return f"{value:,.2f}" if "," in look else f"{value:.2f}"
    return f"{value:.0f}" if look.startswith("0_") else f"{value:.10g}"
