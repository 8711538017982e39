"""What the judge's reports may state of an invented unit, and how a clerk words one figure or gets it wrong."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.drift_unit import Unit
from tests.drift_words import Key

SCORE_RATES = (
    "财政拨款收入预决算差异率", "预算完成率", "结转结余率", "政府采购执行率", "三公经费控制率", "公用经费控制率",
    "财政供养人员控制率",
)  # fmt: skip
RENAMED: dict[str, Key] = {
    "三公经费预算": ("三", "三公经费合计", "本年预算数"),
    "在用资产": ("五", "在用", "数值"),
    "出租出借资产": ("五", "出租出借", "数值"),
    "闲置资产": ("五", "闲置", "数值"),
    "自评得分": ("评分", "合计", "自评得分"),
    "自评等级": ("评分", "自评等级", "值"),
}
FIRST, LATER = {"一": "数值", "二": "决算数", "三": "本年决算数", "五": "数值", "六": "数值"}, Decimal("0.01")
GRADES = ("优秀", "良好", "中等", "较差")
FULL = str.maketrans("0123456789.,%", "０１２３４５６７８９．，％")
CHINESE = "零一二三四五六七八九"
ZERO = ("零", "无")


class Unstated(Exception):
    """The unit has no such figure, or it is nil: another unit must be invented for this text."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a text: ``judged`` ones are spoiled in turn, the others only stand there."""

    name: str
    style: str
    judged: bool


def cell(unit: Unit, name: str) -> Key:
    """The table's cell that a figure of the report repeats."""
    if name in RENAMED:
        return RENAMED[name]
    if name in SCORE_RATES:
        return "评分", name, "指标值"
    for section, column in FIRST.items():
        if (section, name, column) in unit.items:
            return section, name, column
    raise KeyError(name)


def amount(unit: Unit, name: str) -> Decimal:
    """A number in 万元, a ratio or a count; of last year, of the budget, or what follows from two of them."""
    what, _, rest = name.partition(".")
    if not rest:
        if name in ("退休人数", "离休人数"):
            whole = amount(unit, "离退休人数")
            few = max(Decimal(1), whole // 9)
            return few if name == "离休人数" else whole - few
        return unit.items[cell(unit, name)].number
    if what in ("占比", "比率"):
        above, below = (amount(unit, part) for part in rest.split("/"))
        return above / below if below else Decimal(0)
    section, row, _ = cell(unit, rest)
    now = amount(unit, rest)
    if what in ("年初预算", "全年预算", "预算"):
        return unit.items[
            section, row, {"年初预算": "年初预算数", "全年预算": "全年预算数", "预算": "本年预算数"}[what]
        ].number
    if what == "执行率":
        below = amount(unit, f"全年预算.{rest}")
        return now.quantize(LATER) / below.quantize(LATER)
    if what == "节约":
        return amount(unit, f"预算.{rest}").quantize(LATER) - now.quantize(LATER)
    if section == "三":
        before = unit.items[section, row, "上年决算数"].number.quantize(LATER)
    else:
        before = (now * Decimal(random.Random(f"{unit.name}{rest}").uniform(0.8, 1.2))).quantize(LATER)
    change = now.quantize(LATER) - before
    if not before or not change:
        raise Unstated(name)
    return {"上年": before, "差额": change, "增额": abs(change), "增幅": abs(change) / before}[what]


def word(unit: Unit, name: str) -> str | None:
    """What a slot says in words, None where it states a number."""
    what, _, rest = name.partition(".")
    if name == "单位":
        return unit.name
    if name in ("年度", "年", "截至年", "上年"):
        return str(unit.year - (name == "上年"))
    if name == "自评等级":
        return str(unit.items[cell(unit, name)].value)
    if what in ("增向", "增长", "降幅") and rest:
        up = amount(unit, rest) > amount(unit, f"上年.{rest}")
        return {"增向": ("减少", "增加"), "增长": ("下降", "增长"), "降幅": ("降幅为", "增幅为")}[what][up]
    return None


def rounded(value: Decimal, digits: int) -> str:
    """A number with that many decimals, rounded half up."""
    return f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


def chinese(number: int) -> str:
    """13 → 十三, 102 → 一百零二."""
    if number < 10:
        return CHINESE[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens == 1 else CHINESE[tens]) + "十" + (CHINESE[ones] if ones else "")
    hundreds, rest = divmod(number, 100)
    if not rest:
        return CHINESE[hundreds] + "百"
    return (
        CHINESE[hundreds] + "百" + ("零" + CHINESE[rest] if rest < 10 else ("一" if rest < 20 else "") + chinese(rest))
    )


def worded(unit: Unit, slot: Slot) -> str:
    """How the slot is printed; raises :class:`Unstated`."""
    said = word(unit, slot.name)
    if said is not None:
        return said
    style = slot.style
    if slot.name.endswith("日期"):
        day = unit.items[cell(unit, slot.name)].value
        if style == "未定":
            if isinstance(day, date):
                raise Unstated(slot.name)
            return "尚未批复"
        if not isinstance(day, date):
            raise Unstated(slot.name)
        return day_worded(day, style)
    if "." not in slot.name and slot.name in SCORE_RATES and unit.items[cell(unit, slot.name)].kind != "rate":
        raise Unstated(slot.name)
    number = amount(unit, slot.name)
    if style in ZERO:
        if number:
            raise Unstated(slot.name)
        return style
    if not number and slot.judged:
        raise Unstated(slot.name)
    item = (
        unit.items[cell(unit, slot.name)]
        if "." not in slot.name and not slot.name.endswith(("退休人数", "离休人数"))
        else None
    )
    return number_worded(number, slot.name, style, item.digits if item is not None and item.kind == "rate" else 2)


def number_worded(number: Decimal, name: str, style: str, percent: int = 2) -> str:
    """A number in one of the styles of the texts."""
    rate = name.endswith("率") or name.split(".")[0] in ("占比", "增幅", "执行率", "比率")
    if name == "自评得分":
        plain = f"{number.normalize():f}"
        return {"汉分": score_chinese(number) + "分", "分": plain + "分", "-": plain, "裸": plain}[style]
    if rate:
        text = rounded(number * 100, 1 if style.startswith("1") else percent)
        if style == "百分之":
            whole, _, part = text.partition(".")
            sign, whole = ("负" if whole.startswith("-") else ""), whole.lstrip("-")
            return f"{sign}百分之{chinese(int(whole))}" + (
                "点" + "".join(CHINESE[int(c)] for c in part) if part else ""
            )
        return text + {"％": "％", "-": ""}.get(style, "%")
    if style.lstrip(",汉全") in ("名", "人", "个", "位") or name.endswith(("人数", "编制", "编制数", "人员")):
        suffix = "" if style == "-" else style.lstrip(",汉全")
        return (chinese(int(number)) if "汉" in style else full(style, f"{number:f}")) + suffix
    bare = style.endswith("裸")
    unit = style.lstrip(",全1-").removesuffix("裸") or ("万元" if "-" not in style else "")
    factor = {"万元": 1, "万": 1, "": 1, "元": 10_000, "元整": 10_000, "亿元": Decimal("0.0001")}[unit]
    digits = 0 if unit == "元整" else 4 if unit == "亿元" else 1 if style.startswith("1") else 2
    text = rounded(number * factor, digits)
    if "," in style:
        whole, dot, part = text.partition(".")
        text = f"{int(whole):,}{dot}{part}"
    return full(style, text) + ("" if bare else "元" if unit == "元整" else unit)


def full(style: str, text: str) -> str:
    """Full-width digits where the style says so."""
    return text.translate(FULL) if "全" in style else text


def score_chinese(number: Decimal) -> str:
    """98.5 → 九十八点五."""
    whole, _, part = f"{number.normalize():f}".partition(".")
    return chinese(int(whole)) + ("点" + "".join(CHINESE[int(c)] for c in part) if part else "")


def day_worded(day: date, style: str) -> str:
    """A date as texts print it."""
    if style == "汉":
        year = "".join("〇一二三四五六七八九"[int(c)] for c in str(day.year))
        return f"{year}年{chinese(day.month)}月{chinese(day.day)}日"
    return {
        "年月日": f"{day.year}年{day.month}月{day.day}日",
        "-": f"{day:%Y-%m-%d}",
        ".": f"{day.year}.{day.month}.{day.day}",
    }[style]


def spoiled(unit: Unit, slot: Slot, printed: str, others: tuple[str, ...]) -> dict[str, str]:
    """Way of going wrong → what is printed then; every way changes the figure by more than its rounding."""
    rng = random.Random(f"{unit.name}/{slot.name}/{slot.style}")
    name = slot.name
    if name == "单位":
        return {"other unit": rng.choice([other for other in others if other != unit.name])}
    if name in ("年度", "截至年"):
        return {"wrong year": str(unit.year - 1)}
    if name == "自评等级":
        return {"wrong grade": rng.choice([grade for grade in GRADES if grade[:1] != printed[:1]])}
    if name.endswith("日期"):
        day = unit.items[cell(unit, name)].value
        if not isinstance(day, date):
            return {"published after all": "已批复"} if slot.style != "未定" else {}
        return {
            "wrong day": day_worded(day + timedelta(rng.randint(1, 9)), slot.style),
            "wrong month": day_worded(day + timedelta(rng.choice((31, 62))), slot.style),
        }
    if slot.style in ZERO:
        return {"not nil": "3.20万元"}
    if "汉" in slot.style or slot.style == "百分之":
        wrong = amount(unit, name) + (Decimal("0.0215") if slot.style == "百分之" else -rng.randint(1, 4))
        return {"typo": number_worded(wrong, name, slot.style)}
    ways: dict[str, str] = {}
    digits = [match.start() for match in re.finditer(r"[0-9０-９]", printed)]
    if not digits:  # 「为零」, 「无」: told in words that no slip of the pen makes others
        return {}
    if slot.style.lstrip(",") in (
        "元",
        "元整",
        "元裸",
    ):  # the forms tell 万元 with two decimals: no digit below 1,000 元 can differ
        digits = digits[: max(1, len(digits) - 3 - (2 if "." in printed else 0))]
    at = rng.choice(digits[: max(1, len(digits) - 1)] if "." in printed or "．" in printed else digits)
    shift = 3 if "0" <= printed[at] <= "9" else 0
    base = "0123456789" if shift else "０１２３４５６７８９"
    new = base[(base.index(printed[at]) + rng.randint(2, 7)) % 10]
    if new in "0０" and at == digits[0]:
        new = base[(base.index(printed[at]) + 1) % 9 + 1]
    if new != printed[at]:
        ways["typo"] = printed[:at] + new + printed[at + 1 :]
    pairs = [(i, j) for i, j in itertools.pairwise(digits) if printed[i] != printed[j] and printed[j] not in "0０"]
    if pairs:
        i, j = rng.choice(pairs)
        swapped = list(printed)
        swapped[i], swapped[j] = printed[j], printed[i]
        ways["transposed"] = "".join(swapped)
    if printed.endswith("万元") and not slot.style.startswith("1"):
        ways["wrong factor"] = printed[:-2] + rng.choice(("元", "亿元"))
    elif printed.endswith("元") and slot.style in ("元", ",元", "元整", ",元整"):
        ways["wrong factor"] = printed[:-1] + "万元"
    elif printed.endswith("亿元"):
        ways["wrong factor"] = printed[:-2] + "万元"
    if "." not in name and name.endswith(("合计", "支出", "经费", "接待费")) and printed.endswith("元"):
        before = amount(unit, name) * Decimal(rng.uniform(0.75, 0.93))
        ways["last year's"] = number_worded(before, name, slot.style)
    if slot.style.endswith(("名", "人", "个", "位")):
        ways["off by one"] = number_worded(amount(unit, name) + 1, name, slot.style)
    return ways


def rules_for(slot: Slot) -> frozenset[str]:
    """The ids that may rightly name a spoiled slot."""
    if slot.name == "单位":
        return frozenset({"unit-name-differs"})
    if slot.name in ("年度", "截至年"):
        return frozenset({"year-differs"})
    if slot.name == "自评等级":
        return frozenset({"report-grade-differs"})
    if slot.name.split(".")[0] in ("增额", "增幅", "执行率", "占比", "节约"):
        return frozenset({"report-rate-differs"})
    return frozenset({"report-figure-differs", "report-parts-differ-from-total"})
