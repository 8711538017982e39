"""The figures that a narrative report states: which, how much, and in which sentence.

A figure is read where its noun stands before the number with nothing but filling words between;
「上年」, 「预算」 and the like before the noun make it another figure, and another year before it is
kept with the statement.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from xlcheck.model import Place, Prose, Value
from xlcheck.reportfile import SLOTS, Figure, Patterns
from xlcheck.reportsentences import Sentence, sentences
from xlcheck.slotvalues import read_slot

_YEAR_BEFORE = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:$|年度?)(?:年?[末底初]|全年)?(?:我|本|全)?(?:单位|部门|部|局|委|院|所|中心|馆|校|年)?(?:的|实际|共|已|,)*$"
)
_YEAR_IN_LINK = re.compile(r"((?:19|20)\d\d)(?:年|$|:)")
_YEAR_CLAUSE = re.compile(
    r"(?:^|[,:(、])(?:在)?((?:19|20)\d\d)年度?(?!\d)|(?:^|[,:(、])((?:上|去|前|上一)年(?!度?(?:结转|结余|末)))"
)
_LEAD = re.compile(r"(?:的|一般公共预算|为|我部|我局|我单位|本单位|本部门|[:,、])+$")
_LAST_YEAR_CLAUSE = re.compile(r"(?:^|[,;:])(?:上年度?|去年|前年|上一年度?)(?:末|底)?,?$")
_CLAUSE = re.compile(r"[^,;:()、]*$")
_SCOPED = re.compile(r"其中[:,]?[一-龥]{0,6}(?:机关|本级|本部)$|(?:局|院|委|部|校|本级)机关$")
_WITH_SUBORDINATES = re.compile(r"[及和与、](?:直属|所属|下属|二级)[一-龥]{0,6}$")
_JOINED = re.compile(r"(?:[与和及]|(?<![一二三四五六七八九十\d])、)$")
_TOTALLED = re.compile(r"合计|共计|一共")
_TELLING = re.compile(r"[\d:〇零一二三四五六七八九十百无未待优良中差格满]|没有|一般")  # all else tells no figure
_RANGE = re.compile(r"分别(?:支出|列支|安排|执行|完成|发生|开支)?(?:为|是|达到?|有|共)?")
_LONGEST_LIST = 6
_AND = re.compile(r"、|,|和|及|与|以及")
_UNIT = re.compile(r"\((?:单位:)?(亿元|千元|元)\)")
_BARE = re.compile(r"[-+−]?[\d,.]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure stated in a sentence.

    ``value`` is in 万元, a ratio, a count, a day's ordinal, points or a year; grades and names are its
    text. ``year`` is the year printed right before the noun, None where there is none, and ``period`` the
    one that the clauses before it speak of (0: an earlier one). ``scoped`` says that the words before it
    may narrow it to a part of the unit. ``printed`` is the number as the report writes it, ``start`` its
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A noun with a number: where the number stands, where the noun begins and ends."""

    at: int
    start: int
    end: int
    figure: Figure
    slot: str
    printed: str
    link: str = ""
    bare: bool = False


def statements(prose: Prose, patterns: Patterns) -> tuple[Statement, ...]:
    """Every figure of ``patterns`` that the paper states, in reading order."""
    return stated_in(sentences(prose), prose.name, patterns)


def stated_in(every: Iterable[Sentence], file: str, patterns: Patterns) -> tuple[Statement, ...]:
    """Every figure of ``patterns`` that some sentences of a file state, in reading order."""
    found: list[Statement] = []
    for sentence in every:
        if _TELLING.search(sentence.text):
            found.extend(_in_sentence(file, sentence, patterns))
    return tuple(_with_sums(found, patterns))


def _in_sentence(file: str, sentence: Sentence, patterns: Patterns) -> list[Statement]:
    candidates = [*_plain(sentence.text, patterns), *_respectively(sentence.text, patterns)]
    candidates.sort(key=lambda each: (each.at, each.bare, each.start - each.end))
    made: list[Statement] = []
    taken: set[int] = set()
    place = Place(file, paragraph=sentence.paragraph.number, quote=sentence.quote)
    for each in candidates:
        if each.at in taken:
            continue  # a longer noun before the same number decides
        taken.add(each.at)
        before = sentence.text[: each.start]
        if _refused(before, each, sentence, patterns):
            continue
        printed = each.printed
        unit = _UNIT.search(each.link)
        if unit is not None and _BARE.fullmatch(printed):
            printed += unit[1]
        value = read_slot(each.slot, printed, place)
        if value is None:
            continue
        near = _YEAR_IN_LINK.search(each.link) or _YEAR_BEFORE.search(before)
        year = int(near[1]) if near is not None else None
        made.append(Statement(each.figure.name, value, place, year, each.printed, sentence, each.at, _period(before), _scoped(sentence.text, each)))  # fmt: skip
    return made


def _plain(text: str, patterns: Patterns) -> Iterator[_Candidate]:
    for figure, wording in patterns.wordings(text):
        slot = wording.slot
        for match in wording.expression.finditer(text):
            yield _Candidate(match.start(slot), match.start("noun"), match.end("noun"), figure, slot, match[slot], match["link"], wording.bare)  # fmt: skip


def _refused(before: str, each: _Candidate, sentence: Sentence, patterns: Patterns) -> bool:
    """Whether the words before a noun make it another figure: last year's, the budget's, another body's."""
    if _LAST_YEAR_CLAUSE.search(before):
        return True
    if _JOINED.search(before) and _TOTALLED.search(each.link):
        return True  # 「甲与乙合计」
    clause = _CLAUSE.search(before)
    if clause is not None and patterns.not_in_clause.search(clause[0]):
        return True
    if (each.bare or each.figure.also) and each.figure.kind == "金额":
        headings = sentence.paragraph.headings
        if patterns.topics.search(before) or (headings and patterns.topics.search(headings[-1])):
            return True
    if _WITH_SUBORDINATES.search(before):
        return False
    bare = _LEAD.sub("", before) if not before.endswith((",", "、", ":", ";")) else ""
    return bare.endswith((*patterns.not_before, *each.figure.not_before))


def _scoped(text: str, each: _Candidate) -> bool:
    noun = text[each.start : each.end]
    return _SCOPED.search(text[: each.start] + ("机关" if noun.startswith("机关") else "")) is not None


def _period(before: str) -> int | None:
    """The year that the nearest clause before a noun speaks of, 0 for 「上年」, None where none does."""
    found = list(_YEAR_CLAUSE.finditer(before, before.rfind(";") + 1))
    if not found:
        return None
    return int(found[-1][1]) if found[-1][1] else 0


def _respectively(text: str, patterns: Patterns) -> Iterator[_Candidate]:
    """「本年收入、本年支出分别为100万元和90万元」: nouns and numbers in the same order.

    What the first noun begins with or the last ends with may stand once: 「年初、年末结转和结余分别为…」.
    """
    for match in _RANGE.finditer(text):
        for nouns in _nouns(text[: match.start()], patterns):
            position = match.end()
            values: list[tuple[int, str]] = []
            for _, _, figure in nouns:
                hit = re.compile(rf"(?:{_AND.pattern})?({SLOTS[figure.kind]})").match(text, position)
                if hit is None:
                    break
                values.append((hit.start(1), hit[1]))
                position = hit.end()
            if len(values) == len(nouns):
                for (start, end, figure), (at, printed) in zip(nouns, values, strict=True):
                    yield _Candidate(at, start, end + len(text), figure, figure.kind, printed)  # before any single noun
                break


def _nouns(left: str, patterns: Patterns) -> Iterator[list[tuple[int, int, Figure]]]:
    """The ways to read the nouns joined by 「、」 and 「和」 that a text ends with, as (start, end, figure)."""
    begin = max(left.rfind(mark) for mark in (";", ":", ")", "。")) + 1
    joints = [(begin, begin), *(hit.span() for hit in _AND.finditer(left, begin)), (len(left), len(left))]
    spans = [(stop, start) for (_, stop), (start, _) in itertools.pairwise(joints)]
    for chosen in _groupings(spans[-_LONGEST_LIST:], left):
        words = [left[start:end] for start, end in chosen]
        figures = [_in_list(word, words, patterns) for word in words]
        made = [
            (start, end, figure) for (start, end), figure in zip(chosen, figures, strict=True) if figure is not None
        ]
        if len({figure.name for _, _, figure in made}) == len(chosen) > 1:
            yield made


def _groupings(spans: list[tuple[int, int]], left: str) -> Iterator[list[tuple[int, int]]]:
    """The ways to end with some of the spans, two neighbours taken as one where a noun has an 「和」 inside; longest first."""
    if not spans:
        yield []
        return
    for before in _groupings(spans[:-1], left):
        yield [*before, spans[-1]]
    if len(spans) > 1 and left[spans[-2][1]] not in "、,":
        for before in _groupings(spans[:-2], left):
            yield [*before, (spans[-2][0], spans[-1][1])]
    yield []


def _in_list(word: str, words: list[str], patterns: Patterns) -> Figure | None:
    """The figure that a word names, by itself, with the end of the last word, or with the beginning of the first."""
    first, last = words[0], words[-1]
    tails = (word + last[i:] for i in range(1, len(last)))
    heads = (first[:i] + word for i in range(len(first) - 1, 0, -1))
    return next((figure for text in (word, *tails, *heads) if (figure := named(text, patterns, len(word))) is not None), None)  # fmt: skip


def named(text: str, patterns: Patterns, within: int = 0) -> Figure | None:
    """The figure whose noun a text ends with, None where there is none or the words before make it another.

    The noun begins within the first ``within`` characters, if that is given.
    """
    for figure, wording in patterns.wordings(text):
        for hit in wording.noun.finditer(text) if wording.noun is not None else ():
            before = text[: hit.start()]
            if hit.end() == len(text) and (not within or hit.start() < within) and not patterns.not_in_clause.search(before) and not before.endswith(patterns.not_before):  # fmt: skip
                return figure
    return None


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
                yield replace(each, figure=rule.total, value=replace(each.value, number=number, text=printed), printed=printed)  # fmt: skip
