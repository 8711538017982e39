"""Whole forms: the base data table on one or several sheets, the scoring table, and what surrounds them."""

from __future__ import annotations

import random
from datetime import date

from tests.drift_canvas import Canvas, Pen
from tests.drift_layout import block
from tests.drift_typing import Typed, hand, ordinal, typed
from tests.drift_unit import Unit
from tests.drift_words import COLUMNS, TITLES, TREE

SHEET_NAMES = {
    "一": "人员情况",
    "二": "收支情况",
    "三": "经费控制",
    "四": "项目明细",
    "五": "资产情况",
    "六": "公开与自评",
}
STANDARD = (
    "满足全部要求得满分，每有一项不符合要求扣1分，扣完为止。",
    "按完成比例计分：得分=完成率×分值，最高不超过满分。",
    "控制率≤100%的，得满分；每超过1个百分点扣1分，扣完为止。",
    "根据编制的准确性、合理性、规范性综合评分。",
)


def base_form(unit: Unit, rng: random.Random) -> list[Canvas]:
    """The base data table, laid out at random."""
    by = hand(rng, unit.year)
    sections = list("一二三四五六")
    plan = rng.choice(("one", "one", "one", "many", "some"))
    by.tags.add(f"sheets:{plan}")
    if plan == "one":
        groups = [sections]
    elif plan == "many":
        groups = [[section] for section in sections]
    else:
        cut = rng.randint(1, 4)
        groups = [sections[:cut], sections[cut:]]
    canvases = []
    for index, group in enumerate(groups):
        name = rng.choice(("基础数据表", "Sheet1", "附件1")) if plan == "one" else f"{index + 1}{SHEET_NAMES[group[0]]}"
        pen = Pen(Canvas(name), by, unit)
        canvases.append(pen.canvas)
        left = rng.choice((0, 0, 0, 1, 2))
        if left:
            by.tags.add("blank columns before")
        heading(pen, left, cover=index == 0, stated="sheet" in [unit.scopes.get(section) for section in group])
        for section in group:
            top = pen.canvas.bottom + (rng.choice((0, 0, 1, 2)) if pen.canvas.places else 0)
            block(pen, section, top, left)
        if index == len(groups) - 1:
            signatures(pen, left)
    unit.tags |= by.tags
    return canvases


def heading(pen: Pen, left: int, cover: bool, stated: bool) -> None:
    """「附件3」, the title, the cover fields, and the line with the money unit."""
    canvas, rng, unit = pen.canvas, pen.rng, pen.unit
    row = rng.choice((0, 0, 0, 1, 3))
    if row:
        pen.by.tags.add("blank rows before")
    if cover and pen.by.maybe(0.5, "附件3"):
        canvas.put(row, left, rng.choice(("附件3", "附件3：", "附件3-1")))
        row += 1
    year = rng.choice((f"{unit.year}年度", f"{unit.year}年", ""))
    canvas.put(row, left, f"{year}部门整体支出绩效自评基础数据表", "title")
    canvas.merge(row, left, row, left + 5)
    row += 1
    if cover:
        row = cover_fields(pen, row, left)
    elif stated or pen.by.maybe(0.5, "money unit line on a later sheet"):
        canvas.put(row, left + rng.choice((0, 4)), money_line(rng, unit.form_unit), "plain")


def money_line(rng: random.Random, unit: str) -> str:
    """「金额单位：万元」 and its kin."""
    return rng.choice(("金额单位：{}", "金额单位:{}", "单位：{}", "（金额单位：{}）", "金额单位： {}")).format(unit)


def cover_fields(pen: Pen, row: int, left: int) -> int:
    """The cover's fields as a list, as pairs, or within one cell each; returns the next free row."""
    rng, unit, canvas = pen.rng, pen.unit, pen.canvas
    names = ["单位名称", "统一社会信用代码", "单位预算编码", "主管部门", "评价年度", "填报日期"]
    if not unit.items["封面", "填报日期", "值"].fixed and pen.by.maybe(0.3, "填报日期 at the foot only"):
        names.remove("填报日期")
    if unit.form_unit == "元" or "sheet" in unit.scopes.values():
        names.append("金额单位")
    line = "金额单位" in names and pen.by.maybe(0.5, "money unit in a line of its own")
    if line:
        names.remove("金额单位")
    shape = rng.choice(("list", "pairs", "pairs", "inline", "inline pairs"))
    pen.by.tags.add(f"cover:{shape}")
    wide = {"list": 1, "inline": 1, "pairs": rng.choice((2, 3)), "inline pairs": rng.choice((2, 3))}[shape]
    for index, name in enumerate(names):
        key = ("封面", name, "值")
        at, step = row + index // wide, 1 if shape.startswith("inline") else 2
        column = left + step * (index % wide)
        shown = rng.choice((name, name, name + "：", name + ":")) if step == 2 else name
        if name == "单位名称":
            shown = shown.replace(
                "单位名称", rng.choice(("单位名称", "单位名称（盖章）", "单位名称", "单位名称（公章）"))
            )
        canvas.labels[key] = (at, column)
        if step == 2:
            canvas.put(at, column, shown)
            pen.figure(key, at, column + 1)
            if shape == "list":
                canvas.merge(at, column + 1, at, column + 2)
            continue
        value = typed(pen.by, key, unit.items[key])
        text = day_text(value.value) if isinstance(value.value, date) else str(value.value or "")
        canvas.put(at, column, f"{shown}{rng.choice(('：', '：', ':', '： '))}{text}", "plain")
        canvas.places[key] = (at, column)
        if shape == "inline":
            canvas.merge(at, column, at, column + 4)
    row += (len(names) - 1) // wide + 1
    if line:
        canvas.put(row, left + rng.choice((0, 3, 5)), money_line(rng, unit.form_unit), "plain")
    return row + line


def day_text(day: date) -> str:
    """A day as a text within a longer text."""
    return f"{day.year}年{day.month}月{day.day}日"


def signatures(pen: Pen, left: int) -> None:
    """填表人, 填报日期, 联系电话, 单位负责人 at the foot, and the day if the cover has none."""
    canvas, rng = pen.canvas, pen.rng
    day = typed(pen.by, ("封面", "填报日期", "值"), pen.unit.items["封面", "填报日期", "值"]).value
    text = day_text(day) if isinstance(day, date) else str(day)
    parts = ["填表人：林晓岚", f"填报日期：{text}", "联系电话：0759-3338216", "单位负责人：陈志远"]
    row = canvas.bottom + rng.choice((0, 1))
    if pen.by.maybe(0.5, "signatures in one cell"):
        canvas.put(row, left, "    ".join(parts), "plain")
        canvas.merge(row, left, row, left + 5)
        return
    for index, part in enumerate(parts):
        canvas.put(row, left + index, part, "plain")


def score_form(unit: Unit, rng: random.Random) -> list[Canvas]:
    """The scoring table, laid out at random."""
    by = hand(rng, unit.year)
    pen = Pen(Canvas(rng.choice(("评分表", "Sheet1", "自评评分表", "附件2"))), by, unit)
    canvas = pen.canvas
    row, left = rng.choice((0, 0, 1)), rng.choice((0, 0, 1))
    if by.maybe(0.4, "附件 over the scoring table"):
        canvas.put(row, left, "附件2")
        row += 1
    columns = ["一级指标", "二级指标", "三级指标", "评分标准", "分值", "指标值", "自评得分", "扣分原因和其他说明"]
    if by.maybe(0.25, "scoring columns swapped"):
        tail = columns[3:]
        rng.shuffle(tail)
        columns = columns[:3] + tail
    for extra in ("序号", "备注"):
        if by.maybe(0.15, f"{extra} column in the scoring table"):
            columns.insert(rng.choice((0, 3, len(columns))), extra)
    year = rng.choice(("", f"{unit.items['评分封面', '评价年度', '值'].value}"))
    canvas.put(row, left, f"{year}部门（单位）整体支出绩效自评评分表", "title")
    canvas.merge(row, left, row, left + len(columns) - 1)
    row = score_cover(pen, row + 1, left)
    percent = by.maybe(0.2, "指标值（%）")
    for at, name in enumerate(columns):
        shown = name + ("（%）" if name == "指标值" and percent else "")
        if name in ("分值", "自评得分"):
            shown = rng.choice((name, name, name + "（分）", " ".join(name) if len(name) == 2 else "自评 得分"))
        canvas.put(row, left + at, shown, "head")
    row = indicator_rows(pen, columns, row + 1, left, percent)
    score_foot(pen, columns, row, left)
    unit.tags |= by.tags
    return [canvas]


def score_cover(pen: Pen, row: int, left: int) -> int:
    """单位名称 and 评价年度 over the scoring table; returns the next row."""
    shape = pen.rng.choice(("inline", "cells", "cells"))
    for index, name in enumerate(("单位名称", "评价年度")):
        key = ("评分封面", name, "值")
        value = pen.unit.items[key].value
        if shape == "inline":
            pen.canvas.put(row, left + 4 * index, f"{name}：{value}", "plain")
            pen.canvas.places[key] = (row, left + 4 * index)
        else:
            pen.canvas.put(row, left + 3 * index, name + pen.rng.choice(("", "：")), "plain")
            pen.canvas.put(row, left + 3 * index + 1, str(value), "plain")
            pen.canvas.places[key] = (row, left + 3 * index + 1)
    return row + 1


def indicator_rows(pen: Pen, columns: list[str], row: int, left: int, percent: bool) -> int:
    """The body of the scoring table; returns the next row."""
    by, canvas, rng, unit = pen.by, pen.canvas, pen.rng, pen.unit
    levels = rng.choice(("merged", "merged", "merged", "repeated", "first only"))
    weights = {1: by.maybe(0.5, "weights in level-1 labels"), 2: by.maybe(0.3, "weights in level-2 labels")}
    suffix = by.maybe(0.25, "weight after an indicator's name")
    by.tags.add(f"levels:{levels}")
    spans: dict[tuple[int, str], list[int]] = {}
    for line, indicator in enumerate(unit.indicators):
        for level, name in ((1, indicator.level1), (2, indicator.level1 + indicator.level2)):
            spans.setdefault((level, name), []).append(row)
        for at, what in enumerate(columns):
            cell, name = (row, left + at), indicator.name
            if what in ("一级指标", "二级指标"):
                level, text = (1, indicator.level1) if what == "一级指标" else (2, indicator.level2)
                fresh = len(spans[level, indicator.level1 + (indicator.level2 if level == 2 else "")]) == 1
                if weights[level]:
                    rows = [r for n, r in TREE.get(indicator.level1, {}).items() if level == 1 or n == indicator.level2]
                    text += f"（{sum(weight for group in rows for _, weight in group)}分）"
                if by.numbering and level == 1:
                    text = ordinal(by.numbering, list(TREE).index(indicator.level1) + 1) + text
                if fresh or levels == "repeated":
                    canvas.put(*cell, text)
            elif what == "三级指标":
                shown = indicator.shown
                if by.maybe(by.spaced * 0.5, "spaces inside an indicator's name"):
                    shown = shown[:2] + " " + shown[2:]
                if by.numbering and weights[2]:
                    shown = ordinal(by.numbering, min(line + 1, 20) if by.numbering != "中文" else line % 9 + 1) + shown
                weight = unit.items["评分", name, "分值"]
                canvas.put(*cell, shown + (f"（{weight.value}分）" if suffix and not weight.fixed else ""))
                canvas.places["评分", name, "三级指标"] = cell
            elif what == "评分标准":
                canvas.put(*cell, rng.choice(STANDARD))
            elif what == "序号":
                canvas.put(*cell, line + 1)
            elif what == "备注":
                canvas.put(*cell, rng.choice((None, None, "见佐证材料")))
            else:
                key = ("评分", name, "扣分原因" if what.startswith("扣分") else what)
                pen.figure(key, *cell, percent_label=percent)
        row += 1
    if levels == "merged":
        for (level, _), rows in spans.items():
            at = left + columns.index("一级指标" if level == 1 else "二级指标")
            canvas.merge(rows[0], at, rows[-1], at)
    return row


def score_foot(pen: Pen, columns: list[str], row: int, left: int) -> None:
    """合计 and 自评等级."""
    canvas, rng, by = pen.canvas, pen.rng, pen.by
    merged = min(columns.index(name) for name in ("分值", "指标值", "自评得分", "扣分原因和其他说明"))
    canvas.put(row, left, rng.choice(("合计", "合 计", "合  计", "总分")), "head")
    canvas.merge(row, left, row, left + min(merged, 3) - 1)
    for what in ("分值", "自评得分"):
        pen.figure(("评分", "合计", what), row, left + columns.index(what))
    key = ("评分", "自评等级", "值")
    grade = str(pen.unit.items[key].value)
    shape = rng.choice(("row", "row", "inline", "merged"))
    by.tags.add(f"grade:{shape}")
    name = rng.choice(("自评等级", "自评 等级", "自评等级：")) if shape != "inline" else "自评等级"
    if shape == "inline":
        canvas.put(row + 1, left, f"{name}：{grade}", "plain")
        canvas.places[key] = (row + 1, left)
        canvas.merge(row + 1, left, row + 1, left + 4)
    else:
        at = left + (min(merged, 3) if shape == "merged" else 1)
        canvas.put(row + 1, left, name, "head")
        canvas.merge(row + 1, left, row + 1, at - 1)
        pen.figure(key, row + 1, at)
        if shape == "merged":
            canvas.merge(row + 1, at, row + 1, left + len(columns) - 1)
    if by.maybe(0.5, "signatures under the scoring table"):
        canvas.put(row + 3, left, "填表人：林晓岚      联系电话：0759-3338216      单位负责人：陈志远", "plain")


def instructions(rng: random.Random) -> Canvas:
    """A sheet of instructions that speaks of every field and holds none."""
    canvas = Canvas(rng.choice(("填表说明", "说明", "填报说明")))
    canvas.put(0, 0, "填表说明", "title")
    lines = [f"{section}、{name}：按{COLUMNS[section][-1]}填列。" for section, name in TITLES.items()]
    lines += ["1、本年收入合计：填列本年度全部收入，金额单位为万元，保留两位小数。", "2、编制数：以编办批复为准。"]
    for row, line in enumerate(lines, 1):
        canvas.put(row, 0, line, "plain")
    return canvas


def unrelated(rng: random.Random) -> Canvas:
    """A workbook of another kind, handed in by mistake."""
    canvas = Canvas("Sheet1")
    heads = rng.choice(
        (
            ("序号", "资产名称", "规格型号", "购置日期", "存放地点", "使用人"),
            ("序号", "姓名", "岗位工资", "薪级工资", "应发合计", "实发工资"),
            ("日期", "会议名称", "参会人数", "地点", "记录人", "备注"),
        )
    )
    for at, head in enumerate(heads):
        canvas.put(0, at, head, "head")
        for row in range(1, 9):
            canvas.put(row, at, Typed(row * (at + 3)) if at % 2 == 0 else f"{head}{row}")
    return canvas
