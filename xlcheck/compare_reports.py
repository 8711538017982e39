"""Two narrative reports: their figures one by one, and their wording."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from xlcheck.compare_forms import difference
from xlcheck.comparison import REPORT, Compared, Matter, Printed, State
from xlcheck.labels import same_name
from xlcheck.model import Kind, Place, Prose, Submission, Value
from xlcheck.reportfile import Figure, Patterns, fold
from xlcheck.reportrules import beside_forms, grade_meant, read_report
from xlcheck.rules import Pack
from xlcheck.statements import Sentence, Statement, agree, read_slot, statements
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
    patterns = pack.report if pack.report is not None else Patterns((), (), ())
    stated = statements(submitted, patterns), statements(published, patterns)
    found = list(_figures(stated, wording, patterns, pack))
    for number, change in enumerate(wording.changes, 1):
        ours, theirs = (
            list(_numbers(sentences, prose.name, known))
            for sentences, prose, known in zip(
                (change.submitted, change.published), (submitted, published), stated, strict=True
            )
        )
        if change.submitted and change.published:
            found += _other_numbers(ours, theirs, number)
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
    """Each figure on both sides, paired by what it is and for which year.

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
            groups[each.figure, each.year][side].append(said)
    for (name, year), (left, right) in groups.items():
        figure = patterns.figure(name)
        label = f"{year}年{name}" if year is not None and figure.kind != "年度" else name
        yield from _paired(label, figure, left, right, pack)


def _paired(label: str, figure: Figure, left: list[_Said], right: list[_Said], pack: Pack) -> Iterator[Compared]:
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
        for said in alone:
            if not any(_same(said, other, figure, pack) for other in equal):  # the other side says it elsewhere
                filed = side is State.SUBMITTED_ONLY
                yield _compared(label, figure, said if filed else None, None if filed else said, side)


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
    """A number that no pattern of the pack knows: the words before it, its kind as of figures, as printed, its value."""

    label: str
    kind: str
    printed: str
    value: Value


def _other_numbers(ours: list[_Number], theirs: list[_Number], change: int) -> Iterator[Compared]:
    """The numbers of a changed sentence, known figures apart, that are not the same on both sides."""
    matcher = SequenceMatcher(
        None, [each.value.number for each in ours], [each.value.number for each in theirs], autojunk=False
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for at in range(max(i2 - i1, j2 - j1)):
            gap = None
            left = ours[i1 + at] if i1 + at < i2 else None
            right = theirs[j1 + at] if j1 + at < j2 else None
            if left is None or right is None:
                state = State.SUBMITTED_ONLY if right is None else State.PUBLISHED_ONLY
            elif agree(left.value, right.value):
                continue
            else:
                state = State.DIFFERS
                gap = (
                    difference(left.value, right.value, _KINDS.get(left.kind, "count"))
                    if left.kind == right.kind
                    else None
                )
            label = next(each.label for each in (left, right) if each is not None)
            one, other = (
                Printed(each.printed, each.value.place) if each is not None else None for each in (left, right)
            )
            yield Compared(Matter.FIGURE, REPORT, label, one, other, state, gap, change)


def _numbers(sentences: tuple[Sentence, ...], file: str, known: Iterable[Statement]) -> Iterator[_Number]:
    spans = defaultdict(list)
    for each in known:
        spans[_key(each.sentence)].append(range(each.start, each.start + len(each.printed)))
    for sentence in sentences:
        place = Place(file, paragraph=sentence.paragraph.number, quote=sentence.quote)
        for match in _NUMBER.finditer(sentence.text):
            if _LISTED.fullmatch(sentence.text, max(0, match.start() - 1), match.end() + 1) or any(
                match.start() in span for span in spans[_key(sentence)]
            ):
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
