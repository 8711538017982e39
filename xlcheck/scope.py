"""The names that formulas may use: the forms' fields, columns and tables, resolved or refused with the nearest one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from xlcheck.forms import Form, Section, Table
from xlcheck.formula import FormulaError, Logic, Node, Number, Ref, parse, refs, resolve
from xlcheck.labels import name_key
from xlcheck.packfile import Item, nearest

COLUMNS = "列"  # each 列: once for every column of the section
CELL = "值"  # the name of the one column of the cell domains
CELL_DOMAINS = {
    "必填": "every field and column that must be filled",
    "数值": "every cell that holds a number, a date or a year",
    "非负": "every amount, count and score",
}
VIRTUAL = {"指标": ("规定分值", "应有值")}  # columns that the pack adds to a table
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")  # a place in a message
PLACEHOLDERS = ("填", "应为", "差", "式", "左", "右")


class Scope:
    """The names that formulas may use, from the pack's forms."""

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self.forms = {form.name: form for form in forms}
        self.tables: dict[str, tuple[Form, Table]] = {
            table.name: (form, table) for form in forms for table in form.tables
        }

    def node(self, item: Item, domain: str, column: str, parameters: Mapping[str, Number]) -> Node:
        """Parse and resolve a formula."""
        try:
            _, tree = parse(item.text())
        except FormulaError as error:
            raise item.error(f"{error}。请对照 docs/rules.md 的写法。") from error
        return self.resolved(item, tree, domain, column, parameters)

    def resolved(self, item: Item, tree: Node, domain: str, column: str, parameters: Mapping[str, Number]) -> Node:
        """The tree with forms and columns filled in and parameters put in place."""
        return resolve(tree, lambda ref: parameters.get(ref.name) or self.ref(item, ref, domain, column))

    def columns(self, item: Item, tree: Node, parameters: Mapping[str, Number]) -> tuple[str, ...]:
        """The columns that ``each 列`` runs over: those of the section that the fields belong to."""
        found: list[str] = []
        for ref in refs(tree):
            section = self._section(item, ref) if ref.name not in parameters and not ref.column else None
            if section is not None and not section.single:
                names = [column.name for column in section.columns]
                if found and names != found:
                    raise item.error("each 列 的各字段要在同一部分（栏次相同）。")
                found = names
        if not found:
            raise item.error("each 列 要用到有多个栏次的字段。")
        return tuple(found)

    def _section(self, item: Item, ref: Ref) -> Section | None:
        form = self._form(item, ref)
        found = next((each for name, each in form.fields.items() if name_key(name) == ref.name), None)
        return form.section(found.section) if found is not None else None

    def _form(self, item: Item, ref: Ref) -> Form:
        if not ref.form:
            return next(iter(self.forms.values()))
        found = next((form for name, form in self.forms.items() if name_key(name) == ref.form), None)
        if found is None:
            raise item.error(f"不认识的表「{ref.form}」，{nearest(ref.form, (*self.forms, *self.tables))}")
        return found

    def ref(self, item: Item, ref: Ref, domain: str, column: str) -> Ref:
        """A field with its form and column; raises with the nearest name where there is none."""
        if domain in CELL_DOMAINS and ref.name == CELL:
            return Ref(CELL, domain)
        table = self.tables.get(ref.form or (domain if domain in self.tables else ""))
        if table is not None:
            known = [*(each.name for each in table[1].columns), *VIRTUAL.get(table[1].name, ())]
            match = next((name for name in known if name_key(name) == ref.name), None)
            if match is not None:
                return Ref(match, table[1].name)
            if ref.form:
                raise item.error(f"表「{ref.form}」没有栏「{ref.name}」，{nearest(ref.name, known)}")
        form = self._form(item, ref)
        names = {name_key(name): name for name, _ in form.cells}
        if ref.name not in names:
            raise item.error(f"{form.name}没有字段「{ref.name}」，{nearest(ref.name, names.values())}")
        name = names[ref.name]
        columns = [each for own, each in form.cells if own == name]
        chosen = ref.column or (column if column in columns else columns[0] if len(columns) == 1 else "")
        if not chosen:
            raise item.error(f"「{name}」有多个栏次，请写明，例如 {name}[{columns[-1]}]。")
        if chosen not in columns:
            raise item.error(f"「{name}」没有栏次「{chosen}」，{nearest(chosen, columns)}")
        return Ref(name, form.name, chosen)

    def places(self, item: Item, domain: str, column: str) -> Iterator[Ref]:
        """The fields of an ``at`` key."""
        for entry in item.items() if item.is_sequence() else (item,):
            try:
                _, tree = parse(entry.text())
            except FormulaError as error:
                raise entry.error(f"{error}。") from error
            if not isinstance(tree, Ref):
                raise entry.error("at 要写一个字段名。")
            yield self.ref(entry, tree, domain, column)

    def placeholder(self, item: Item, word: str, domain: str, column: str) -> Ref:
        """The field that a placeholder of a message names."""
        try:
            _, tree = parse(word)
        except FormulaError:
            tree = Logic("not", ())
        if not isinstance(tree, Ref):
            raise item.error(f"消息里的「{{{word}}}」不认识，{nearest(word, PLACEHOLDERS)}")
        return self.ref(item, tree, domain, column)
