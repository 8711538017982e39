"""Two papers of one form, field by field and row by row, wherever each stands on its side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher

from xlcheck.comparison import Compared, Matter, Printed, State
from xlcheck.forms import Form, Table, label_of
from xlcheck.labels import name_key, read_label, same_name
from xlcheck.messages import shown
from xlcheck.model import Document, Kind, Place, Row, Value
from xlcheck.papers import numbers
from xlcheck.reportrules import grade_meant
from xlcheck.rules import Pack
from xlcheck.slotvalues import agree
from xlcheck.values import NUMERIC_KINDS
from xlcheck.wording import plain

_UNIT_OF_MONEY = "金额单位"  # says how amounts are printed: those are compared in one unit
_GRADE = "自评等级"
_NUMBERED = re.compile(r"^(?:[(]?[一二三四五六七八九十\d]{1,3}[)、.](?!\d))+")
_ALIKE = 0.6
_MOST_PAIRS = 2_500  # of names to be held against each other


def compare_forms(form: Form, submitted: Document, published: Document, pack: Pack, shared: frozenset[Place] = frozenset()) -> tuple[list[Compared], int]:  # fmt: skip
    """Every field of the form that a side fills, and how many neither does.

    ``shared`` are the places that two forms of one page lay claim to: such a one does not make a field
    that the other side's paper does not have.
    """
    found: list[Compared] = []
    blank = 0
    for (name, column), field in form.cells.items():
        if name == _UNIT_OF_MONEY:
            continue
        left, right = submitted.fields.get((name, column)), published.fields.get((name, column))
        if (left is None or right is None) and any(each is not None and each.place in shared for each in (left, right)):
            continue
        if _is_blank(left) and _is_blank(right):
            blank += 1
        else:
            found.append(compare_values(form.name, label_of(name, column, form), left, right, field.kind, pack))
    for table in form.tables:
        pairs = _rows(table, submitted.tables.get(table.name, ()), published.tables.get(table.name, ()), pack)
        for ours, theirs in pairs:
            cells = list(_row(form, table, ours, theirs, pack))
            blank += len(table.columns) - len(cells) if ours is not None and theirs is not None else 0
            found += cells
    return found, blank


def compare_values(paper: str, label: str, left: Value | None, right: Value | None, kind: str, pack: Pack) -> Compared:
    """Two places of a field, of which one at least is filled."""
    sides = _printed(left), _printed(right)
    nil = kind in NUMERIC_KINDS and all(_is_nil(value) for value in (left, right))
    if left is None or right is None or _is_blank(left) or _is_blank(right):
        state = State.PUBLISHED_ONLY if _is_blank(left) else State.SUBMITTED_ONLY
        return Compared(Matter.FIELD, paper, label, *sides, state, nil=nil)
    if _same(left, right, kind, label, pack):
        return Compared(Matter.FIELD, paper, label, *sides, State.EQUAL)
    return Compared(Matter.FIELD, paper, label, *sides, State.DIFFERS, difference(left, right, kind), nil=nil)


def difference(left: Value, right: Value, kind: str) -> str | None:
    """Published less submitted, in the unit of the published side and the digits of the finer one; none of dates."""
    if left.number is None or right.number is None or kind in ("date", "year"):
        return None
    gap = right.number - left.number
    finer = left if left.scale == right.scale and 0 < left.half_width < right.half_width else right
    size = shown(abs(gap), kind, finer)
    return ("-" if gap < 0 else "") + size


def _same(left: Value, right: Value, kind: str, label: str, pack: Pack) -> bool:
    texts = plain(left.text), plain(right.text)
    if left.number is not None and right.number is not None:
        # a coarse number format shows both as 2,797, whatever the cells hold
        shown_alike = texts[0] == texts[1] and left.scale == right.scale
        return agree(left, right) or (shown_alike and (kind not in ("percent", "indicator") or "%" in texts[0]))
    if texts[0] == texts[1]:
        return True
    if left.number is not None or right.number is not None:
        return False
    if numbers.nil_kind(left.text) == numbers.nil_kind(right.text) == Kind.NOT_APPLICABLE:
        return True
    if label == _GRADE:
        return grade_meant(left.text, pack) == grade_meant(right.text, pack)
    return kind == "text" and same_name(left.text, right.text)


def _is_blank(value: Value | None) -> bool:
    return value is None or not value.text.strip()


def _is_nil(value: Value | None) -> bool:
    """Whether a place says that there is nothing: blank, 0, 「无」, 「—」."""
    return value is None or value.kind in (Kind.BLANK, Kind.NONE, Kind.NOT_APPLICABLE) or value.number == 0


def _printed(value: Value | None) -> Printed | None:
    return Printed(value.text.strip(), value.place) if value is not None else None


def _row(form: Form, table: Table, ours: Row | None, theirs: Row | None, pack: Pack) -> Iterator[Compared]:
    """The cells of a row that both sides have, or that the row stands on one side alone."""
    keys = [row.get(table.key) if row is not None else None for row in (ours, theirs)]
    name = next(value.text.strip() for value in keys if value is not None)
    if ours is None or theirs is None:
        state = State.PUBLISHED_ONLY if ours is None else State.SUBMITTED_ONLY
        yield Compared(Matter.ROW, form.name, f"{table.name}「{name}」", _printed(keys[0]), _printed(keys[1]), state)
        return
    for column in table.columns:
        left, right = ours.get(column.name), theirs.get(column.name)
        if (_is_blank(left) or _is_blank(right)) and (column.spans or _is_blank(left) is _is_blank(right)):
            continue  # a level's name is printed once beside many rows, and not beside each of them in every format
        label = f"{name}·{column.name}"
        made = compare_values(form.name, label, left, right, column.kind, pack)
        if column.name == table.key and made.state is State.DIFFERS and _bare(keys[0], pack) == _bare(keys[1], pack):
            made = Compared(made.matter, made.paper, label, made.submitted, made.published, State.EQUAL)
        yield made


def _bare(key: Value | None, pack: Pack) -> str:
    """A row's name without its number; an indicator's as the pack has it."""
    text = key.text if key is not None else ""
    indicator = pack.indicator(text)
    return indicator.name if indicator is not None else _NUMBERED.sub("", name_key(text))


def _rows(table: Table, ours: Iterable[Row], theirs: Iterable[Row], pack: Pack) -> Iterator[tuple[Row | None, Row | None]]:  # fmt: skip
    """Rows paired by their names: the same name, the same but for years and brackets, one that is much like it."""
    left = [row for row in ours if not _is_blank(row.get(table.key))]
    right = [row for row in theirs if not _is_blank(row.get(table.key))]
    partner: dict[int, int] = {}
    for key in (lambda row: _bare(row[table.key], pack), lambda row: read_label(row[table.key].text).core):
        _pair(left, right, partner, key)
    _pair_alike([row[table.key].text for row in left], [row[table.key].text for row in right], partner)
    for at, row in enumerate(left):
        yield row, right[partner[at]] if at in partner else None
    taken = set(partner.values())
    yield from ((None, row) for to, row in enumerate(right) if to not in taken)


def _pair(left: list[Row], right: list[Row], partner: dict[int, int], key: Callable[[Row], str]) -> None:
    """Pair the rows that are still alone and have one key, in their order."""
    taken = set(partner.values())
    free: dict[str, list[int]] = {}
    for to in reversed([to for to in range(len(right)) if to not in taken]):
        free.setdefault(key(right[to]), []).append(to)
    for at, row in enumerate(left):
        if at not in partner and (found := free.get(key(row))):
            partner[at] = found.pop()


def _pair_alike(left: list[str], right: list[str], partner: dict[int, int]) -> None:
    """Pair what is still alone with the name that is most like it."""
    taken = set(partner.values())
    alone = [to for to in range(len(right)) if to not in taken]
    if (len(left) - len(partner)) * len(alone) > _MOST_PAIRS:
        return
    for at, name in enumerate(left):
        if at in partner or not alone:
            continue
        alike = {to: SequenceMatcher(None, name, right[to], autojunk=False).ratio() for to in alone}
        best = max(alone, key=alike.__getitem__)
        if alike[best] >= _ALIKE:
            partner[at] = best
            alone.remove(best)
