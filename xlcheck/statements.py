"""The figures that a narrative report states: which, how much, and in which sentence.

A figure is read where its noun stands before the number with nothing but filling words between;
「上年」, 「预算」 and the like make it the same row's figure in another column, and another year before it
is kept with the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from xlcheck.expressions import expression
from xlcheck.model import Place, Prose, Value
from xlcheck.parallel import spread
from xlcheck.reportcandidates import Candidate, plain, turned
from xlcheck.reportcolumns import (
    REFUSED,
    Owner,
    column_behind,
    column_of_whole,
    column_told,
    further,
    side_by_side,
    whole_before,
)
from xlcheck.reportcontext import Context
from xlcheck.reportdates import days
from xlcheck.reportdoubts import doubtful
from xlcheck.reportfile import Column, Figure, Patterns, Sum
from xlcheck.reportnouns import mentioned
from xlcheck.reportscope import told_of_others
from xlcheck.reportsentences import Sentence, sentences
from xlcheck.slotvalues import percent, read_slot

_YEAR_BEFORE = expression(
    r"(?P<year>(?:19|20)\d\d)(?:$|年度?)(?:年?[末底初]|全年)?(?:我|本|全)?(?:单位|部门|部|局|委|院|所|中心|馆|校|年)?(?:的|实际|共|已|,)*$"
)
_YEAR_IN_LINK = expression(r"((?:19|20)\d\d)(?:年|$|:)")
_YEAR_CLAUSE = expression(
    r"(?:^|[,:(、])(?:在)?((?:19|20)\d\d)年度?(?!\d)|(?:^|[,:(、])((?:上|前|上一)年(?!度?(?:结转|结余|末)))"
)
_LAST_YEAR_SAID = expression(r"(?:^|[,:(、])去年")  # the year before, or, in a report of this spring, the evaluated one
_IN_TITLE = expression(r"(?:^|;)(?!其中:)[^;]+:[^;:]{0,6}$")
_LABEL = expression(r"(?!合计:|总计:)[^\d,;]{2,12}:")
_ASIDE = expression(r"\([^()]*\)")
_NEAR = 40  # characters before a noun that can make it another
# A range of points, right before the grade that it means.
_BAND = expression(
    r"(?:以上|以下|以内|不足|低于|不满|之间|\d分?(?:\(不?含\))?[至到~—–-]\d+(?:\.\d+)?分?)(?:\(不?含[^()]*\))?[^\d,;。]{0,6}$"
)
_LEAD = expression(r"(?:的|一般公共预算|为|我部|我局|我单位|本单位|本部门|[:,、])+$")
_CLAUSE = expression(r"[^,;:()、]*$")
_SCOPED = expression(r"其中[:,]?[一-龥]{0,6}(?:机关|本级|本部)$|(?:局|院|委|部|校|本级)机关$")
_WITH_SUBORDINATES = expression(r"[及和与、](?:直属|所属|下属|二级)[一-龥]{0,6}$")
_JOINED = expression(r"(?:[与和及]|(?<![一二三四五六七八九十\d])、)$")
_TOTALLED = expression(r"合计|共计|一共")
_AMOUNT = expression(r"[\d,]+(?:\.\d+)?(?:亿元|百万元|万元|千元|元|亿|万|名|人|个)")
_COMPARED = expression(r"(?:增加|减少|增长|下降|节约|压减|超支|[比较])[^,;]{0,6}$")
_RUN = expression(r"(?:(?![等和与及])[一-龥])+$")
_PERCENT = expression("[负-]?百分之[〇零一二两三四五六七八九十百千]+(?:点[〇零一二三四五六七八九]+)?")
_YEARS = expression(r"(?:本年|当年|全年|年度)(?:实际)?支出")  # of whatever is spoken of
_UNTOLD = Column("", ())
_TELLING = expression(r"[\d:〇零一二三四五六七八九十百无未待优良中差格满]|没有|一般")  # all else tells no figure
_UNIT = expression(r"\((?:单位:)?(亿元|千元|元)\)")
_SPENT = expression(r"(?:实际)?(?:支出|开支|列支)")
_BARE = expression(r"[-+−]?[\d,.]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure stated in a sentence.

    ``value`` is in 万元, a ratio, a count, a day's ordinal, points or a year; grades and names are its
    text. ``year`` is the year printed right before the noun, None where there is none, and ``period`` the
    one that the clauses before it speak of (0: an earlier one). ``scoped`` says that the words before it
    may narrow it to a part of the unit, ``loose`` that its noun was but announced before. ``printed`` is the number as the report writes it, ``start`` its
    place in the sentence's folded text.
    """

    figure: str
    value: Value
    place: Place
    year: int | None
    printed: str
    sentence: Sentence
    start: int
    period: int | None = None
    scoped: bool = False
    loose: bool = False


def statements(prose: Prose, patterns: Patterns) -> tuple[Statement, ...]:
    """Every figure of ``patterns`` that the paper states, in reading order."""
    return stated_in(told(prose, patterns), prose.name, patterns)


def told(prose: Prose, patterns: Patterns) -> tuple[Sentence, ...]:
    """The sentences of a paper, rates in digits and parallel lists told one by one."""
    return tuple(replace(each, text=spread(_in_digits(each.text), patterns)) for each in sentences(prose))


def _in_digits(text: str) -> str:
    return _PERCENT.sub(lambda said: percent(said[0]) or said[0], text) if "百分之" in text else text


def stated_in(every: Iterable[Sentence], file: str, patterns: Patterns) -> tuple[Statement, ...]:
    """Every figure of ``patterns`` that some sentences of a file state, in reading order."""
    found: list[Statement] = []
    context = Context(patterns)
    for sentence in every:
        context.enter(sentence)
        reader = _Reader(file, sentence, patterns, context)
        if _TELLING.search(sentence.text):
            found.extend(reader.read())
        context.leave(sentence, reader.figures, reader.about)
    return tuple(_with_sums(found, patterns))


class _Reader:
    """Reads one sentence."""

    def __init__(self, file: str, sentence: Sentence, patterns: Patterns, context: Context) -> None:
        self.sentence, self.patterns, self.context = sentence, patterns, context
        self.place = Place(file, paragraph=sentence.paragraph.number, quote=sentence.quote)
        self.owners: dict[int, Owner | None] = {}
        self.figures: list[Figure] = []  # that were told
        self.about: Figure | None = None  # the last of them that is no part of another
        self.columns = side_by_side(sentence, patterns)
        self.others = told_of_others(sentence.text)
        self.made: list[Statement] = []
        self.used: list[tuple[int, int]] = []  # nouns behind their number
        self.nouns: dict[int, int] = {}  # where the noun of each number begins

    def read(self) -> list[Statement]:
        self._before_noun()
        for each in plain(self.patterns, self.sentence.text):
            if (told := self._stated(each)) is not None:
                self.made.append(told)
        for number in further(self.sentence, self.owners, self.columns, self._first(), self._total, self.patterns):
            value = read_slot(number.figure.kind, number.printed, self.place)
            if value is not None and not self._elsewhere(number.at):
                self.made.append(Statement(number.figure.name, value, self.place, number.year, number.printed, self.sentence, number.at, loose=number.loose))  # fmt: skip
        for day in days(self.sentence.text, self.context.words, self.patterns):
            value = read_slot("日期", day.printed, self.place)
            if value is not None and day.at not in self.owners and not self._elsewhere(day.at):
                self.made.append(Statement(day.figure.name, value, self.place, day.year, day.printed, self.sentence, day.at, loose=day.loose))  # fmt: skip
        return sorted(map(self._doubted, self.made), key=lambda each: each.start)

    def _doubted(self, told: Statement) -> Statement:
        """A statement, loose where the words around it leave open whose it is."""
        if told.loose:
            return told
        noun, stop = self.nouns.get(told.start, -1), told.start + len(told.printed)
        figure = self.patterns.figure(told.figure)
        if not doubtful(self.sentence.text, noun, told.start, stop, figure, self.patterns):
            return told
        return replace(told, loose=True)

    def _before_noun(self) -> None:
        """Amounts told before their noun: 「列支2万元公务接待费」, 「90万元为项目支出」; what else stands before them comes first."""
        told = {each.at for each in plain(self.patterns, self.sentence.text) if not each.figure.also}
        for each in turned(self.patterns, self.sentence.text):
            before = self.sentence.text[: each.at]
            if each.at in told or self._elsewhere(each.at) or _COMPARED.search(before):
                continue
            if each.link and any(other.at == each.at for other in plain(self.patterns, self.sentence.text)):
                continue
            column = column_told(before, each.own, "", self.patterns)
            figure = each.figure if column is None else self.patterns.variants.get((each.figure.name, column.name))
            value = read_slot("金额", each.printed, self.place)
            self.owners[each.at] = Owner(each.figure, column, loose=True)
            self.used.append((each.start, each.end))
            if figure is not None and value is not None:
                self.made.append(Statement(figure.name, value, self.place, None, each.printed, self.sentence, each.at, _period(before), loose=True))  # fmt: skip

    def _first(self) -> Owner | None:
        """Whom the sentence's first number belongs to if it names nobody."""
        figure, loose = self.context.about(self.sentence)
        if _LABEL.match(self.sentence.text):
            figure = None  # another matter begins
        if figure is None and self.patterns.whole and not self._topical():
            figure, loose = self.patterns.figure(self.patterns.whole), True
        if figure is not None and figure.kind != "金额":
            behind = figure.behind[0] if figure.behind else None
            figure, loose = self.patterns.figure(behind) if behind is not None else None, True
        return Owner(figure, None, loose) if figure is not None and figure.kind == "金额" else None

    def _topical(self) -> bool:
        """Whether the paragraph or its heading speaks of something of its own."""
        texts = (self.context.before, *self.sentence.paragraph.headings[-1:])
        return any(self.patterns.topics.search(text) for text in texts)

    def _total(self, start: int, lead: str) -> Owner | None:
        """The total that a number is of the parts told before it: 「接待费1万元，用车费2万元，合计3万元」."""
        parts = [each for each in self.made if each.start < start]
        names = {*self.context.told, *(each.figure for each in parts)}
        column = column_told("", "", lead, self.patterns)
        here = {each.figure for each in parts}
        rules = [
            rule
            for rule in self.patterns.sums
            if here <= {rule.total, *self._below(rule)}
            and (column is not None or rule.total not in names)
            and len(names & self._below(rule)) > 1
        ]
        for rule in rules:
            if names.issuperset(rule.parts):
                return Owner(self.patterns.figure(rule.total), column)
        found = _AMOUNT.match(self.sentence.text, start)
        amount = (
            read_slot(self.patterns.figure(rules[0].total).kind, found[0], self.place)
            if found is not None and rules and column is None
            else None
        )
        if amount is None or amount.number == sum((each.value.number or Decimal(0) for each in parts), Decimal(0)):
            return None  # it is what it says, the sum of what stands before
        return Owner(self.patterns.figure(rules[0].total), None, loose=True)

    def _below(self, rule: Sum) -> set[str]:
        """The parts of a total, and theirs."""
        parts = set(rule.parts)
        return parts.union(*(other.parts for other in self.patterns.sums if other.total in parts))

    def _elsewhere(self, at: int) -> bool:
        return any(begin <= at < end for begin, end in self.others)

    def _stated(self, each: Candidate) -> Statement | None:
        if any(begin < each.end and each.start < end for begin, end in self.used):
            return None
        if each.at in self.owners or (each.short and not self._belongs(each) and not self._listed(each)):
            return None  # a longer noun before the same number decides
        before = self.sentence.text[: each.start]
        if self.sentence.row and _IN_TITLE.search(before):
            return None  # the column's title, not the row's label
        told, whole = self.columns.get(each.at, _UNTOLD), None
        if told is _UNTOLD:
            told = column_told(before, each.own, each.link, self.patterns)
            if told is None:
                told = column_behind(self.sentence.text, each.at + len(each.printed), self.patterns)
            whole = whole_before(before) if told is None else None
        if whole is not None:
            told = column_of_whole(whole, each.link, self.sentence.text[each.start :], self.patterns)
        if self._off_topic(before, each):
            return None  # it may be told of the noun before: 「公务接待费预算5万元，实际支出4万元」
        refused = (
            told is REFUSED
            or (each.figure.field.endswith("收入") and _SPENT.match(each.link))
            or self._elsewhere(each.start)
            or _refused(self.sentence.text, each, self.patterns)
        )
        self.owners[each.at] = None if refused else Owner(each.figure, told, listed=whole is not None)
        if refused:
            return None
        self.figures.append(each.figure)
        self.about = each.figure if whole is None else self.about
        figure = each.figure if told is None else self.patterns.variants.get((each.figure.name, told.name))
        printed = each.printed
        unit = _UNIT.search(each.link)
        if each.slot == "金额" and _BARE.fullmatch(printed):
            printed += unit[1] if unit is not None else self.sentence.unit
        value = read_slot(each.slot, printed, self.place)
        if value is None or figure is None:
            return None
        self.nouns[each.at] = each.start
        near = _YEAR_IN_LINK.search(each.link) or _YEAR_BEFORE.search(before)
        year = int(near[1]) if near is not None else None
        narrowed = each.figure.kind == "金额" and (self._narrowed(before) or self._part_of_another(whole, each.figure))
        scoped = narrowed or _scoped(self.sentence.text, each)
        loose = narrowed or _LAST_YEAR_SAID.search(before) is not None or (each.short and self._administered(each))
        return Statement(figure.name, value, self.place, year, each.printed, self.sentence, each.at, _period(before), scoped, loose)  # fmt: skip

    def _narrowed(self, before: str) -> bool:
        """Whether words that are not known stand right before a noun: 「养老服务项目支出」."""
        run = _RUN.search(before[-_NEAR:])
        return run is not None and self.patterns.before.fullmatch(run[0]) is None

    def _part_of_another(self, whole: re.Match[str] | None, figure: Figure) -> bool:
        """Whether a figure is told behind a whole that it does not belong to: 「项目支出中，财政拨款…」."""
        above = mentioned(self.patterns, whole["whole"]) if whole is not None else None
        return above is not None and above.kind == "金额" and not above.also and above.name not in {figure.name, *self.patterns.totals_of(figure.name)}  # fmt: skip

    def _off_topic(self, before: str, each: Candidate) -> bool:
        """Whether a noun that may mean anything (支出总额) stands behind a word that takes it, in its sentence or heading."""
        loose = each.bare or each.figure.also or _YEARS.fullmatch(self.sentence.text, each.start, each.end)
        if not loose or each.figure.kind != "金额" or each.own.startswith("等于"):
            return False
        headings = self.sentence.paragraph.headings
        announced = self.context.words if not self.context.guessed else ""
        return any(self.patterns.topics.search(text) for text in (before, announced, *headings[-1:]))

    def _belongs(self, each: Candidate) -> bool:
        """Whether a short name stands behind the figure that it belongs to: told, announced, or named in the sentence."""
        heads = self.patterns.behind[each.figure.name] | {each.figure.name}
        if self._administered(each):
            return False
        last = self.figures[-1] if self.figures else self.context.about(self.sentence)[0]
        if last is not None and last.name in heads:
            return True
        before = mentioned(self.patterns, self.sentence.text[: each.start])
        return before is not None and before.name in heads

    def _administered(self, each: Candidate) -> bool:
        """Whether money that the unit only administers stands before a noun, and no other figure of the unit's."""
        others = any(told is not each.figure for told in self.figures)
        return not others and self.patterns.administered.search(self.sentence.text[: each.start]) is not None

    def _listed(self, each: Candidate) -> bool:
        """Whether a short name stands in a row of such names: 「出国是1万元，公车是2万元，接待是3万元」."""
        heads = self.patterns.behind[each.figure.name]
        shorts = {other.figure.name for other in plain(self.patterns, self.sentence.text) if other.short}
        return bool(shorts & heads - {each.figure.name})


def _refused(text: str, each: Candidate, patterns: Patterns) -> bool:
    """Whether the words before a noun make it another figure: a part of it, another body's."""
    before = text[: each.start]
    if _JOINED.search(before) and _TOTALLED.search(each.link):
        return True  # 「甲与乙合计」
    until = before + text[each.start : each.at]
    if any(word in until and "自评" not in until[until.rindex(word) :] for word in each.figure.not_with):
        return True  # 「年度考核中得96分」
    if each.figure.kind == "等级" and _BAND.search(until):
        return True  # 「90分（含）以上为优，80至90分为良」
    clause = _CLAUSE.search(before)
    if clause is not None and patterns.not_in_clause.search(clause[0]):
        return True
    if _WITH_SUBORDINATES.search(before):
        return False
    bare = _LEAD.sub("", before[-_NEAR:]) if not before.endswith((",", "、", ":", ";")) else ""
    return bare.endswith((*patterns.not_before, *each.figure.not_before))


def _scoped(text: str, each: Candidate) -> bool:
    noun = text[each.start : each.end]
    return _SCOPED.search(text[: each.start] + ("机关" if noun.startswith("机关") else "")) is not None


def _period(before: str) -> int | None:
    """The year that the nearest clause before a noun speaks of, 0 for 「上年」, None where none does."""
    found = list(_YEAR_CLAUSE.finditer(_ASIDE.sub("", before[before.rfind(";") + 1 :])))
    if not found:
        return None
    return int(found[-1][1]) if found[-1][1] else 0


def _with_sums(found: list[Statement], patterns: Patterns) -> Iterator[Statement]:
    """The statements, and behind the last part of a total that is stated by its parts alone, that total."""
    figures = {each.figure for each in found}
    instead = [rule for rule in patterns.sums if rule.instead and rule.total not in figures]
    for each in found:
        yield each
        for rule in instead:
            parts = [
                s
                for s in found
                if s.sentence == each.sentence and s.figure in rule.parts and s.value.number is not None
            ]
            if not parts or parts[-1] is not each:
                continue
            if {s.figure for s in parts} == set(rule.parts) and len(parts) == len(rule.parts):
                number = sum((s.value.number or Decimal(0) for s in parts), Decimal(0))
                printed = "＋".join(s.printed for s in parts)
                yield replace(each, figure=rule.total, value=msgspec.structs.replace(each.value, number=number, text=printed), printed=printed)  # fmt: skip
