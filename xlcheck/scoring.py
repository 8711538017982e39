"""The scoring tree of a pack: indicators, their weights, and how each earns its points."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from xlcheck.formula import Node
from xlcheck.packfile import Item

SHAPES = {
    "deduct-per-point": {"target": True, "direction": True, "step": True, "points": True, "steps": True},
    "banded": {"bands": True},
    "ratio-times-weight": {"most": True},
    "deduct-per-violation": {"points": True},
    "checklist": {"items": False},
}


@dataclass(frozen=True, slots=True)
class Scoring:
    """How an indicator earns points: a shape and its settings (rates are ratios, points are points).

    deduct-per-point: ``points`` are lost for each ``step`` beyond ``target`` in ``direction``
    (over, under, either), whole steps or pro rata, floor 0. banded: the first band from above that
    the rate reaches gives its points. ratio-times-weight: the rate, at most ``most``, times the
    weight. deduct-per-violation: ``points`` for each. checklist: judged item by item.
    """

    shape: str
    target: Decimal = Decimal(0)
    direction: str = "either"
    step: Decimal = Decimal("0.01")
    points: Decimal = Decimal(0)
    steps: str = "whole"
    most: Decimal = Decimal(1)
    bands: tuple[tuple[Decimal, Decimal], ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """A level-3 indicator of the pack. ``value`` computes it from the base data, where it can be."""

    name: str
    level1: str
    level2: str
    weight: Decimal
    scoring: Scoring
    aliases: tuple[str, ...] = ()
    value: Node | None = None
    basis: str = ""
    formula: str = field(default="", compare=False)


def read_scoring(item: Item) -> Scoring:
    """The ``score`` key of an indicator; settings that its shape does not have are refused."""
    shape = item.mapping(None, required=("shape",))["shape"].choice(SHAPES)
    settings = SHAPES[shape]
    keys = item.mapping(("shape", *settings), required=[name for name, needed in settings.items() if needed])
    bands: list[tuple[Decimal, Decimal]] = []
    if "bands" in keys:
        for band in keys["bands"].items():
            pair = band.mapping(("from", "points"), required=("from", "points"))
            bands.append((pair["from"].number(), pair["points"].number()))
            if len(bands) > 1 and bands[-1][0] >= bands[-2][0]:
                raise band.error("各档要从高到低排列，请调整顺序。")
    return Scoring(
        shape=shape,
        target=keys["target"].number() if "target" in keys else Decimal(0),
        direction=keys["direction"].choice(("over", "under", "either")) if "direction" in keys else "either",
        step=keys["step"].number() if "step" in keys else Decimal("0.01"),
        points=keys["points"].number() if "points" in keys else Decimal(0),
        steps=keys["steps"].choice(("whole", "pro-rata")) if "steps" in keys else "whole",
        most=keys["most"].number() if "most" in keys else Decimal(1),
        bands=tuple(bands),
        items=keys["items"].texts() if "items" in keys else (),
    )
