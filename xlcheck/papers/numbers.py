"""What people type into forms, as exact numbers: amounts, counts, rates, dates, and the nil words.

A stored float is read as Excel shows it (15 significant digits), so 2796.6199999999999 is 2796.62.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from xlcheck.model import Kind

MONEY_UNITS = {"元": Decimal(1), "千元": Decimal(1000), "万元": Decimal(10_000), "百万元": Decimal(1_000_000), "亿元": Decimal(100_000_000)}  # fmt: skip
NONE_WORDS = frozenset({"无", "零", "没有", "〇", "无此项", "无此项目"})
NOT_APPLICABLE_WORDS = frozenset({"不适用", "不可比", "n/a", "na", "无法比较", "无法计算", "不涉及"})
DASHES = frozenset("-—–―－─一/\\／﹣")
_PENDING = re.compile(r"[未待暂]")

_NUMBER = re.compile(
    r"""^(?P<sign>[-+−])?(?P<open>\()?[¥￥]?
        (?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?P<exp>[eE][-+]?\d{1,3})?
        (?P<close>\))?(?P<unit>亿元|百万元|万元|千元|元|亿|万|人|名|个|辆|分|%|‰)?$""",
    re.VERBOSE,
)
_DATE = re.compile(
    r"^(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?(?:\s+0{1,2}:00(?::00)?)?$"
)
_COMPACT_DATE = re.compile(r"^(?P<year>20\d\d|19\d\d)(?P<month>\d\d)(?P<day>\d\d)$")
_YEAR = re.compile(r"^(?P<year>(?:19|20)\d\d)\s*(?:年度?)?$")

_EPOCH_1900 = dt.date(1899, 12, 30).toordinal()
_EPOCH_1904 = dt.date(1904, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Number:
    """A number as printed: its value, the digits behind the point, and the unit printed with it ('' if none)."""

    value: Decimal
    decimals: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """What a number format says: percent or date, the digits behind the point (None: General), thousands."""

    percent: bool = False
    date: bool = False
    decimals: int | None = None
    thousands: bool = False
    unit: str = ""


def fold(text: str) -> str:
    """Full-width forms to half-width, and every white space gone."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=4096)
def nil_kind(text: str) -> Kind | None:
    """BLANK, NONE or NOT_APPLICABLE for the words that stand for nothing; None for anything else."""
    folded = fold(text).lower()
    if not folded:
        return Kind.BLANK
    if folded in NONE_WORDS:
        return Kind.NONE
    if folded in NOT_APPLICABLE_WORDS or (set(folded) <= DASHES and len(folded) <= 6):
        return Kind.NOT_APPLICABLE
    return None


def from_float(number: float) -> Number:
    """A stored float as the decimal that was meant.

    Excel keeps 15 significant digits; noise left by a chain of additions (17.2600000000002) and by
    single-precision software (0.0900000762939453 for 0.09) is taken off, a real digit never.
    """
    return _from_float(number) if number else _meant(number)  # -0.0 equals 0.0, and shows otherwise


def _meant(number: float) -> Number:
    text = f"{number:.15g}"
    exact = Decimal(text)
    decimals = len(text.partition(".")[2]) if "e" not in text else _decimals(exact)
    if decimals > 8:
        size = abs(exact)
        for digits in range(9):
            near = round(exact, digits)
            if abs(exact - near) <= Decimal("1e-12") * max(size, Decimal(1)):
                return Number(near, _decimals(near))
        significant = len(exact.as_tuple().digits)
        near = Decimal(f"{number:.4g}")
        if significant >= 14 and size and abs(exact - near) <= Decimal("1e-6") * size:
            return Number(near, _decimals(near))
    return Number(exact, decimals)


_from_float = lru_cache(maxsize=65536)(_meant)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@lru_cache(maxsize=16384)
def from_text(text: str) -> Number | None:
    """The number that a text prints, or None: 2,796.62 · ２７９６．６２ · 2796.62万元 · 100% · (3.50)."""
    folded = fold(text).replace("，", ",").replace("人民币", "")
    match = _NUMBER.match(folded)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    digits = match["digits"].replace(",", "")
    try:
        value = Decimal(digits + (match["exp"] or ""))
    except InvalidOperation:
        return None
    if match["exp"]:
        decimals = _decimals(value)
    else:
        decimals = len(digits.partition(".")[2])
    if match["sign"] in ("-", "−") or match["open"]:
        value = -value
    unit = {"亿": "亿元", "万": "万元"}.get(match["unit"] or "", match["unit"] or "")
    return Number(value, decimals, unit)


def serial_to_ordinal(serial: float, date1904: bool) -> int:
    """The proleptic ordinal of an Excel date serial."""
    return int(serial) + (_EPOCH_1904 if date1904 else _EPOCH_1900)


@lru_cache(maxsize=4096)
def date_ordinal(text: str) -> int | None:
    """The ordinal of a printed date (2024年3月6日, 2024-03-06, 2024/3/6, 2024.3.6, 20240306), or None."""
    cleaned = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.match(cleaned) or _COMPACT_DATE.match(cleaned)
    if match is None:
        return None
    try:
        return dt.date(int(match["year"]), int(match["month"]), int(match["day"])).toordinal()
    except ValueError:
        return None


def is_pending(text: str) -> bool:
    """Whether a text in a date's place says that the day has not come: 尚未批复, 待公开."""
    return bool(_PENDING.search(text))


def year_of(text: str) -> int | None:
    """The year of 2024, 2024年, 2024年度, or of a date."""
    folded = fold(text)
    match = _YEAR.match(folded)
    if match is not None:
        return int(match["year"])
    ordinal = date_ordinal(text)
    return dt.date.fromordinal(ordinal).year if ordinal is not None else None


_BUILTIN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0",
    43: "#,##0.00", 44: "#,##0.00", 49: "@",
}  # fmt: skip
_BUILTIN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])


def builtin_format(number_id: int) -> str:
    """The code of a built-in number format (ECMA-376 part 1, 18.8.30; 27–36 and 50–58 are Chinese dates)."""
    if number_id in _BUILTIN_DATES:
        return "yyyy-mm-dd"
    return _BUILTIN.get(number_id, "General")


@lru_cache(maxsize=1024)
def read_format(code: str) -> Format:
    """What a number format code says about the numbers shown in it (its first section)."""
    section = code.split(";")[0]
    quoted = "".join(re.findall(r'"([^"]*)"', section))
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", section)
    unit = next((unit for unit in ("亿元", "万元", "元") if unit in quoted + bare), "")
    if re.search(r"[ymdhs年月日]", bare, re.IGNORECASE) and "general" not in bare.lower():
        return Format(date=True)
    if "0" not in bare and "#" not in bare:
        return Format(unit=unit)
    fraction = re.search(r"\.([0#?]*)", bare)
    return Format(
        percent="%" in bare,
        decimals=len(fraction[1]) if fraction else 0,
        thousands="," in bare,
        unit=unit,
    )


def show(number: Decimal, shape: Format) -> str:
    """A number as a cell of that format shows it."""
    if shape.percent:
        return f"{number * 100:.{shape.decimals or 0}f}%"
    if shape.decimals is not None:
        return f"{number:,.{shape.decimals}f}" if shape.thousands else f"{number:.{shape.decimals}f}"
    return plain(number)


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_date(ordinal: int) -> str:
    """A day as 2024-03-06; the number itself where it is no day."""
    try:
        return dt.date.fromordinal(ordinal).isoformat()
    except (ValueError, OverflowError):
        return str(ordinal)
