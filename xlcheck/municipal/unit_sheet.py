"""单位汇总: one row a unit, live sums with stored exact results; other sheets point into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.municipal import looks
from xlcheck.municipal.units import (
    COLUMNS,
    FIGURES,
    NOT_APPLICABLE,
    SCORE,
    Counts,
    Figure,
    Line,
    Rate,
    total,
    total_rate,
)
from xlcheck.municipal.words import Say
from xlcheck.papers.spreadsheet import reference
from xlcheck.sheets import Book, Cell, Look, Sheet, sheet_reference, text_lines

NAME = "单位汇总"
IDENTITY = ("单位预算编码", "单位名称", "主管部门")
TOTAL = "合计"
ERRORS, WARNINGS, EXPLAINED, GRADE, GAPS = "错误数", "需说明数", "已说明数", "自评等级", "缺项"
TITLES = (*IDENTITY, *(column.title for column in COLUMNS), SCORE.title, GRADE, ERRORS, WARNINGS, EXPLAINED, GAPS)
FIRST_ROW = 2  # of the units, as on screen
NUMERIC_ONLY = '">-1E+300"'  # a criterion that only numbers meet
_GAPS_SHOWN = 4
_WRAPPED = (20, 15, 17)  # widths of 单位名称, 主管部门, 缺项


@dataclass(frozen=True, slots=True)
class Layout:
    """Where 单位汇总 holds what, for so many units."""

    units: int

    @property
    def total_row(self) -> int:
        """The row of 合计, from 1."""
        return FIRST_ROW + self.units

    def letter(self, title: str) -> str:
        """The column's letters."""
        return reference(1, TITLES.index(title) + 1)[:-1]

    def cell(self, title: str, row: int) -> str:
        """A cell, for formulas on the sheet itself."""
        return f"{self.letter(title)}{row}"

    def column(self, title: str) -> str:
        """All units' cells of a column, for formulas on the sheet itself."""
        return f"{self.cell(title, FIRST_ROW)}:{self.cell(title, self.total_row - 1)}"

    def area(self, title: str) -> str:
        """All units' cells of a column, for formulas on other sheets."""
        letter = self.letter(title)
        return f"{sheet_reference(NAME)}${letter}${FIRST_ROW}:${letter}${self.total_row - 1}"

    def total_cell(self, title: str) -> str:
        """The cell of 合计 in a column, for formulas on other sheets."""
        return f"{sheet_reference(NAME)}${self.letter(title)}${self.total_row}"


def average_score(lines: Sequence[Line]) -> Decimal | str:
    """The mean self-score of the units that have one; empty text where none has."""
    scores = [line.score for line in lines if line.score is not None]
    return sum(scores, Decimal(0)) / len(scores) if scores else ""


def sum_counts(lines: Sequence[Line]) -> Counts:
    """The findings of all lines together."""
    return sum((line.counts for line in lines), Counts())


def write_units(book: Book, lines: Sequence[Line], say: Say) -> None:
    """Write the sheet: row 1 the titles, a row a unit, the last row 合计."""
    sheet = book.sheet(NAME)
    layout = Layout(len(lines))
    widths = {
        **column_widths(lines),
        "单位预算编码": 11,
        **dict(zip(("单位名称", "主管部门", GAPS), _WRAPPED, strict=True)),
        SCORE.title: 10,
    }
    sheet.widths([widths.get(title, 7) for title in TITLES])
    sheet.freeze(1, 3)
    sheet.page(
        say("单位汇总"), note=say("金额单位：万元；未注明的为本年决算数；灰底为未填"), repeat=(0, 0), columns=(0, 2), wide=True,
    )  # fmt: skip
    sheet.height(0, 54)
    for column, title in enumerate(TITLES):
        sheet.text(0, column, title, looks.HEADER)
    for number, line in enumerate(lines, FIRST_ROW):
        _write_line(sheet, number, line, layout, say)
    _write_total(sheet, lines, layout, say)
    if lines:
        sheet.filter((0, 0, len(lines), len(TITLES) - 1))
        for title, look in ((ERRORS, looks.BAD), (WARNINGS, looks.DOUBTFUL), (EXPLAINED, looks.SETTLED)):
            column = TITLES.index(title)
            area = (FIRST_ROW - 1, column, len(lines), column)
            sheet.conditional(area, {"type": "cell", "criteria": ">", "value": 0}, look)


def column_widths(lines: Sequence[Line]) -> dict[str, float]:
    """The widths of the figures' columns, by title, for totals of these lines."""
    widths = {figure.title: looks.figure_width(total(lines, figure.title), figure.kind) for figure in FIGURES}
    return {column.title: widths.get(column.title, 9) for column in COLUMNS}


def _write_line(sheet: Sheet, number: int, line: Line, layout: Layout, say: Say) -> None:
    row = number - 1
    gaps = _gaps(line.gaps, say)
    texts = zip((line.filed.name, line.department, gaps), _WRAPPED, strict=True)
    if (needed := max(text_lines(text, width) for text, width in texts)) > 1:
        sheet.height(row, 13.5 * needed + 2)
    counts = line.counts
    cells = [
        (line.filed.code, looks.CENTRE),
        (line.filed.name, looks.NAME),
        (line.department, looks.NAME),
        *(_figure(line, column, number, layout) for column in COLUMNS),
        _number(line.score, "score"),
        (line.grade, looks.CENTRE),
        *((count, looks.NUMBER["count"]) for count in (counts.errors, counts.warnings, counts.explained)),
        (gaps, looks.NAME),
    ]
    sheet.row(row, 0, [cell for cell, _ in cells], [look for _, look in cells])


def _figure(line: Line, column: Figure | Rate, number: int, layout: Layout) -> tuple[Cell, Look]:
    """What a unit's row holds in a column of figures, and how it looks."""
    if isinstance(column, Rate):
        over, under = layout.cell(column.over, number), layout.cell(column.under, number)
        formula = f'=IF(COUNT({over},{under})<2,"",IF({under}=0,"不可比",{over}/{under}))'
        rate = line.rate(column)
        return (formula, "" if rate is None else rate), looks.NUMBER["rate"]
    if column.title in line.not_applicable:
        return NOT_APPLICABLE, looks.NOTHING
    return _number(line.figures[column.title], column.kind)


def _number(value: Decimal | None, kind: str) -> tuple[Cell, Look]:
    return (None, looks.MISSING) if value is None else (value, looks.NUMBER[kind])


def _gaps(gaps: Sequence[str], say: Say) -> str:
    if not gaps:
        return ""
    text = say("缺{items}等 {n} 项") if len(gaps) > _GAPS_SHOWN else say("缺{items}")
    return text.format(items="、".join(gaps[:_GAPS_SHOWN]), n=len(gaps))


def _write_total(sheet: Sheet, lines: Sequence[Line], layout: Layout, say: Say) -> None:
    row = layout.total_row - 1
    sheet.text(row, 0, TOTAL, looks.TOTAL)
    sheet.text(row, 1, say("{n} 个单位").format(n=len(lines)), looks.TOTAL)
    sheet.text(row, 2, "", looks.TOTAL)
    counts = sum_counts(lines)
    sums: list[tuple[str, str, Decimal | int]] = [
        *((figure.title, figure.kind, total(lines, figure.title)) for figure in FIGURES),
        (ERRORS, "count", counts.errors),
        (WARNINGS, "count", counts.warnings),
        (EXPLAINED, "count", counts.explained),
    ]
    by_title = {title: (kind, value) for title, kind, value in sums}
    for at, title in enumerate(TITLES[len(IDENTITY) :], len(IDENTITY)):
        if title in by_title:
            kind, value = by_title[title]
            look = looks.TOTAL_NUMBER[kind]
            if lines:
                sheet.formula(row, at, f"=SUM({layout.column(title)})", value, look)
            else:
                sheet.number(row, at, value, look)
        elif not lines or title in (GRADE, GAPS):
            sheet.text(row, at, "", looks.TOTAL)
        elif title == SCORE.title:
            area = layout.column(title)
            formula = f'=IF(COUNT({area})=0,"",AVERAGE({area}))'
            sheet.formula(row, at, formula, average_score(lines), looks.TOTAL_AVERAGE)
        else:
            rate = next(column for column in COLUMNS if isinstance(column, Rate) and column.title == title)
            over, under = layout.column(rate.over), layout.column(rate.under)
            denominator = f"SUMIFS({under},{over},{NUMERIC_ONLY})"
            formula = f'=IF({denominator}=0,"不可比",SUMIFS({over},{under},{NUMERIC_ONLY})/{denominator})'
            sheet.formula(row, at, formula, total_rate(lines, rate), looks.TOTAL_NUMBER["rate"])
    for figure in FIGURES:
        stating = sum(line.figures[figure.title] is not None for line in lines)
        if stating < len(lines):
            text = say("{title}：{stating} 个单位之和，另有 {gap} 个单位未填或不适用。")
            note = text.format(title=figure.title, stating=stating, gap=len(lines) - stating)
            sheet.note(row, TITLES.index(figure.title), note)
