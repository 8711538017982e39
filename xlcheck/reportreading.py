"""A narrative report as read: its sentences and the figures that they state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from xlcheck.expressions import expression
from xlcheck.model import Prose
from xlcheck.reportfile import Patterns
from xlcheck.reportgrammar import HOLLOW
from xlcheck.reportsentences import Sentence
from xlcheck.statements import Statement, stated_in, told

_PART_SCORE = expression(r"满分|(?<!自评)分值|权重|该项|此项|本项|该指标")
_FULL_MARKS = expression(r"\(?(?:总分|满分)(?:值|为|是)*100分[,)]?")


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as read: its text and sentences, the figures it states, and the other units' names of the same run.

    ``empty`` has the sentence where a figure's place was left empty, by the figure's name.
    """

    prose: Prose
    patterns: Patterns
    sentences: tuple[Sentence, ...]
    statements: tuple[Statement, ...]
    empty: Mapping[str, Sentence]
    others: tuple[str, ...] = ()


def read_report(prose: Prose, patterns: Patterns, others: tuple[str, ...] = ()) -> Reading:
    """A report made ready for the rules; ``prose.name`` is the file relative to the path that was checked."""
    every = told(prose, patterns)
    return Reading(prose, patterns, every, stated_in(every, prose.name, patterns), _empty(every, patterns), others)


def _empty(every: Iterable[Sentence], patterns: Patterns) -> dict[str, Sentence]:
    """The first sentence that leaves a figure's place empty, by the figure's name."""
    found: dict[str, Sentence] = {}
    for sentence in every:
        if HOLLOW.search(sentence.text):
            for figure, wording in patterns.wordings(sentence.text):
                if figure.name not in found and wording.left_blank(sentence.text):
                    found[figure.name] = sentence
    return found


def this_year(reading: Reading, year: int) -> Iterator[Statement]:
    """What is stated of the evaluated year, and of the year before it where the forms have a column for that."""
    for statement in meant(reading):
        told = statement.period if statement.year is None else statement.year
        if statement.figure == "评价年度" or told in (None, year):
            yield statement
        elif told in (0, year - 1) and (earlier := reading.patterns.earlier(statement.figure)) is not None:
            yield replace(statement, figure=earlier.name, year=None, period=None)


def meant(reading: Reading) -> Iterator[Statement]:
    """The statements, without the points of single indicators where they are not the total."""
    totals = [s for s in reading.statements if reading.patterns.figure(s.figure).score]
    strong = [
        s
        for s in totals
        if re.search("等级|等次|总分|总得分|综合|最终", s.sentence.text)
        or "结果" in "".join(s.sentence.paragraph.headings)
    ]
    weak = {
        id(s)
        for s in totals
        if (strong and s not in strong) or _PART_SCORE.search(_FULL_MARKS.sub("", s.sentence.text))
    }
    many = not strong and len({s.value.number for s in totals}) > 2
    return (s for s in reading.statements if id(s) not in weak and not (many and s in totals))
