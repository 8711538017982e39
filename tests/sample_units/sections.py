"""The tables of a 基础数据表: one section under the other, side by side, or in a horizontal block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tests.drift_words import BUDGET3, CONTROL3, INCOME_ROWS, ROWS, SPENDING_ROWS, TITLES, YEAR, Key
from tests.sample_units.book import Book
from tests.sample_units.figures import Figure, Filing, cents, percent, shown_day

Row = tuple[str, int]  # field name, level
CHINESE = "一二三四五六七八九十"
FULL_WIDTH = str.maketrans("0123456789.%-", "０１２３４５６７８９．％－")
SPACED = {"编制数": "编 制 数", "会议费": "会 议 费", "培训费": "培 训 费", "在用": "在  用", "闲置": "闲  置"}
BAKED = {
    **{column: f"{YEAR}年{column}" for column in BUDGET3},
    **dict(zip(CONTROL3, (f"{YEAR - 1}年决算数", f"{YEAR}年预算数", f"{YEAR}年决算数"), strict=True)),
}


@dataclass(slots=True)
class Page:
    """A sheet being filled from the top: ``left`` is its first column, ``width`` how many it has."""

    filing: Filing
    book: Book
    sheet: Any
    left: int
    width: int
    row: int = 0
    line: int = 0  # 行次 so far
    nil_rows: list[str] = field(default_factory=list)  # rows with nil cells so far

    @property
    def layout(self) -> dict[str, Any]:
        """The layout that the unit's YAML asks for."""
        return dict(self.filing.unit["layout"])


def write_section(page: Page, section: str) -> None:
    """A section's title and its table."""
    side, start = "side" in page.layout, page.row
    unit = "（人）" if section == "一" else "（万元）" if section in "二三五" and page.layout["sheets"] == "one" else ""
    title = f"{'一二三四五六'[list(TITLES).index(section)]}、{TITLES[section]}{unit}"
    if not side:
        page.book.put(page.sheet, page.row, page.left, title, "section", columns=page.width)
        page.book.height(page.sheet, page.row, 22)
        page.row += 1
    if section == "四":
        write_projects(page)
    elif section == "一" and page.layout.get("staff") == "across":
        write_across(page, ROWS["一"])
    elif section == "二" and page.layout.get("flows") == "two-sided":
        write_two_sided(page)
    else:
        columns = {"二": BUDGET3, "三": CONTROL3}.get(section, ("数值",))
        write_rows(page, section, page.layout.get("order", {}).get(section, columns), ROWS[section])
    if side:
        rows = page.row - start
        page.book.put(page.sheet, start, page.left - 1, title, "band", rows=rows)


def spans(page: Page, values: int) -> list[int]:
    """How many sheet columns the label, 行次, each value and 备注 take up."""
    lines, remarks = int("lines" in page.layout), int("remarks" in page.layout)
    room = page.width - lines
    if remarks:
        return [1] + [1] * lines + [1] * values + [room - 1 - values]
    if lines:
        each, over = divmod(room - 1, values)
        return [1, 1] + [each] * (values - 1) + [each + over]
    each, over = divmod(room, values + 1)
    return [each + over] + [each] * values


def strip(page: Page, texts: Sequence[tuple[Figure, str, Key | None]], widths: list[int]) -> None:
    """One row of the table; each text with its look and the figure that it shows."""
    column = page.left
    grey = page.filing.unit.get("published")
    for (text, look, key), span in zip(texts, widths, strict=True):
        illustrative = grey is not None and key is not None and list(key) not in grey
        page.book.put(page.sheet, page.row, column, text, look, columns=span, key=key, grey=illustrative)
        column += span
    page.row += 1


def write_rows(page: Page, section: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """A table with one field a row."""
    layout = page.layout
    after, name = layout.get("insert", {}).get(section, ("", ""))
    headers: list[tuple[str, str]] = []
    for column in columns:
        headers.append((BAKED.get(column, column) if "years" in layout else column, column))
        if column == after:
            headers.append((name, ""))
    widths = spans(page, len(headers))
    lines, remarks = "lines" in layout, "remarks" in layout
    head = ["项目"] + ["行次"] * lines + [header for header, _ in headers] + ["备注"] * remarks
    strip(page, [(text, "header", None) for text in head], widths)
    for label, row in labels(page, section, rows):
        page.line += 1
        cells: list[tuple[Figure, str, Key | None]] = [(label, "label", None)]
        cells += [(Decimal(page.line), "count", None)] * lines
        for _, column in headers:
            key = (section, row, column)
            if column:
                cells.append((*shown(page, key), key))
            else:
                cells.append(difference(page, section, row, after))
        notes = page.filing.unit.get("remarks", {})
        cells += [(notes.get(row, ""), "text", None)] * remarks
        strip(page, cells, widths)


def difference(page: Page, section: str, row: str, column: str) -> tuple[Figure, str, None]:
    """What an inserted column shows: the column before it against the next."""
    columns = {"二": BUDGET3, "三": CONTROL3}[section]
    other = columns[columns.index(column) + 1]
    change = page.filing.amount(section, row, other) - page.filing.amount(section, row, column)
    return (change or None, "money", None)


def labels(page: Page, section: str, rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The rows shown, each with its label as this unit writes it."""
    layout = page.layout
    style, renamed, dropped = layout["numbering"], layout.get("labels", {}), layout.get("drop", ())
    found: list[tuple[str, str]] = []
    counts = [0, 0, 0]
    for row, level in rows:
        if row in dropped:
            continue
        counts[level] += 1
        counts[level + 1 :] = [0] * (2 - level)
        number, first = counts[level], counts[level] == 1
        name = renamed.get(row, SPACED.get(row, row) if style == "spaced" else row)
        within = "其中：" if first else "　　　"
        marks = {
            "plain": ("", within, f"　{within}"),
            "arabic": (f"{number}、", f"　（{number}）", f"　　{within}"),
            "chinese": (f"（{CHINESE[number - 1]}）", f"  {number}.", f"    {'其中：' if first else '      '}"),
            "caijue": (f"{CHINESE[number - 1]}、", f"    （{CHINESE[number - 1]}）", f"        {number}．"),
            "mixed": ("", f"{within}{number}.", f"　　　　{'其中:' if first else '　　　'}"),
            "spaced": ("", "  其中： " if first else "         ", "    其中： " if first else "           "),
        }[style]
        found.append((marks[level] + name, row))
    return found


def write_two_sided(page: Page) -> None:
    """收入 on the left, 支出 on the right."""
    columns = page.layout.get("order", {}).get("二", BUDGET3)
    strip(page, [("收        入", "band", None), ("支        出", "band", None)], [4, 4])
    heads = ["项目", *(BAKED[column] if "years" in page.layout else column for column in columns)] * 2
    strip(page, [(head, "header", None) for head in heads], [1] * 8)
    left, right = labels(page, "二", INCOME_ROWS), labels(page, "二", SPENDING_ROWS)
    blank = [("", "")] * abs(len(left) - len(right))  # the totals stay side by side
    shorter = left if len(left) < len(right) else right
    shorter[-1:-1] = blank
    for pair in zip(left, right, strict=True):
        cells: list[tuple[Figure, str, Key | None]] = []
        for label, row in pair:
            keys: list[Key] = [("二", row, column) for column in columns]
            cells.append((label, "label", None))
            cells += [(*shown(page, key), key) if row else (None, "text", None) for key in keys]
        strip(page, cells, [1] * 8)


def write_across(page: Page, rows: Sequence[Row]) -> None:
    """Labels in one row, figures in the row below it."""
    named = labels(page, "一", rows)
    room, over = divmod(page.width, len(named))
    widths = [room + (index < over) for index in range(len(named))]
    strip(page, [(label.strip(" 　"), "header", None) for label, _ in named], widths)
    page.book.height(page.sheet, page.row - 1, 32)
    keys: list[Key] = [("一", row, "数值") for _, row in named]
    strip(page, [(*shown(page, key), key) for key in keys], widths)


def write_projects(page: Page) -> None:
    """The project lines and their 合计."""
    columns = (*BUDGET3, "支出率")
    lines, remarks = "lines" in page.layout, "remarks" in page.layout
    widths = spans(page, len(columns))
    if remarks and widths[-1] < 1:
        widths = widths[:-1]
        remarks = False
    names = [BAKED.get(column, column) if "years" in page.layout else column for column in columns]
    head = ["项目名称"] + ["序号"] * lines + names + ["备注"] * remarks
    strip(page, [(text, "header", None) for text in head], widths)
    total = "合　　计" if page.layout["numbering"] in ("spaced", "chinese") else "合计"
    projects = list(page.filing.unit["projects"])
    for number, project in enumerate([*projects, "合计"], 1):
        cells: list[tuple[Figure, str, Key | None]] = []
        cells.append((total, "name", None) if project == "合计" else (project, "label", None))
        cells += [(Decimal(number) if project != "合计" else None, "count", None)] * lines
        keys: list[Key] = [("四", project, column) for column in columns]
        cells += [(*shown(page, key), key) for key in keys]
        cells += [("", "text", None)] * remarks
        strip(page, cells, widths)


def shown(page: Page, key: Key) -> tuple[Figure, str]:
    """A figure as this unit writes it, and the look of its cell."""
    layout, value = page.layout, page.filing.printed[key]
    section, row, column = key
    rate = column == "支出率" or row.endswith("率")
    if value is None:
        if [section, row, column] in [slip[:3] for slip in page.filing.unit.get("base_slips", ())]:
            return None, "money"
        nil = layout.get("nil", [""])
        if row not in page.nil_rows:
            page.nil_rows.append(row)
        text = nil[page.nil_rows.index(row) % len(nil)]
        return (Decimal(0), "count") if text == "0" else (text or None, "general")
    if isinstance(value, date):
        style = layout.get("dates", "text")
        if style == "date":
            return value, "date"
        return (f"{value:%Y.%m.%d}" if style == "dot" else shown_day(value)), "centre"
    if isinstance(value, str):
        return value, "centre"
    style = layout.get("numbers", {}).get(section, "number")
    if rate:
        if style == "number" and layout.get("percent") != "text":
            return (value if book_formula(page, key) else cents(value, "0.0001")), "percent"
        return (percent(value).translate(FULL_WIDTH) if style == "full" else percent(value)), "general"
    if section == "一" or row == "自评工作小组人数":
        return (f"{value:f}".translate(FULL_WIDTH), "general") if style == "full" else (value, "count")
    amount = value * 10000 if section in layout.get("yuan", ()) else value
    amount = amount if [section, row, column] in layout.get("as_typed", ()) else cents(amount)
    if style == "text":
        return f"{amount:,.2f}", "general"
    if style == "full":
        return f"{amount:.2f}".translate(FULL_WIDTH), "general"
    return amount, layout.get("money", "money")


def book_formula(page: Page, key: Key) -> bool:
    """Whether a rate is a formula here, and so keeps all its digits."""
    slips = page.filing.unit.get("base_slips", ())
    return page.book.formulas and list(key) not in [slip[:3] for slip in slips]
