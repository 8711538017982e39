"""Which day of the budget or the accounts a date is: 「部门预算于3月6日批复，3月20日公开」."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xlcheck.expressions import expression
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportgrammar import SLOTS

_DATE = expression(SLOTS["日期"])
_YEAR = expression(r"((?:19|20)\d\d)年度?(?:的|我|本)?(?:单位|部门|局|院|校|委)?(?:部门|单位)?$")
_BOUND = expression(r"(?:起|止|[之以]?[前后]|以来)")  # a day before or after which something was done
_STOP = expression(r"[;。]")
_CLAUSE = expression(r"[,、(]")
_FAR = 30  # characters behind a date in which its verb stands
_NEAR = 12  # characters before it


@dataclass(frozen=True, slots=True)
class Day:
    """A date: where it stands, the figure that it is, the year of what was approved or published, as printed."""

    at: int
    figure: Figure
    year: int | None
    printed: str
    loose: bool


def days(text: str, announced: str, patterns: Patterns) -> Iterator[Day]:
    """The dates of a sentence with a verb of a figure (批复, 公开) beside them and its subject (预算, 决算) before them.

    ``announced`` is what the sentence stands under: its subject may stand there.
    """
    dates = list(_DATE.finditer(text))
    figures, acts, subjects = patterns.days
    last: re.Match[str] | None = None  # the verb of the date before: 「公开：预算3月6日，决算8月1日」
    for number, date in enumerate(dates):
        if _BOUND.match(text, date.end()):
            continue
        until = dates[number + 1].start() if number + 1 < len(dates) else len(text)
        behind = _STOP.split(text[date.end() : min(until, date.end() + _FAR)])[0]
        since = dates[number - 1].end() if number else 0
        before = list(acts.finditer(text, max(since, date.start() - _NEAR), date.start()))
        clause = _CLAUSE.split(behind)[0]
        near = acts.search(clause)
        done_to = subjects.search(clause, near.end()) if near is not None else None  # 「8月10日公开了部门决算」
        act = near or (before[-1] if before else acts.search(behind))
        act = act or (last if date.start() - since <= _NEAR else None)
        last = act
        if act is None:
            continue
        told = [hit.span() for hit in subjects.finditer(text, 0, date.start())]
        later = subjects.search(behind)
        if done_to is not None:
            subject, year = done_to[0], _YEAR.search(clause[: done_to.start()])
        elif told:
            begin, end = told[-1]
            subject, year = text[begin:end], _YEAR.search(text[:begin])
        elif later is not None:
            subject, year = later[0], _YEAR.search(behind[: later.start()])
        else:
            subject, year = next(reversed(subjects.findall(announced)), ""), None
        figure = next((each for each in figures if act[0] in each.acts and each.subject == subject), None)
        if figure is not None:
            yield Day(date.start(), figure, int(year[1]) if year is not None else None, date[0], not told and later is None)  # fmt: skip
