"""Numbers that no wording reads and that are a figure of the forms with a slip of the pen: 2796.62 written as 2769.62.

A noun of the figure stands before the number, in its sentence or above it, with words between that nobody foresaw;
that the digits are those of the cell but for one, or in another unit, tells that the number is meant for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.model import Place, Submission, Value
from xlcheck.papers.numbers import MONEY_UNITS
from xlcheck.procedures import BASE
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportlinks import differs, linked
from xlcheck.reportreading import Reading
from xlcheck.reportscope import told_of_others
from xlcheck.reportsentences import Sentence
from xlcheck.rules import Pack
from xlcheck.slotvalues import read_slot

_NUMBER = re.compile(
    r"(?P<金额>\d[\d,]*(?:\.\d+)?(?:亿元|百万元|万元|千元|元|亿|万)(?![人次亩户平条件台家]))|(?P<比率>\d+(?:\.\d+)?%)|(?P<分数>\d+(?:\.\d+)?分(?![之为钟]))"
)
_OTHER = re.compile(  # what makes a number another one than the noun's own
    r"上年|去年|前年|同期|往年|年初|期初|预算|计划|(?:19|20)\d\d年|增|减|升|降|超|节约|比|较|占|每|均|标准|定额|第|条|号"
)
_LEAST, _SURE = 4, 5  # digits: with fewer a likeness tells nothing; with as many the noun may stand further away
_FACTORS = frozenset(one / other for one in MONEY_UNITS.values() for other in MONEY_UNITS.values() if one != other)


@dataclass(frozen=True, slots=True)
class Slip:
    """A number of a sentence, and the cell that it is meant for."""

    sentence: Sentence
    figure: Figure
    printed: str
    label: str
    cell: Value


def slips(reading: Reading, submission: Submission, pack: Pack) -> Iterator[Slip]:
    """Every number of the text that is a slip for a cell whose noun stands before it."""
    read = {(id(s.sentence), s.start) for s in reading.statements}
    told = {(id(s.sentence), s.figure) for s in reading.statements}
    cells = list(_cells(submission))
    musts = [
        (figure, *cell)
        for figure in reading.patterns.figures
        if figure.must
        and (cell := linked(figure, submission, pack)) is not None
        and not _told(figure, cell[1], reading)
    ]
    for sentence in reading.sentences:
        others = told_of_others(sentence.text)
        end = 0
        for match in _NUMBER.finditer(sentence.text):
            lead, end = sentence.text[end : match.start()], match.end()
            if (id(sentence), match.start()) in read or any(begin <= match.start() < stop for begin, stop in others):
                continue
            kind = match.lastgroup or ""
            value = read_slot(kind, match[0], Place(reading.prose.name))
            if value is None or not value.number or _OTHER.search(lead) or _size(match[0]) < _LEAST:
                continue
            if any(cell.number is not None and abs(cell.number - value.number) <= value.half_width for cell in cells):
                continue  # it is another cell's
            for figure, near in _before(sentence, match.start(), lead, kind, reading.patterns):
                cell = linked(figure, submission, pack) if (id(sentence), figure.name) not in told else None
                if cell is not None and (near or _size(match[0]) >= _SURE) and is_slip(value, cell[1]) and differs(value, cell[1], figure):  # fmt: skip
                    yield Slip(sentence, figure, match[0], *cell)
                    break
            else:
                yield from _of_must(sentence, match[0], value, musts) if _size(match[0]) >= _SURE else ()


def _told(figure: Figure, cell: Value, reading: Reading) -> bool:
    """Whether the text states a figure, by a noun that can mean nothing else or with the cell's number."""
    stated = ((reading.patterns.figure(s.figure), s) for s in reading.statements)
    return any(
        other.field == figure.field
        and not other.columns
        and (not other.also or differs(s.value, cell, figure) is False)
        for other, s in stated
    )


def _of_must(sentence: Sentence, printed: str, value: Value, musts: list[tuple[Figure, str, Value]]) -> Iterator[Slip]:
    """A slip for a figure that every report states and this one nowhere else does, whatever it is called."""
    for figure, label, cell in musts:
        if figure.kind == "金额" and is_slip(value, cell) and differs(value, cell, figure):
            yield Slip(sentence, figure, printed, label, cell)
            return


def _cells(submission: Submission) -> Iterator[Value]:
    """Every number of the base data table."""
    document = submission.document(BASE)
    if document is not None:
        yield from (value for value in document.fields.values() if value.number)
        yield from (value for row in document.tables.get("项目", ()) for value in row.values() if value.number)


def _size(printed: str) -> int:
    """The significant digits of a number."""
    return len(re.sub(r"\D", "", printed).strip("0"))


def _before(sentence: Sentence, stop: int, lead: str, kind: str, patterns: Patterns) -> Iterator[tuple[Figure, bool]]:
    """The figures whose nouns stand before a number, the nearest first, and whether no other number is between."""
    found: dict[str, tuple[int, Figure]] = {}
    before = sentence.text[:stop]
    for figure, wording in patterns.wordings(before):
        if figure.kind == kind and wording.noun is not None:
            for hit in wording.noun.finditer(before):
                found[figure.name] = max(
                    found.get(figure.name, (0, figure)), (hit.end(), figure), key=lambda each: each[0]
                )
    for at, figure in sorted(found.values(), key=lambda each: -each[0]):
        yield figure, at > stop - len(lead)


def is_slip(value: Value, cell: Value) -> bool:
    """Whether a number is a cell's with one digit changed, left out or added, two exchanged, or in another unit."""
    if value.number is None or not cell.number or _size(value.text) < _LEAST:
        return False
    if any(
        abs(value.number - cell.number * factor) <= value.half_width + cell.half_width * factor for factor in _FACTORS
    ):
        return True
    digits = f"{value.number / value.scale:f}"
    decimals = len(digits.partition(".")[2])
    meant = f"{(cell.number / value.scale).quantize(Decimal(1).scaleb(-decimals)):f}"
    return _alike(digits.replace(".", ""), meant.replace(".", ""))


def _alike(left: str, right: str) -> bool:
    if len(left) == len(right):
        odd = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
        swapped = (
            len(odd) == 2 and odd[1] == odd[0] + 1 and left[odd[0]] == right[odd[1]] and left[odd[1]] == right[odd[0]]
        )
        return len(odd) == 1 or swapped
    short, long = sorted((left, right), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
