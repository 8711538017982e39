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
    r"占(?P<whole>[^\d,;:。()]{0,20}?)的?(?:比例|比重|比)?的?(?:为|约|达到?|是|:)*(?P<rate>\d+(?:\.\d+)?)%"
)
_FORMER = expression(r"(?:前者|二者|两者|三者|[两三]项)(?:合计|分别|共)?$")  # not the amount right before
_SHARE_OF = expression(r"(?P<rate>\d+(?:\.\d+)?)%(?:是|为|用于|属于|来自|系)(?P<part>[一-龥]{2,14})(?=[,;。(]|$)")
_NEAR = expression(r"(?:\([^()]*\))?[^\d,;。]*[,(]?[^\d,;。]{0,4}")


def shares(stated: Sequence[Statement], every: Iterable[Sentence], patterns: Patterns, held: Held = lambda figure: None) -> Iterator[Trouble]:  # fmt: skip
    """Shares (「占本年支出的52.10%」) that the part before them and the total do not give, as far as both are known."""
    known = Known(stated, patterns, held)
    for sentence in every:
        for match in _SHARE.finditer(sentence.text):
            if _FORMER.search(sentence.text[: match.start()]):
                continue
            part = _part(sentence, match.start(), stated, known)
            wholes = _wholes(match["whole"], part[0], known) if part is not None else []
            wrong = [
                trouble
                for whole in wholes
                if part is not None and (trouble := _shared(sentence, part, whole, match["rate"])) is not None
            ]
            if wrong and len(wrong) == len(wholes):
                yield wrong[0]
        for match in _SHARE_OF.finditer(sentence.text):
            figure = named(match["part"], patterns)
            amount = known.of(figure)
            if figure is None or amount is None or figure.kind != "金额":
                continue
            wholes = _wholes("", figure, known)
            wrong = [
                t for whole in wholes if (t := _shared(sentence, (figure, *amount), whole, match["rate"])) is not None
            ]
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
    above = (known.patterns.figure(total) for total in known.patterns.totals_of(part.name))
    figures = [named(name, known.patterns)] if name else list(above)
    meant = [figure for figure in figures if figure is not None and figure.name != part.name]
    return [amount for figure in meant for amount in known.each(figure) if amount[1].number]
