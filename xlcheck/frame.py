"""Submissions as a frame: one row a submission, and under it the tables and the single cells.

A check always runs over such a frame; for one unit it has one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np

from xlcheck.evaluate import Column, Rows, column_of, quantity
from xlcheck.forms import label_of
from xlcheck.formula import Ref, refs
from xlcheck.model import Kind, Place, Submission, Value
from xlcheck.rules import Pack
from xlcheck.scope import CELL, CELL_DOMAINS, VIRTUAL

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
    found: dict[str, list[tuple[int, str, Value | None]]] = {domain: [] for domain in CELL_DOMAINS}
    for index, submission in enumerate(submissions):
        for document in submission.documents:
            form = next((form for form in pack.forms if form.name == document.form), None)
            if form is None:
                continue
            for (name, column), field in form.cells.items():
                value = document.fields.get((name, column))
                label = label_of(name, column, form)
                if column in field.required:
                    found["必填"].append((index, label, value or Value(None, "", Kind.BLANK, Decimal(0), Place(document.file))))  # fmt: skip
                if value is not None:
                    _sort_in(found, index, label, value, field.kind)
            for table in form.tables:
                kinds = {column.name: column.kind for column in table.columns}
                for line in document.tables.get(table.name, ()):
                    key = line[table.key].text.strip() if table.key in line else ""
                    for name, value in line.items():
                        _sort_in(found, index, f"{key}·{name}", value, kinds[name])
    for domain, entries in found.items():
        values = [value for _, _, value in entries]
        owner = np.array([index for index, _, _ in entries], dtype=np.intp)
        names = [label for _, label, _ in entries]
        cells = column_of(values, strict=True)
        yield domain, Rows(len(entries), {Ref(CELL, domain): cells}, parent=rows, owner=owner, names=names)


def _sort_in(found: dict[str, list[tuple[int, str, Value | None]]], index: int, label: str, value: Value, kind: str) -> None:  # fmt: skip
    if kind in _READABLE:
        found["数值"].append((index, label, value))
    if kind in _ADDITIVE:
        found["非负"].append((index, label, value))
