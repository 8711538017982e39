"""A rule's tree over a frame: vectorised, by intervals, three-valued.

Every number is a midpoint with half a unit of its last reported digit; a comparison fails only
where no reading of the reported numbers could make it true. This is the one definition of
tolerance: |Δ| ≤ the sum of the half widths of all addends and of the total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from xlcheck.columns import Column, Flags, Floats, Rows
from xlcheck.formula import Call, Compare, Logic, Node, Number, Product, Ref, Sum, Text, refs
from xlcheck.model import Kind, Value
from xlcheck.papers.numbers import fold, nil_kind

_ROUNDING = 2.0**-46  # bound on the relative error of the few float operations of one clause


@dataclass(frozen=True, slots=True)
class Quantity:
    """Numbers as midpoints and half widths, one a row (or one for all); NaN where there is none."""

    mid: Floats
    half: Floats | float


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a statement surely holds, surely fails, and where an input is missing (flags, one a row)."""

    true: Flags
    false: Flags
    missing: Flags


@dataclass(frozen=True, slots=True)
class Words:
    """Texts as compared, one a row (or one for all); None where there is none."""

    words: npt.NDArray[np.object_]


def truth(node: Node, rows: Rows) -> Truth:
    """Evaluate a statement over ``rows``; raises TypeError where the tree is none."""
    result = evaluate(node, rows)
    if not isinstance(result, Truth):
        raise TypeError("a rule must be a statement that can fail")
    return result


def quantity(node: Node, rows: Rows) -> Quantity:
    """Evaluate a number over ``rows``; raises TypeError where the tree is none."""
    result = evaluate(node, rows)
    if not isinstance(result, Quantity):
        raise TypeError("a number is needed here")
    return result


def evaluate(node: Node, rows: Rows) -> Quantity | Truth | Words:
    """The value of a tree over all rows at once."""
    if isinstance(node, Number):
        return Quantity(np.float64(node.value), 0.0)  # type: ignore[arg-type]
    if isinstance(node, Ref):
        return Quantity(*rows.column(node).numbers[:2])
    if isinstance(node, Sum):
        return _sum(node, rows)
    if isinstance(node, Product):
        return _product(node, rows)
    if isinstance(node, Compare):
        return _compare(node, rows)
    if isinstance(node, Logic):
        return _logic(node, rows)
    if isinstance(node, Call):
        return _CALLS[node.function](node, rows)
    return Words(np.array([node.text], dtype=object))


def _sum(node: Sum, rows: Rows) -> Quantity:
    mid: Floats | None = None
    half: Floats | float = 0.0
    optional: list[Column] = []
    for sign, term in node.terms:
        if isinstance(term, Ref):
            column = rows.column(term)
            number, width = column.additive, column.numbers.half
            if column.numbers.zero is not None:
                optional.append(column)
        else:
            inner = quantity(term, rows)
            number, width = inner.mid, inner.half
        mid = (number if sign > 0 else -number) if mid is None else mid + number if sign > 0 else mid - number
        half = half + width
    assert mid is not None
    if len(optional) == len(node.terms):
        nothing = ~optional[0].filled
        for column in optional[1:]:
            nothing &= ~column.filled
        mid = np.where(nothing, np.nan, mid)
    return Quantity(mid, half)


def _product(node: Product, rows: Rows) -> Quantity:
    result: Quantity | None = None
    for divides, factor in node.factors:
        other = quantity(factor, rows)
        if result is None:
            result = other
        elif divides:
            base = np.abs(other.mid) - other.half  # the least magnitude that the base may have
            usable = base > 0
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(usable, result.mid / other.mid, np.nan)
                half = (result.half + np.abs(ratio) * other.half) / np.where(usable, base, 1.0)
            result = Quantity(ratio, half)
        else:
            mid = result.mid * other.mid
            half = np.abs(result.mid) * other.half + np.abs(other.mid) * result.half + result.half * other.half
            result = Quantity(mid, half)
    assert result is not None
    return result


def _compare(node: Compare, rows: Rows) -> Truth:
    if _is_text(node.left) or _is_text(node.right):
        return _compare_words(node, rows)
    left, right = quantity(node.left, rows), quantity(node.right, rows)
    gap = np.atleast_1d(left.mid - right.mid)
    width = left.half + right.half
    missing = np.isnan(gap)
    if node.op in ("=", "≠"):
        apart = np.abs(gap) > width
        suspects = np.flatnonzero(apart)
        if suspects.size:
            apart[suspects] = np.abs(gap[suspects]) > _at(width, suspects) + _slack(node, rows, suspects)
        together = ~(apart | missing)
        return Truth(together, apart, missing) if node.op == "=" else Truth(apart, together, missing)
    if node.op in ("<", "≤"):
        gap = -gap
    upper, lower = gap + width, gap - width  # the statement is gap > 0 or gap ≥ 0
    if node.op in ("<", ">"):
        return Truth(lower > 0, upper <= 0, missing)
    below = upper < 0
    suspects = np.flatnonzero(below)
    if suspects.size:
        below[suspects] = upper[suspects] < -_slack(node, rows, suspects)
    return Truth(lower >= 0, below, missing)


def _at(width: Floats | float, rows: npt.NDArray[np.intp]) -> Floats | float:
    return width if np.ndim(width) == 0 else np.asarray(width)[rows]


def _slack(node: Compare, rows: Rows, at: npt.NDArray[np.intp]) -> Floats:
    """What float arithmetic itself may have added, from the magnitudes of the inputs of those rows."""
    size = np.zeros(at.size)
    for ref in refs(node):
        try:
            number = rows.column(ref).additive
        except KeyError:  # a column of a table under a total(): its rows are no rows of this frame
            continue
        size += np.abs(number[at])
    return size * _ROUNDING


def _is_text(node: Node) -> bool:
    return isinstance(node, Text) or (isinstance(node, Call) and node.function in ("grade", "grade_word"))


def _compare_words(node: Compare, rows: Rows) -> Truth:
    left, right = np.broadcast_arrays(_words(node.left, rows), _words(node.right, rows))
    missing = np.array([a is None or b is None for a, b in zip(left, right, strict=True)], dtype=bool)
    same = np.array([a == b for a, b in zip(left, right, strict=True)], dtype=bool) & ~missing
    different = ~same & ~missing
    return Truth(same, different, missing) if node.op == "=" else Truth(different, same, missing)


def _words(node: Node, rows: Rows) -> npt.NDArray[np.object_]:
    if isinstance(node, Ref):
        texts = [v.text.strip() if v is not None and v.text.strip() else None for v in rows.column(node).values]
        return np.array(texts, dtype=object)
    result = evaluate(node, rows)
    if not isinstance(result, Words):
        raise TypeError("a text is needed here")
    return result.words


def _logic(node: Logic, rows: Rows) -> Truth:
    if node.op == "not":
        inner = truth(node.parts[0], rows)
        return Truth(inner.false, inner.true, inner.missing)
    if node.op == "if":
        condition, consequence = truth(node.parts[0], rows), truth(node.parts[1], rows)
        return _either(Truth(condition.false, condition.true, condition.missing), consequence)
    result = truth(node.parts[0], rows)
    for part in node.parts[1:]:
        other = truth(part, rows)
        if node.op == "or":
            result = _either(result, other)
        else:
            true, false = result.true & other.true, result.false | other.false
            result = Truth(true, false, (result.missing | other.missing) & ~false)
    return result


def _either(left: Truth, right: Truth) -> Truth:
    true, false = left.true | right.true, left.false & right.false
    return Truth(true, false, (left.missing | right.missing) & ~true & ~false)


# --- the functions of the language -------------------------------------------------------------


def _abs(node: Call, rows: Rows) -> Quantity:
    inner = quantity(node.arguments[0], rows)
    return Quantity(np.abs(inner.mid), inner.half)


def _extreme(node: Call, rows: Rows) -> Quantity:
    pick = np.minimum if node.function == "min" else np.maximum
    parts = [quantity(argument, rows) for argument in node.arguments]
    mid, half = parts[0].mid, parts[0].half
    for part in parts[1:]:
        mid, half = pick(mid, part.mid), np.maximum(half, part.half)
    return Quantity(mid, half)


def _total(node: Call, rows: Rows) -> Quantity:
    """The sum of a table's column, by owner; NaN where no row of the table is filled."""
    names = {ref.form for ref in refs(node)}
    table = rows.tables[names.pop()]
    assert table.owner is not None
    argument = node.arguments[0]
    if isinstance(argument, Ref):
        column = table.column(argument)
        mid, half, filled = column.additive, column.numbers.half, column.filled
    else:
        inner = quantity(argument, table)
        mid, half, filled = inner.mid, inner.half, ~np.isnan(inner.mid)
    count = np.bincount(table.owner, weights=filled, minlength=rows.size)
    total = np.bincount(table.owner, weights=mid, minlength=rows.size)
    width = np.bincount(table.owner, weights=np.broadcast_to(half, mid.shape), minlength=rows.size).astype(np.float64)
    return Quantity(np.where(count > 0, total, np.nan), width)


def _kinds(node: Call, rows: Rows) -> list[Kind | None]:
    argument = node.arguments[0]
    if not isinstance(argument, Ref):
        raise TypeError(f"{node.function}() takes a field")
    return [value.kind if value is not None else None for value in rows.column(argument).values]


def _flags(flags: list[bool]) -> Truth:
    true = np.array(flags, dtype=bool)
    return Truth(true, ~true, np.zeros(true.shape, dtype=bool))


def _filled(node: Call, rows: Rows) -> Truth:
    argument = node.arguments[0]
    values = rows.column(argument).values if isinstance(argument, Ref) else ()
    return _flags([value is not None and _says_something(value) for value in values])


_SAYS_NOTHING = frozenset({"无扣分", "不扣分", "未扣分", "没有扣分"})


def _says_something(value: Value) -> bool:
    """Whether a value is more than blank; of a text field, more than 「无」「—」「无扣分」."""
    if value.kind is Kind.TEXT:
        return nil_kind(value.text) is None and fold(value.text) not in _SAYS_NOTHING
    return value.kind is not Kind.BLANK


def _number(node: Call, rows: Rows) -> Truth:
    return _flags([kind in (Kind.NUMBER, Kind.NONE) for kind in _kinds(node, rows)])


def _readable(node: Call, rows: Rows) -> Truth:
    return _flags([kind not in (Kind.TEXT, Kind.ERROR) for kind in _kinds(node, rows)])


def _grade(node: Call, rows: Rows) -> Words:
    score = np.atleast_1d(quantity(node.arguments[0], rows).mid)
    return Words(
        np.array([grade_of(Decimal(f"{s:.10g}"), rows.bands) if s == s else None for s in score], dtype=object)
    )


def grade_of(score: Decimal, bands: Sequence[tuple[Decimal, str, tuple[str, ...]]]) -> str | None:
    """The grade that a score earns; None below the lowest band."""
    return next((word for lowest, word, _ in bands if score >= lowest), None)


def _grade_word(node: Call, rows: Rows) -> Words:
    meanings = {alias: word for _, word, aliases in rows.bands for alias in (word, *aliases)}
    words = _words(node.arguments[0], rows)
    return Words(
        np.array([meanings.get("".join(w.split()).rstrip("等级"), w) if w else None for w in words], dtype=object)
    )


def _credit_code_valid(node: Call, rows: Rows) -> Truth:
    from stdnum.cn import uscc

    words = _words(node.arguments[0], rows)
    missing = np.array([word is None for word in words], dtype=bool)
    valid = np.array([word is not None and uscc.is_valid(word) for word in words], dtype=bool)
    return Truth(valid, ~valid & ~missing, missing)


_CALLS: Mapping[str, Callable[[Call, Rows], Quantity | Truth | Words]] = {
    "abs": _abs,
    "min": _extreme,
    "max": _extreme,
    "total": _total,
    "filled": _filled,
    "number": _number,
    "readable": _readable,
    "grade": _grade,
    "grade_word": _grade_word,
    "credit_code_valid": _credit_code_valid,
}
