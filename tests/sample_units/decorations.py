"""What people leave in their workbooks: comments, a badge, validation, protection, panes, formats, an old sheet."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from tests.sample_units.book import SONG, Book, badge, letter
from tests.sample_units.figures import Filing


def decorate(filing: Filing, book: Book) -> None:
    """Add to a base data table what the unit's YAML lists under extras."""
    extras = filing.unit["layout"].get("extras", {})
    sheets = book.workbook.worksheets()
    for section, row, column, text in extras.get("comments", ()):
        cell = book.where[section, row, column]
        options = {"author": "财务科", "x_scale": 1.4, "font_name": SONG, "font_size": 9}
        cell.sheet.write_comment(cell.row, cell.column, text, options)
    if "logo" in extras:
        options = {"image_data": BytesIO(badge()), "object_position": 1, "x_offset": 4, "y_offset": 2}
        sheets[0].insert_image(0, int(extras["logo"]), "badge.png", options)
    if "freeze" in extras:
        for sheet in sheets:
            sheet.freeze_panes(int(extras["freeze"]), 1)
    if "repeat" in extras:
        sheets[0].repeat_rows(0, int(extras["repeat"]) - 1)
    if "validation" in extras:
        cell = book.where["封面", "金额单位", "数值"]
        cell.sheet.data_validation(
            cell.row, cell.column, cell.row, cell.column, {"validate": "list", "source": ["万元", "元"]}
        )
        for key, cell in book.where.items():
            if key[0] == "三" and isinstance(cell.value, Decimal):
                rule = {
                    "validate": "decimal",
                    "criteria": ">=",
                    "value": 0,
                    "error_title": "请核对",
                    "error_message": "金额不能为负数。",
                }
                cell.sheet.data_validation(cell.row, cell.column, cell.row, cell.column, rule)
    if "highlight" in extras:
        over = book.workbook.add_format({"bold": True, "font_color": "#C00000"})
        for key, cell in book.where.items():
            if key[0] == "四" and key[2] == "支出率":
                rule = {"type": "cell", "criteria": "<", "value": 0.6, "format": over}
                cell.sheet.conditional_format(cell.row, cell.column, cell.row, cell.column, rule)
    if "bars" in extras:
        column = letter(book.where["四", "合计", "决算数"].column)
        first = min(cell.row for key, cell in book.where.items() if key[0] == "四") + 1
        last = book.where["四", "合计", "决算数"].row
        sheet = book.where["四", "合计", "决算数"].sheet
        sheet.conditional_format(
            f"{column}{first}:{column}{last}", {"type": "data_bar", "bar_color": "#9DC3E6", "bar_solid": True}
        )
    if "protect" in extras:
        for sheet in sheets:
            sheet.protect("", {"format_columns": True, "format_rows": True})
    if "hidden" in extras:
        sheet = book.workbook.add_worksheet("上年旧表")
        for index, (name, value) in enumerate(extras["hidden"].items()):
            sheet.write_string(index, 0, name)
            sheet.write_number(index, 1, float(value)) if value[:1].isdigit() else sheet.write_string(index, 1, value)
        sheet.hide()
