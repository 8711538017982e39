"""Numbers that no wording reads and that are nearly a figure of the forms: 2796.62 written as 2769.62.

A word for the figure (one of its ``hint``) stands beside the number, before it in its sentence or above it; that the
digits are those of the cell but for one, or in another unit, tells that the number is meant for it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.expressions import expression
from xlcheck.model import Place, Submission, Value
from xlcheck.papers.numbers import MONEY_UNITS
from xlcheck.procedures import BASE
from xlcheck.reportcolumns import one_column
from xlcheck.reportdoubts import doubtful
from xlcheck.reportfile import Figure
from xlcheck.reportlinks import differs, linked
from xlcheck.reportnouns import mentioned
from xlcheck.reportreading import Reading
from xlcheck.reportscope import told_of_others
from xlcheck.reportsentences import Sentence
from xlcheck.rules import Pack
from xlcheck.slotvalues import read_slot

_NUMBER = expression(
    r"(?P<金额>\d[\d,]*(?:\.\d+)?(?:亿元|百万元|万元|千元|元|亿|万)(?![人次亩户平条件台家吨个册])|(?<![\d.年月第])\d[\d,]*\.\d\d(?=[,;。)、]|$))"
    r"|(?P<比率>\d+(?:\.\d+)?%)|(?P<分数>\d+(?:\.\d+)?分(?![之为钟]))"
)
_CHANGE = expression(r"增|减|升|降|超|差额|节约|占|每|均|标准|定额|第|条|号|前年|往年|累计")
_YEAR = expression(r"((?:19|20)\d\d)年(?!度?初)")
_BEHIND = expression(r"(?:\([^()\d]{2,20}\)|(?:,?(?:即|是|为|属于?|用于|用在|来自)|的)[^\d,;:()]{2,20})")
LEAST, _SURE = 4, 5  # digits: with fewer a likeness tells nothing; with as many the noun may stand further away
_FACTORS = frozenset(one / other for one in MONEY_UNITS.values() for other in MONEY_UNITS.values() if one != other)


@dataclass(frozen=True, slots=True)
class Slip:
    """A number of a sentence, and the cell that it is meant for; ``how`` says in words what makes it likely."""

    sentence: Sentence
    figure: Figure
    printed: str
    label: str
    cell: Value
    how: str


def slips(reading: Reading, submission: Submission, pack: Pack, judged: Container[tuple[int, int]], confirmed: Container[tuple[str, str]]) -> Iterator[Slip]:  # fmt: skip
    """Every number of the text that is a slip for a cell; ``judged`` are those that were compared, by sentence and place.

    The fields and columns of ``confirmed`` are stated rightly elsewhere: more must speak for a slip for them.
    """
    return _Net(reading, submission, pack, confirmed).slips(judged)


class _Net:
    """What the numbers of one report may be meant for."""

    def __init__(self, reading: Reading, submission: Submission, pack: Pack, confirmed: Container[tuple[str, str]]) -> None:  # fmt: skip
        self.reading, self.submission, self.pack, self.confirmed = reading, submission, pack, confirmed
        self.patterns = reading.patterns
        self.told = {(id(s.sentence), s.figure): s.start for s in reading.statements}
        document = submission.document(BASE)
        fields = document.fields.items() if document is not None else ()
        self.fields = {key: value for key, value in fields if value.number}
        rows = document.tables.get("项目", ()) if document is not None else ()
        self.cells = [*self.fields.values(), *(value for row in rows for value in row.values() if value.number)]
        self.musts = [figure for figure in self.patterns.figures if figure.must and figure.kind == "金额"]

    def slips(self, judged: Container[tuple[int, int]]) -> Iterator[Slip]:
        for sentence in self.reading.sentences:
            others = told_of_others(sentence.text)
            end = 0
            for match in _NUMBER.finditer(sentence.text):
                lead, start, end = sentence.text[end : match.start()], match.start(), match.end()
                if (id(sentence), start) in judged or any(begin <= start < stop for begin, stop in others):
                    continue
                if size(match[0]) < LEAST or _CHANGE.search(lead):
                    continue
                found = self._slip(sentence, match, lead)
                if found is not None:
                    yield found

    def _slip(self, sentence: Sentence, match: re.Match[str], lead: str) -> Slip | None:
        kind = match.lastgroup or ""
        printed = match[0] if kind != "金额" or not match[0][-1].isdigit() else match[0] + sentence.unit
        value = read_slot(kind, printed, Place(self.reading.prose.name))
        if value is None or value.number is None or any(_same(value, cell) for cell in self.cells):
            return None
        noun = mentioned(self.patterns, lead) if kind == "比率" else None
        for figure, near in self._meant(sentence, match, lead, kind):
            if noun is not None and noun.kind == "金额" and figure.behind and noun.name not in figure.behind:
                continue  # 「公用经费执行率」
            if size(printed) < _SURE and (not near or (figure.field, figure.column) in self.confirmed or doubtful(sentence.text, match.start(), match.start(), match.end(), figure, self.patterns)):  # fmt: skip
                continue
            told = self.told.get((id(sentence), figure.name))
            cell = linked(figure, self.submission, self.pack) if told in (None, match.start()) else None
            how = slip_of(value, cell[1]) if cell is not None else ""
            if cell is None or not how or not differs(value, cell[1], figure) or self._stated(cell[1], sentence, kind):
                continue
            if not (self._derived(value) if kind == "金额" else _quotient(value, sentence)):
                return Slip(sentence, figure, match[0], *cell, how)
        return self._of_must(sentence, match[0], value) if kind == "金额" and size(printed) >= _SURE else None

    def _meant(self, sentence: Sentence, match: re.Match[str], lead: str, kind: str) -> Iterator[tuple[Figure, bool]]:
        """The figures that words around a number speak of, the nearest first, and whether they stand beside it."""
        text = sentence.text
        behind = _BEHIND.match(text, match.end())
        beside = lead + (behind[0] if behind is not None else "")
        column = one_column([column for column, _, _ in self.patterns.columns_in(lead)])
        years = _YEAR.findall(text[: match.start()])
        if years and int(years[-1]) != self.pack.year:
            column = (
                self.patterns.columns.get("上年") if int(years[-1]) == self.pack.year - 1 and column is None else None
            )
            if column is None:
                return
        seen: set[str] = set()
        for words, near in (
            (beside, True),
            (text[: match.start()], False),
            ("".join(sentence.paragraph.headings[-1:]), False),
        ):
            for figure in self.patterns.hinted(words, kind):
                if figure.name not in seen:
                    seen.add(figure.name)
                    told = figure if column is None else self.patterns.variants.get((figure.name, column.name))
                    if told is not None:
                        yield told, near

    def _stated(self, cell: Value, sentence: Sentence, kind: str) -> bool:
        """Whether the cell's own number stands in a sentence."""
        numbers = (
            read_slot(kind, hit[0], cell.place) for hit in _NUMBER.finditer(sentence.text) if hit.lastgroup == kind
        )
        return any(number is not None and _same(number, cell) for number in numbers)

    def _derived(self, value: Value) -> bool:
        """Whether a number is the sum or the difference of two cells of a column, or the difference of two of a row."""
        pairs = [
            (left, right)
            for (row, column), left in self.fields.items()
            for (other_row, other_column), right in self.fields.items()
            if left is not right and (column == other_column or row == other_row)
        ]
        number, half = value.number or Decimal(0), value.half_width
        return any(
            abs(abs(left.number - right.number) - number) <= half or abs(left.number + right.number - number) <= half
            for left, right in pairs
            if left.number is not None and right.number is not None
        )

    def _of_must(self, sentence: Sentence, printed: str, value: Value) -> Slip | None:
        """A slip for a figure that every report states and this one nowhere else does, whatever it is called."""
        for figure in self.musts:
            cell = linked(figure, self.submission, self.pack)
            if cell is None or not differs(value, cell[1], figure) or self._told(figure, cell[1]):
                continue
            how = slip_of(value, cell[1])
            if how:
                return Slip(sentence, figure, printed, *cell, how)
        return None

    def _told(self, figure: Figure, cell: Value) -> bool:
        """Whether the text states a figure, by a noun that can mean nothing else or with the cell's number."""
        stated = ((self.patterns.figure(s.figure), s) for s in self.reading.statements)
        return any(
            other.field == figure.field
            and not other.columns
            and (not other.also or differs(s.value, cell, figure) is False)
            for other, s in stated
        )


def _quotient(value: Value, sentence: Sentence) -> bool:
    """Whether a rate is what one amount of its sentence is of another."""
    hits = (hit[0] for hit in _NUMBER.finditer(sentence.text) if hit.lastgroup == "金额")
    read = (read_slot("金额", hit, Place("")) for hit in hits)
    amounts = [each for each in read if each is not None and each.number]
    number, half = value.number or Decimal(0), value.half_width
    return any(
        abs(part.number - number * whole.number) <= half * whole.number + part.half_width + number * whole.half_width
        for part in amounts
        for whole in amounts
        if part is not whole and part.number is not None and whole.number is not None
    )


def _same(value: Value, cell: Value) -> bool:
    assert value.number is not None
    return cell.number is not None and abs(cell.number - value.number) <= value.half_width


def size(printed: str) -> int:
    """The significant digits of a number."""
    return len(re.sub(r"\D", "", printed).strip("0"))


def slip_of(value: Value, cell: Value, least: int = LEAST) -> str:
    """In words, that a number is a cell's with one digit changed, left out or added, two exchanged, or in another unit.

    With fewer digits than ``least`` a likeness tells nothing.
    """
    if value.number is None or not cell.number or size(value.text) < least:
        return ""
    if any(
        abs(value.number - cell.number * factor) <= value.half_width + cell.half_width * factor for factor in _FACTORS
    ):
        return "数字相同，单位或小数点不同"
    digits = f"{value.number / value.scale:f}"
    decimals = len(digits.partition(".")[2])
    meant = f"{(cell.number / value.scale).quantize(Decimal(1).scaleb(-decimals)):f}"
    return _likeness(digits.replace(".", ""), meant.replace(".", ""))


def _likeness(left: str, right: str) -> str:
    if len(left) == len(right):
        odd = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
        if len(odd) == 1:
            return "只差一个数字"
        swapped = (
            len(odd) == 2 and odd[1] == odd[0] + 1 and left[odd[0]] == right[odd[1]] and left[odd[1]] == right[odd[0]]
        )
        return "相邻两个数字颠倒" if swapped else ""
    short, long = sorted((left, right), key=len)
    one_more = len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
    return "多写或少写一个数字" if one_more else ""
