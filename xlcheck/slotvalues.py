"""What stands in a slot of a narrative report, as a value: amounts, counts, rates, points and dates as printed."""

from __future__ import annotations

import re
from decimal import Decimal

from xlcheck.model import Kind, Place, Value
from xlcheck.papers import numbers

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_HALF = Decimal("0.5")
_MONEY_ZERO, _RATE_ZERO = Decimal("0.005"), Decimal("0.00005")  # what 「零」 leaves open, in 万元 and as a ratio
_CHINESE_DATE = re.compile(
    r"(?P<year>[〇零一二三四五六七八九]{4})年(?P<month>[一二三四五六七八九十]{1,2})月(?P<day>[一二三四五六七八九十]{1,3})日"
)


def read_slot(slot: str, printed: str, place: Place) -> Value | None:
    """The value of what stands in a slot, or None where it is none after all.

    Amounts are in 万元, rates are ratios, dates are ordinals; grades, names and what is pending are text.
    """
    if slot == "金额":
        return _amount(printed, place)
    if slot in ("人数", "个数", "分数"):
        if printed == "满分":
            return Value(Decimal(100), printed, Kind.NUMBER, Decimal(0), place)
        number = numbers.from_text(printed.rstrip("名人位个分"))
        value = number.value if number is not None else chinese_number(printed.rstrip("名人位个分"))
        return Value(value, printed, Kind.NUMBER, Decimal(0), place) if value is not None else None
    if slot == "没有":
        return Value(Decimal(0), printed, Kind.NUMBER, _MONEY_ZERO, place)
    if slot == "比率":
        return _rate(printed, place)
    if slot == "日期":
        ordinal = _day(printed)
        return Value(Decimal(ordinal), printed, Kind.DATE, Decimal(0), place) if ordinal is not None else None
    if slot == "未定":
        return Value(None, printed, Kind.NOT_APPLICABLE, Decimal(0), place)
    if slot == "年度":
        return Value(Decimal(printed), printed, Kind.NUMBER, Decimal(0), place)
    return Value(None, printed, Kind.TEXT, Decimal(0), place)


def _day(printed: str) -> int | None:
    match = _CHINESE_DATE.fullmatch(printed)
    if match is None:
        return numbers.date_ordinal(printed.rstrip("日") if "年" not in printed else printed)
    year, month, day = (chinese_number(match[part]) for part in ("year", "month", "day"))
    return numbers.date_ordinal(f"{year}-{month}-{day}")


def _amount(printed: str, place: Place) -> Value | None:
    text = printed.removeprefix("人民币").removeprefix("¥")
    number = numbers.from_text(text)
    if number is None:
        match = re.match(r"([〇零无一二两三四五六七八九十百千点]+?)(亿元|百万元|万元|千元|元|亿|万)?$", text)
        value = chinese_number(match[1]) if match is not None else None
        if match is None or value is None:
            return None
        unit = {"亿": "亿元", "万": "万元"}.get(match[2] or "", match[2] or "万元")
        number = numbers.Number(value, 2, unit)
    factor = numbers.MONEY_UNITS[number.unit or "万元"] / numbers.MONEY_UNITS["万元"]
    half = _HALF.scaleb(-number.decimals) * factor if number.value else _MONEY_ZERO
    return Value(number.value * factor, printed, Kind.NUMBER, half, place, factor)


def _rate(printed: str, place: Place) -> Value | None:
    number = numbers.from_text(percent(printed) or printed)
    if number is None or not number.value:
        return Value(Decimal(0), printed, Kind.NUMBER, _RATE_ZERO, place)
    shift = 2 if number.unit == "%" else 3 if number.unit == "‰" else 0 if abs(number.value) <= 2 else 2
    return Value(number.value.scaleb(-shift), printed, Kind.NUMBER, _HALF.scaleb(-number.decimals - shift), place)


def percent(text: str) -> str | None:
    """百分之三点四一 → 3.41%; None where it is no such number."""
    said = re.match(r"([负-]?)百分之(.+)$", text)
    value = chinese_number(said[2]) if said is not None else None
    return f"{'-' if said[1] else ''}{value}%" if said is not None and value is not None else None


def chinese_number(text: str) -> Decimal | None:
    """十三 → 13, 一百零二 → 102, 二〇 → 20, 九十八点五 → 98.5, 零 and 无 → 0; None where it is no number."""
    if text in ("零", "无", "〇"):
        return Decimal(0)
    whole, point, part = text.partition("点")
    if point:
        value = chinese_number(whole)
        if value is None or not part or not all(c in _DIGITS for c in part):
            return None
        return value + Decimal("0." + "".join(str(_DIGITS[c]) for c in part))
    if not text or not all(c in _DIGITS or c in _TENS or c == "万" for c in text):
        return None
    if "万" in text:
        high, _, low = text.partition("万")
        above, below = chinese_number(high), chinese_number(low) if low else Decimal(0)
        return above * 10_000 + below if above is not None and below is not None else None
    if not any(c in _TENS for c in text):
        return Decimal("".join(str(_DIGITS[c]) for c in text))
    total = digit = 0
    for c in text:
        if c in _TENS:
            total += (digit or (0 if total else 1)) * _TENS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return Decimal(total + digit)


def agree(left: Value, right: Value) -> bool:
    """Whether two printed numbers can be one: they differ by no more than the coarser one's rounding."""
    assert left.number is not None
    assert right.number is not None
    return abs(left.number - right.number) <= max(left.half_width, right.half_width)
