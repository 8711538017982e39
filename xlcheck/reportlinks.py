"""The cells of the forms that state what a report states, and whether the two agree."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from xlcheck.forms import label_of
from xlcheck.model import Kind, Submission, Value
from xlcheck.papers import numbers
from xlcheck.procedures import SCORES
from xlcheck.reportfile import Figure
from xlcheck.rules import Pack
from xlcheck.slotvalues import agree


def linked(figure: Figure, submission: Submission, pack: Pack, stated: Value | None = None) -> tuple[str, Value] | None:
    """(label with its paper, value) of the cell that states the same figure, or None.

    Where a figure may mean one of several cells, the one that agrees with ``stated``, else the first.
    """
    if figure.field:
        document = submission.document(figure.form)
        if document is None:
            return None
        form = next((form for form in pack.forms if form.name == figure.form), None)
        cells = [
            (
                f"{figure.form}的{label_of(field, column, form)}",
                _added(value, [document.fields.get((more, column)) for more in figure.plus]),
            )
            for column in figure.columns or (figure.column,)
            for field in (figure.field, *figure.also)
            if (value := document.fields.get((field, column))) is not None
        ]
        agreeing = (cell for cell in cells if stated is not None and differs(stated, cell[1], figure) is False)
        return next(agreeing, cells[0] if cells else None)
    document = submission.document(SCORES)
    if document is None:
        return None
    if figure.score:
        value = document.fields.get(("合计", "自评得分"))
        return (f"{SCORES}的合计得分", value) if value is not None else None
    for line in document.tables.get("指标", ()):
        indicator = pack.indicator(line["三级指标"].text)
        if indicator is not None and indicator.name == figure.indicator and "指标值" in line:
            return f"{SCORES}的{figure.indicator}（指标值）", line["指标值"]
    return None


def _added(value: Value, more: Iterable[Value | None]) -> Value:
    """Several cells as one; a nil or blank one adds nothing."""
    adding = [each for each in more if each is not None and each.number]
    if value.number is None or not adding:
        return value
    number = sum((each.number for each in adding if each.number is not None), value.number)
    half = sum((each.half_width for each in adding), value.half_width)
    return msgspec.structs.replace(value, number=number, text=f"{number}", half_width=half, scale=Decimal(1))


def as_printed(value: Value, figure: Figure) -> str:
    text = value.text.strip()
    return text + "万元" if figure.kind == "金额" and numbers.from_text(text) and text[-1].isdigit() and value.scale == 1 else text  # fmt: skip


def differs(stated: Value, held: Value, figure: Figure) -> bool | None:
    """Whether two values of a figure disagree; None where one of them says nothing."""
    if held.kind in (Kind.ERROR, Kind.BLANK):
        return None
    if stated.number is None or held.number is None:
        if figure.kind == "日期":
            pending = (
                stated.kind is Kind.NOT_APPLICABLE,
                held.kind is Kind.NOT_APPLICABLE or numbers.is_pending(held.text),
            )
            return pending[0] != pending[1] if any(pending) and (all(pending) or stated.number or held.number) else None
        nil = figure.kind == "金额" and held.kind is Kind.NOT_APPLICABLE
        return True if nil and stated.number is not None and stated.number > stated.half_width else None
    if figure.name.endswith("差异率"):  # tables print it with its sign, reports often without
        stated = msgspec.structs.replace(stated, number=abs(stated.number))
        held = msgspec.structs.replace(held, number=abs(held.number))
    return not agree(stated, held)
