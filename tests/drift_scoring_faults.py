"""One injector a rule of the scoring table, and the knobs that push a unit over a plausibility threshold."""

from __future__ import annotations

import random
from decimal import Decimal

from tests.drift_faults import BASE_FAULTS, Expected, Injector, spoil, wrong_rate
from tests.drift_printed import Knobs, add_reason, add_total, indicator_rates
from tests.drift_unit import Indicator, Item, Unit
from tests.drift_words import APPROPRIATIONS, COLUMNS, FROM_BASE, GRADES, Key, grade_words


def indicator_value(unit: Unit, rng: random.Random) -> Expected | None:
    """An indicator's value in the scoring table disagrees with the base data."""
    name = rng.choice(FROM_BASE)
    item = unit.items["评分", name, "指标值"]
    if item.kind != "rate" or indicator_rates(unit)[name] is None:
        return None
    if name == "财政拨款收入预决算差异率" and "年初预算数" not in unit.filled("二"):
        return None
    bases = {
        "财政拨款收入预决算差异率": ("二", "一般公共预算财政拨款收入", "年初预算数"),
        "政府采购执行率": ("三", "政府采购金额", "本年预算数"),
        "三公经费控制率": ("三", "三公经费合计", "本年预算数"),
        "公用经费控制率": ("二", "公用经费", "全年预算数"),
        "固定资产利用率": ("五", "固定资产总额", "数值"),
    }
    base = bases.get(name, ("二", "本年支出合计", "全年预算数"))
    span = Decimal("0.03") / unit.items[base].number if name != "财政供养人员控制率" else Decimal(0)
    value = wrong_rate(item.number, item.digits, span, rng)
    if value < 0 and name != "财政拨款收入预决算差异率":
        return None
    spoil(unit, ("评分", name, "指标值"), value)
    return Expected("indicator-differs-from-base-data", name, (("评分", name, "指标值"),))


def weights(total_too: bool) -> Injector:
    """Weights that are not the pack's, adding to 100 or not."""

    def inject(unit: Unit, rng: random.Random) -> Expected | None:
        first, second = rng.sample([row.name for row in unit.indicators], 2)
        step = Decimal(rng.choice((1, 2)))
        changed = [(first, step)] if total_too else [(first, step), (second, -step)]
        if rng.random() < 0.5 and total_too:
            changed = [(first, -step)]
        if any(unit.number("评分", name, "分值") + change < 1 for name, change in changed):
            return None
        for name, change in changed:
            weight = unit.number("评分", name, "分值") + change
            spoil(unit, ("评分", name, "分值"), weight)
            score = unit.items["评分", name, "自评得分"]
            score.value = min(score.number, weight)
            add_reason(unit, name, rng)
        add_total(unit, rng)
        keys: tuple[Key, ...] = tuple(("评分", name, "分值") for name, _ in changed)
        if not total_too:
            return Expected("weights-differ-from-pack", "moved", keys)
        if rng.random() < 0.5:
            spoil(unit, ("评分", "合计", "分值"), Decimal(100))
        return Expected("weights-do-not-add-to-100", "changed", (("评分", "合计", "分值"),), keys)

    return inject


def over_weight(unit: Unit, rng: random.Random) -> Expected | None:
    """A score above its weight."""
    name = rng.choice(unit.indicators).name
    spoil(
        unit,
        ("评分", name, "自评得分"),
        unit.number("评分", name, "分值") + Decimal(rng.choice(("0.5", "1", "2", "10"))),
    )
    add_reason(unit, name, rng)
    add_total(unit, rng)
    return Expected("score-over-weight", name, (("评分", name, "自评得分"),))


def sum_of_scores(unit: Unit, rng: random.Random) -> Expected | None:
    """The last row is not the sum of the scores."""
    key: Key = ("评分", "合计", "自评得分")
    change = Decimal(rng.choice(("0.5", "-0.5", "1", "-1", "2", "-3", "5")))
    spoil(unit, key, unit.items[key].number + change)
    return Expected("scores-do-not-add-up", f"{change}", (key,))


def wrong_grade(unit: Unit, rng: random.Random) -> Expected | None:
    """A grade word of another band."""
    key: Key = ("评分", "自评等级", "值")
    right = grade_words(unit.number("评分", "合计", "自评得分"))
    words = [word for _, band in (*GRADES, (0, ("差",))) for word in band if word not in right]
    spoil(unit, key, rng.choice(words))
    return Expected("grade-differs-from-score", str(unit.items[key].value), (key,))


def no_reason(unit: Unit, rng: random.Random) -> Expected | None:
    """Points lost, and no reason given: nothing at all, or a word that says there is none."""
    names = [row.name for row in unit.indicators]
    lost = [name for name in names if unit.number("评分", name, "自评得分") < unit.number("评分", name, "分值")]
    if not lost:
        return None
    name, reason = rng.choice(lost), rng.choice((None, None, None, "无", "—", "无扣分"))
    spoil(unit, ("评分", name, "扣分原因"), reason)
    keys: tuple[Key, ...] = (("评分", name, "自评得分"),)
    return Expected("deduction-without-reason", f"{name}: {reason}", keys, (("评分", name, "扣分原因"),))


def indicator_missing(unit: Unit, rng: random.Random) -> Expected | None:
    """A row of the scoring table is gone."""
    gone = rng.choice(unit.indicators)
    unit.indicators.remove(gone)
    add_total(unit, rng)
    return Expected("indicator-missing", gone.name, (), (), "score")


def indicator_unknown(unit: Unit, rng: random.Random) -> Expected | None:
    """A row that the pack does not know: one more, or one renamed."""
    row = rng.choice(unit.indicators)
    name = rng.choice(("部门协同配合度", "数字政府建设成效", "招商引资到位率", "内部审计覆盖面"))
    if rng.random() < 0.5:
        row.shown = name
        return Expected("indicator-unknown", "renamed", (("评分", row.name, "三级指标"),))
    unit.indicators.insert(unit.indicators.index(row) + 1, Indicator(row.level1, row.level2, name, name))
    for column, item in (
        ("分值", Item("weight", Decimal(2))),
        ("指标值", Item("text", None)),
        ("自评得分", Item("score", Decimal(2))),
        ("扣分原因", Item("text", None)),
    ):
        unit.items["评分", name, column] = item
    add_total(unit, rng)
    return Expected("indicator-unknown", "added", (("评分", name, "三级指标"),))


SCORE_FAULTS: dict[str, Injector] = {
    "indicator-differs-from-base-data": indicator_value,
    "weights-differ-from-pack": weights(total_too=False),
    "weights-do-not-add-to-100": weights(total_too=True),
    "score-over-weight": over_weight,
    "scores-do-not-add-up": sum_of_scores,
    "grade-differs-from-score": wrong_grade,
    "deduction-without-reason": no_reason,
    "indicator-missing": indicator_missing,
    "indicator-unknown": indicator_unknown,
}


def near_and_far(rng: random.Random, near: float, far: float) -> float:
    """A value close to a threshold, or anywhere up to ``far``."""
    return near if rng.random() < 0.3 else rng.uniform(near, far)


# Plausibility rules: which knob, how far, the cell of the result, and the cells that may stand for it.
KNOBS: dict[str, tuple[tuple[str, float, float], tuple[Key, ...], tuple[Key, ...]]] = {
    "staffing-over-establishment": (
        ("staff_over", 0.001, 0.4),
        (("一", "年末在职人数", "数值"),),
        (("一", "编制数", "数值"), ("一", "在职人员控制率", "数值")),
    ),
    "three-public-over-budget": (
        ("three_over", 0.02, 0.6),
        (("三", "三公经费合计", "本年决算数"),),
        (("三", "三公经费合计", "本年预算数"),),
    ),
    "three-public-up-on-last-year": (
        ("three_up", 0.02, 0.6),
        (("三", "三公经费合计", "本年决算数"),),
        (("三", "三公经费合计", "上年决算数"),),
    ),
    "budget-variance-high": (
        ("variance", 0.203, 0.7),
        tuple(("二", row, "决算数") for row in APPROPRIATIONS),
        tuple(("二", row, column) for row in APPROPRIATIONS for column in COLUMNS["二"]),
    ),
    "expenditure-rate-low": (
        ("expenditure_rate", 0.797, 0.4),
        (("二", "本年支出合计", "决算数"),),
        (("二", "本年支出合计", "全年预算数"),),
    ),
    "carryover-rate-high": (
        ("carryover_rate", 0.102, 0.4),
        (("二", "年末结转和结余", "决算数"),),
        (("二", "本年支出合计", "全年预算数"),),
    ),
    "fixed-asset-use-low": (
        ("asset_use", 0.897, 0.4),
        (("五", "固定资产利用率", "数值"),),
        (("五", "在用", "数值"), ("五", "固定资产总额", "数值")),
    ),
    "procurement-rate-low": (
        ("procurement", 0.796, 0.2),
        (("三", "政府采购金额", "本年决算数"),),
        (("三", "政府采购金额", "本年预算数"),),
    ),
    "budget-published-late": (
        ("budget_days", 21, 90),
        (("六", "预算公开日期", "数值"),),
        (("六", "预算批复日期", "数值"),),
    ),
    "accounts-published-late": (
        ("accounts_days", 21, 90),
        (("六", "决算公开日期", "数值"),),
        (("六", "决算批复日期", "数值"),),
    ),
}


def plausibility(rule: str, rng: random.Random) -> tuple[Knobs, Expected]:
    """Knobs that push a unit over one threshold, and what must come of it."""
    if rule == "change-over-20-percent":
        row = rng.choice(("三公经费合计", "会议费", "培训费"))
        change = (
            -near_and_far(rng, 0.23, 0.6)
            if row == "三公经费合计"
            else rng.choice((-1, 1)) * near_and_far(rng, 0.21, 0.7)
        )
        knob = "three_up" if row == "三公经费合计" else f"change_{row}"
        return {knob: change}, Expected(
            rule, f"{row} {change:.2f}", (("三", row, "本年决算数"),), (("三", row, "上年决算数"),)
        )
    (knob, near, far), keys, accept = KNOBS[rule]
    value = near_and_far(rng, near, far)
    if rule == "budget-variance-high" and rng.random() < 0.5:
        value = -min(value, 0.5)
    return {knob: value}, Expected(rule, f"{knob} {value:.3f}", keys, accept)


DATA = BASE_FAULTS | SCORE_FAULTS
RULES = (*DATA, *KNOBS, "change-over-20-percent")
