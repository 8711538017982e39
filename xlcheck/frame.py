"""Submissions as a frame: one row a submission, and under it the tables and the single cells.

A check always runs over such a frame; for one unit it has one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from xlcheck.columns import Column, Numbers, Rows, column_of
from xlcheck.evaluate import quantity
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
        Ref("应有值", name): Column(lambda: Numbers(number, half), expected),
    }


def _cells(submissions: Sequence[Submission], pack: Pack, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """One row a cell, for the rules that speak of every cell of a kind."""
    forms = {form.name: _Spots.of(form) for form in pack.forms}
    found = {domain: _Cells([], [], []) for domain in CELL_DOMAINS}
    required, readable, additive = (found[domain] for domain in ("必填", "数值", "非负"))
    for index, submission in enumerate(submissions):
        for document in submission.documents:
            spots = forms.get(document.form)
            if spots is None:
                continue
            fields = document.fields
            required.add(index, spots.required[1], [fields.get(key) or blank(Place(document.file)) for key in spots.required[0]])  # fmt: skip
            readable.add(index, spots.readable[1], [fields.get(key) for key in spots.readable[0]])
            additive.add(index, spots.additive[1], [fields.get(key) for key in spots.additive[0]])
            for table, key, names, added in spots.tables:
                for line in document.tables.get(table, ()):
                    title = line[key].text.strip() if key in line else ""
                    readable.add(index, [f"{title}·{name}" for name in names], [line.get(name) for name in names])
                    additive.add(index, [f"{title}·{name}" for name in added], [line.get(name) for name in added])
    for domain, cells in found.items():
        column = column_of(cells.values, strict=True)
        owner = np.array(cells.owners, dtype=np.intp)
        yield domain, Rows(len(cells.values), {Ref(CELL, domain): column}, parent=rows, owner=owner, names=cells.names)


class _Cells(NamedTuple):
    """Cells of any number of submissions: whose each is (by index), how messages name it, and what it says."""

    owners: list[int]
    names: list[str]
    values: list[Value]

    def add(self, owner: int, names: Sequence[str], values: Sequence[Value | None]) -> None:
        """Add those cells of a submission that are there."""
        there = [value for value in values if value is not None]
        self.values.extend(there)
        self.owners.extend([owner] * len(there))
        if len(there) < len(values):
            names = [name for name, value in zip(names, values, strict=True) if value is not None]
        self.names.extend(names)


_Named = tuple[list[tuple[str, str]], list[str]]  # cells by field and column, and how messages name each


@dataclass(frozen=True, slots=True)
class _Spots:
    """The cells of a form that must be filled, must be readable, can be added up.

    ``tables``: of each its name, its key, and the columns that must be readable and those that can be added up.
    """

    required: _Named
    readable: _Named
    additive: _Named
    tables: list[tuple[str, str, list[str], list[str]]]

    @classmethod
    def of(cls, form: Form) -> _Spots:
        """Those of a form."""

        def named(keys: list[tuple[str, str]]) -> _Named:
            return keys, [label_of(*key, form) for key in keys]

        tables = [
            (table.name, table.key, [each.name for each in table.columns if each.kind in _READABLE],
             [each.name for each in table.columns if each.kind in _ADDITIVE])
            for table in form.tables
        ]  # fmt: skip
        return cls(
            required=named([key for key, field in form.cells.items() if key[1] in field.required]),
            readable=named([key for key, field in form.cells.items() if field.kind in _READABLE]),
            additive=named([key for key, field in form.cells.items() if field.kind in _ADDITIVE]),
            tables=tables,
        )
