"""What a sample unit's papers say: true figures completed from the few that its YAML states, then its slips.

Amounts are Decimals in 万元, rates are ratios. ``None`` is a nil part, shown as the unit's layout shows nil.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stdnum.cn import uscc

from tests.drift_words import APPROPRIATIONS, BUDGET3, CONTROL3, FROM_BASE, ROWS, SUMS, TREE, Key, grade_words

Figure = Decimal | date | str | None
SUM_PARTS = {(section, total): parts for sums in SUMS.values() for section, total, parts in sums}
RATE_INPUTS: dict[tuple[str, str], tuple[str, str]] = {
    ("一", "在职人员控制率"): ("年末在职人数", "编制数"),
    ("五", "固定资产利用率"): ("在用", "固定资产总额"),
}
FULL_MARKS = {"财务合规性": "无", "群众信访办理": "100%", "重点工作完成率": "100%", "绩效目标完成率": "100%"}
BY_RATIO = ("预算完成率", "政府采购执行率", "重点工作完成率", "绩效目标完成率")


@dataclass(slots=True)
class Line:
    """One row of the scoring table."""

    level1: str
    level2: str
    name: str
    weight: Decimal
    value: Decimal | str
    score: Decimal
    reason: str


@dataclass(slots=True)
class Filing:
    """One unit's papers before they are laid out: ``true`` figures, ``printed`` ones, the scoring table."""

    unit: dict[str, Any]
    true: dict[Key, Figure] = field(default_factory=dict)
    printed: dict[Key, Figure] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    weight_total: Decimal = Decimal(100)
    score_total: Decimal = Decimal(0)
    grade: str = ""

    @property
    def name(self) -> str:
        """The unit's name as on its cover."""
        return str(self.unit["name"])

    def amount(self, section: str, row: str, column: str, *, true: bool = False) -> Decimal:
        """A figure as a number; 0 where nothing or no number stands."""
        value = (self.true if true else self.printed).get((section, row, column))
        return value if isinstance(value, Decimal) else Decimal(0)


def cents(value: Decimal, digits: str = "0.01") -> Decimal:
    """Rounded half up, as offices round."""
    return value.quantize(Decimal(digits), ROUND_HALF_UP)


def percent(ratio: Decimal, digits: str = "0.01") -> str:
    """A ratio as it is printed: 0.9938 is 99.38%."""
    return f"{cents(ratio * 100, digits)}%"


def day(text: str) -> date | str:
    """A day from its ISO form; other texts (尚未批复) stay."""
    return date.fromisoformat(text) if text[:4].isdigit() else text


def shown_day(value: Figure) -> str:
    """2024年3月6日."""
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, date) else str(value)


def credit_code(kind: str, code: str) -> str:
    """A unified social credit code of a region that does not exist, right in both check characters."""
    body = f"30{code}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = 11 - sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    organisation = body + {10: "X", 11: "0"}.get(remainder, str(remainder))
    main = f"{kind}449900{organisation}"
    return main + str(uscc.calc_check_digit(main))


def typed(text: str) -> Figure:
    """What a slip puts into a cell: a number where it reads as one, nothing where it is empty."""
    if not text:
        return None
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def complete(unit: dict[str, Any]) -> Filing:
    """The filing of a unit: parts from its YAML, totals and rates derived, slips put in last."""
    filing = Filing(unit)
    true = filing.true
    for row, value in unit["staff"].items():
        true["一", row, "数值"] = Decimal(value)
    scale = Decimal(10000) if unit.get("flows_in_yuan") else Decimal(1)
    for row, values in unit["flows"].items():
        for column, value in zip(BUDGET3, values, strict=True):
            true["二", row, column] = Decimal(value) / scale if value else None
    for row, values in unit["control"].items():
        for column, value in zip(CONTROL3, values, strict=True):
            true["三", row, column] = Decimal(value) if value else None
    for row, value in unit["assets"].items():
        true["五", row, "数值"] = Decimal(value)
    for row, value in unit["dates"].items():
        true["六", row, "数值"] = Decimal(value) if row == "自评工作小组人数" else day(value)
    for section, total in (("一", "编制数"), ("五", "固定资产总额")):
        add_up(true, section, total, "数值")
    for column in BUDGET3:
        balance(filing, column)
    for column in CONTROL3:
        add_up(true, "三", "公务用车购置及运行维护费", column)
        add_up(true, "三", "三公经费合计", column)
    for section, rows in ROWS.items():
        columns = {"二": BUDGET3, "三": CONTROL3}.get(section, ("数值",))
        for row, _ in rows:
            for column in columns:
                true.setdefault((section, row, column), None)
    rates(true)
    money = {"二": "0.01" if scale == 1 else "0.000001", "三": "0.01", "四": "0.01", "五": "0.01"}
    filing.printed = {
        (section, row, column): cents(value, money[section])
        if isinstance(value, Decimal) and section in money and not row.endswith("率") and column != "支出率"
        else value
        for (section, row, column), value in true.items()
    }
    slips = {(section, row, column): typed(text) for section, row, column, text in unit.get("base_slips", ())}
    filing.printed.update(slips)
    rates(filing.printed)
    filing.printed.update(slips)
    cover(filing)
    score(filing)
    return filing


def add_up(figures: dict[Key, Figure], section: str, total: str, column: str) -> None:
    """Set a total to the sum of its parts."""
    parts = [figures.get((section, part, column)) for part in SUM_PARTS[section, total]]
    numbers = [part for part in parts if isinstance(part, Decimal)]
    figures[section, total, column] = sum(numbers, Decimal(0)) if numbers else None


def balance(filing: Filing, column: str) -> None:
    """Close a column of section 二; the project written 「rest」 takes what the identity leaves."""
    true = filing.true
    add_up(true, "二", "本年收入合计", column)
    add_up(true, "二", "基本支出", column)
    add_up(true, "二", "收入总计", column)
    true["二", "支出总计", column] = filing.amount("二", "收入总计", column, true=True)
    left = filing.amount("二", "支出总计", column, true=True)
    for row in ("结余分配", "年末结转和结余"):
        left -= filing.amount("二", row, column, true=True)
    true["二", "本年支出合计", column] = left
    for row in ("基本支出", "其他支出"):
        left -= filing.amount("二", row, column, true=True)
    true["二", "项目支出", column] = true["四", "合计", column] = left
    for project, values in filing.unit["projects"].items():
        if values != "rest":
            true["四", project, column] = Decimal(values[BUDGET3.index(column)])
            left -= filing.amount("四", project, column, true=True)
    for project, values in filing.unit["projects"].items():
        if values == "rest":
            true["四", project, column] = left


def rates(figures: dict[Key, Figure]) -> None:
    """Set the rates from the figures beside them, 「不可比」 on a zero base; one whose inputs are not there stays."""
    inputs = [((s, row, "数值"), (s, top, "数值"), (s, base, "数值")) for (s, row), (top, base) in RATE_INPUTS.items()]
    projects = {row for section, row, _ in figures if section == "四"}
    inputs += [(("四", row, "支出率"), ("四", row, "决算数"), ("四", row, "全年预算数")) for row in projects]
    for rate, top, base in inputs:
        above, below = figures.get(top), figures.get(base)
        if isinstance(above, Decimal) and isinstance(below, Decimal):
            figures[rate] = above / below if below else "不可比"


def cover(filing: Filing) -> None:
    """The cover's seven fields."""
    unit = filing.unit
    kind = "11" if unit["name"].endswith("本级") else "12"
    code = unit.get("credit_code", credit_code(kind, unit["code"]))
    if "wrong_credit_code" in unit:
        code = code[:-1] + ("7" if code[-1] != "7" else "3")
    fields = {
        "单位名称": unit["name"],
        "统一社会信用代码": code,
        "单位预算编码": unit["code"],
        "主管部门": unit["department"],
        "评价年度": unit.get("year", "2024年度"),
        "填报日期": shown_day(day(unit["filed"])),
        "金额单位": "万元",
    }
    filing.printed.update({("封面", row, "数值"): value or None for row, value in fields.items()})


def ratios(filing: Filing) -> dict[str, Decimal | str]:
    """The indicators that follow from the base data table, as the unit works them out from what it printed."""
    amount = filing.amount

    def over(top: Decimal, base: Decimal) -> Decimal | str:
        return top / base if base else "不可比"

    granted = [
        sum((amount("二", row, column) for row in APPROPRIATIONS), Decimal(0)) for column in ("决算数", "年初预算数")
    ]
    bought = amount("三", "政府采购金额", "本年预算数")
    values = (
        over(granted[0] - granted[1], granted[1]),
        over(amount("二", "本年支出合计", "决算数"), amount("二", "本年支出合计", "全年预算数")),
        over(amount("二", "年末结转和结余", "决算数"), amount("二", "本年支出合计", "全年预算数")),
        over(amount("三", "政府采购金额", "本年决算数"), bought) if bought else "不适用",
        over(filing.amount("五", "在用", "数值", true=True), filing.amount("五", "固定资产总额", "数值", true=True)),
        over(amount("一", "年末在职人数", "数值"), amount("一", "编制数", "数值")),
        over(amount("二", "公用经费", "决算数"), amount("二", "公用经费", "全年预算数")),
        over(amount("三", "三公经费合计", "本年决算数"), amount("三", "三公经费合计", "本年预算数")),
    )
    return dict(zip(FROM_BASE, values, strict=True))


def score(filing: Filing) -> None:
    """Fill the scoring table: ratios scored by their rule, the rest in full unless the YAML's marks say else."""
    unit, values = filing.unit, ratios(filing)
    marks: dict[str, list[str]] = unit.get("marks", {})
    for level1, groups in TREE.items():
        for level2, rows in groups.items():
            for name, whole in rows:
                weight = Decimal(whole)
                value: Decimal | str = values.get(name, FULL_MARKS.get(name, unit.get("check_word", "符合")))
                given, reason = weight, ""
                if name in marks:
                    stated, points, reason = marks[name]
                    value, given = stated or value, Decimal(points)
                elif name in BY_RATIO and isinstance(value, Decimal) and value < 1:
                    given = cents(weight * value)
                    if given < weight:
                        reason = f"{name}{percent(value)}，按比例计分。"
                elif value == "不适用":
                    reason = "本年无政府采购预算，无此项目，按标准计满分。"
                filing.lines.append(Line(level1, level2, name, weight, value, given, reason))
    slips = unit.get("score_slips", ())
    for name, column, text in slips:
        for line in filing.lines:
            if line.name == name:
                put = {
                    "分值": "weight",
                    "指标值": "value",
                    "自评得分": "score",
                    "扣分原因": "reason",
                    "三级指标": "name",
                }
                setattr(line, put[column], Decimal(text) if column in ("分值", "自评得分") else text)
    filing.score_total = sum((line.score for line in filing.lines), Decimal(0))
    totals = {column: Decimal(text) for name, column, text in slips if name == "合计"}
    filing.score_total = totals.get("自评得分", filing.score_total)
    words = grade_words(filing.score_total)
    filing.grade = unit.get("grade", words[-1 if unit.get("long_grade") else 0])
