"""``report.yaml`` of a pack: the figures a narrative report states, as readable patterns made into expressions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar

from xlcheck.expressions import expression
from xlcheck.packfile import Item, load, nearest
from xlcheck.reportgrammar import BLANKS, HOLE, SLOTS, Grammar, any_of, compiled, fold, needs_of, short_name, split

_REQUIRED_FORMS = ("form", "field", "column")
_LISTS = ("between", "own", "actual", "before", "not_before", "not_in_clause", "not_columns", "topics", "administered", "hedges")  # fmt: skip
_KEYS = ("name", "kind", "form", "field", "column", "also", "plus", "not_before", "indicator", "score", "must", "hint", "says", "short", "behind", "not_with", "subject", "acts")  # fmt: skip
_NOWHERE = expression("(?!)")
_MOST_TEXTS = 8192
T = TypeVar("T")


def kept(function: Callable[[Patterns, str], T]) -> Callable[[Patterns, str], T]:
    """The function with its answers kept by the text: a template's fixed sentences are the same for all units."""

    @wraps(function)
    def answered(patterns: Patterns, text: str) -> T:
        known = patterns.kept[function.__qualname__]
        if text not in known:
            if len(known) >= _MOST_TEXTS:
                known.clear()
            known[text] = function(patterns, text)
        found: T = known[text]
        return found

    return answered


@dataclass(frozen=True)
class Wording:
    """One way to word a figure: its expression, which holds ``slot``, with one of ``needs`` in every text that it matches.

    ``bare``: its noun stands alone behind words that speak of the unit or the year itself (「全年收入」).
    ``noun`` is the noun without its slot (for 「甲、乙分别为…」), None where the wording goes on behind the slot. ``short``:
    a name by which the figure goes behind those that it belongs to (编制 50 名，其中行政 40 名). ``lead`` is what stands
    before the slot: the long expressions are compiled for texts alone in which that stands, since all take a second.
    """

    source: str
    slot: str
    needs: tuple[str, ...]
    bare: bool
    lead: str
    whole: bool = False
    blank_source: str = ""
    short: bool = False

    def found_in(self, text: str) -> Iterator[re.Match[str]]:
        """Where a text states the figure."""
        return self._expression.finditer(text) if self._lead.search(text) else iter(())

    def left_blank(self, text: str) -> bool:
        """Whether a text has the noun before an empty slot."""
        if not self.blank_source or not self._lead.search(text):
            return False
        return self._blank.search(text) is not None

    @property
    def noun(self) -> re.Pattern[str] | None:
        """Finds the noun alone."""
        return self._lead if self.whole else None

    @cached_property
    def _lead(self) -> re.Pattern[str]:
        return expression(self.lead)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return expression(self.source)

    @cached_property
    def _blank(self) -> re.Pattern[str]:
        return expression(self.blank_source)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report: where the forms state it, and the wordings that find it in folded text.

    ``indicator`` names a line of the scoring table, ``score`` its total. ``also`` are fields of
    the same column that the noun may mean as well (「总收入」 with or without what was carried over), ``plus``
    those that it is the sum of, together with ``field``; ``columns`` are the columns that it may mean where it is
    more than ``column``; ``behind`` names the figures behind which its short name stands, other than its totals.
    ``not_with`` are words that make it another one from anywhere before it in the sentence (考核得分). A date is that of one of ``acts`` (批复, 下达) upon ``subject`` (预算).
    """

    name: str
    kind: str
    form: str
    field: str
    column: str
    also: tuple[str, ...]
    plus: tuple[str, ...]
    indicator: str
    score: bool
    must: bool
    hint: tuple[str, ...]
    says: tuple[Wording, ...]
    not_before: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    subject: str = ""
    acts: tuple[str, ...] = ()

    @property
    def cell(self) -> tuple[str, str]:
        """What two figures share that are one under different names."""
        return self.field or self.name, self.column

    @property
    def linked(self) -> bool:
        """Whether a form states the same figure."""
        return bool(self.field or self.indicator or self.score)


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure and its parts.

    ``closes`` is the part after which there are no others (「其他收入」); without it all parts must be told before
    a sum that falls short is wrong. ``instead``: the parts may be told in the total's place.
    """

    total: str
    parts: tuple[str, ...]
    closes: str
    instead: bool


@dataclass(frozen=True, slots=True)
class Column:
    """Columns of the forms, any of which the same words may mean."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Patterns:
    """All that ``report.yaml`` says.

    ``not_before`` are words that make a noun right behind them another figure, ``not_in_clause`` anywhere
    before it in its clause; ``topics`` are words that take the bare nouns (those with ``<``) behind them.
    ``administered`` are words for money that is not the unit's own. ``hedges`` are words of conditions and standards,
    ``doubts`` by kind, or by figure, those of others than the unit and its year: behind them a figure may be another thing's.
    ``before`` is what may stand right before a noun without narrowing it.
    ``whole`` is the figure that budget and outcome are told of where nothing is named.
    ``columns`` are the words that tell another column than a figure's own, ``variants`` the figures of those
    columns by the figure's name and the column's; ``passage`` is what may stand between two numbers of one noun, which
    has ``actual`` where the second is the outcome.
    """

    figures: tuple[Figure, ...]
    not_before: tuple[str, ...]
    not_in_clause: re.Pattern[str]
    topics: re.Pattern[str]
    sums: tuple[Sum, ...]
    columns: Mapping[str, Column] = field(default_factory=dict)
    column_words: re.Pattern[str] = _NOWHERE
    variants: Mapping[tuple[str, str], Figure] = field(default_factory=dict)
    passage: re.Pattern[str] = _NOWHERE
    actual: re.Pattern[str] = _NOWHERE
    before: re.Pattern[str] = _NOWHERE
    whole: str = ""
    administered: re.Pattern[str] = _NOWHERE
    hedges: re.Pattern[str] = _NOWHERE
    doubts: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    def figure(self, name: str) -> Figure:
        """The figure of that name."""
        return self._by_name[name]

    def earlier(self, name: str) -> Figure | None:
        """The figure of that name in last year's column, where the forms have one."""
        column = self.columns.get("上年")
        return self.variants.get((name, column.name)) if column is not None else None

    def own(self, figure: Figure) -> Figure:
        """The figure of the form's own column for one of another column, or for one that is a sum with others."""
        return next((each for each in self.figures if each.field == figure.field and not each.plus), figure)

    def columns_in(self, text: str) -> list[tuple[Column, int, int]]:
        """The columns that words of a text tell, with where each word begins and ends."""
        return [(self.columns[hit["word"]], *hit.span()) for hit in self.column_words.finditer(text) if hit["word"]]

    def hinted(self, text: str, kind: str) -> list[Figure]:
        """The figures of a kind that a text has a word for, that of the last word first."""
        words, figures = self._hints.get(kind, (_NOWHERE, {}))
        hits = [hit[0] for hit in words.finditer(text)]
        return [figure for word in dict.fromkeys(reversed(hits)) for figure in figures[word]]

    @cached_property
    def _hints(self) -> dict[str, tuple[re.Pattern[str], dict[str, list[Figure]]]]:
        """By kind, the hints of its figures as one expression, and the figures that each may mean."""
        by_kind: dict[str, dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
        for figure in self.figures:
            for word in figure.hint:
                by_kind[figure.kind][word].append(figure)
        return {kind: (expression(any_of(words)), words) for kind, words in by_kind.items()}

    @kept
    def wordings(self, text: str) -> tuple[tuple[Figure, Wording], ...]:
        """The wordings that a folded text may hold: those of which a necessary word stands in it."""
        places = {at for word, places in self._by_need.items() if word in text for at in places}
        return tuple(self._wordings[at] for at in sorted(places))

    @cached_property
    def _by_name(self) -> dict[str, Figure]:
        return {figure.name: figure for figure in (*self.figures, *self.variants.values())}

    @cached_property
    def days(self) -> tuple[tuple[Figure, ...], re.Pattern[str], re.Pattern[str]]:
        """The figures that are days, the verbs that tell them, and what these are done to."""
        figures = tuple(figure for figure in self.figures if figure.acts)
        acts = any_of({word for figure in figures for word in figure.acts})
        return figures, expression(acts), expression(f"(?<!预)(?:{any_of({figure.subject for figure in figures})})")

    @cached_property
    def kept(self) -> dict[str, dict[str, Any]]:
        """What functions of a text alone have answered (:func:`kept`)."""
        return defaultdict(dict)

    @cached_property
    def behind(self) -> dict[str, frozenset[str]]:
        """By figure, the figures behind which it goes by its short name: what it belongs to, and what else belongs there."""
        fields = {figure.field: figure.name for figure in self.figures if not figure.plus}
        totals = {
            each.name: set(self.totals_of(fields[each.field] if each.plus else each.name)) for each in self.figures
        }
        beside = {name: {other for other, its in totals.items() if own & its} for name, own in totals.items()}
        return {each.name: frozenset({*each.behind, *totals[each.name], *beside[each.name]}) for each in self.figures}

    def totals_of(self, name: str) -> list[str]:
        """The totals that a figure is a part of, and theirs."""
        totals = [rule.total for rule in self.sums if name in rule.parts]
        return list(dict.fromkeys([*totals, *(above for total in totals for above in self.totals_of(total))]))

    @cached_property
    def _wordings(self) -> tuple[tuple[Figure, Wording], ...]:
        return tuple((figure, wording) for figure in self.figures for wording in figure.says)

    @cached_property
    def _by_need(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, (_, wording) in enumerate(self._wordings):
            for word in wording.needs:
                found.setdefault(word, []).append(at)
        return found


NO_PATTERNS = Patterns((), (), _NOWHERE, _NOWHERE, ())


def load_report(path: Path, fields: dict[str, Iterable[tuple[str, str]]] | None = None) -> Patterns:
    """Read ``report.yaml``; raises :class:`~xlcheck.packfile.PackError`.

    ``fields`` maps each form's name to its (field, column) pairs; where given, every link is held against it.
    """
    keys = load(path).mapping(
        (*_LISTS, "doubts", "whole", "columns", "figures", "sums"), required=("between", "not_before", "figures")
    )
    words = {name: tuple(fold(word) for word in keys[name].texts()) if name in keys else () for name in _LISTS}
    columns = dict(_columns(keys["columns"])) if "columns" in keys else {}
    grammar = Grammar(words["between"], words["own"], words["actual"], tuple(columns), words["not_columns"])
    figures = tuple(_figure(item, grammar, fields) for item in keys["figures"].items())
    names = [figure.name for figure in figures]
    for item, name in zip(keys["figures"].items(), names, strict=True):
        if names.count(name) > 1:
            raise item.error(f"数字「{name}」写了两次，请合并。")
    sums = tuple(_sum(item, names) for item in keys["sums"].items()) if "sums" in keys else ()
    never, topics = expression(any_of(words["not_in_clause"])), expression(any_of(words["topics"]))
    return Patterns(
        figures,
        words["not_before"],
        never,
        topics,
        sums,
        columns,
        grammar.column_words,
        dict(_variants(figures, columns.values(), fields or {})),
        grammar.passage,
        grammar.outcome,
        grammar.lead(words["before"]),
        keys["whole"].choice(names) if "whole" in keys else "",
        expression(any_of(words["administered"])),
        expression(any_of(words["hedges"])),
        _doubts(keys["doubts"], names) if "doubts" in keys else {},
    )


def _doubts(item: Item, names: list[str]) -> dict[str, re.Pattern[str]]:
    """The words by kind or figure; several may have theirs together (「人数、金额」)."""
    words: dict[str, list[str]] = defaultdict(list)
    for kinds, told in item.mapping().items():
        for kind in kinds.split("、"):
            if kind not in SLOTS and kind not in names:
                raise item.error(f"不认识的「{kind}」，{nearest(kind, (*SLOTS, *names))}")
            words[kind] += [fold(word) for word in told.texts()]
    return {kind: expression(any_of(each)) for kind, each in words.items()}


def _columns(item: Item) -> Iterator[tuple[str, Column]]:
    """Each word that tells columns, with the columns."""
    for each in item.items():
        keys = each.mapping(("name", "columns", "words"), required=("name", "columns", "words"))
        column = Column(keys["name"].text(), keys["columns"].texts())
        for word in keys["words"].texts():
            yield fold(word), column


def _variants(figures: Iterable[Figure], columns: Iterable[Column], fields: Mapping[str, Iterable[tuple[str, str]]]) -> Iterator[tuple[tuple[str, str], Figure]]:  # fmt: skip
    """The figures of the other columns of each amount's row: 「公务接待费（上年决算数）」."""
    for figure in figures:
        known = {column for name, column in fields.get(figure.form, ()) if name == figure.field} - {figure.column}
        for column in dict.fromkeys(columns) if figure.kind == "金额" else ():
            there = tuple(each for each in column.columns if each in known)
            if not there and len(column.columns) == 1:
                there = column.columns  # a base for growth, though no form has it
            if there:
                name = f"{figure.name}（{there[0] if len(there) == 1 else column.name}）"
                yield (figure.name, column.name), replace(figure, name=name, column=there[0], columns=there, must=False, says=())  # fmt: skip


def _sum(item: Item, names: list[str]) -> Sum:
    keys = item.mapping(("total", "parts", "closes", "instead"), required=("total", "parts"))
    parts = tuple(part.choice(names) for part in keys["parts"].items())
    closes = keys["closes"].choice(parts) if "closes" in keys else ""
    return Sum(keys["total"].choice(names), parts, closes, "instead" in keys and keys["instead"].flag())


def _figure(item: Item, grammar: Grammar, fields: dict[str, Iterable[tuple[str, str]]] | None) -> Figure:
    keys = item.mapping(_KEYS, required=("name", "kind", "says"))
    given = [key for key in _REQUIRED_FORMS if key in keys]
    if given and len(given) != len(_REQUIRED_FORMS):
        raise item.error("form、field、column 要一起写。")
    if given and fields is not None:
        form = keys["form"].choice(fields)
        known = list(fields[form])
        if keys["field"].text() not in [name for name, _ in known]:
            raise keys["field"].error(
                f"「{form}」没有「{keys['field'].text()}」，{nearest(keys['field'].text(), [n for n, _ in known])}"
            )
        keys["column"].choice([column for name, column in known if name == keys["field"].text()])
    kind = keys["kind"].choice(SLOTS)
    says: list[Wording] = []
    for pattern in keys["says"].items():
        source = fold(pattern.text())
        before, slot, after = split(pattern, source, kind)
        lead, tail = compiled(pattern, before, grammar), compiled(pattern, after, grammar)
        needs, bare = needs_of(before + " " + after, slot), before.startswith("<")
        number = grammar.number(kind, slot, linked=bool(before) and slot not in ("未定", "文号", "没有")) + tail
        whole = slot == kind and not after and kind in BLANKS and bool(before)
        hole = f"(?:{BLANKS[kind]})(?=[,。;、)]|$)" if BLANKS.get(kind) else "(?<=[为是:_×X])(?=[,。;]|$)"
        empty = f"{lead}{grammar.link(kind)}{HOLE}{hole}" if whole else ""
        says.append(Wording(f"(?P<noun>{lead}){number}", slot, needs, bare, lead, whole, empty))
        if whole and kind == "比率":
            source = rf"(?P<noun>{lead}=[^;。]{{1,90}}=)(?P<link>)(?P<{slot}>{SLOTS[slot]})(?=[,;。]|$)"
            says.append(Wording(source, slot, needs, bare=False, lead=lead))
    short = tuple(fold(word) for word in keys["short"].texts()) if "short" in keys else ()
    if short:
        lead = short_name(short)
        source = lead + grammar.number(kind, kind, linked=True)
        says.append(Wording(source, kind, short, bare=False, lead=lead, short=True))
    return Figure(
        name=keys["name"].text(),
        kind=kind,
        form=keys["form"].text() if "form" in keys else "",
        field=keys["field"].text() if "field" in keys else "",
        column=keys["column"].text() if "column" in keys else "",
        also=keys["also"].texts() if "also" in keys else (),
        plus=keys["plus"].texts() if "plus" in keys else (),
        indicator=keys["indicator"].text() if "indicator" in keys else "",
        score="score" in keys and keys["score"].flag(),
        must="must" in keys and keys["must"].flag(),
        hint=keys["hint"].texts() if "hint" in keys else (),
        says=tuple(says),
        not_before=tuple(fold(word) for word in keys["not_before"].texts()) if "not_before" in keys else (),
        behind=keys["behind"].texts() if "behind" in keys else (),
        not_with=keys["not_with"].texts() if "not_with" in keys else (),
        subject=keys["subject"].text() if "subject" in keys else "",
        acts=keys["acts"].texts() if "acts" in keys else (),
    )
