"""Submissions as a frame: one row a submission, and under it the tables and the single cells.

A check always runs over such a frame; for one unit it has one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from xlcheck.evaluate import Column, Rows, column_of, quantity
from xlcheck.forms import Form, label_of
from xlcheck.formula import Ref, refs
from xlcheck.model import Kind, Place, Submission, Value
from xlcheck.rules import Pack
from xlcheck.scope import CELL, CELL_DOMAINS, VIRTUAL
from xlcheck.values import blank

_ADDITIVE = frozenset({"amount", "count", "score"})
_READABLE = frozenset({"amount", "count", "score", "percent", "date", "year"})
_NOWHERE = Place("")


def build(submissions: Sequence[Submission], pack: Pack) -> Rows:
    """The frame of some submissions, with every field that the pack's rules speak of."""
    documents = {form.name: [submission.document(form.name) for submission in submissions] for form in pack.forms}
    columns: dict[Ref, Column] = {}
    for ref in _wanted(pack):
        if ref in columns or ref.form not in documents or not ref.column:
            continue
        values = [document.fields.get((ref.name, ref.column)) if document else None for document in documents[ref.form]]
        field = pack.form(ref.form).cells[ref.name, ref.column]
        columns[ref] = column_of(
            values,
            strict=field.total or field.kind not in _ADDITIVE,
            required=ref.column in field.required,
        )
    rows = Rows(len(submissions), columns, bands=pack.bands)
    rows.tables = {**_tables(submissions, pack, rows), **dict(_cells(submissions, pack, rows))}
    return rows


def _wanted(pack: Pack) -> Iterator[Ref]:
    for rule in pack.rules:
        for check in rule.checks:
            for node in (check.require, check.when, *check.at):
                if node is not None:
                    yield from refs(node)
    for indicator in pack.indicators:
        if indicator.value is not None:
            yield from refs(indicator.value)


def _tables(submissions: Sequence[Submission], pack: Pack, rows: Rows) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for form in pack.forms:
        for table in form.tables:
            lines = [
                (index, line)
                for index, submission in enumerate(submissions)
                if (document := submission.document(form.name)) is not None
                for line in document.tables.get(table.name, ())
            ]
            columns = {
                Ref(column.name, table.name): column_of(
                    [line.get(column.name) for _, line in lines], strict=column.kind not in _ADDITIVE
                )
                for column in table.columns
            }
            names = [line[table.key].text.strip() if table.key in line else "" for _, line in lines]
            owner = np.array([index for index, _ in lines], dtype=np.intp)
            made = Rows(len(lines), columns, parent=rows, owner=owner, names=names, bands=pack.bands)
            if table.name in VIRTUAL:
                columns.update(_prescribed(made, table.name, pack, rows))
            found[table.name] = made
    return found


def _prescribed(table: Rows, name: str, pack: Pack, rows: Rows) -> dict[Ref, Column]:
    """What the pack says of each indicator: its weight, and its value by the base data."""
    indicators = [pack.indicator(text) for text in table.names]
    weights = [
        Value(found.weight, f"{found.weight}", Kind.NUMBER, Decimal(0), _NOWHERE) if found is not None else None
        for found in indicators
    ]
    number, half = np.full(table.size, np.nan), np.zeros(table.size)
    assert table.owner is not None
    for indicator in pack.indicators:
        if indicator.value is None:
            continue
        at = np.array([row for row, found in enumerate(indicators) if found is indicator], dtype=np.intp)
        if at.size:
            value = quantity(indicator.value, rows)
            owner = table.owner[at]
            number[at] = np.broadcast_to(value.mid, (rows.size,))[owner]
            half[at] = np.broadcast_to(value.half, (rows.size,))[owner]
    expected = [
        Value(Decimal(f"{n:.12g}"), "", Kind.NUMBER, Decimal(f"{h:.12g}"), _NOWHERE) if n == n else None
        for n, h in zip(number, half, strict=True)
    ]
    return {
        Ref("规定分值", name): column_of(weights, strict=True),
        Ref("应有值", name): Column(number, half, None, expected),
    }


def _cells(submissions: Sequence[Submission], pack: Pack, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """One row a cell, for the rules that speak of every cell of a kind."""
    forms = {form.name: (form, _spots(form)) for form in pack.forms}
    found = {domain: _Cells([], [], []) for domain in CELL_DOMAINS}
    required, readable, additive = (found[domain] for domain in ("必填", "数值", "非负"))
    for index, submission in enumerate(submissions):
        for document in submission.documents:
            if document.form not in forms:
                continue
            form, spots = forms[document.form]
            for key, label, is_required, is_readable, is_additive in spots:
                value = document.fields.get(key)
                if is_required:
                    required.add(index, label, value or blank(Place(document.file)))
                if value is not None and is_readable:
                    readable.add(index, label, value)
                    if is_additive:
                        additive.add(index, label, value)
            for table in form.tables:
                columns = [(each.name, each.kind in _ADDITIVE) for each in table.columns if each.kind in _READABLE]
                for line in document.tables.get(table.name, ()):
                    title = line[table.key].text.strip() if table.key in line else ""
                    for name, is_additive in columns:
                        value = line.get(name)
                        if value is None:
                            continue
                        label = f"{title}·{name}"
                        readable.add(index, label, value)
                        if is_additive:
                            additive.add(index, label, value)
    for domain, cells in found.items():
        column = column_of(cells.values, strict=True)
        owner = np.array(cells.owners, dtype=np.intp)
        yield domain, Rows(len(cells.values), {Ref(CELL, domain): column}, parent=rows, owner=owner, names=cells.names)


class _Cells(NamedTuple):
    """Cells of any number of submissions: whose each is (by index), how messages name it, and what it says."""

    owners: list[int]
    names: list[str]
    values: list[Value]

    def add(self, owner: int, name: str, value: Value) -> None:
        self.owners.append(owner)
        self.names.append(name)
        self.values.append(value)


def _spots(form: Form) -> list[tuple[tuple[str, str], str, bool, bool, bool]]:
    """(field and column, its name in messages, whether it is required, must be readable, can be added up) of a form."""
    return [
        (key, label_of(*key, form), key[1] in field.required, field.kind in _READABLE, field.kind in _ADDITIVE)
        for key, field in form.cells.items()
    ]
