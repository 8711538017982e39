"""The 基础数据表 of a sample unit, in the layout that its YAML asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.drift_words import TITLES
from tests.sample_units.book import Book
from tests.sample_units.decorations import decorate
from tests.sample_units.figures import Figure, Filing
from tests.sample_units.sections import Page, write_section

COVER = ("单位名称", "统一社会信用代码", "单位预算编码", "主管部门", "评价年度", "填报日期", "金额单位")
MONEY_SECTIONS = "二三四五"


def write_base_table(filing: Filing, path: Path, make: Callable[..., Book] = Book) -> Book:
    """Write the workbook through ``make``; the book returned knows where each figure stands."""
    layout = filing.unit["layout"]
    book = make(path, formulas="formulas" in layout, title="部门整体支出绩效自评基础数据表")
    if layout["sheets"] == "several":
        several_sheets(filing, book)
    else:
        one_sheet(filing, book)
    decorate(filing, book)
    book.close()
    return book


def one_sheet(filing: Filing, book: Book) -> None:
    """Every section under the other on one sheet."""
    layout = filing.unit["layout"]
    two_sided, side = layout.get("flows") == "two-sided", int("side" in layout)
    left = int(layout.get("left", "0"))
    lines, remarks, inserted = ("lines" in layout), ("remarks" in layout), ("insert" in layout)
    width = 8 if two_sided else max(5 + lines, 4 + lines + remarks + inserted) + side
    widths = [3.0] * left + [9.0] * side + [30.0] + [13.5] * (width - 1 - side)
    if two_sided:
        widths[left + 4] = 30.0
    if lines:
        widths[left + side + 1] = 6.0
    if remarks or layout["cover"] == "pairs":
        widths[-1] = 21.0
    page = Page(filing, book, book.sheet("基础数据表", widths, landscape=two_sided), left, width)
    heading(page, "附件3", "部门整体支出绩效自评基础数据表")
    write_cover(page)
    page.left, page.width = left + side, width - side
    for section in TITLES:
        write_section(page, section)
    page.left, page.width = left, width
    foot(page)
    page.sheet.print_area(0, 0, page.row, left + width - 1)


def several_sheets(filing: Filing, book: Book) -> None:
    """A cover sheet, then one sheet for each group of sections."""
    layout = filing.unit["layout"]
    page = Page(filing, book, book.sheet("封面", [26, 20, 20, 20]), 0, 4)
    heading(page, "附件3", "部门整体支出绩效自评基础数据表")
    write_cover(page)
    foot(page)
    for name, sections in (
        ("人员和资产", "一五"),
        ("收入支出", "二"),
        ("经费控制", "三"),
        ("项目明细", "四"),
        ("公开与自评", "六"),
    ):
        two_sided = sections == "二" and layout.get("flows") == "two-sided"
        width = 8 if two_sided else {"二": 4, "三": 4, "四": 5}.get(sections, 2)
        widths = [30.0] + [13.5 if two_sided else 16.0] * (width - 1)
        if two_sided:
            widths[4] = 30.0
        page = Page(filing, book, book.sheet(name, widths, landscape=width > 4), 0, width)
        heading(page, "", f"{name}表" if not name.endswith("表") else name)
        money = "元" if sections in layout.get("yuan", ()) else "万元"
        half = page.width // 2
        book.put(
            page.sheet, page.row, 0, f"单位名称：{filing.printed['封面', '单位名称', '数值']}", "line", columns=half
        )
        if any(section in MONEY_SECTIONS for section in sections):
            text = f"金额单位：{money}"
            book.put(page.sheet, page.row, half, text, "line-right", columns=page.width - half)
        page.row += 1
        for section in sections:
            write_section(page, section)


def heading(page: Page, annex: str, title: str) -> None:
    """The annex line and the centred title."""
    if annex:
        page.book.put(page.sheet, page.row, page.left, annex, "annex")
        page.row += 1
    page.book.put(page.sheet, page.row, page.left, title, "title", columns=page.width)
    page.book.height(page.sheet, page.row, 36)
    page.row += 1


def write_cover(page: Page) -> None:
    """The cover's fields, one a row, two a row, or 「单位名称：…」 in one cell each."""
    style, printed = page.layout["cover"], page.filing.printed
    grey = set(page.filing.unit.get("illustrative_cover", ()))

    def put(column: int, text: Figure, look: str, columns: int, name: str = "") -> None:
        key = ("封面", name, "数值") if name else None
        page.book.put(page.sheet, page.row, column, text, look, columns=columns, key=key, grey=name in grey)

    if style == "column":
        for name in COVER:
            put(page.left, name, "label", 1)
            put(page.left + 1, printed["封面", name, "数值"], "text", page.width - 1, name)
            page.row += 1
        return
    half = (page.width + 1) // 2
    for first in range(0, len(COVER), 2):
        for offset, name in enumerate(COVER[first : first + 2]):
            start = page.left + offset * half
            span = page.width - half if offset else half
            if len(COVER) == first + 1:
                span = page.width
            value = printed["封面", name, "数值"]
            if style == "inline":
                put(start, f"{name}：{value or ''}", "line", span, name)
            else:
                label = 1 + int("side" in page.layout and not offset)
                put(start, name, "name", label)
                put(start + label, value, "centre", span - label, name)
        page.book.height(page.sheet, page.row, 30 if style == "pairs" else 20)
        page.row += 1


def foot(page: Page) -> None:
    """The signature line, and the notes that the YAML adds."""
    unit = page.filing.unit
    signed = unit.get("signed", {})
    if signed:
        people = "        ".join(f"{role}：{name}" for role, name in signed.items())
        page.book.put(page.sheet, page.row, page.left, people, "foot", columns=page.width)
        page.book.height(page.sheet, page.row, 24)
        page.row += 1
    for note in unit.get("foot", ()):
        page.book.put(page.sheet, page.row, page.left, note, "foot", columns=page.width)
        page.book.height(page.sheet, page.row, 42)
        page.row += 1
