"""From true figures to printed ones: money units, rounding, rates, cover and scoring table."""

from __future__ import annotations

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.drift_unit import (
    Draw,
    Indicator,
    Item,
    Unit,
    asset_figures,
    control_figures,
    credit_code,
    dates,
    money_figures,
    staff_figures,
)
from tests.drift_words import APPROPRIATIONS, BODIES, COLUMNS, PLACES, TREE, WEIGHTS, YEAR, grade_words

Knobs = dict[str, float]
REASONS = (
    "部分材料报送不够及时，扣{}分",
    "个别指标设置不够细化，酌情扣{}分",
    "执行进度前松后紧，扣{}分",
    "佐证材料不够齐全，自扣{}分",
    "按评分标准计算，扣{}分",
)
NO_REASON = (None, "无", "无扣分", "—", "不扣分", "")


def rounded(value: Decimal, digits: int) -> Decimal:
    """Rounded half up, as Excel shows it; never minus zero."""
    found = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return found if found else abs(found)


def make_unit(rng: random.Random, knobs: Knobs | None = None, name: str | None = None, year: int = YEAR) -> Unit:
    """A unit that obeys every rule, except for what the knobs push over a plausibility threshold."""
    knobs = knobs or {}
    place = rng.choice(PLACES)
    unit = Unit(
        name=name or place + rng.choice(BODIES) + rng.choice(("", "", "（本级）")),
        department=place + rng.choice(("农业农村局", "教育局", "卫生健康局", "财政局", "文化广电旅游体育局")),
        budget_code=f"0{rng.randint(101, 999)}{rng.randint(1, 40):03d}",
        filed=date(year + 1, 5, 14),
        year=year,
        report_year=year,
    )
    precision = rng.choice(("rounded",) * 6 + ("exact", "exact", "full"))
    unit.tags.add(f"precision:{precision}")
    draw = Draw(rng, precision == "exact")
    while True:
        unit.truth.clear()
        staff_figures(unit, rng, knobs)
        if money_figures(unit, rng, draw, knobs):
            break
    control_figures(unit, rng, draw, knobs)
    asset_figures(unit, rng, draw, knobs)
    six = dates(unit, rng, knobs)
    money_units(unit, rng)
    if not knobs:
        for section, column, chance in (
            ("二", "年初预算数", 0.1),
            ("四", "年初预算数", 0.15),
            ("三", "上年决算数", 0.05),
        ):
            if rng.random() < chance:
                unit.blank_columns.add((section, column))
                unit.tags.add("blank column")
    print_figures(unit, rng, full=precision == "full")
    for row, day in six.items():
        unit.items["六", row, "数值"] = Item("text" if isinstance(day, str) else "date", day)
    unit.items["六", "自评工作小组人数", "数值"] = Item("count", Decimal(rng.randint(4, 15)))
    print_cover(unit, rng)
    print_scores(unit, rng)
    return unit


def money_units(unit: Unit, rng: random.Random) -> None:
    """Choose the money unit of the form, and which sections state their own, and where they state it."""
    unit.form_unit = rng.choice(("万元", "万元", "元"))
    form_scope = "sheet" if unit.form_unit == "元" else rng.choice(("sheet", "sheet", "none"))
    for section in ("二", "三", "四", "五"):
        if rng.random() < 0.7:
            unit.scopes[section] = form_scope
        else:
            places = {"四": ("banner", "column", "cell"), "五": ("banner", "row", "cell")}
            unit.scopes[section] = rng.choice(places.get(section, ("banner", "column", "row", "cell")))
    if set(unit.scopes.values()) != {"none"}:  # one section states its unit: then the sheet states it for the others
        unit.scopes = {section: "sheet" if scope == "none" else scope for section, scope in unit.scopes.items()}


def amount_units(unit: Unit, section: str, rng: random.Random) -> dict[str, str]:
    """Money unit by row or column name, whichever the section states it for; key "" is the section's own."""
    scope = unit.scopes[section]
    if scope in ("none", "sheet"):
        return {"": unit.form_unit}
    own = rng.choice(("万元", "元"))
    found = {"": own}
    if scope == "column" and rng.random() < 0.3:
        found |= {column: rng.choice(("万元", "元")) for column in COLUMNS[section]}
    if scope == "row" and rng.random() < 0.3:
        found |= {row: rng.choice(("万元", "元")) for s, row, _ in unit.truth if s == section}
    if len(set(found.values())) > 1:
        unit.tags.add("mixed money units in a section")
    return found


def print_figures(unit: Unit, rng: random.Random, full: bool) -> None:
    """Round every true figure for print, each by itself."""
    percent_digits = rng.choice((2, 2, 2, 1, 0))
    units = {section: amount_units(unit, section, rng) for section in unit.scopes}
    for (section, row, column), true in unit.truth.items():
        key = (section, row, column)
        if row.endswith("率") or column == "支出率":
            unit.items[key] = Item("rate", rounded(true, percent_digits + 2), digits=percent_digits)
        elif section == "一":
            unit.items[key] = Item("count", true)
        else:
            money = units[section].get(column) or units[section].get(row) or units[section][""]
            digits = 6 if full and money == "万元" else 2
            value = rounded(true, digits if money == "万元" else digits + 4)
            unit.items[key] = Item("amount", value, money, digits)
    for row in [*unit.projects, "合计"]:
        if not unit.number("四", row, "全年预算数"):
            unit.items["四", row, "支出率"] = Item("text", "不可比")
        unit.items["四", row, "项目名称"] = Item("text", row)
    for section, column in unit.blank_columns:
        for key, item in unit.items.items():
            if key[0] == section and key[2] == column:
                item.value = None


def print_cover(unit: Unit, rng: random.Random) -> None:
    """The cover of the base data table and the heading of the scoring table."""
    cover: dict[str, tuple[str, str | date]] = {
        "单位名称": ("text", unit.name),
        "统一社会信用代码": ("text", credit_code(rng)),
        "单位预算编码": ("text", unit.budget_code),
        "主管部门": ("text", unit.department),
        "评价年度": ("text", rng.choice(("{}年度", "{}年", "{}")).format(unit.year)),
        "填报日期": ("date", unit.filed),
        "金额单位": ("text", unit.form_unit),
    }
    for row, (kind, value) in cover.items():
        unit.items["封面", row, "值"] = Item(kind, value)
    unit.items["评分封面", "单位名称", "值"] = Item("text", unit.name)
    unit.items["评分封面", "评价年度", "值"] = Item("text", f"{unit.year}年度")


def indicator_rates(unit: Unit) -> dict[str, Decimal | None]:
    """The true value of each indicator that follows from the base data; None on a zero base."""

    def over(above: Decimal, below: Decimal) -> Decimal | None:
        return above / below if below else None

    truth = unit.truth
    first, actual = (sum(truth["二", row, column] for row in APPROPRIATIONS) for column in ("年初预算数", "决算数"))
    spent, allowed = truth["二", "本年支出合计", "决算数"], truth["二", "本年支出合计", "全年预算数"]
    return {
        "财政拨款收入预决算差异率": over(actual - first, Decimal(first)),
        "预算完成率": over(spent, allowed),
        "结转结余率": over(truth["二", "年末结转和结余", "决算数"], allowed),
        "政府采购执行率": over(truth["三", "政府采购金额", "本年决算数"], truth["三", "政府采购金额", "本年预算数"]),
        "固定资产利用率": truth["五", "固定资产利用率", "数值"],
        "财政供养人员控制率": truth["一", "在职人员控制率", "数值"],
        "公用经费控制率": over(truth["二", "公用经费", "决算数"], truth["二", "公用经费", "全年预算数"]),
        "三公经费控制率": over(truth["三", "三公经费合计", "本年决算数"], truth["三", "三公经费合计", "本年预算数"]),
    }


def earned(name: str, weight: Decimal, rate: Decimal | None) -> Decimal:
    """The points that the standard gives for a rate; full marks where there is nothing to rate."""
    if rate is None:
        return weight
    if name == "财政拨款收入预决算差异率":
        return max(Decimal(0), weight - int(abs(rate) * 20))
    if name in ("预算完成率", "政府采购执行率", "重点工作完成率", "绩效目标完成率"):
        return rounded(weight * min(Decimal(1), rate), 2)
    if name in ("财政供养人员控制率", "公用经费控制率", "三公经费控制率"):
        return max(Decimal(0), weight - max(0, int((rate - 1) * 100)))
    if name == "固定资产利用率" and rate < Decimal("0.95"):
        return weight - 1
    return weight - 1 if name == "结转结余率" and rate > Decimal("0.1") else weight


def print_scores(unit: Unit, rng: random.Random) -> None:
    """The scoring table: value, score and reason of every indicator, the sum and the grade."""
    digits, harsh = rng.choice((2, 2, 1)), rng.random() < 0.2
    accounts = unit.items["六", "决算批复日期", "数值"].kind == "date"
    for level1, groups in TREE.items():
        for level2, rows in groups.items():
            unit.indicators += [Indicator(level1, level2, name, name) for name, _ in rows]
    for name, rate in indicator_rates(unit).items():
        value = Item("text", rng.choice(("不可比", "—", "/"))) if rate is None else None
        unit.items["评分", name, "指标值"] = value or Item(
            "rate", rounded(rate or Decimal(0), digits + 2), digits=digits
        )
        unit.items["评分", name, "自评得分"] = Item("score", earned(name, WEIGHTS[name], rate))
    for name in ("重点工作完成率", "绩效目标完成率", "服务对象满意度"):
        rate = rng.choice((Decimal(1), Decimal(rng.randint(920, 999)) / 1000))
        unit.items["评分", name, "指标值"] = Item("rate", rate, digits=1)
        unit.items["评分", name, "自评得分"] = Item("score", earned(name, WEIGHTS[name], rate))
    for name, weight in WEIGHTS.items():
        unit.items["评分", name, "分值"] = Item("weight", weight)
        if ("评分", name, "指标值") not in unit.items:
            unit.items["评分", name, "指标值"] = Item("text", rng.choice((None, "—", "已完成", "符合要求")))
            lost = Decimal(rng.choice((0, 0, 0, 0, 0.5, 1)) if not harsh else rng.choice((0, 1, 1.5, 2)))
            if name == "预决算信息公开" and not accounts:
                lost = Decimal(2)
            unit.items["评分", name, "自评得分"] = Item("score", weight - lost)
        add_reason(unit, name, rng)
    add_total(unit, rng)


def add_reason(unit: Unit, name: str, rng: random.Random) -> None:
    """Give the indicator a reason that fits its score."""
    lost = unit.number("评分", name, "分值") - unit.number("评分", name, "自评得分")
    reason = rng.choice(REASONS).format(lost.normalize()) if lost > 0 else rng.choice(NO_REASON)
    unit.items["评分", name, "扣分原因"] = Item("text", reason)


def add_total(unit: Unit, rng: random.Random) -> None:
    """Set the last row and the grade from the scores as they stand."""
    names = [indicator.name for indicator in unit.indicators]
    total = sum((unit.number("评分", name, "自评得分") for name in names), Decimal(0))
    weights = sum((unit.number("评分", name, "分值") for name in names), Decimal(0))
    unit.items["评分", "合计", "分值"] = Item("weight", weights)
    unit.items["评分", "合计", "自评得分"] = Item("score", total)
    unit.items["评分", "自评等级", "值"] = Item("text", rng.choice(grade_words(total)))
