"""The amounts that a report states, and beside them those of the forms: what its rates are recomputed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from xlcheck.model import Value
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportsentences import Sentence
from xlcheck.statements import Statement

HUNDRED = Decimal("0.005")  # half a hundred 元: a clerk works out changes and rates from 万元 with two decimals
_TELLING = 3  # digits: with fewer an amount may be any other

Held = Callable[[Figure], Value | None]


class Known:
    """The amounts that a report states, by figure, and where it does not, those of the forms (``held``), both of a ``year``."""

    def __init__(self, stated: Iterable[Statement], patterns: Patterns, held: Held = lambda figure: None, year: int | None = None) -> None:  # fmt: skip
        self.patterns, self.year = patterns, year
        self._held = held
        self._stated: dict[tuple[str, str], Statement] = {}
        self._at: dict[tuple[int, str, int], Statement] = {}
        for statement in stated:
            figure = patterns.figure(statement.figure)
            if statement.value.number is not None and figure.kind == "金额":
                self._stated.setdefault(figure.cell, statement)
                self._at[statement.sentence.paragraph.number, statement.sentence.text, statement.start] = statement

    def at(self, sentence: Sentence, start: int) -> Statement | None:
        """The amount that stands there in a sentence."""
        return self._at.get((sentence.paragraph.number, sentence.text, start))

    def within(self, sentence: Sentence) -> list[Statement]:
        """The amounts of a sentence."""
        at = sentence.paragraph.number, sentence.text
        return [statement for key, statement in self._at.items() if key[:2] == at]

    def beside(self, sentence: Sentence) -> list[Statement]:
        """The amounts of a sentence's paragraph."""
        return [statement for key, statement in self._at.items() if key[0] == sentence.paragraph.number]

    def of(self, figure: Figure | None) -> tuple[str, Value] | None:
        """An amount as printed, and its value."""
        if figure is None:
            return None
        return next(self.each(figure), None)

    def each(self, figure: Figure) -> Iterator[tuple[str, Value]]:
        """The amounts that may be a figure's: as stated, where its noun may have meant another, and as the forms have it."""
        statement = self._stated.get(figure.cell)
        if statement is not None:
            yield statement.printed, statement.value
        value = self._held(figure)
        if value is not None and value.number is not None:
            rounded = msgspec.structs.replace(value, half_width=max(value.half_width, HUNDRED))
            yield f"{value.text.strip()}（{figure.name}）", rounded

    def is_part(self, figure: Figure | None) -> bool:
        """Whether a figure is part of another."""
        return figure is not None and bool(self.patterns.totals_of(figure.name))

    def bases(self, figure: Figure, *, budget: bool) -> list[Value]:
        """What an amount may be compared with: last year's, or its budgets."""
        found = [self.of(self.patterns.variants.get((figure.name, column))) for column in self._columns(budget)]
        return [each[1] for each in found if each is not None]

    def beside_base(self, base: Value, *, budget: bool) -> Figure | None:
        """The figure of which the forms have a base just so, last year's or a budget; None where several do that differ."""
        if base.number is None or len(base.number.normalize().as_tuple().digits) < _TELLING:
            return None
        columns = self._columns(budget)
        found = []
        for (name, column), variant in self.patterns.variants.items():
            held = self._held(variant) if column in columns else None
            if held is not None and held.number and abs(held.number - base.number) <= base.half_width:
                found.append(self.patterns.figure(name))
        amounts = {told[1].number for figure in found if (told := self.of(figure)) is not None}
        return found[0] if len(amounts) == 1 else None

    def _columns(self, budget: bool) -> list[str]:
        words = ("调整后预算", "年初预算", "预算") if budget else ("上年",)
        return [self.patterns.columns[word].name for word in words if word in self.patterns.columns]
