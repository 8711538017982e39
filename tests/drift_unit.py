"""Invented units: true figures that obey every rule of DOMAIN.md, and how each figure is to be printed.

Nothing here knows the product. Amounts are Decimals in 万元, rates are ratios, dates are dates.
A figure is rounded for print as soon as its money unit is known, each one by itself, so sums of
printed parts differ from printed totals by rounding alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from stdnum.cn import uscc

from tests.drift_words import (
    APPROPRIATIONS,
    BUDGET3,
    COLUMNS,
    CONTROL3,
    PROJECTS,
    YEAR,
    Key,
)


@dataclass(slots=True)
class Item:
    """One figure as printed: ``value`` rounded for print, or a text, or None for nothing.

    ``digits`` are decimals of the money unit or of the percentage; ``fixed`` marks a figure that
    a fault set, which is then typed as it stands.
    """

    kind: str  # amount | count | rate | date | text | weight | score
    value: Decimal | date | str | None
    unit: str = ""
    digits: int = 2
    fixed: bool = False

    @property
    def number(self) -> Decimal:
        """The value as a number; 0 where there is none."""
        return self.value if isinstance(self.value, Decimal) else Decimal(0)

    @property
    def half_width(self) -> Decimal:
        """Half a unit of the last digit the form prints, in 万元 or as a ratio."""
        if self.kind == "amount":
            return Decimal("0.005") if self.unit == "万元" else Decimal("0.0000005")
        return Decimal(5).scaleb(-self.digits - 3) if self.kind == "rate" else Decimal(0)


@dataclass(slots=True)
class Indicator:
    """A row of the scoring table: where it hangs and under which name it is printed."""

    level1: str
    level2: str
    name: str
    shown: str


@dataclass(slots=True)
class Unit:
    """Everything that one unit files, before it is laid out."""

    name: str
    department: str
    budget_code: str
    filed: date
    items: dict[Key, Item] = field(default_factory=dict)
    truth: dict[Key, Decimal] = field(default_factory=dict)
    projects: list[str] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    scopes: dict[str, str] = field(default_factory=dict)  # section → none | sheet | banner | column | row | cell
    form_unit: str = "万元"
    year: int = YEAR
    blank_columns: set[tuple[str, str]] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)  # papers not handed in
    foreign: set[str] = field(default_factory=set)  # papers replaced by an unrelated workbook
    deleted: set[tuple[str, str]] = field(default_factory=set)  # rows (section, name) left off the form by a fault
    report_name: str = ""
    report_year: int = YEAR
    report_as_of: str = ""
    tags: set[str] = field(default_factory=set)

    def number(self, section: str, row: str, column: str) -> Decimal:
        """The printed number of a field, 0 if nil."""
        return self.items[section, row, column].number

    def filled(self, section: str) -> list[str]:
        """The columns of a section that this unit fills."""
        return [column for column in COLUMNS[section] if (section, column) not in self.blank_columns]


def credit_code(rng: random.Random) -> str:
    """A unified social credit code with a right check character."""
    body = rng.choice(("11", "12")) + rng.choice(("440800", "440803", "441500"))
    body += "".join(rng.choice("0123456789") for _ in range(8)) + rng.choice("0123456789X")
    return body + str(uscc.calc_check_digit(body))


class Draw:
    """Random true amounts: to the cent, or to the 万元's second decimal where the unit's books are that round."""

    def __init__(self, rng: random.Random, exact: bool) -> None:
        self.rng = rng
        self.quantum = Decimal("0.01") if exact else Decimal("0.000001")

    def amount(self, low: float, high: float) -> Decimal:
        """A true amount in 万元."""
        return Decimal(self.rng.uniform(low, high)).quantize(self.quantum)

    def times(self, amount: Decimal, low: float, high: float | None = None) -> Decimal:
        """An amount scaled by a factor, or by one drawn between two."""
        factor = low if high is None else self.rng.uniform(low, high)
        return (amount * Decimal(factor)).quantize(self.quantum)

    def nil(self, chance: float, amount: Decimal) -> Decimal:
        """The amount, or with that chance nothing."""
        return Decimal(0) if self.rng.random() < chance else amount


def staff_figures(unit: Unit, rng: random.Random, knobs: dict[str, float]) -> None:
    """Section 一."""
    kinds = rng.choice((("行政编制", "工勤编制"), ("事业编制",), ("行政编制", "工勤编制", "事业编制")))
    counts = {kind: rng.randint(2, 9) if kind == "工勤编制" else rng.randint(12, 160) for kind in kinds}
    total = sum(counts.values())
    posted = max(5, int(total * rng.uniform(0.7, 1.0)))
    if "staff_over" in knobs:
        posted = total + max(1, round(total * knobs["staff_over"]))
    rows = {
        **{kind: counts.get(kind, 0) for kind in ("行政编制", "工勤编制", "事业编制")},
        "编制数": total,
        "年末在职人数": posted,
        "离退休人数": rng.randint(0, 60),
        "编制外长期聘用人员": rng.choice((0, rng.randint(1, 20))),
    }
    for row, count in rows.items():
        unit.truth["一", row, "数值"] = Decimal(count)
    unit.truth["一", "在职人员控制率", "数值"] = Decimal(posted) / total


def spread(rng: random.Random, draw: Draw, total: Decimal, weights: list[float]) -> list[Decimal]:
    """Split a total in true amounts, the last non-zero share taking the remainder."""
    shares = [draw.times(total, weight / sum(weights)) for weight in weights]
    last = max(index for index, weight in enumerate(weights) if weight)
    shares[last] += total - sum(shares)
    return shares


def money_figures(unit: Unit, rng: random.Random, draw: Draw, knobs: dict[str, float]) -> bool:
    """Sections 二 and 四; False where the draw came out implausible and must be repeated."""
    rate = knobs.get("expenditure_rate")

    def budget(actual: Decimal) -> Decimal:
        return draw.times(actual, 1 / rate if rate else rng.uniform(1.003, 1.1))

    posted = float(unit.truth["一", "年末在职人数", "数值"])
    actual: dict[str, Decimal] = {}
    actual["人员经费"] = draw.amount(posted * 12, posted * 24)
    actual["公用经费"] = draw.amount(posted * 1.5, posted * 5)
    lines = [draw.amount(3, rng.choice((30, 200, 900))) for _ in range(rng.randint(2, 8))]
    actual["其他支出"] = draw.nil(0.8, draw.amount(2, 40))
    full = {row: budget(actual[row]) for row in ("人员经费", "公用经费", "其他支出")}
    full_lines = [budget(line) for line in lines]
    for column, lines_of in ((actual, lines), (full, full_lines)):
        column["项目支出"] = sum(lines_of, Decimal(0))
        column["基本支出"] = column["人员经费"] + column["公用经费"]
        column["本年支出合计"] = column["基本支出"] + column["项目支出"] + column["其他支出"]
    spent, allowed = actual["本年支出合计"], full["本年支出合计"]
    actual["年初结转和结余"] = draw.nil(0.4, draw.times(spent, 0.001, 0.04))
    actual["使用非财政拨款结余"] = draw.nil(0.8, draw.times(spent, 0.001, 0.02))
    actual["结余分配"] = draw.nil(0.85, draw.times(spent, 0.001, 0.01))
    actual["年末结转和结余"] = draw.nil(0.15, draw.times(allowed, 0.001, 0.05))
    if "carryover_rate" in knobs:
        actual["年末结转和结余"] = draw.times(allowed, knobs["carryover_rate"])
    actual["本年收入合计"] = (
        spent + actual["结余分配"] + actual["年末结转和结余"] - actual["年初结转和结余"] - actual["使用非财政拨款结余"]
    )
    small = {
        "政府性基金预算财政拨款收入": 0.7,
        "国有资本经营预算财政拨款收入": 0.85,
        "事业收入": 0.7,
        "其他收入": 0.6,
    }
    for row, chance in small.items():
        actual[row] = draw.nil(chance, draw.times(spent, 0.01, 0.08))
        full[row] = draw.times(actual[row], 0.95, 1.05)
    actual["一般公共预算财政拨款收入"] = actual["本年收入合计"] - sum(actual[row] for row in small)
    full["年初结转和结余"], full["使用非财政拨款结余"] = actual["年初结转和结余"], actual["使用非财政拨款结余"]
    full["结余分配"] = Decimal(0)
    full["年末结转和结余"] = draw.nil(0.8, draw.times(allowed, 0.001, 0.03))
    full["本年收入合计"] = allowed + full["年末结转和结余"] - full["年初结转和结余"] - full["使用非财政拨款结余"]
    full["一般公共预算财政拨款收入"] = full["本年收入合计"] - sum(full[row] for row in small)

    first = {row: draw.times(actual[row], 0.95, 1.05) for row in ("事业收入", "其他收入")}
    variance = knobs.get("variance", rng.choice((rng.uniform(-0.045, 0.045), rng.uniform(-0.14, 0.15))))
    for row in APPROPRIATIONS:
        first[row] = draw.times(actual[row], 1 / (1 + variance))
    first["本年收入合计"] = sum((first[row] for row in (*APPROPRIATIONS, "事业收入", "其他收入")), Decimal(0))
    first["年初结转和结余"] = rng.choice((Decimal(0), actual["年初结转和结余"]))
    first["使用非财政拨款结余"] = rng.choice((Decimal(0), actual["使用非财政拨款结余"]))
    first["结余分配"] = first["年末结转和结余"] = Decimal(0)
    first["本年支出合计"] = first["本年收入合计"] + first["年初结转和结余"] + first["使用非财政拨款结余"]
    scale = float(first["本年支出合计"] / spent)
    for row in ("人员经费", "公用经费", "其他支出"):
        first[row] = draw.times(actual[row], scale)
    first["基本支出"] = first["人员经费"] + first["公用经费"]
    first["项目支出"] = first["本年支出合计"] - first["基本支出"] - first["其他支出"]
    weights = [float(line) * rng.choice((0.0, 1.0, 1.0, 1.0)) * rng.uniform(0.8, 1.2) for line in lines]
    if not any(weights):
        return False
    first_lines = spread(rng, draw, first["项目支出"], weights)
    for column, values in zip(BUDGET3, (first, full, actual), strict=True):
        values["收入总计"] = values["本年收入合计"] + values["使用非财政拨款结余"] + values["年初结转和结余"]
        values["支出总计"] = values["本年支出合计"] + values["结余分配"] + values["年末结转和结余"]
        for row, amount in values.items():
            unit.truth["二", row, column] = amount
        if min(values.values()) < 0 or values["收入总计"] != values["支出总计"]:
            return False
    unit.projects = rng.sample(PROJECTS, len(lines))
    for name, *amounts in zip(unit.projects, first_lines, full_lines, lines, strict=True):
        for column, amount in zip(BUDGET3, amounts, strict=True):
            unit.truth["四", name, column] = amount
        unit.truth["四", name, "支出率"] = amounts[2] / amounts[1]
    for column, values in zip(BUDGET3, (first, full, actual), strict=True):
        unit.truth["四", "合计", column] = values["项目支出"]
    unit.truth["四", "合计", "支出率"] = actual["项目支出"] / full["项目支出"]
    return all(amount >= 0 for amount in first_lines)


def control_figures(unit: Unit, rng: random.Random, draw: Draw, knobs: dict[str, float]) -> None:
    """Section 三."""
    nil_unit = rng.random() < 0.05 and not any(knob.startswith("three") for knob in knobs)
    chances = {"因公出国（境）费": 0.7, "公务用车购置费": 0.8, "公务用车运行维护费": 0.1, "公务接待费": 0.15}
    rows: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    up, over = knobs.get("three_up"), knobs.get("three_over")
    for row, chance in chances.items():
        last = draw.nil(1.0 if nil_unit else chance, draw.amount(1.5, 16))
        if row == "公务用车运行维护费" and knobs:
            last = draw.amount(6, 20)
        actual = draw.times(last, 1 + up) if up else draw.times(last, 0.86, 0.97)
        rows[row] = (last, draw.times(actual, 1 / (1 + over)) if over else draw.times(actual, 1.03, 1.2), actual)
    for total, parts in (
        ("公务用车购置及运行维护费", ("公务用车购置费", "公务用车运行维护费")),
        ("三公经费合计", ("因公出国（境）费", "公务用车购置及运行维护费", "公务接待费")),
    ):
        last, planned, actual = (sum((rows[part][i] for part in parts), Decimal(0)) for i in range(3))
        rows[total] = (last, planned, actual)
    for row in ("会议费", "培训费"):
        last = draw.nil(0.0 if f"change_{row}" in knobs else 0.25, draw.amount(3, 30))
        change = knobs.get(f"change_{row}")
        actual = draw.times(last, 1 + change) if change else draw.times(last, 0.85, 1.15)
        rows[row] = (last, draw.times(actual, 1.01, 1.2), actual)
    planned = draw.nil(0.0 if "procurement" in knobs else 0.1, draw.amount(8, 500))
    bought = draw.times(planned, knobs["procurement"]) if "procurement" in knobs else draw.times(planned, 0.84, 1.0)
    rows["政府采购金额"] = (draw.times(planned, 0.6, 1.3), planned, bought)
    for row, amounts in rows.items():
        for column, amount in zip(CONTROL3, amounts, strict=True):
            unit.truth["三", row, column] = amount


def asset_figures(unit: Unit, rng: random.Random, draw: Draw, knobs: dict[str, float]) -> None:
    """Section 五."""
    total = draw.amount(80, 9000)
    idle = draw.nil(0.4, draw.times(total, 0.002, 0.03))
    leased = draw.nil(0.6, draw.times(total, 0.002, 0.03))
    if "asset_use" in knobs:
        idle = draw.times(total, 1 - knobs["asset_use"]) - leased
        if idle < 0:
            idle, leased = idle + leased, Decimal(0)
    used = total - idle - leased
    rows = {"固定资产总额": total, "在用": used, "出租出借": leased, "闲置": idle, "固定资产利用率": used / total}
    for row, value in rows.items():
        unit.truth["五", row, "数值"] = value


def dates(unit: Unit, rng: random.Random, knobs: dict[str, float]) -> dict[str, date | str]:
    """Section 六 without the size of the group; also fixes the day of filing."""
    approved = date(unit.year, 1, 20) + timedelta(rng.randint(0, 50))
    found: dict[str, date | str] = {
        "预算批复日期": approved,
        "预算公开日期": approved + timedelta(int(knobs.get("budget_days", rng.randint(0, 20)))),
    }
    if rng.random() < 0.5 and "accounts_days" not in knobs:
        unit.filed = date(unit.year + 1, 4, 1) + timedelta(rng.randint(0, 80))
        return found | {"决算批复日期": "尚未批复", "决算公开日期": "尚未批复"}
    closed = date(unit.year + 1, 7, 20) + timedelta(rng.randint(0, 60))
    published = closed + timedelta(int(knobs.get("accounts_days", rng.randint(0, 20))))
    unit.filed = published + timedelta(rng.randint(1, 30))
    return found | {"决算批复日期": closed, "决算公开日期": published}
