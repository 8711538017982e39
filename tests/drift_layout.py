"""The sections of the base data table as blocks: one- and two-sided tables, pairs, horizontal blocks, projects."""

from __future__ import annotations

from tests.drift_canvas import Pen, Rows
from tests.drift_table import header_rows, table
from tests.drift_typing import label, words
from tests.drift_words import COLUMNS, INCOME_ROWS, ROWS, SPENDING_ROWS


def title(pen: Pen, section: str, top: int, left: int, height: int, width: int, vertical: bool) -> None:
    """The section's title: a banner over the block, or a vertical merged cell at its left."""
    pen.canvas.put(top, left, pen.banner(section), "banner")
    if vertical:
        pen.canvas.merge(top, left, top + height - 2, left)
    elif pen.rng.random() < 0.8:
        pen.canvas.merge(top, left, top, left + width - 1)


def block(pen: Pen, section: str, top: int, left: int) -> None:
    """Draw a section in one of its shapes, its top left corner at the given cell."""
    single = section in ("一", "五", "六")
    shapes = ["table"] * 5 + (["pairs", "across"] if single else [])
    shapes += {"二": ["two-sided"] * 3, "三": ["across", "across"]}.get(section, [])
    shape = "projects" if section == "四" else pen.rng.choice(shapes)
    vertical = shape not in ("two-sided", "projects") and pen.by.maybe(0.15, "section title in a vertical cell")
    pen.by.tags.add(f"shape:{section} {shape}")
    row, column = (top, left + 1) if vertical else (top + 1, left)
    columns = list(COLUMNS[section])
    if pen.rng.random() < 0.3 and len(columns) > 1:
        pen.rng.shuffle(columns)
        pen.by.tags.add("columns swapped")
    if shape == "table":
        width, height = table(pen, section, pen.shown(section, ROWS[section]), columns, row, column)
    elif shape == "pairs":
        width, height = pairs(pen, section, pen.shown(section, ROWS[section]), row, column)
    elif shape == "across":
        width, height = across(pen, section, pen.shown(section, ROWS[section]), columns, row, column)
    elif shape == "projects":
        width, height = projects(pen, columns, row, column)
    else:
        heads = header_rows(pen, columns)
        width, height = table(pen, section, pen.shown(section, INCOME_ROWS), columns, row, column, heads)
        gap = pen.rng.choice((0, 0, 1))
        right, lower = table(pen, section, pen.shown(section, SPENDING_ROWS), columns, row, column + width + gap, heads)
        width, height = width + gap + right, max(height, lower)
    title(pen, section, top, left, height, width, vertical)


def pairs(pen: Pen, section: str, rows: Rows, top: int, left: int) -> tuple[int, int]:
    """Label, value, label, value … on each row, two or three pairs wide."""
    wide = pen.rng.choice((2, 2, 3))
    previous = 0
    for index, (name, level) in enumerate(rows):
        row, column = top + index // wide, left + 2 * (index % wide)
        percent = name.endswith("率") and pen.rng.random() < 0.35
        text = label(pen.by, name, level, None, level > previous, pen.suffix(section, name, False, percent))
        pen.canvas.put(row, column, text)
        pen.canvas.labels[section, name, "数值"] = (row, column)
        pen.figure((section, name, "数值"), row, column + 1, percent)
        previous = level
    return 2 * wide, (len(rows) - 1) // wide + 2


def across(pen: Pen, section: str, rows: Rows, columns: list[str], top: int, left: int) -> tuple[int, int]:
    """Row names along the top and values beneath; column names, where there are several, down the left."""
    several = len(columns) > 1
    corner = several or pen.by.maybe(0.4, "horizontal block with a first column")
    if corner:
        pen.canvas.put(top, left, pen.rng.choice(("项目", "项  目", "内容")), "head")
        for down, column in enumerate(columns, 1):
            pen.canvas.put(top + down, left, pen.heading(section, column) if several else "数值", "head")
    previous = 0
    for at, (name, level) in enumerate(rows, left + corner):
        percent = name.endswith("率") and pen.rng.random() < 0.35
        text = label(pen.by, name, level, None, level > previous, pen.suffix(section, name, False, percent))
        pen.canvas.put(top, at, text, "head")
        for down, column in enumerate(columns, 1):
            pen.canvas.labels[section, name, column] = (top, at)
            pen.figure((section, name, column), top + down, at, percent)
        previous = level
    return len(rows) + corner, len(columns) + 2


def projects(pen: Pen, columns: list[str], top: int, left: int) -> tuple[int, int]:
    """Section 四: one row a project, and 合计 below or above them."""
    by, canvas, rng = pen.by, pen.canvas, pen.rng
    layout = ["项目名称", *columns, "支出率"]
    if by.maybe(0.15, "支出率 before the amounts"):
        layout = ["项目名称", "支出率", *columns]
    numbered = by.maybe(0.5, "序号 column of projects")
    if numbered:
        layout.insert(0, "序号")
    if by.maybe(0.25, "备注 column of projects"):
        layout.append("备注")
    percent = rng.random() < 0.3
    for at, name in enumerate(layout):
        text = pen.heading("四", name) if name in columns else words(by, name)
        canvas.put(top, left + at, text + ("（%）" if name == "支出率" and percent else ""), "head")
    above = by.maybe(0.15, "合计 above the projects")
    names = ["合计", *pen.unit.projects] if above else [*pen.unit.projects, "合计"]
    for row, name in enumerate(names, top + 1):
        for at, what in enumerate(layout):
            key = ("四", name, what)
            if what == "序号":
                canvas.put(row, left + at, None if name == "合计" else row - top - above)
            elif what == "项目名称":
                canvas.put(row, left + at, rng.choice(("合计", "合  计", "合 计")) if name == "合计" else name)
                canvas.places[key] = (row, left + at)
            elif what == "备注":
                canvas.put(row, left + at, rng.choice((None, None, "跨年项目", "政府采购项目")))
            else:
                pen.figure(key, row, left + at, percent and what == "支出率")
                canvas.labels[key] = (row, left + layout.index("项目名称"))
        if name == "合计" and numbered and by.maybe(0.5, "合计 label merged"):
            text, style = canvas.cells.pop((row, left + 1))
            canvas.cells[row, left] = (text, style)
            canvas.merge(row, left, row, left + 1)
            canvas.places["四", "合计", "项目名称"] = (row, left)
    return len(layout), len(names) + 2
