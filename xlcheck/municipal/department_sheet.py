"""部门汇总: one row a 主管部门, summed live from 单位汇总, with columns for adjustment entries (调整).

Amounts passed between a parent and its children stand twice in a plain sum; the bureau types what
cancels them, negative amounts too, into the yellow cells, and the adjusted totals follow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.municipal import looks
from xlcheck.municipal.filing import Filing
from xlcheck.municipal.unit_sheet import (
    ERRORS,
    EXPLAINED,
    NUMERIC_ONLY,
    TOTAL,
    WARNINGS,
    Layout,
    average_score,
    column_widths,
    sum_counts,
)
from xlcheck.municipal.units import COLUMNS, SCORE, Departments, Line, Rate, total, total_rate
from xlcheck.municipal.words import Say
from xlcheck.papers.spreadsheet import reference
from xlcheck.sheets import Book, Sheet

NAME = "部门汇总"
DEPARTMENT, DUE, ARRIVED = "主管部门", "应报单位数", "实报单位数"
AVERAGE = "平均自评得分"
# Adjustment column → the figure it adjusts → the adjusted column.
ADJUSTMENTS = (
    ("调整：收入", "本年收入合计", "调整后本年收入合计"),
    ("调整：支出", "本年支出合计", "调整后本年支出合计"),
)
_COUNTED = (ERRORS, WARNINGS, EXPLAINED)
TITLES = (
    DEPARTMENT, DUE, ARRIVED, *(column.title for column in COLUMNS), AVERAGE, *_COUNTED,
    *(title for title, _, _ in ADJUSTMENTS), *(title for _, _, title in ADJUSTMENTS),
)  # fmt: skip

# SUMIF takes its criterion for a pattern: only a plain Chinese name is safe from wildcards, operators,
# folding of case, and being read as a number or a date.
_PLAIN_NAME = re.compile(r"[㐀-鿿（][㐀-鿿（）、·]{0,199}")


@dataclass(frozen=True, slots=True)
class Row:
    """One department: the units that must file (None without a roster) and the lines of those that did."""

    name: str
    due: int | None
    lines: tuple[Line, ...]


def department_rows(filing: Filing, lines: Sequence[Line], departments: Departments) -> tuple[Row, ...]:
    """The departments in the order of the roster, then of the units; one that nobody filed for stays in."""
    due: dict[str, int] = {}
    if filing.roster is not None:
        for entry in filing.roster.entries:
            name = departments.shown(entry.department)
            due[name] = due.get(name, 0) + entry.due
    grouped: dict[str, list[Line]] = {name: [] for name in due}
    for line in lines:
        grouped.setdefault(line.department, []).append(line)
    none = None if filing.roster is None else 0
    return tuple(Row(name, due.get(name, none), tuple(group)) for name, group in grouped.items())


def write_departments(book: Book, rows: Sequence[Row], lines: Sequence[Line], say: Say) -> None:
    """Write the sheet: row 1 the titles, a row a department, 合计, and how far it is from 单位汇总."""
    sheet = book.sheet(NAME)
    layout = Layout(len(lines))
    adjusted = dict.fromkeys((*(title for title, _, _ in ADJUSTMENTS), *(title for _, _, title in ADJUSTMENTS)), 13.0)
    widths = {**column_widths(lines), **adjusted, DEPARTMENT: 24, DUE: 8, ARRIVED: 8, AVERAGE: 10}
    sheet.widths([widths.get(title, 7) for title in TITLES])
    sheet.freeze(1, 1)
    note = say("金额单位：万元；未注明的为本年决算数；黄底填调整数，可为负")
    sheet.page(say("部门汇总"), note=note, repeat=(0, 0), columns=(0, 0), wide=True)
    sheet.height(0, 54)
    inputs = {title for title, _, _ in ADJUSTMENTS}
    for column, title in enumerate(TITLES):
        sheet.text(0, column, title, looks.INPUT_HEADER if title in inputs else looks.HEADER)
    for title in inputs:
        hint = say(
            "节点检查：上级与下级单位之间调拨的金额在此填调整数（可为负），右侧的调整后合计随之变动；本程序不代填。"
        )
        sheet.note(0, TITLES.index(title), hint)
    for number, row in enumerate(rows, 2):
        _write_row(sheet, number, row, layout)
    _write_total(sheet, rows, lines, layout, say)
    if rows:
        first = TITLES.index(ADJUSTMENTS[0][0])
        area = (1, first, len(rows), first + len(ADJUSTMENTS) - 1)
        sheet.validate(area, {
            "validate": "decimal", "criteria": "between", "minimum": -1e12, "maximum": 1e12,
            "error_title": say("调整数"), "error_message": say("请填数字（万元），可为负数。"),
        })  # fmt: skip
        sheet.filter((0, 0, len(rows), len(TITLES) - 1))


def _write_row(sheet: Sheet, number: int, row: Row, layout: Layout) -> None:
    at = number - 1
    sheet.text(at, 0, row.name, looks.NAME)
    if row.due is None:
        sheet.text(at, 1, "", looks.PLAIN)
    else:
        sheet.number(at, 1, row.due, looks.NUMBER["count"])
    if not layout.units:
        for column in range(2, len(TITLES)):
            sheet.number(at, column, 0, looks.NUMBER["count"])
        return
    name = f"$A{number}"
    sums = _Sums(layout, name, plain=_PLAIN_NAME.fullmatch(row.name) is not None)
    sheet.formula(at, 2, sums.units(), len(row.lines), looks.NUMBER["count"])
    for column, figure in enumerate(COLUMNS, 3):
        if isinstance(figure, Rate):
            under = sums.both(figure.under, figure.over)
            formula = f'=IF({under}=0,"不可比",{sums.both(figure.over, figure.under)}/{under})'
            sheet.formula(at, column, formula, total_rate(row.lines, figure), looks.NUMBER["rate"])
        else:
            value = total(row.lines, figure.title)
            sheet.formula(at, column, f"={sums.sum(figure.title)}", value, looks.NUMBER[figure.kind])
    average = TITLES.index(AVERAGE)
    scored = sums.stating(SCORE.title)
    formula = f'=IF({scored}=0,"",{sums.sum(SCORE.title)}/{scored})'
    sheet.formula(at, average, formula, average_score(row.lines), looks.NUMBER["score"])
    for column, (title, findings) in enumerate(_counted(row.lines), average + 1):
        sheet.formula(at, column, f"={sums.sum(title)}", findings, looks.NUMBER["count"])
    _write_adjustments(sheet, number, row.lines)


def _write_adjustments(sheet: Sheet, number: int, lines: Sequence[Line]) -> None:
    for title, _, _ in ADJUSTMENTS:
        sheet.blank(number - 1, TITLES.index(title), looks.INPUT)
    for title, figure, adjusted in ADJUSTMENTS:
        formula = f"={_cell(figure, number)}+{_cell(title, number)}"
        sheet.formula(number - 1, TITLES.index(adjusted), formula, total(lines, figure), looks.NUMBER["money"])


def _write_total(sheet: Sheet, rows: Sequence[Row], lines: Sequence[Line], layout: Layout, say: Say) -> None:  # fmt: skip
    number = len(rows) + 2
    at = number - 1
    sheet.text(at, 0, TOTAL, looks.TOTAL)
    values = _totals(rows, lines)
    kinds = {column.title: "rate" if isinstance(column, Rate) else column.kind for column in COLUMNS}
    checked = set()
    for column, title in enumerate(TITLES[1:], 1):
        value = values[title]
        kind = kinds.get(title, "money" if ":" in title or "调整" in title else "count")
        look = looks.TOTAL_AVERAGE if title == AVERAGE else looks.TOTAL_NUMBER[kind]
        if value is None:
            sheet.text(at, column, "", looks.TOTAL)
        elif not rows or not layout.units:
            if isinstance(value, str):
                sheet.text(at, column, value, look)
            else:
                sheet.number(at, column, value, look)
        elif title == AVERAGE or kind == "rate":
            source = SCORE.title if title == AVERAGE else title
            sheet.formula(at, column, f"={layout.total_cell(source)}", value, look)
        else:
            sheet.formula(at, column, f"=SUM({_cell(title, 2)}:{_cell(title, number - 1)})", value, look)
            if title in kinds or title in _COUNTED:
                checked.add(title)
    if checked:
        sheet.text(number, 0, say("与单位汇总的合计相差"), looks.CHECK_LABEL)
        for column, title in enumerate(TITLES):
            if title in checked:
                formula = f"=ROUND({_cell(title, number)}-{layout.total_cell(title)},2)"
                sheet.formula(number, column, formula, 0, looks.CHECK)


def _totals(rows: Sequence[Row], lines: Sequence[Line]) -> Mapping[str, Decimal | int | str | None]:
    known = [row.due for row in rows if row.due is not None]
    adjusted = {title: total(lines, figure) for _, figure, title in ADJUSTMENTS}
    return {
        DUE: sum(known) if known else None,
        ARRIVED: len(lines),
        **{c.title: total_rate(lines, c) if isinstance(c, Rate) else total(lines, c.title) for c in COLUMNS},
        AVERAGE: average_score(lines),
        **dict(_counted(lines)),
        **{title: Decimal(0) for title, _, _ in ADJUSTMENTS},
        **adjusted,
    }


def _counted(lines: Sequence[Line]) -> tuple[tuple[str, int], ...]:
    counts = sum_counts(lines)
    return (ERRORS, counts.errors), (WARNINGS, counts.warnings), (EXPLAINED, counts.explained)


def _cell(title: str, number: int) -> str:
    return reference(number, TITLES.index(title) + 1)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Pieces of formulas that sum 单位汇总 for the department named in a cell.

    SUMIF for a plain name, EXACT within SUMPRODUCT for any other.
    """

    layout: Layout
    name: str
    plain: bool

    def _match(self) -> str:
        return f"--EXACT({self.layout.area(DEPARTMENT)},{self.name})"

    def units(self) -> str:
        if self.plain:
            return f"=COUNTIF({self.layout.area(DEPARTMENT)},{self.name})"
        return f"=SUMPRODUCT({self._match()})"

    def sum(self, title: str) -> str:
        if self.plain:
            return f"SUMIF({self.layout.area(DEPARTMENT)},{self.name},{self.layout.area(title)})"
        return f"SUMPRODUCT({self._match()},{self.layout.area(title)})"

    def both(self, title: str, other: str) -> str:
        """The sum of a figure over the units that state another too."""
        if self.plain:
            of = f"{self.layout.area(DEPARTMENT)},{self.name},{self.layout.area(other)},{NUMERIC_ONLY}"
            return f"SUMIFS({self.layout.area(title)},{of})"
        return f"SUMPRODUCT({self._match()},--ISNUMBER({self.layout.area(other)}),{self.layout.area(title)})"

    def stating(self, title: str) -> str:
        """How many units state a figure."""
        if self.plain:
            of = f"{self.layout.area(DEPARTMENT)},{self.name},{self.layout.area(title)},{NUMERIC_ONLY}"
            return f"COUNTIFS({of})"
        return f"SUMPRODUCT({self._match()},--ISNUMBER({self.layout.area(title)}))"
