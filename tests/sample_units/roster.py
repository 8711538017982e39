"""单位名录.xlsx: which units have to file, and what a roll-up says when they are held against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sample_units.book import Book

COLUMNS = {"序号": 6, "单位预算编码": 14, "单位名称": 34, "主管部门": 28, "应报": 8, "联系人": 12, "备注": 26}
# Units that filed nothing: code, name, department, whether they must file, contact, remark.
SILENT = (
    ("020104", "岚屿市特殊教育学校", "岚屿市教育局", "是", "邱若楠", ""),
    ("031004", "岚屿市水利工程质量监督站", "岚屿市水利局", "是", "卓一凡", ""),
    ("050304", "岚屿市电影放映队", "岚屿市文化广电旅游局", "否", "—", "2024年已撤并，不需报送"),
)
OFF_ROSTER = "岚屿市海洋牧场服务站"


def write_roster(units: list[dict[str, Any]], path: Path) -> Book:
    """Write the roster: every unit once, but for the one that is not on it, in order of code."""
    entries = {entry[1]: entry for entry in SILENT}
    for unit in units:
        if unit["name"] != OFF_ROSTER:
            contact = unit.get("signed", {}).get("填表人", "示例")
            remark = "示例；非岚屿市单位" if unit["folder"].endswith("（示例）") else ""
            entries.setdefault(unit["name"], (unit["code"], unit["name"], unit["department"], "是", contact, remark))
    book = Book(path, title="单位名录")
    sheet = book.sheet("单位名录", [float(width) for width in COLUMNS.values()])
    book.put(sheet, 0, 0, "岚屿市2025年部门整体支出绩效自评单位名录", "title", columns=len(COLUMNS))
    book.height(sheet, 0, 36)
    for column, name in enumerate(COLUMNS):
        book.put(sheet, 1, column, name, "header")
    for number, entry in enumerate(sorted(entries.values()), 1):
        book.put(sheet, number + 1, 0, str(number), "centre")
        for column, text in enumerate(entry, 1):
            key = ("名录", entry[1], "单位名称") if column == 2 else None
            look = "centre" if column in (1, 4, 5) else "text"
            book.put(sheet, number + 1, column, text, look, key=key)
    note = "注：岚屿市及所列单位、编码、联系人均为虚构示例。"
    book.put(sheet, len(entries) + 2, 0, note, "foot", columns=len(COLUMNS))
    sheet.freeze_panes(2, 0)
    sheet.repeat_rows(0, 1)
    book.close()
    return book


def roster_findings(units: list[dict[str, Any]], book: Book) -> list[dict[str, Any]]:
    """The findings of a roll-up with this roster: who has not filed, who filed twice, who is not on it."""
    found: list[dict[str, Any]] = []
    for _, name, _, due, _, _ in SILENT:
        if due == "是":
            sheet, cell = book.place(("名录", name, "单位名称"))
            found.append(
                {"rule": "submission-missing", "unit": name, "file": "单位名录.xlsx", "sheet": sheet, "cell": cell}
            )
    for unit in units:
        if "like" in unit:
            found.append({"rule": "submission-duplicate", "unit": unit["name"], "folder": unit["folder"]})
        if unit["name"] == OFF_ROSTER:
            found.append({"rule": "unit-not-on-roster", "unit": unit["name"], "folder": unit["folder"]})
    return found
