"""A section as a table: labels down, value columns across, and whatever else clerks put between them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.drift_canvas import Pen, Rows
from tests.drift_typing import label
from tests.drift_words import Key

STRAY_ROWS = {  # rows that no rule of DOMAIN.md knows, with figures that must not be taken for others
    "一": (("年末实有人数", 97), ("在编不在岗人数", 2)),
    "三": (("公务用车保有量（辆）", 4), ("国内公务接待批次（个）", 23), ("国内公务接待人次（人次）", 187)),
    "五": (("车辆数量（辆）", 4), ("单价100万元以上设备（台）", 1)),
    "六": (("联系人办公电话", "0759-3338888"),),
}
REMARKS = (None, None, None, "详见附注", "含上级补助 12.50", "2024年新增")


@dataclass(frozen=True, slots=True)
class Plan:
    """The columns of one table, from the left: 其中, label, label+ (merged into the label), 计量单位, 行次, values …"""

    section: str
    columns: list[str]
    layout: list[str]
    left: int
    wide: bool  # value cells are merged with the next column

    def at(self, what: str) -> int:
        """The sheet column of a column of the table."""
        return self.left + self.layout.index(what)

    @property
    def split(self) -> bool:
        """Whether 其中： has a cell of its own, left of the label."""
        return "其中" in self.layout

    def label_span(self, level: int) -> tuple[int, int]:
        """First and last sheet column of a label of that level."""
        first = self.at("其中") if self.split and not level else self.at("label")
        return first, self.at("label") + ("label+" in self.layout)


def plan(pen: Pen, section: str, columns: list[str], left: int, plain: bool) -> Plan:
    """Choose the columns of a table."""
    by, rng = pen.by, pen.rng
    names = ["label", "label+"] if by.maybe(0.12, "label merged over two columns") else ["label"]
    if by.among == "cell":
        names.insert(0, "其中")
    if not plain and pen.unit.scopes.get(section) != "column" and by.maybe(0.25, "计量单位 column"):
        names.append("unit")
    if not plain and by.maybe(0.25, "行次 column"):
        names.insert(rng.choice((0, len(names))), "行次")
    names += columns
    if not plain and len(columns) > 1 and by.maybe(0.08, "a computed column inserted"):
        names.append(rng.choice(("增减额", "完成率", "占比")))
    if not plain and by.maybe(0.25, "备注 column"):
        names.insert(rng.choice((len(names), len(names), len(names) - 1)), "备注")
    wide = names[-1] == "数值" and by.maybe(0.15, "merged value cells")
    return Plan(section, columns, names, left, wide)


def table(
    pen: Pen,
    section: str,
    rows: Rows,
    columns: list[str],
    top: int,
    left: int,
    heads: tuple[bool, bool] | None = None,
) -> tuple[int, int]:
    """Draw a table with its top left corner there; returns width and height (one more than its rows).

    ``heads`` says, for one half of a two-sided table, whether its header has two levels and a row of
    column numbers: both halves have the same rows.
    """
    plain = heads is not None
    by, canvas, rng = pen.by, pen.canvas, pen.rng
    chosen = plan(pen, section, columns, left, plain)
    row = top
    told = not {"行次", "备注"} & set(chosen.layout)  # without a header nobody could tell these from the values
    if not (len(columns) == 1 and told and by.maybe(0.3, "no column header")):
        row = header(pen, chosen, row, heads)
    number, previous = 0, 0
    strays = list(STRAY_ROWS.get(section, ()))
    for line, (name, level) in enumerate(rows, 1):
        number += not level
        table_row(pen, chosen, row, (name, level), (line, number, level > previous))
        previous = level
        row += 1
        whole = not level and (line == len(rows) or not rows[line][1])
        if strays and not plain and whole and by.maybe(0.06, "stray row"):
            text, value = strays.pop(rng.randrange(len(strays)))
            canvas.put(row, chosen.at("label"), text)
            canvas.put(row, chosen.at(columns[-1]), value, "value")
            row += 1
    return len(chosen.layout) + chosen.wide, row - top + 1


def header_rows(pen: Pen, columns: list[str]) -> tuple[bool, bool]:
    """Whether the header has two levels, and whether a row beneath it numbers the columns."""
    several = len(columns) > 1
    return several and pen.by.maybe(0.12, "two-level header"), several and pen.by.maybe(0.12, "栏次 row")


def header(pen: Pen, chosen: Plan, row: int, heads_of_half: tuple[bool, bool] | None) -> int:
    """The column headers, on one row or two, and perhaps a row that numbers the columns; returns the next row."""
    canvas, rng = pen.canvas, pen.rng
    columns, layout = chosen.columns, chosen.layout
    heads = {"label": rng.choice(("项目", "项  目", "指标", "内容", "指标名称")), "unit": "计量单位", "备注": "备注"}
    heads |= {"行次": rng.choice(("行次", "序号")), "数值": rng.choice(("数值", "数 值"))}
    heads |= {name: name for name in ("增减额", "完成率", "占比")}
    values = sorted(layout.index(name) for name in columns)
    beside = values[-1] - values[0] == len(values) - 1
    double, numbered = heads_of_half or header_rows(pen, columns)
    double = double and beside
    for name in layout:
        if name == "label":
            first, last = chosen.label_span(0)
            canvas.put(row, first, heads[name], "head")
            canvas.merge(row, first, row + double, last)
        elif name not in ("其中", "label+"):
            at = chosen.at(name)
            canvas.put(
                row + (double and name in columns), at, heads.get(name) or pen.heading(chosen.section, name), "head"
            )
            if double and name not in columns:
                canvas.merge(row, at, row + 1, at)
    if double:
        canvas.put(row, chosen.left + values[0], rng.choice(("金额", "金  额")), "head")
        canvas.merge(row, chosen.left + values[0], row, chosen.left + values[-1])
    row += 1 + double
    if numbered:
        canvas.put(row, chosen.at("label"), "栏次", "head")
        for number, name in enumerate(columns, 1):
            canvas.put(row, chosen.at(name), number, "head")
        row += 1
    return row


def table_row(pen: Pen, chosen: Plan, row: int, named: tuple[str, int], order: tuple[int, int, bool]) -> None:
    """One row: ``named`` is the field and its level; ``order`` the line, the number among whole rows, first part or not."""
    canvas, rng, section = pen.canvas, pen.rng, chosen.section
    (name, level), (line, number, first) = named, order
    unit_column = "unit" in chosen.layout
    percent = name.endswith("率") and rng.random() < 0.35
    text = label(pen.by, name, level, number, first, pen.suffix(section, name, unit_column, percent))
    left, right = chosen.label_span(level)
    canvas.put(row, left, text)
    canvas.merge(row, left, row, right)
    for what in chosen.layout:
        at = chosen.at(what)
        if what == "其中" and level and first:
            canvas.put(row, at, rng.choice(("其中：", "其中:", "其中")))
        elif what == "unit":
            canvas.put(row, at, pen.row_unit(section, name))
        elif what == "行次":
            canvas.put(row, at, line)
        elif what == "备注":
            canvas.put(row, at, rng.choice(REMARKS))
        elif what in ("增减额", "完成率", "占比"):
            canvas.put(row, at, rng.choice((None, 0, "12.30%" if what != "增减额" else "-8.40")), "value")
        elif what in chosen.columns:
            key: Key = (section, name, what)
            pen.figure(key, row, at, percent or (unit_column and name.endswith("率")))
            canvas.labels[key] = (row, left)
            if chosen.wide:
                canvas.merge(row, at, row, at + 1)
