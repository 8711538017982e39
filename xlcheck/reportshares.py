"""Shares that a sentence states (占…的52.10%), recomputed from the part and the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from xlcheck.expressions import expression
from xlcheck.model import Value
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportknown import Held, Known
from xlcheck.reportnouns import named
from xlcheck.reportrates import Trouble, decimal, half, number
from xlcheck.reportsentences import Sentence
from xlcheck.statements import Statement

_SHARE = expression(
    r"占到?(?P<whole>[^\d,;:。()]{0,20}?)的?(?:比例|比重|比)?的?(?:为|约|达到?|是|:)*(?P<rate>\d+(?:\.\d+)?)%"
)
_FORMER = expression(r"(?:前者|二者|两者|三者|[两三]项)(?:合计|分别|共)?$")  # not the amount right before
_SHARE_OF = expression(r"(?P<rate>\d+(?:\.\d+)?)%(?:是|为|用于|属于|来自|系)(?P<part>[一-龥]{2,14})(?=[,;。(]|$)")
_AMOUNT = expression(r"(?<![\d.])(?<!\d,)\d[\d,]*(?:\.\d+)?(?=[万亿千百]*元)")
_RATE = r"\d+(?:\.\d+)?%"
_IN_ORDER = expression(  # the shares of as many amounts as stand before them
    rf"(?:占(?P<whole>[^\d,;:。()]{{0,20}}?)的?)?(?:占比|比例|比重)(?:依次|分别)(?:为|是|达到?|约|:)*(?P<rates>{_RATE}(?:[、,和及与]+{_RATE})+)"
    rf"|(?P<pair>前者占[^\d,;:。()]{{0,12}}{_RATE}[,;、]后者占?[^\d,;:。()]{{0,12}}{_RATE})"
)
_BUDGET = expression(r"(?:本年|当年|全年|年初|调整后|年度|部门|整体)*(?:总|支出|全年)*预算(?:总额|数|支出|安排)*")
_NEAR = expression(r"(?:\([^()]*\))?(?:,(?:系|为|是|主要|用于|均|全部)[^\d,;。]{1,24})?[^\d,;。]*[,(]?[^\d,;。]{0,4}")


def shares(stated: Sequence[Statement], every: Iterable[Sentence], patterns: Patterns, held: Held = lambda figure: None) -> Iterator[Trouble]:  # fmt: skip
    """Shares (「占本年支出的52.10%」) that the part before them and the total do not give, as far as both are known."""
    known = Known(stated, patterns, held)
    for sentence in every:
        for match in _SHARE.finditer(sentence.text):
            if not _FORMER.search(sentence.text[: match.start()]):
                part = _part(sentence, match.start(), stated, known)
                yield from _wrong(sentence, part, match["whole"], match["rate"], known)
        for match in _SHARE_OF.finditer(sentence.text):
            figure = named(match["part"], patterns)
            amount = known.of(figure)
            if figure is not None and amount is not None and figure.kind == "金额":
                yield from _wrong(sentence, (figure, *amount), "", match["rate"], known)
        for match in _IN_ORDER.finditer(sentence.text):
            told = [rate.removesuffix("%") for rate in re.findall(_RATE, match["rates"] or match["pair"])]
            amounts = [hit.start() for hit in _AMOUNT.finditer(sentence.text, 0, match.start())][-len(told) :]
            parts = [each for at in amounts if (each := known.at(sentence, at)) is not None]
            for each, rate in zip(parts, told, strict=True) if len(parts) == len(told) else ():
                part = known.patterns.figure(each.figure), each.printed, each.value
                yield from _wrong(sentence, part, match["whole"] or "", rate, known)


def _wrong(sentence: Sentence, part: tuple[Figure, str, Value] | None, whole: str, rate: str, known: Known) -> Iterator[Trouble]:  # fmt: skip
    """A share that a part is of none of the totals that it may be taken of."""
    if part is None:
        return
    told = any(each.figure == part[0].name for each in known.within(sentence))
    wholes = _wholes(whole, known.patterns.own(part[0]) if told else part[0], known)
    wrong = [t for each in wholes if (t := _shared(sentence, part, each, rate)) is not None]
    if wrong and len(wrong) == len(wholes):
        yield wrong[0]


def _shared(sentence: Sentence, part: tuple[Figure, str, Value], whole: tuple[str, Value], rate: str) -> Trouble | None:
    """A share that a part and a total do not give."""
    _, printed, value = part
    total = number(whole[1])
    right = number(value) / total * 100
    loose = value.half_width + right / 100 * whole[1].half_width
    if abs(right - decimal(rate)) <= half(rate) + loose / total * 100:
        return None
    return Trouble(sentence, "占比", rate + "%", f"{right:.2f}%", f"{printed}÷{whole[0]}")


def _part(sentence: Sentence, stop: int, stated: Sequence[Statement], known: Known) -> tuple[Figure, str, Value] | None:
    """The amount that a share speaks of: that of the noun right before it, or the one right before it."""
    piece = re.split(r"[,;:]", sentence.text[:stop].rstrip(":"))[-1]
    noun = named(piece, known.patterns)
    amount = known.of(noun) if noun is not None and noun.kind == "金额" else None
    of_noun = (noun, *amount) if noun is not None and amount is not None else None
    if of_noun is not None and not any(map(str.isdigit, piece)):
        return of_noun
    before = [s for s in stated if s.sentence == sentence and s.start < stop and s.value.number is not None]
    last = max(before, key=lambda s: s.start, default=None)
    if last is not None and _NEAR.fullmatch(sentence.text[last.start + len(last.printed) : stop]):
        figure = known.patterns.figure(last.figure)
        return (figure, last.printed, last.value) if figure.kind == "金额" else None
    return of_noun


def _wholes(noun: str, part: Figure, known: Known) -> list[tuple[str, Value]]:
    """The totals that a share may be taken of: the one named, else the sums that the part belongs to, and theirs."""
    name = noun.removesuffix("的")
    whole = known.patterns.whole
    if whole and _BUDGET.fullmatch(name):  # its own, or the whole's
        own = part, known.patterns.figure(whole)
        return [(base.text, base) for each in own for base in known.bases(each, budget=True) if base.number]
    name = "" if name in ("合计", "总计", "总额", "总数") else name
    above = (known.patterns.figure(total) for total in known.patterns.totals_of(part.name))
    figures = [named(name, known.patterns)] if name else list(above)
    meant = [figure for figure in figures if figure is not None and figure.name != part.name]
    return [amount for figure in meant for amount in known.each(figure) if amount[1].number]
