"""A cell, read as the kind of field that stands there: amount, count, rate, score, date, year, code or text."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from xlcheck.model import Kind, Place, Value
from xlcheck.papers import numbers
from xlcheck.papers.spreadsheet import Cell

ZERO, ONE = Decimal(0), Decimal(1)
_HALF = Decimal("0.5")
_RATIO_LIMIT = Decimal(2)
_FEW_DIGITS = re.compile(r"(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.(?P<part>[0-9]{0,7}[1-9]))")
_MOST_DIGITS = 15  # that a float keeps

NUMERIC_KINDS = frozenset({"amount", "count", "percent", "score", "indicator"})
WORD_KINDS = frozenset({"text", "code", "credit-code"})


def blank(place: Place) -> Value:
    """The value of an empty cell."""
    return Value(None, "", Kind.BLANK, ZERO, place)


def read_value(cell: Cell | None, kind: str, place: Place, *, money: str, declared: str, decimals: int, percent: bool = False, date1904: bool = False) -> Value:  # fmt: skip
    """Read ``cell`` as a field of ``kind``.

    Amounts come out in the form's unit ``money``; ``declared`` is the unit that holds at the cell
    (sheet, row or column), which a unit printed in the cell itself overrides. ``decimals`` is the
    form's number of digits behind the point. ``percent`` says that the label or header shows a %.
    Rates come out as ratios. Never raises: what cannot be read is a TEXT or ERROR value.
    """
    if cell is None:
        return blank(place)
    if cell.error:
        return Value(None, str(cell.raw or "公式无结果"), Kind.ERROR, ZERO, place)
    if kind in WORD_KINDS:
        text = _as_text(cell)
        return Value(None, text, Kind.TEXT if text.strip() else Kind.BLANK, ZERO, place)
    # 0.0 and -0.0 are equal, and print otherwise
    read = _recurring if cell.raw else _read
    number, text, said, half, scale = read(cell.raw, cell.format, kind, money, declared, decimals, percent, date1904)
    return Value(number, text, said, half, place, scale)


Read = tuple[Decimal | None, str, Kind, Decimal, Decimal]  # a value but for its place


def _read(raw: str | float | bool | None, code: str, kind: str, money: str, declared: str, decimals: int, percent: bool, date1904: bool) -> Read:  # fmt: skip
    cell = Cell(0, 0, raw, format=code)
    if kind == "date":
        return _read_date(cell, date1904)
    if kind == "year":
        year = numbers.year_of(_as_text(cell)) or (numbers.year_of(cell.text) if isinstance(raw, float) else None)
        if year is None:
            return None, cell.text, numbers.nil_kind(cell.text) or Kind.TEXT, ZERO, ONE
        return Decimal(year), cell.text, Kind.NUMBER, ZERO, ONE
    return _read_number(cell, kind, money, declared, decimals, percent)


_recurring = lru_cache(maxsize=65536, typed=True)(_read)  # weights, scores and nil words recur in every unit


def _as_text(cell: Cell) -> str:
    """Codes and names as typed: a number without its format, so 201001.0 is 201001."""
    if isinstance(cell.raw, float):
        if numbers.read_format(cell.format).date:
            return cell.text
        text = numbers.plain(numbers.from_float(cell.raw).value)
        shape = cell.format.strip()
        return text.zfill(len(shape)) if shape and set(shape) == {"0"} else text
    return cell.text.strip()


def _read_number(cell: Cell, kind: str, money: str, declared: str, decimals: int, percent: bool) -> Read:
    text = cell.text
    shape = numbers.Format()
    if isinstance(cell.raw, str):
        source = text.rpartition("=")[2] if kind == "indicator" else text
        nil = numbers.nil_kind(source)
        if nil is not None:
            return ZERO if nil is Kind.NONE else None, text, nil, ZERO, ONE
        number = numbers.from_text(source)
    elif isinstance(cell.raw, float):
        shape = numbers.read_format(cell.format)
        number = None if shape.date and kind != "indicator" else numbers.from_float(cell.raw)
        if number is not None and shape.unit:
            number = numbers.Number(number.value, number.decimals, shape.unit)
    else:
        number = None
    if number is None or not _fits(number.unit, kind):
        return None, text, Kind.TEXT, ZERO, ONE
    if kind == "amount":
        unit = number.unit or declared
        factor, half = _precision(unit, money, max(decimals, number.decimals))
        return number.value * factor, text, Kind.NUMBER, half, factor
    if kind in ("percent", "indicator"):
        value, half = _ratio(number, shape, percent)
        return value, text, Kind.NUMBER, half, ONE
    return number.value, text, Kind.NUMBER, ZERO, ONE


def exact_amount(text: str, code: str, money: str, declared: str, decimals: int) -> Read | None:
    """A number of a few digits, as it is stored, read as an amount whose format ``code`` shows all of them.

    It is what :func:`read_value` says of the cell, but for the place; None where that must decide.
    """
    match = _FEW_DIGITS.fullmatch(text)
    shape = numbers.read_format(code)
    if match is None or len(text) > _MOST_DIGITS or shape.date or shape.percent or shape.unit:
        return None
    digits = len(match["part"] or "")
    if shape.decimals is not None and digits > shape.decimals:
        return None
    number = Decimal(text)
    factor, half = _precision(declared, money, max(decimals, digits))
    return number * factor, numbers.show(number, shape), Kind.NUMBER, half, factor


@lru_cache(maxsize=256)
def _precision(unit: str, money: str, decimals: int) -> tuple[Decimal, Decimal]:
    """(what turns amounts in ``unit`` into ``money``, half a unit of the last of ``decimals`` digits, in ``money``)."""
    factor = numbers.MONEY_UNITS[unit] / numbers.MONEY_UNITS[money]
    return factor, _HALF.scaleb(-decimals) * factor


def _fits(unit: str, kind: str) -> bool:
    if not unit:
        return True
    if kind == "amount":
        return unit in numbers.MONEY_UNITS
    if kind in ("percent", "indicator"):
        return unit in ("%", "‰")
    return unit not in numbers.MONEY_UNITS and unit not in ("%", "‰")


def _ratio(number: numbers.Number, shape: numbers.Format, percent: bool) -> tuple[Decimal, Decimal]:
    """A rate as printed, as (ratio, half a unit of its last printed digit).

    72.86 % · 72.86 under a header with % · 0.7286 shown as 72.86 % · 1.00 meaning 100 %: a bare
    number of at most 2 is a ratio, a greater one a percentage.
    """
    value, digits = number.value, number.decimals
    if shape.percent:
        shown = shape.decimals or 0
        finer = max(shown, min(digits - 2, 4)) if digits <= 6 else shown
        return value, _HALF.scaleb(-(finer + 2))
    if number.unit == "‰":
        return value.scaleb(-3), _HALF.scaleb(-(digits + 3))
    if number.unit == "%" or percent or abs(value) > _RATIO_LIMIT:
        return value.scaleb(-2), _HALF.scaleb(-(min(digits, 8) + 2))
    return value, _HALF.scaleb(-max(2, min(digits, 10)))


def _read_date(cell: Cell, date1904: bool) -> Read:
    raw = cell.raw
    ordinal = None
    if isinstance(raw, float):
        if numbers.read_format(cell.format).date or 30_000 <= raw <= 60_000:
            ordinal = numbers.serial_to_ordinal(raw, date1904)
        else:
            ordinal = numbers.date_ordinal(numbers.plain(numbers.from_float(raw).value))
        text = numbers.show_date(ordinal) if ordinal is not None else cell.text
    else:
        text = cell.text
        nil = numbers.nil_kind(text)
        if nil is not None:
            return None, text, nil, ZERO, ONE
        ordinal = numbers.date_ordinal(text)
        if ordinal is None and numbers.is_pending(text):
            return None, text, Kind.NOT_APPLICABLE, ZERO, ONE
    if ordinal is None:
        return None, text, Kind.TEXT, ZERO, ONE
    return Decimal(ordinal), text, Kind.DATE, ZERO, ONE
