"""The examples beside each rule: small submissions as data, run by ``xlcheck rules test`` and by the tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from xlcheck.checking import check_submissions
from xlcheck.forms import Form, Table
from xlcheck.labels import name_key
from xlcheck.model import Document, Kind, Paper, Place, Row, Submission, Value, Verdict
from xlcheck.packfile import Item, nearest
from xlcheck.papers.prose import read_prose
from xlcheck.papers.spreadsheet import Cell
from xlcheck.rules import Pack, Rule
from xlcheck.values import read_value

_EVERY, _ALL_BUT_ONE = "全部", "缺一"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an example expects and what the rule says of it."""

    rule: str
    item: Item
    expected: Verdict
    said: Verdict
    message: str


def run(rule: Rule, pack: Pack) -> Iterator[Outcome]:
    """Hold a rule against its own examples; raises :class:`~xlcheck.packfile.PackError` for a bad example.

    A rule that the pack takes over from another is run in that other pack, whose indicators it speaks of.
    """
    if rule.home != pack.name:
        return
    alone = replace(pack, rules=(rule,))
    for item in rule.examples:
        submission, expected = build(item, pack)
        report = check_submissions([submission], alone)
        tally = report.tallies[0]
        said = next(
            (
                verdict
                for verdict, count in (
                    (Verdict.BROKEN, tally.broken),
                    (Verdict.FAILED, tally.failed),
                    (Verdict.PASSED, tally.passed),
                )
                if count
            ),
            Verdict.UNDECIDED,
        )
        message = next((finding.message for finding in report.findings if finding.rule == rule.id), "")
        yield Outcome(rule.id, item, expected, said, message)


def build(item: Item, pack: Pack) -> tuple[Submission, Verdict]:
    """The submission that an example states, and the verdict that it expects."""
    entries = item.mapping(None, required=("verdict",))
    expected = Verdict(entries.pop("verdict").choice([str(verdict) for verdict in Verdict]))
    fields: dict[str, dict[tuple[str, str], Value]] = {}
    tables: dict[str, dict[str, tuple[Row, ...]]] = {}
    papers: list[Paper] = []
    prose = None
    for key, value in entries.items():
        if key == "报告":
            prose = read_prose(value.text().encode(), "自评报告.txt")
            continue
        if key in ("材料", "读不出", "认不出"):
            form_known = key == "材料"
            papers += [Paper(f"{name}.xlsx", name if form_known else None, "", key != "读不出", "打不开" if key == "读不出" else "") for name in value.texts()]  # fmt: skip
            continue
        table = next(((form, table) for form in pack.forms for table in form.tables if table.name == key), None)
        if table is not None:
            form, known = table
            tables.setdefault(form.name, {})[key] = tuple(_lines(value, form, known, pack))
            continue
        form_name, name, column = _field(key, value, pack)
        form = pack.form(form_name)
        place = Place(f"{form_name}.xlsx", form_name, f"A{value.line}")
        cell = Cell(1, 1, value.text()) if value.text() else None
        kind = form.cells[name, column].kind
        fields.setdefault(form_name, {})[name, column] = read_value(cell, kind, place, money=form.money, declared=form.money, decimals=form.decimals)  # fmt: skip
    documents = tuple(
        Document(form.name, f"{form.name}.xlsx", fields.get(form.name, {}), tables.get(form.name, {}))
        for form in pack.forms
        if form.name in fields or form.name in tables
    )
    return Submission("例", "", "", pack.year, "例", tuple(papers), documents, prose=prose), expected


def _field(key: str, item: Item, pack: Pack) -> tuple[str, str, str]:
    """(form, field, column) of a key such as 评分表.合计[分值]; the last column where none is named."""
    form_name, dot, rest = key.partition(".")
    form = next((form for form in pack.forms if dot and form.name == form_name), pack.forms[0])
    name, bracket, column = (rest if dot else key).partition("[")
    known = {name_key(each): each for each, _ in form.cells}
    if name_key(name) not in known:
        raise item.error(f"例子里的字段「{name}」不认识，{nearest(name, known.values())}")
    name = known[name_key(name)]
    columns = [each for field, each in form.cells if field == name]
    column = column.rstrip("]") if bracket else columns[-1]
    if column not in columns:
        raise item.error(f"「{name}」没有栏次「{column}」，{nearest(column, columns)}")
    return form.name, name, column


def _lines(item: Item, form: Form, table: Table, pack: Pack) -> Iterator[Row]:
    kinds = {column.name: column.kind for column in table.columns}
    if not item.is_sequence():
        names = [indicator.name for indicator in pack.indicators]
        for name in names if item.choice((_EVERY, _ALL_BUT_ONE)) == _EVERY else names[1:]:
            yield {table.key: Value(None, name, Kind.TEXT, Decimal(0), Place(form.name, form.name, "A1"))}
        return
    for number, line in enumerate(item.items(), 1):
        row: dict[str, Value] = {}
        for name, value in line.mapping(kinds).items():
            cell = Cell(1, 1, value.text()) if value.text() else None
            place = Place(f"{form.name}.xlsx", form.name, f"B{number}")
            row[name] = read_value(cell, kinds[name], place, money=form.money, declared=form.money, decimals=form.decimals)  # fmt: skip
        yield row
