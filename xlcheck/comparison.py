"""What a comparison of submitted and published papers is made of: every pair that was compared, and what could not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from xlcheck.model import Place, Submission

REPORT = "自评报告"


class Matter(StrEnum):
    """What was compared: a whole unit, a paper, a cell, a table's row, a figure of the report, its wording."""

    UNIT = "unit"
    PAPER = "paper"
    FIELD = "field"
    ROW = "row"
    FIGURE = "figure"
    TEXT = "text"


class State(StrEnum):
    """How the two sides stand to each other; one side is the only one where the other is blank, too."""

    EQUAL = "equal"
    DIFFERS = "differs"
    SUBMITTED_ONLY = "submitted-only"
    PUBLISHED_ONLY = "published-only"


@dataclass(frozen=True, slots=True)
class Printed:
    """What one side prints, and where; the text of a blank is empty."""

    text: str
    place: Place


Sides = tuple[Printed | None, Printed | None]  # submitted, published


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing compared. A side is None where it has no such place at all.

    ``difference`` is published less submitted, as the published side writes numbers; of a wording it is
    what changed. ``change`` numbers the change of the report's text that a figure or a wording belongs
    to, from 1; 0 for all else. ``reason`` says why a paper is not there. ``nil``: both sides say in
    different ways that there is nothing: blank, 0, 「无」, 「—」.
    """

    matter: Matter
    paper: str
    field: str
    submitted: Printed | None
    published: Printed | None
    state: State
    difference: str | None = None
    change: int = 0
    reason: str = ""
    nil: bool = False


@dataclass(frozen=True, slots=True)
class Uncompared:
    """A paper that was not compared: ``side`` (submitted, published or both) has none that could be read.

    ``reason`` is why a file could not be read, in one sentence, or empty.
    """

    paper: str
    side: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnitComparison:
    """All that was compared of one unit; ``blank`` counts the fields that neither side fills.

    ``sentences`` counts the sentences of the report that are the same on both sides; ``frame`` the
    lines around a published text (menus, footers, annexes) that were left out.
    """

    unit: str
    submitted: Submission | None
    published: Submission | None
    compared: tuple[Compared, ...]
    blank: int = 0
    sentences: int = 0
    frame: int = 0
    uncompared: tuple[Uncompared, ...] = ()

    @property
    def year(self) -> int | None:
        """The evaluation year, by whichever side says it."""
        return next((side.year for side in (self.submitted, self.published) if side is not None and side.year), None)

    def count(self, *states: State) -> int:
        """How many fields, rows and figures are in one of these states."""
        return sum(
            each.state in states for each in self.compared if each.matter in (Matter.FIELD, Matter.ROW, Matter.FIGURE)
        )

    @property
    def different(self) -> Iterator[Compared]:
        """What is not the same on both sides."""
        return (each for each in self.compared if each.state is not State.EQUAL)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison says: one entry a unit, in the order of the submitted folders."""

    version: str
    pack: str
    units: tuple[UnitComparison, ...]
