"""Completion rates that a sentence states of a noun (「项目支出执行率90%」), recomputed from its amount and its budgets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from xlcheck.expressions import expression
from xlcheck.model import Value
from xlcheck.reportdoubts import doubtful
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportknown import Held, Known
from xlcheck.reportnouns import named, plainly_named
from xlcheck.reportrates import Trouble, completion
from xlcheck.reportsentences import Sentence
from xlcheck.statements import Statement

_LINK = r"(?:为|是|约|达到?|:)*"
_RATE = r"(?P<rate>\d+(?:\.\d+)?)%"
_DONE = expression(
    rf"(?P<noun>[一-龥]{{0,16}}?)的?(?:(?P<base>全年|年初|调整后)?的?预算)?(?:执行|完成)率{_LINK}{_RATE}"
    rf"|(?P<spent>(?:全年|本年|年度|整体|部门整体)?(?:实际|总)?支出)(?:占|完成)了?(?:全年|年初|调整后)?的?预算(?:数|额)?的(?:百分比|比例|比重)?{_LINK}{_RATE.replace('rate', 'part')}"
)
_ALSO = expression(rf"[,、(](?:其中)?[:,]?(?P<noun>[一-龥]{{2,10}}?){_LINK}{_RATE}")
_OF_BUDGET = expression(
    rf"(?:的预算)?(?:相比|比较|对比)?[,、(](?:预算|支出)?(?:执行率{_LINK}|完成率{_LINK}|(?:实际)?完成了?|完成(?:全年)?预算的(?:百分比|比例)?{_LINK}){_RATE}(?!的)"
)
_YEAR = expression(r"((?:19|20)\d\d)年")
_EARLIER = expression(r"(?:[上去前往]年|同期)[^,;:]*$")
_NOT_SPENT = expression(r"收入|结转|结余|分配")
_WHOLE = frozenset({"", "全年", "整体", "总体", "部门整体", "单位整体", "整体支出", "全年支出", "本年支出", "支出", "部门整体支出", "年末"})  # fmt: skip


def done(stated: Sequence[Statement], every: Iterable[Sentence], patterns: Patterns, held: Held, year: int) -> Iterator[Trouble]:  # fmt: skip
    """Completion rates of a year that no budget of their noun gives, as far as its amount and its budgets are known."""
    known = Known(stated, patterns, held)
    for sentence in every:
        if "%" not in sentence.text or not re.search("执行|完成|预算", sentence.text):
            continue
        for match in _DONE.finditer(sentence.text):
            figure = _figure(sentence, match, patterns)
            rate = match["rate"] or match["part"]
            years = _YEAR.findall(sentence.text[: match.end()])
            if figure is None or (years and int(years[-1]) != year):
                continue
            yield from _wrong(sentence, figure, rate, known)
            also = _ALSO.match(sentence.text, match.end())
            while also is not None and (figure := named(also["noun"], patterns)) is not None and figure.kind == "金额":
                yield from _wrong(sentence, figure, also["rate"], known)
                also = _ALSO.match(sentence.text, also.end())
    for budget in stated:
        figure = patterns.figure(budget.figure)
        found = _OF_BUDGET.match(budget.sentence.text, budget.start + len(budget.printed))
        own = patterns.own(figure)
        if found is not None and own is not figure and figure.kind == "金额" and "预算" in figure.column:
            yield from _wrong(budget.sentence, own, found["rate"], known, budget.value)


def _figure(sentence: Sentence, match: re.Match[str], patterns: Patterns) -> Figure | None:
    """What a rate is told of: its noun, or the whole where nothing else is spoken of."""
    text, start = sentence.text, match.start("rate") if match["rate"] else match.start("part")
    noun = match["noun"] or ""
    if match["spent"] or noun in _WHOLE:
        before = text[: match.start()]
        topical = any(patterns.topics.search(each) for each in (before, *sentence.paragraph.headings[-1:]))
        told = match["base"] or match["spent"] or noun
        if topical or not told or not patterns.whole or (before and not before.endswith((",", ";", ":", "。"))):
            return None
        figure: Figure | None = patterns.figure(patterns.whole)
    else:
        figure = plainly_named(noun, patterns)
    if figure is None or figure.kind != "金额" or figure.columns or _NOT_SPENT.search(figure.field):
        return None
    if _EARLIER.search(text[:start]):
        return None
    return None if doubtful(text, match.start(), start, match.end(), figure, patterns) else figure


def _wrong(sentence: Sentence, figure: Figure, rate: str, known: Known, budget: Value | None = None) -> Iterator[Trouble]:  # fmt: skip
    amounts = [amount for _, amount in known.each(figure)]
    bases = [budget] if budget is not None else known.bases(figure, budget=True)
    found = [completion(sentence, amount, base, rate) for amount in amounts for base in bases]
    if found and found[0] is not None and None not in found:
        yield found[0]
