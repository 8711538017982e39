"""A canvas, and a clerk who writes labels and figures on it and remembers where they went."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.drift_typing import Hand, Typed, typed, words
from tests.drift_unit import Unit
from tests.drift_words import ALWAYS_SHOWN, COLUMNS, ROWS, TITLES, Key

Rows = tuple[tuple[str, int], ...]
COUNT_UNITS = {"一": "人", "六": ""}


@dataclass(slots=True)
class Canvas:
    """One sheet in the making; rows and columns from 0."""

    name: str
    cells: dict[tuple[int, int], tuple[Typed, str]] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    places: dict[Key, tuple[int, int]] = field(default_factory=dict)
    labels: dict[Key, tuple[int, int]] = field(default_factory=dict)
    hidden: bool = False

    def put(self, row: int, column: int, value: str | int | Typed | None, style: str = "label") -> None:
        """Write one cell."""
        self.cells[row, column] = (value if isinstance(value, Typed) else Typed(value), style)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Merge a range of more than one cell."""
        if (top, left) != (bottom, right):
            self.merges.append((top, left, bottom, right))

    @property
    def bottom(self) -> int:
        """The first free row."""
        return max([row for row, _ in self.cells] + [bottom for _, _, bottom, _ in self.merges], default=-1) + 1

    @property
    def right(self) -> int:
        """The last used column."""
        return max([column for _, column in self.cells] + [right for *_, right in self.merges], default=0)


@dataclass(slots=True)
class Pen:
    """A clerk writing one unit's figures on one canvas."""

    canvas: Canvas
    by: Hand
    unit: Unit

    @property
    def rng(self) -> random.Random:
        """The one source of chance."""
        return self.by.rng

    def figure(self, key: Key, row: int, column: int, percent_label: bool = False) -> None:
        """Write the figure of ``key`` and remember where it stands."""
        item = self.unit.items[key]
        inline = item.kind == "amount" and self.unit.scopes.get(key[0]) == "cell"
        self.canvas.put(row, column, typed(self.by, key, item, percent_label, inline), "value")
        self.canvas.places[key] = (row, column)

    def shown(self, section: str, rows: Rows) -> Rows:
        """The rows that this form prints: nil optional rows may be dropped."""
        keep = []
        for name, level in rows:
            items = [self.unit.items[section, name, column] for column in COLUMNS[section]]
            nil = all(not item.number and not isinstance(item.value, str) for item in items if item.kind != "date")
            nil = nil and all(item.kind not in ("date", "text") for item in items)
            optional = nil and name not in ALWAYS_SHOWN and not any(item.fixed for item in items)
            dropped = optional and self.by.maybe(0.25, "nil row dropped")
            if not dropped and (section, name) not in self.unit.deleted:
                keep.append((name, level))
        return tuple(keep)

    def row_unit(self, section: str, name: str) -> str:
        """The unit of a row as a 计量单位 column says it."""
        if name.endswith("率"):
            return "%"
        if section in COUNT_UNITS or name == "自评工作小组人数":
            return "" if section == "六" and name != "自评工作小组人数" else "人"
        return self.unit.items[section, name, COLUMNS[section][-1]].unit

    def suffix(self, section: str, name: str, unit_column: bool, percent: bool) -> str:
        """What follows a label in brackets."""
        if name.endswith("率"):
            return self.rng.choice(("（%）", "(%)")) if percent else ""
        if self.unit.scopes.get(section) == "row" and not unit_column:
            self.by.tags.add("unit in row labels")
            return f"（{self.row_unit(section, name)}）"
        return "(人)" if section == "一" and self.by.maybe(0.1, "(人) in a label") else ""

    def heading(self, section: str, column: str) -> str:
        """The header of a value column."""
        text = words(self.by, column)
        if self.unit.scopes.get(section) == "column" and column != "支出率":
            row = next((name for name in self.section_rows(section) if not name.endswith("率")), "合计")
            self.by.tags.add("unit in column headers")
            text += self.rng.choice(("（{}）", "({})", "\n（{}）")).format(self.unit.items[section, row, column].unit)
        return text

    def section_rows(self, section: str) -> list[str]:
        """Row names of a section."""
        return ["合计"] if section == "四" else [name for name, _ in ROWS[section]]

    def banner(self, section: str) -> str:
        """The title of a section, with its unit where it is stated there."""
        scope, text = self.unit.scopes.get(section), TITLES[section]
        text = self.rng.choice((f"{section}、", f"{section}、", f"（{section}）", "")) + text
        if section == "一":
            return text + self.rng.choice(("（人）", "", "（单位：人）"))
        if scope == "banner":
            unit = next(item.unit for key, item in self.unit.items.items() if key[0] == section and item.unit)
            self.by.tags.add("unit in a section title")
            return text + self.rng.choice(("（{}）", "（单位：{}）", "(金额单位：{})")).format(unit)
        return text + (
            "（万元）" if scope in ("none", "sheet") and self.unit.form_unit == "万元" and section in "二三五" else ""
        )
