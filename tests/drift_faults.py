"""One injector a rule of the base data table and of the cover: spoil a figure, and say which finding must come of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from stdnum.cn import uscc

from tests.drift_unit import Unit
from tests.drift_words import BODIES, IDENTITY, PLACES, REQUIRED, SUMS, Key


@dataclass(frozen=True, slots=True)
class Expected:
    """The finding that a fault must bring: on one of ``keys`` by the contract's words, on one of ``accept`` at least.

    ``paper`` says where a finding without a figure of its own may stand: base, score, report or folder.
    """

    rule: str
    how: str
    keys: tuple[Key, ...] = ()
    accept: tuple[Key, ...] = ()
    paper: str = ""


Injector = Callable[[Unit, random.Random], Expected | None]


def spoil(unit: Unit, key: Key, value: Decimal | str | None) -> None:
    """Print ``value`` in place of what was there."""
    item = unit.items[key]
    item.value, item.fixed = value, True
    if isinstance(value, str):
        item.kind = "text"


def transposed(value: Decimal, rng: random.Random) -> Decimal:
    """Two neighbouring digits swapped."""
    text = format(value, "f")
    spots = [i for i in range(len(text) - 1) if text[i : i + 2].isdigit() and text[i] != text[i + 1]]
    if not spots:
        return value
    at = rng.choice(spots)
    return Decimal(text[:at] + text[at + 1] + text[at] + text[at + 2 :])


def off_balance(
    unit: Unit, rng: random.Random, key: Key, right: Decimal, tolerance: Decimal, others: list[Decimal]
) -> str | None:
    """Spoil ``key`` so that it differs from ``right`` by more than the tolerance; returns how, or None."""
    item = unit.items[key]
    step = 2 * item.half_width or Decimal(1)
    least = (tolerance // step + 2) * step if item.half_width else Decimal(1)
    near = right if not item.half_width else right.quantize(step)
    ways = {
        "just outside": near + rng.choice((1, -1)) * least,
        "gross": near + rng.choice((1, -1)) * max(least, (near * Decimal(rng.uniform(0.03, 0.6))).quantize(step)),
        "transposed": transposed(item.number.quantize(step) if item.half_width else item.number, rng),
        "counted twice": near + rng.choice(others or [Decimal(0)]).quantize(step),
        "sign slip": near - 2 * rng.choice(others or [Decimal(0)]).quantize(step),
    }
    how, value = rng.choice(list(ways.items()))
    if value <= 0 or abs(value - right) <= max(tolerance, least - step):
        return None
    spoil(unit, key, value)
    return how


def parts_fault(rule: str) -> Injector:
    """A total that is not the sum of its parts: the total is off, a part is off, or a part is left out."""

    def inject(unit: Unit, rng: random.Random) -> Expected | None:
        section, total, names = rng.choice(SUMS[rule])
        column = rng.choice(unit.filled(section))
        key: Key = (section, total, column)
        parts: list[Key] = [(section, name, column) for name in names]
        values = [unit.items[part].number for part in parts]
        filled = [part for part in parts if unit.items[part].number]
        widest = max(unit.items[each].half_width for each in (key, *parts))
        tolerance = widest * (len(parts) + 1)
        if not unit.items[key].number:
            return None
        what = rng.choice(("total", "total", "part", "left out"))
        others = [value for value in values if value]
        if what == "total":
            how = off_balance(unit, rng, key, sum(values, Decimal(0)), tolerance, others)
        elif what == "part":
            part = rng.choice(filled)
            rest = sum(values, Decimal(0)) - unit.items[part].number
            how = off_balance(unit, rng, part, unit.items[key].number - rest, tolerance, [])
        else:
            large = [part for part in filled if unit.items[part].number > 2 * tolerance + 1 and part not in REQUIRED]
            if len(filled) < 2 or not large:
                return None
            how = rng.choice(("blank", "zero"))
            spoil(unit, rng.choice(large), None if how == "blank" else Decimal(0))
        accept: tuple[Key, ...] = ()
        if rule == "grand-totals-differ":
            accept = (("二", "收入总计", column), ("二", "支出总计", column))
        return Expected(rule, f"{what}: {how}", (key,), accept) if how else None

    return inject


def grand_totals(unit: Unit, rng: random.Random) -> Expected | None:
    """One side's total is off."""
    column = rng.choice(unit.filled("二"))
    total, other = rng.sample(("收入总计", "支出总计"), 2)
    key: Key = ("二", total, column)
    widest = max(unit.items["二", row, column].half_width for row in ("收入总计", "支出总计", *IDENTITY))
    how = off_balance(unit, rng, key, unit.number("二", other, column), widest * 6, [])
    return Expected("grand-totals-differ", how, (key,), (("二", other, column),)) if how else None


def carryover(unit: Unit, rng: random.Random) -> Expected | None:
    """The identity of the accounts is broken: a closing balance off, an opening balance left out, a total off."""
    column = rng.choice(unit.filled("二"))
    keys: list[Key] = [("二", row, column) for row in IDENTITY]
    widest = max(unit.items[key].half_width for key in keys)
    tolerance = widest * 7
    opening, closing = keys[2], keys[5]
    if rng.random() < 0.3 and unit.items[opening].number > 2 * tolerance:
        spoil(unit, opening, Decimal(0))
        return Expected("carryover-does-not-balance", "opening left out", (closing,), tuple(keys))
    target = rng.choice((closing, closing, closing, opening, keys[3], keys[0]))
    how = off_balance(unit, rng, target, unit.items[target].number, 2 * tolerance, [])
    return Expected("carryover-does-not-balance", f"{target[1]} {how}", (closing,), tuple(keys)) if how else None


def project_lines(unit: Unit, rng: random.Random) -> Expected | None:
    """A line of the project table is off or left out, or its 合计 is not 项目支出."""
    column = rng.choice([name for name in unit.filled("四") if name in unit.filled("二")])
    key, twin = ("四", "合计", column), ("二", "项目支出", column)
    lines: list[Key] = [("四", name, column) for name in unit.projects]
    tolerance = max(unit.items[each].half_width for each in (key, twin, *lines)) * (len(lines) + 1)
    what = rng.choice(("total", "line", "twin", "left out"))
    if what == "total":
        how = off_balance(unit, rng, key, sum((unit.items[line].number for line in lines), Decimal(0)), tolerance, [])
    elif what == "twin":
        how = off_balance(unit, rng, twin, unit.items[key].number, tolerance, [])
    else:
        line = rng.choice(lines)
        if what == "line":
            how = off_balance(unit, rng, line, unit.items[line].number, 2 * tolerance, [])
        else:
            if unit.items[line].number < 1 or len(lines) < 3:
                return None
            unit.projects.remove(line[1])
            unit.items[key].fixed, how = True, "row"
    return Expected("project-lines-differ-from-total", f"{what}: {how}", (key,), (twin,)) if how else None


def wrong_rate(rate: Decimal, digits: int, span: Decimal, rng: random.Random) -> Decimal:
    """A rate that no rounding of its inputs explains."""
    unit = Decimal(1).scaleb(-digits - 2)
    least = (int((span + unit) / unit) + 2) * unit
    return rng.choice(
        (rate + least, rate - least, rate + least + Decimal("0.05"), rate * Decimal("1.3") + least)
    ).quantize(unit)


def rate_fault(unit: Unit, rng: random.Random) -> Expected | None:
    """A printed rate disagrees with its inputs."""
    rates: dict[Key, tuple[Key, Key]] = {
        ("一", "在职人员控制率", "数值"): (("一", "年末在职人数", "数值"), ("一", "编制数", "数值")),
        ("五", "固定资产利用率", "数值"): (("五", "在用", "数值"), ("五", "固定资产总额", "数值")),
    }
    for name in [*unit.projects, "合计"]:
        rates["四", name, "支出率"] = (("四", name, "决算数"), ("四", name, "全年预算数"))
    key = rng.choice([key for key in rates if unit.items[key].kind == "rate"])
    above, below = rates[key]
    item = unit.items[key]
    span = (unit.items[above].half_width + unit.items[below].half_width) * 2 / unit.items[below].number
    value = wrong_rate(item.number, item.digits, span, rng)
    if value <= 0:
        return None
    spoil(unit, key, value)
    return Expected("rate-differs-from-inputs", key[1], (key,))


def blank_field(unit: Unit, rng: random.Random) -> Expected | None:
    """A required field is blank, or its row is not there."""
    key = rng.choice(REQUIRED)
    if key[0] != "封面" and rng.random() < 0.15:
        unit.deleted.add((key[0], key[1]))
        return Expected("field-blank", "row left off", (), (), "base")
    spoil(unit, key, None)
    return Expected("field-blank", key[1], (key,))


def not_a_number(unit: Unit, rng: random.Random) -> Expected | None:
    """Words where a number belongs."""
    keys = [key for key, item in unit.items.items() if item.kind in ("amount", "count", "score") and item.number]
    key = rng.choice([key for key in keys if key[1] != "自评等级" and (key[0] != "评分" or rng.random() < 0.3)])
    number = f"{unit.items[key].number:.2f}"
    text = rng.choice(
        (f"约{number}", "待核实", "见附件", number.replace("0", "O") + "l", number.replace(".", ".."), "详见附表")
    )
    spoil(unit, key, text)
    return Expected("value-not-a-number", text, (key,))


def negative(unit: Unit, rng: random.Random) -> Expected | None:
    """A sign that has no business there."""
    keys = [
        key for key, item in unit.items.items() if item.kind in ("amount", "count") and isinstance(item.value, Decimal)
    ]
    key = rng.choice(keys)
    spoil(unit, key, -(unit.items[key].number or Decimal("12.30")).quantize(Decimal("0.01")))
    if unit.items[key].kind == "count":
        spoil(unit, key, Decimal(-3))
    return Expected("value-negative", key[1], (key,))


def credit(unit: Unit, rng: random.Random) -> Expected | None:
    """A code that its check character refuses."""
    key: Key = ("封面", "统一社会信用代码", "值")
    code = str(unit.items[key].value)
    at = rng.randrange(2, 16)
    wrong = rng.choice(
        (
            code[:-1] + rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY"),
            code[:at] + code[at + 1] + code[at] + code[at + 2 :],
            code[:at] + code[at + 1 :],
            code[:at] + str((int(code[at], 36) + 1) % 10) + code[at + 1 :],
        )
    )
    if uscc.is_valid(wrong):
        return None
    spoil(unit, key, wrong)
    return Expected("credit-code-invalid", wrong, (key,))


NAME_KEYS: tuple[Key, ...] = (("封面", "单位名称", "值"), ("评分封面", "单位名称", "值"))
YEAR_KEYS: tuple[Key, ...] = (("封面", "评价年度", "值"), ("评分封面", "评价年度", "值"))


def other_name(unit: Unit, rng: random.Random) -> Expected | None:
    """Another unit's name left in one of the papers."""
    name = rng.choice(PLACES) + rng.choice(BODIES)
    if name in unit.name:
        return None
    where = rng.choice(("base", "score", "report"))
    if where == "report":
        unit.report_name = name
        return Expected("unit-name-differs", where, (), NAME_KEYS, "report")
    spoil(unit, NAME_KEYS[where == "score"], name)
    return Expected("unit-name-differs", where, (NAME_KEYS[where == "score"],), NAME_KEYS, "report")


def other_year(unit: Unit, rng: random.Random) -> Expected | None:
    """Last year's date left in one of the papers."""
    where = rng.choice(("base", "score", "report", "as of"))
    if where == "report":
        unit.report_year -= 1
    elif where == "as of":
        unit.report_as_of = f"截至{unit.year - 1}年12月31日"
    else:
        spoil(unit, YEAR_KEYS[where == "score"], f"{unit.year - 1}年度")
        return Expected("year-differs", where, (YEAR_KEYS[where == "score"],), YEAR_KEYS, "report")
    return Expected("year-differs", where, (), YEAR_KEYS, "report")


def wrong_unit(unit: Unit, rng: random.Random) -> Expected | None:
    """元 typed where the form says 万元: one figure, a section, or the whole form."""
    amounts = [
        key for key, item in unit.items.items() if item.kind == "amount" and item.unit == "万元" and item.number >= 1
    ]
    how = rng.choice(("figure", "figure", "section", "form"))
    if how == "figure":
        tops = [
            key
            for key in amounts
            if key[0] in "二三五" and any(key[1] in (t, *p) for s in SUMS.values() for _, t, p in s)
        ]
        if not tops:
            return None
        key = rng.choice(tops)
        spoil(unit, key, unit.items[key].number.quantize(Decimal("0.0001")) * 10000)
        return Expected("amount-in-wrong-unit", f"figure {key[1]}", (key,))
    wanted = "二" if how == "section" else "二三四五"
    chosen = [key for key in amounts if key[0] in wanted]
    if not any(key[0] == "二" for key in chosen) or any(
        unit.items[key].unit == "元" for key in unit.items if key[0] in wanted
    ):
        return None
    for key in chosen:
        unit.items[key].value = unit.items[key].number.quantize(Decimal("0.0001")) * 10000
        unit.items[key].digits = 2
    return Expected("amount-in-wrong-unit", how, (), tuple(chosen), "base")


def paper_missing(unit: Unit, rng: random.Random) -> Expected | None:
    """One of the three papers was not handed in."""
    paper = rng.choice(("base", "score", "report"))
    unit.missing.add(paper)
    return Expected("paper-missing", paper, (), (), "folder")


def wrong_form(unit: Unit, rng: random.Random) -> Expected | None:
    """A workbook of another kind under the right name."""
    paper = rng.choice(("base", "score"))
    unit.foreign.add(paper)
    return Expected("form-not-recognised", paper, (), (), paper)


BASE_FAULTS: dict[str, Injector] = {
    **{rule: parts_fault(rule) for rule in SUMS if rule != "grand-totals-differ"},
    "grand-totals-differ": grand_totals,
    "carryover-does-not-balance": carryover,
    "project-lines-differ-from-total": project_lines,
    "rate-differs-from-inputs": rate_fault,
    "field-blank": blank_field,
    "value-not-a-number": not_a_number,
    "value-negative": negative,
    "credit-code-invalid": credit,
    "unit-name-differs": other_name,
    "year-differs": other_year,
    "amount-in-wrong-unit": wrong_unit,
    "paper-missing": paper_missing,
    "form-not-recognised": wrong_form,
}
