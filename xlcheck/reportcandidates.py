"""The nouns of a sentence with their numbers, before it is known what each pair means there."""

from __future__ import annotations

from dataclasses import dataclass

from xlcheck.expressions import expression
from xlcheck.reportfile import Figure, Patterns, kept

_AMOUNT_BEFORE = expression(
    r"(?P<number>\d[\d,]*(?:\.\d+)?(?:亿元|百万元|万元|千元|元|亿|万))(?P<link>(?:,?即(?:为|是)?|,?(?:均|全部|都)?(?:是|为|来自|系|属于?|用于|用在|花在)|\((?:即|指|系)?)?)(?:的)?(?=[一-龥])"
)
_CLOSED = expression(r"(?:支出|资金|费用|方面|上)?(?:[,、;。()]|[和及与]|$)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A noun with a number: where the number stands, where the noun begins and ends."""

    at: int
    start: int
    end: int
    figure: Figure
    slot: str
    printed: str
    link: str = ""
    bare: bool = False
    short: bool = False
    own: str = ""


@kept
def plain(patterns: Patterns, text: str) -> list[Candidate]:
    """The nouns of a text with their numbers; beside one number the longest decides."""
    found: list[tuple[Candidate, int]] = []
    for figure, wording in patterns.wordings(text):
        slot = wording.slot
        for match in wording.found_in(text):
            own = match["own"] if wording.bare else ""
            told = Candidate(match.start(slot), match.start("noun"), match.end("noun"), figure, slot, match[slot], match["link"], wording.bare, wording.short, own)  # fmt: skip
            found.append((told, match.end()))
    found.sort(key=lambda each: (each[0].at, each[0].bare or each[0].short, each[0].start - each[0].end, -each[1]))
    return [each for each, _ in found]


@kept
def turned(patterns: Patterns, text: str) -> list[Candidate]:
    """The amounts of a text with their noun right behind them."""
    found = []
    for number in _AMOUNT_BEFORE.finditer(text):
        for figure, wording in patterns.wordings(text) if text[number.end() : number.end() + 1] else ():
            if figure.kind != "金额" or figure.also or wording.noun is None:
                continue
            noun = wording.noun.match(text, number.end())
            if noun is None or noun.end() == number.end():
                continue
            column = patterns.column_words.match(text, noun.end())  # 「3万元的三公经费预算」
            end = column.end() if column is not None and column["word"] else noun.end()
            if _CLOSED.match(text, end):
                found.append(Candidate(number.start(), noun.start(), end, figure, "金额", number["number"], number["link"], own=text[noun.end() : end]))  # fmt: skip
                break
    return found
