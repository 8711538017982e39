"""``forms/*.yaml`` of a pack to :class:`~xlcheck.forms.Form` records, strictly."""

from __future__ import annotations

from xlcheck.forms import Column, Field, Form, Section, Table
from xlcheck.packfile import Item
from xlcheck.papers.numbers import MONEY_UNITS

FIELD_KINDS = ("text", "code", "credit-code", "year", "date", "amount", "count", "percent", "score", "indicator")


def read_form(root: Item) -> Form:
    """One form; raises :class:`~xlcheck.packfile.PackError` with file and line."""
    keys = root.mapping(
        ("form", "titles", "minimum", "money", "decimals", "ignored_columns", "sections", "tables"),
        required=("form", "titles", "minimum", "money", "decimals", "sections"),
    )
    return Form(
        name=keys["form"].text(),
        titles=keys["titles"].texts(),
        minimum=keys["minimum"].whole(),
        money=keys["money"].choice(MONEY_UNITS),
        decimals=keys["decimals"].whole(),
        ignored_columns=frozenset(keys["ignored_columns"].texts()) if "ignored_columns" in keys else frozenset(),
        sections=tuple(_section(item) for item in keys["sections"].items()),
        tables=tuple(_table(item) for item in keys["tables"].items()) if "tables" in keys else (),
        path=f"forms/{root.path.name}",
    )


def _section(item: Item) -> Section:
    keys = item.mapping(("name", "titles", "columns", "fields"), required=("name", "columns", "fields"))
    columns = tuple(_column(name, column) for name, column in keys["columns"].mapping().items())
    name = keys["name"].text()
    return Section(
        name,
        keys["titles"].texts() if "titles" in keys else (),
        columns,
        tuple(_field(field, name, [column.name for column in columns]) for field in keys["fields"].items()),
    )


def _field(item: Item, section: str, columns: list[str]) -> Field:
    keys = item.mapping(("name", "kind", "required", "total", "aliases"), required=("name", "kind"))
    required = frozenset(column.choice(columns) for column in keys["required"].items()) if "required" in keys else None
    return Field(
        name=keys["name"].text(),
        kind=keys["kind"].choice(FIELD_KINDS),
        section=section,
        required=required or frozenset(),
        total="total" in keys and keys["total"].flag(),
        aliases=keys["aliases"].texts() if "aliases" in keys else (),
    )


def _column(name: str, item: Item) -> Column:
    """A column: its words alone, or with its kind and the year that it holds."""
    if item.is_sequence():
        return Column(name, item.texts())
    keys = item.mapping(("aliases", "kind", "year", "plain", "spans"))
    return Column(
        name,
        aliases=keys["aliases"].texts() if "aliases" in keys else (),
        kind=keys["kind"].choice(FIELD_KINDS) if "kind" in keys else "",
        year=keys["year"].whole() if "year" in keys else None,
        plain=keys["plain"].texts() if "plain" in keys else (),
        spans="spans" in keys and keys["spans"].flag(),
    )


def _table(item: Item) -> Table:
    keys = item.mapping(
        ("name", "titles", "key", "total", "total_labels", "columns"),
        required=("name", "key", "total", "total_labels", "columns"),
    )
    columns = tuple(_column(name, column) for name, column in keys["columns"].mapping().items())
    return Table(
        name=keys["name"].text(),
        titles=keys["titles"].texts() if "titles" in keys else (),
        key=keys["key"].choice([column.name for column in columns]),
        total=keys["total"].text(),
        total_labels=frozenset(keys["total_labels"].texts()),
        columns=columns,
    )
