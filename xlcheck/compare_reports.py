"""Two narrative reports: their figures one by one, and their wording."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.compare_forms import difference
from xlcheck.comparison import REPORT, Compared, Matter, Printed, State
from xlcheck.labels import same_name
from xlcheck.model import Kind, Place, Prose, Submission, Value
from xlcheck.reportfile import NO_PATTERNS, Figure, Patterns
from xlcheck.reportgrammar import fold
from xlcheck.reportreading import read_report
from xlcheck.reportrules import beside_forms, grade_meant
from xlcheck.reportsentences import Sentence
from xlcheck.rules import Pack
from xlcheck.slotvalues import agree, read_slot
from xlcheck.statements import Statement, statements
from xlcheck.wording import Change, Wording, compare_wording

_KINDS = {"金额": "amount", "比率": "percent", "日期": "date"}  # of figures → of fields; all else counts
_NUMBER = re.compile(
    r"(?P<日期>\d{4}年\d{1,2}月\d{1,2}日)|(?P<比率>\d+(?:\.\d+)?[%‰])"
    r"|(?P<金额>\d[\d,]*(?:\.\d+)?(?:亿元|百万元|万元|千元|元))|\d[\d,]*(?:\.\d+)?"
)
_LISTED = re.compile(r"[,;:(]?\d{1,2}[.、)]")  # the number of an item
_BEFORE = re.compile(r"[^,。;:、()]{0,14}$")


def compare_reports(submitted: Prose, published: Prose, pack: Pack) -> tuple[list[Compared], Wording]:
    """The figures that the reports state, other numbers that changed, and each change of their wording."""
    wording = compare_wording(submitted, published)
    patterns = pack.report if pack.report is not None else NO_PATTERNS
    stated = statements(submitted, patterns), statements(published, patterns)
    found = list(_figures(stated, wording, patterns, pack))
    for number, change in enumerate(wording.changes, 1):
        if change.submitted and change.published:
            told = [each for each in found if each.change == number and each.state is not State.EQUAL]
            ours, theirs = _numbers(change.submitted, submitted.name), _numbers(change.published, published.name)
            found += _other_numbers(list(ours), list(theirs), told, number)
        found.append(_wording(change, number, submitted.name, published.name))
    return sorted(found, key=lambda each: each.change), wording  # in the order of the text


def compare_with_forms(prose: Prose, forms: Submission, pack: Pack, *, published: bool) -> list[Compared]:
    """A report's figures against the other side's forms; ``published`` says that the report is the published one.

    For a page that is all that was published, where no report was filed to hold it against.
    """
    if pack.report is None:
        return []
    found = []
    for statement, _, cell, differs in beside_forms(read_report(prose, pack.report), forms, pack):
        sides = Printed(cell.text.strip(), cell.place), Printed(statement.printed, statement.place)
        values = (cell, statement.value) if published else (statement.value, cell)
        kind = _KINDS.get(pack.report.figure(statement.figure).kind, "count")
        state, gap = (State.DIFFERS, difference(*values, kind)) if differs else (State.EQUAL, None)
        found.append(Compared(Matter.FIGURE, REPORT, statement.figure, *(sides if published else sides[::-1]), state, gap))  # fmt: skip
    return found


Key = tuple[int, str]  # of a sentence: its paragraph and its text


def _key(sentence: Sentence) -> Key:
    return sentence.paragraph.number, sentence.text


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement and the change of the text in which it stands; 0: the text is the same on both sides."""

    statement: Statement
    change: int


def _figures(stated: tuple[tuple[Statement, ...], tuple[Statement, ...]], wording: Wording, patterns: Patterns, pack: Pack) -> Iterator[Compared]:  # fmt: skip
    """Each figure on both sides, paired by what it is and for which year; none is said of the evaluated one.

    Where the text is the same on both sides its figures are, however they were read; so only figures in
    sentences that changed can differ.
    """
    changed: tuple[dict[Key, int], dict[Key, int]] = ({}, {})
    for number, change in enumerate(wording.changes, 1):
        for of, found in zip(changed, (change.submitted, change.published), strict=True):
            of.update((_key(sentence), number) for sentence in found)
    groups: defaultdict[tuple[str, int | None], tuple[list[_Said], list[_Said]]] = defaultdict(lambda: ([], []))
    for side, statements_ in enumerate(stated):
        for each in statements_:
            said = _Said(each, changed[side].get(_key(each.sentence), 0))
            groups[each.figure, each.year if each.year != pack.year else None][side].append(said)
    for (name, year), (left, right) in groups.items():
        figure = patterns.figure(name)
        label = f"{year}年{name}" if year is not None and figure.kind != "年度" else name
        yield from _paired(label, figure, left, right, pack, wording)


def _paired(label: str, figure: Figure, left: list[_Said], right: list[_Said], pack: Pack, wording: Wording) -> Iterator[Compared]:  # fmt: skip
    equal: list[_Said] = []
    for settled in (True, False):  # what stands in text that is the same finds its like there first
        for ours in [said for said in left if bool(said.change) != settled]:
            theirs = next((said for said in right if bool(said.change) != settled and _same(ours, said, figure, pack)), None)  # fmt: skip
            if theirs is not None:
                left.remove(ours)
                right.remove(theirs)
                equal.append(ours)
                yield _compared(label, figure, ours, theirs, State.EQUAL)
    left, right = ([said for said in side if said.change] for side in (left, right))
    for ours, theirs in zip(left, right, strict=False):
        yield _compared(label, figure, ours, theirs, State.DIFFERS)
    for side, alone in ((State.SUBMITTED_ONLY, left[len(right) :]), (State.PUBLISHED_ONLY, right[len(left) :])):
        filed = side is State.SUBMITTED_ONLY
        for said in alone:
            change = wording.changes[said.change - 1]
            there = change.published if filed else change.submitted
            elsewhere = any(_same(said, other, figure, pack) for other in equal)
            if not elsewhere and not _worded_otherwise(said.statement, there):
                yield _compared(label, figure, said if filed else None, None if filed else said, side)


def _worded_otherwise(statement: Statement, there: tuple[Sentence, ...]) -> bool:
    """Whether the other side's sentences hold the figure in words that the pack does not know."""
    if statement.value.number is None:
        return any(statement.printed in sentence.text for sentence in there)
    return any(agree(statement.value, number.value) for number in _numbers(there, ""))


def _compared(label: str, figure: Figure, ours: _Said | None, theirs: _Said | None, state: State) -> Compared:
    gap = None
    if state is State.DIFFERS and ours is not None and theirs is not None:
        gap = difference(ours.statement.value, theirs.statement.value, _KINDS.get(figure.kind, "count"))
    change = max(said.change for said in (ours, theirs) if said is not None)
    return Compared(Matter.FIGURE, REPORT, label, _printed(ours), _printed(theirs), state, gap, change)


def _printed(said: _Said | None) -> Printed | None:
    return Printed(said.statement.printed, said.statement.place) if said is not None else None


def _same(ours: _Said, theirs: _Said, figure: Figure, pack: Pack) -> bool:
    left, right = ours.statement, theirs.statement
    if left.value.number is not None and right.value.number is not None:
        return agree(left.value, right.value)
    if left.value.number is not None or right.value.number is not None:
        return False
    if figure.kind == "等级":
        return grade_meant(left.printed, pack) == grade_meant(right.printed, pack)
    return same_name(fold(left.printed), fold(right.printed))


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of a sentence: the words before it, its kind as of figures, as printed, its value."""

    label: str
    kind: str
    printed: str
    value: Value


def _other_numbers(ours: list[_Number], theirs: list[_Number], told: list[Compared], change: int) -> Iterator[Compared]:
    """The numbers of a changed sentence that one side alone has, without the figures that were ``told``."""
    left, right = list(ours), list(theirs)
    for each in ours:
        same = next((other for other in right if agree(each.value, other.value)), None)
        if same is not None:
            left.remove(each)
            right.remove(same)
    for side, numbers in ((0, left), (1, right)):
        texts = [printed.text for each in told if (printed := (each.submitted, each.published)[side]) is not None]
        numbers[:] = [each for each in numbers if not any(text.startswith(each.printed) for text in texts)]
    for one in left:
        other = next((each for each in right if each.label == one.label), right[0] if right else None)
        if other is None:
            yield Compared(Matter.FIGURE, REPORT, one.label, _number(one), None, State.SUBMITTED_ONLY, change=change)
            continue
        right.remove(other)
        gap = difference(one.value, other.value, _KINDS.get(one.kind, "count")) if one.kind == other.kind else None
        yield Compared(Matter.FIGURE, REPORT, one.label, _number(one), _number(other), State.DIFFERS, gap, change)
    for other in right:
        yield Compared(Matter.FIGURE, REPORT, other.label, None, _number(other), State.PUBLISHED_ONLY, change=change)


def _number(number: _Number) -> Printed:
    return Printed(number.printed, number.value.place)


def _numbers(sentences: tuple[Sentence, ...], file: str) -> Iterator[_Number]:
    for sentence in sentences:
        place = Place(file, paragraph=sentence.paragraph.number, quote=sentence.quote)
        for match in _NUMBER.finditer(sentence.text):
            if _LISTED.fullmatch(sentence.text, max(0, match.start() - 1), match.end() + 1):
                continue
            value = read_slot(match.lastgroup, match[0], place) if match.lastgroup is not None else None
            if value is None:
                value = Value(Decimal(re.sub(r"[^\d.]", "", match[0])), match[0], Kind.NUMBER, Decimal(0), place)
            before = _BEFORE.search(sentence.text[: match.start()].rstrip(":(、"))
            yield _Number((before[0] if before is not None else "") or "数字", match.lastgroup or "", match[0], value)


def _wording(change: Change, number: int, submitted: str, published: str) -> Compared:
    state = State.DIFFERS
    if not change.submitted or not change.published:
        state = State.PUBLISHED_ONLY if not change.submitted else State.SUBMITTED_ONLY
    words = "；".join(f"{went or '（无）'}→{came or '（无）'}" for went, came in change.words)
    return Compared(Matter.TEXT, REPORT, "文字", _quoted(change.submitted, submitted), _quoted(change.published, published), state, words or None, number)  # fmt: skip


def _quoted(sentences: tuple[Sentence, ...], file: str) -> Printed | None:
    if not sentences:
        return None
    text = "".join(sentence.quote for sentence in sentences)
    return Printed(text, Place(file, paragraph=sentences[0].paragraph.number, quote=text))
