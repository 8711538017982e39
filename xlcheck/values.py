"""A cell, read as the kind of field that stands there: amount, count, rate, score, date, year, code or text."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from xlcheck.model import Kind, Place, Value
from xlcheck.papers import numbers
from xlcheck.papers.spreadsheet import Cell

ZERO = Decimal(0)
_HALF = Decimal("0.5")
_RATIO_LIMIT = Decimal(2)

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
    if kind == "date":
        return _read_date(cell, place, date1904)
    if kind == "year":
        year = numbers.year_of(_as_text(cell)) or (numbers.year_of(cell.text) if isinstance(cell.raw, float) else None)
        nil = numbers.nil_kind(cell.text)
        if year is None:
            return Value(None, cell.text, nil or Kind.TEXT, ZERO, place)
        return Value(Decimal(year), cell.text, Kind.NUMBER, ZERO, place)
    return _read_number(cell, kind, place, money, declared, decimals, percent)


def _as_text(cell: Cell) -> str:
    """Codes and names as typed: a number without its format, so 201001.0 is 201001."""
    if isinstance(cell.raw, float):
        if numbers.read_format(cell.format).date:
            return cell.text
        text = numbers.plain(numbers.from_float(cell.raw).value)
        shape = cell.format.strip()
        return text.zfill(len(shape)) if shape and set(shape) == {"0"} else text
    return cell.text.strip()


def _read_number(cell: Cell, kind: str, place: Place, money: str, declared: str, decimals: int, percent: bool) -> Value:
    text = cell.text
    shape = numbers.Format()
    if isinstance(cell.raw, str):
        source = text.rpartition("=")[2] if kind == "indicator" else text
        nil = numbers.nil_kind(source)
        if nil is not None:
            return Value(ZERO if nil is Kind.NONE else None, text, nil, ZERO, place)
        number = numbers.from_text(source)
    elif isinstance(cell.raw, float):
        shape = numbers.read_format(cell.format)
        number = None if shape.date and kind != "indicator" else numbers.from_float(cell.raw)
        if number is not None and shape.unit:
            number = numbers.Number(number.value, number.decimals, shape.unit)
    else:
        number = None
    if number is None or not _fits(number.unit, kind):
        return Value(None, text, Kind.TEXT, ZERO, place)
    if kind == "amount":
        unit = number.unit or declared
        factor, half = _precision(unit, money, max(decimals, number.decimals))
        return Value(number.value * factor, text, Kind.NUMBER, half, place, factor)
    if kind in ("percent", "indicator"):
        value, half = _ratio(number, shape, percent)
        return Value(value, text, Kind.NUMBER, half, place)
    return Value(number.value, text, Kind.NUMBER, ZERO, place)


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


def _read_date(cell: Cell, place: Place, date1904: bool) -> Value:
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
            return Value(None, text, nil, ZERO, place)
        ordinal = numbers.date_ordinal(text)
        if ordinal is None and numbers.is_pending(text):
            return Value(None, text, Kind.NOT_APPLICABLE, ZERO, place)
    if ordinal is None:
        return Value(None, text, Kind.TEXT, ZERO, place)
    return Value(Decimal(ordinal), text, Kind.DATE, ZERO, place)
