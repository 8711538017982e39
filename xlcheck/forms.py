"""What a form is: its sections, fields, tables, and the words by which each is recognised.

The definitions come from a pack's ``forms/*.yaml`` (see :mod:`xlcheck.rules`); finding them in a
grid is :mod:`xlcheck.locate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from xlcheck.labels import read_label

T = TypeVar("T")
SINGLE = "数值"  # the column of a section that has only one


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a section. ``total``: its blank is never taken as zero in a sum."""

    name: str
    kind: str
    section: str
    required: frozenset[str] = frozenset()
    total: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a section or table.

    ``year`` is the year it holds relative to the evaluation year, where headers print years;
    ``plain`` are words that name it only together with such a year (「2023年决算数」).
    """

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    year: int | None = None
    plain: tuple[str, ...] = ()
    spans: bool = False


@dataclass(frozen=True)
class Section:
    """Fields that share their columns; ``titles`` are the words of its heading."""

    name: str
    titles: tuple[str, ...]
    columns: tuple[Column, ...]
    fields: tuple[Field, ...]

    @cached_property
    def headers(self) -> Mapping[str, tuple[Column, ...]]:
        """Header words → the columns that they may name."""
        return _index((column, (column.name, *column.aliases, *column.plain)) for column in self.columns)

    @property
    def single(self) -> bool:
        """Whether it has one column, whose header may be missing."""
        return len(self.columns) == 1


@dataclass(frozen=True)
class Table:
    """Rows of any number under one header row, known by the header of ``key``, ended by a total row."""

    name: str
    titles: tuple[str, ...]
    key: str
    total: str
    total_labels: frozenset[str]
    columns: tuple[Column, ...]

    @cached_property
    def headers(self) -> Mapping[str, tuple[Column, ...]]:
        """Header words → the columns that they may name."""
        return _index((column, (column.name, *column.aliases)) for column in self.columns)


@dataclass(frozen=True)
class Form:
    """A form of the pack, e.g. 基础数据表: ``minimum`` different fields make a workbook this form."""

    name: str
    titles: tuple[str, ...]
    minimum: int
    money: str
    decimals: int
    ignored_columns: frozenset[str]
    sections: tuple[Section, ...]
    tables: tuple[Table, ...] = ()
    path: str = field(default="", compare=False)

    @cached_property
    def labels(self) -> Mapping[str, tuple[Field, ...]]:
        """Label words → the fields that they may name."""
        return _index((item, (item.name, *item.aliases)) for section in self.sections for item in section.fields)

    @cached_property
    def headings(self) -> frozenset[str]:
        """The words of every section's and table's heading."""
        titles = [*(section.name for section in self.sections), *(title for section in self.sections for title in section.titles), *(title for table in self.tables for title in table.titles)]  # fmt: skip
        return frozenset(read_label(title).core for title in titles)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word by which the form is laid out: labels, headings, headers, totals, columns that are left out."""
        totals = (table.total_labels for table in self.tables)
        return frozenset().union(self.labels, self.headings, self.header_words, self.ignored_columns, *totals)

    @cached_property
    def header_words(self) -> frozenset[str]:
        """Every word that heads a column anywhere in the form."""
        return frozenset(
            word
            for headers in (*(each.headers for each in self.sections), *(each.headers for each in self.tables))
            for word in headers
        )

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Fields by name; where two sections share a name the first counts."""
        found: dict[str, Field] = {}
        for section in self.sections:
            for item in section.fields:
                found.setdefault(item.name, item)
        return found

    @cached_property
    def cells(self) -> Mapping[tuple[str, str], Field]:
        """Every (field, column) of the sections, and (total, column) of the tables' total rows."""
        found = {
            (item.name, column.name): item
            for section in self.sections
            for item in section.fields
            for column in section.columns
        }
        for table in self.tables:
            for column in table.columns:
                if column.kind not in ("text", "indicator"):
                    found[table.total, column.name] = Field(table.total, column.kind, table.name, total=True)
        return found

    def section(self, name: str) -> Section:
        """The section of that name."""
        return self._sections[name]

    @cached_property
    def _sections(self) -> Mapping[str, Section]:
        return {section.name: section for section in self.sections}

    @cached_property
    def shown(self) -> Mapping[tuple[str, str], str]:
        """Every (field, column) as messages name it: the main column of its section goes without saying."""
        return {
            (name, column): name
            if column in (SINGLE, self._sections[item.section].columns[-1].name)
            else f"{name}（{column}）"
            for (name, column), item in self.cells.items()
            if item.section in self._sections
        }


def label_of(name: str, column: str, form: Form | None) -> str:
    """A field as messages name it (:attr:`Form.shown`)."""
    if column in ("", SINGLE):
        return name
    return f"{name}（{column}）" if form is None else form.shown.get((name, column), f"{name}（{column}）")


def _index(items: Iterable[tuple[T, tuple[str, ...]]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, tuple[T, ...]] = {}
    for item, words in items:
        for core in dict.fromkeys(read_label(word).core for word in words):
            found[core] = (*found.get(core, ()), item)
    return found
