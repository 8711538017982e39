"""How a sheet looks, in the words of xlsxwriter's formats: what the readers of looks return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FONT = frozenset(
    {"font_name", "font_size", "bold", "italic", "font_strikeout", "underline", "font_script", "font_color"}
)
SIDES = ("left", "right", "top", "bottom")
Style = tuple[tuple[str, Any], ...]  # (property of an xlsxwriter format, value), sorted; no number format

_POINTS = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "pc": 12.0, "px": 0.75}
_LENGTH = re.compile(r"^(\d{1,6}(?:\.\d{1,9})?)(pt|in|cm|mm|pc|px)$")
_COLOUR = re.compile(r"^#[0-9A-Fa-f]{6}$")


@dataclass(slots=True)
class Looks:
    """One sheet's looks; rows and columns count from 1, widths and heights are in points."""

    styles: dict[tuple[int, int], Style] = field(default_factory=dict)
    columns: dict[int, tuple[float | None, Style]] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    runs: dict[tuple[int, int], list[tuple[int, Style]]] = field(
        default_factory=dict
    )  # from which character on, its font
    frozen: tuple[int, int] | None = None  # rows above, columns left
    gridlines: bool = True


@dataclass(slots=True)
class BookLooks:
    """A workbook's looks: its sheets by name, and the style that a cell without one has."""

    sheets: dict[str, Looks] = field(default_factory=dict)
    usual: Style = ()
    runs: bool = False  # whether fonts within a cell's text are known


def style(properties: Mapping[str, Any]) -> Style:
    """Properties as a style, without those that say nothing."""
    return tuple(sorted((name, value) for name, value in properties.items() if value not in (None, "", 0, False)))


def points(length: str) -> float | None:
    """A length with its unit, as CSS and OpenDocument write it, in points; None where it is none."""
    found = _LENGTH.match(length)
    return round(float(found[1]) * _POINTS[found[2]], 2) if found else None


def colour(text: str) -> str:
    """A colour as ``#RRGGBB``, or nothing where it is written otherwise or is automatic."""
    return text if _COLOUR.match(text) else ""
