"""The 评分表 of a sample unit, in the layout that its YAML asks for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.drift_words import TREE
from tests.sample_units.book import Book, letter
from tests.sample_units.figures import Figure, Filing, Line, cents, percent

COLUMNS = ("一级指标", "二级指标", "三级指标", "评分标准", "分值", "指标值", "自评得分", "扣分原因")
PRINTED = {"扣分原因": "扣分原因和其他说明"}
WIDTHS = {
    "一级指标": 11,
    "二级指标": 11,
    "三级指标": 20,
    "评分标准": 48,
    "分值": 7,
    "指标值": 11,
    "自评得分": 9,
    "扣分原因": 28,
}
STANDARDS = {
    "预算编制合理性": "预算与部门职责、年度任务相符，测算有依据，得5分；每有一处不符酌情扣分。",
    "预算编制规范性": "按时报送，功能科目和经济科目使用正确，得4分；否则酌情扣分。",
    "财政拨款收入预决算差异率": "（决算数－年初预算数）÷年初预算数，取绝对值，每满5个百分点扣1分，扣完为止。",
    "绩效目标合理性": "目标与规划、职责相符，经集体研究，得4分；否则酌情扣分。",
    "绩效指标明确性": "指标清晰、细化、可衡量，得3分；否则酌情扣分。",
    "预算完成率": "本年支出决算数÷全年预算数，按比例计分，不超过6分。",
    "结转结余率": "年末结转和结余÷全年支出预算数，按所在档次计分。",
    "政府采购执行率": "实际采购金额÷采购预算，按比例计分；无采购预算的得满分。",
    "财务合规性": "资金使用合规得6分；每发现一项违规扣分，扣完为止。",
    "项目实施程序": "立项、招投标、验收手续完整，得4分；否则酌情扣分。",
    "项目监管": "有检查、有监控、有督促，得4分；否则酌情扣分。",
    "资产管理安全性": "账实相符、处置规范、收入上缴，得4分；否则酌情扣分。",
    "固定资产利用率": "在用固定资产÷固定资产总额，按所在档次计分。",
    "财政供养人员控制率": "在职人数÷编制数，不超过100%得3分，超出部分按百分点扣分。",
    "预决算信息公开": "按时、完整公开预算和决算，得5分；否则酌情扣分。",
    "绩效自评工作质量": "材料完整、数据一致、按时报送，得5分；否则酌情扣分。",
    "公用经费控制率": "公用经费决算数÷全年预算数，不超过100%得4分，超出部分按百分点扣分。",
    "三公经费控制率": "三公经费决算数÷预算数，不超过100%得4分，超出部分按百分点扣分。",
    "重点工作完成率": "已完成重点工作÷应完成重点工作，按比例计分。",
    "绩效目标完成率": "已完成绩效目标÷全部绩效目标，按比例计分。",
    "社会经济环境效益": "履职取得明显的社会、经济、环境效益，得5分；否则酌情扣分。",
    "群众信访办理": "信访事项按期办结，得3分；否则酌情扣分。",
    "服务对象满意度": "满意度达到目标值，得3分；否则酌情扣分。",
}


def write_scoring_table(filing: Filing, path: Path, make: Callable[..., Book] = Book) -> Book:
    """Write the workbook through ``make``; its figures stand under (评分表, indicator, column)."""
    layout = filing.unit.get("scoring", {})
    book = make(path, title="部门整体支出绩效自评评分表")
    columns = list(layout.get("columns", COLUMNS))
    widths = [float(WIDTHS.get(column, 8)) for column in columns]
    sheet = book.sheet("评分表", widths, landscape=True)
    book.put(sheet, 0, 0, "附件4", "annex", columns=2)
    book.put(sheet, 1, 0, "部门整体支出绩效自评评分表", "title", columns=len(columns))
    book.height(sheet, 1, 36)
    row = cover(filing, book, sheet, len(columns))
    header = row
    for index, column in enumerate(columns):
        book.put(sheet, header, index, PRINTED.get(column, column), "header", key=("评分表", "表头", column))
    book.height(sheet, header, 24)
    row = body(filing, book, sheet, columns, header + 1)
    total_row(filing, book, sheet, columns, row)
    grade_row(filing, book, sheet, columns, row + 1)
    for offset, note in enumerate((*signature(filing), *filing.unit.get("score_foot", ()))):
        book.put(sheet, row + 2 + offset, 0, note, "foot", columns=len(columns))
        book.height(sheet, row + 2 + offset, 24 if offset == 0 else 36)
    sheet.repeat_rows(header)
    decorate(filing, book, sheet, columns, header)
    book.close()
    return book


def cover(filing: Filing, book: Book, sheet: Any, width: int) -> int:
    """The lines above the table; returns the table's first row."""
    unit = filing.unit
    fields = {
        "单位名称": unit.get("score_unit", unit["name"]),
        "评价年度": unit.get("score_year", "2024年度"),
        "填报日期": filing.printed["封面", "填报日期", "数值"],
    }
    if unit.get("scoring", {}).get("cover") == "inline":
        column = 0
        for (name, value), span in zip(fields.items(), (3, 2, width - 5), strict=True):
            key = ("评分表", name, "数值")
            look = "line-right" if name == "填报日期" else "line"
            book.put(sheet, 2, column, f"{name}：{value}", look, columns=span, key=key)
            column += span
        return 3
    column = 0
    spans = ((2, 1), (1, 2), (1, width - 7))
    for (name, value), (first, second) in zip(fields.items(), spans, strict=True):
        book.put(sheet, 2, column, name, "name", columns=first)
        book.put(sheet, 2, column + first, value, "centre", columns=second, key=("评分表", name, "数值"))
        column += first + second
    book.height(sheet, 2, 30)
    return 3


def body(filing: Filing, book: Book, sheet: Any, columns: list[str], row: int) -> int:
    """The indicators, level 1 and 2 merged; returns the row after them."""
    layout = filing.unit.get("scoring", {})
    weighed = "weights" in layout
    first = row
    for level1, lines in groupby(filing.lines, lambda line: line.level1):
        start = row
        for level2, group in groupby(lines, lambda line: line.level2):
            members = list(group)
            weight = sum((line.weight for line in members), Decimal(0))
            label = f"{level2}（{weight}分）" if "weights2" in layout else level2
            book.put(sheet, row, columns.index("二级指标"), label, "name", rows=len(members))
            for line in members:
                write_line(filing, book, sheet, columns, row, line, row - first + 1)
                row += 1
        total = sum(weight for rows in TREE[level1].values() for _, weight in rows)
        label = f"{level1}\n（{total}分）" if weighed else level1
        book.put(sheet, start, columns.index("一级指标"), label, "name", rows=row - start)
    return row


def write_line(filing: Filing, book: Book, sheet: Any, columns: list[str], row: int, line: Line, number: int) -> None:
    """One indicator."""
    layout = filing.unit.get("scoring", {})
    as_text = "text" in layout
    value: Figure = line.value
    look = "centre"
    if isinstance(value, Decimal):
        look = "centre" if "percent_text" in layout else "percent"
        value = percent(value) if look == "centre" else cents(value, "0.0001")
    score: Figure = f"{line.score.normalize():f}" if as_text else line.score
    weight: Figure = f"{line.weight}" if as_text else line.weight
    cells: dict[str, tuple[Figure, str]] = {
        "序号": (Decimal(number), "count"),
        "三级指标": (line.name, "label"),
        "评分标准": (STANDARDS.get(line.name, "按采购制度和流程执行情况计分。"), "text"),
        "分值": (weight, "centre" if as_text else "score"),
        "指标值": (value, look),
        "自评得分": (score, "centre" if as_text else "score"),
        "扣分原因": (line.reason or layout.get("no_reason"), "text"),
        "复核得分": (None, "score"),
    }
    for column, (content, face) in cells.items():
        if column in columns:
            grey = column == "指标值" and line.name in filing.unit.get("illustrative_values", ())
            key = ("评分表", line.name, column)
            book.put(sheet, row, columns.index(column), content, face, key=key, grey=grey)
    book.height(sheet, row, 34)


def total_row(filing: Filing, book: Book, sheet: Any, columns: list[str], row: int) -> None:
    """合计: the weights and the score, as formulas where the layout says so."""
    layout = filing.unit.get("scoring", {})
    edge = min(columns.index("分值"), columns.index("自评得分"))
    book.put(sheet, row, 0, "合计", "band", columns=edge)
    for column in columns[edge:]:
        total = {"分值": filing.weight_total, "自评得分": filing.score_total}.get(column)
        key = ("评分表", "合计", column) if total is not None else None
        at = columns.index(column)
        first = row - len(filing.lines)
        formula = f"=SUM({letter(at)}{first + 1}:{letter(at)}{row})" if "formulas" in layout and key else None
        book.put(sheet, row, at, total, "score" if total is not None else "text", key=key, formula=formula)
    book.height(sheet, row, 26)


def grade_row(filing: Filing, book: Book, sheet: Any, columns: list[str], row: int) -> None:
    """自评等级, under the score."""
    edge = min(columns.index("分值"), columns.index("自评得分"))
    book.put(sheet, row, 0, "自评等级", "band", columns=edge)
    at = columns.index("自评得分")
    for column in range(edge, len(columns)):
        key = ("评分表", "自评等级", "数值") if column == at else None
        book.put(sheet, row, column, filing.grade if column == at else None, "centre", key=key)
    book.height(sheet, row, 26)


def signature(filing: Filing) -> list[str]:
    """The line of signatures, if the unit's YAML names anybody."""
    signed = filing.unit.get("signed", {})
    return ["        ".join(f"{role}：{name}" for role, name in signed.items())] if signed else []


def decorate(filing: Filing, book: Book, sheet: Any, columns: list[str], header: int) -> None:
    """Validation, frozen panes, formulas and comments, as the layout asks."""
    layout = filing.unit.get("scoring", {})
    first, last = header + 1, header + len(filing.lines)
    if "freeze" in layout:
        sheet.freeze_panes(first, 0)
    if "validation" in layout:
        weight, score = (letter(columns.index(name)) for name in ("分值", "自评得分"))
        rule = {
            "validate": "custom",
            "value": f"=AND(ISNUMBER({score}{first + 1}),{score}{first + 1}>=0,{score}{first + 1}<={weight}{first + 1})",
            "error_title": "自评得分",
            "error_message": "自评得分应在0和分值之间。",
        }
        at = columns.index("自评得分")
        sheet.data_validation(first, at, last, at, rule)
    if "scale" in layout:
        at = columns.index("自评得分")
        sheet.conditional_format(
            first, at, last, at, {"type": "2_color_scale", "min_color": "#FCE4D6", "max_color": "#E2EFDA"}
        )
    for name, column, text in layout.get("comments", ()):
        cell = book.where["评分表", name, column]
        options = {"author": "绩效科", "x_scale": 1.4, "font_name": "宋体", "font_size": 9}
        sheet.write_comment(cell.row, cell.column, text, options)
    if "protect" in layout:
        sheet.protect("", {"format_columns": True, "format_rows": True})
