"""Other formats as .xlsx, to be marked: by LibreOffice where it is present and true to the file, else written anew.

Whichever way, what came out is read again and held against the source: what is told as lost is counted, not assumed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from xlcheck.papers import office
from xlcheck.papers.biff import is_biff
from xlcheck.papers.bifflooks import biff_looks
from xlcheck.papers.bounds import inflate, open_archive
from xlcheck.papers.delimited import decode
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.papers.inventory import KINDS, inventory
from xlcheck.papers.looks import BookLooks
from xlcheck.papers.odslooks import ods_looks
from xlcheck.papers.spreadsheet import Book, Cell, reference
from xlcheck.papers.spreadsheetml import NAMESPACE
from xlcheck.papers.spreadsheetmllooks import spreadsheetml_looks
from xlcheck.reemission import merged, sheet_names, write_anew

_SECONDS = 7
_LARGE, _TIMES = (
    1 << 20,
    10,
)  # bytes, and times its source: larger, LibreOffice has written out the empty rest of sheets
_NAMED = 3  # cells and sheets named in a sentence; the others are counted
_DIGITS = 15
_PLAIN = (".csv", ".tsv", ".txt")

_CHINESE = {
    "by_office": "原文件不是规范的 .xlsx，本副本由 LibreOffice 转换，已与原文件逐格核对；个别版式可能与原文件略有出入。",
    "anew": "原文件不是规范的 .xlsx，本副本按读取结果重新写成，带入了数值、数字格式、合并单元格和隐藏状态{looks}。",
    "with_looks": "，以及字体、边框、底色、对齐、列宽和行高；打印设置没有带入",
    "without_runs": "，以及字体、边框、底色、对齐、列宽和行高；打印设置和单元格内的局部字体没有带入",
    "without_looks": "；字体、边框、底色、列宽、行高和打印设置没有带入",
    "changed": "转换后有 {n} 个单元格与原文件不同，请以原文件为准：{cells}。",
    "change": "{place} 原为 {old}，转换后为 {new}",
    "blank": "空白",
    "missing": "没有带入：{what}。",
    "unmerged": "没有带入：{n} 处合并单元格。",
    "renamed": "工作表名不合 .xlsx 的规定，已改名：{names}。",
    "apart": "、",
    "more": "等",
    "formulas": "{n} 个公式（已带入结果）",
    "pictures": "{n} 张图片",
    "charts": "{n} 个图表",
    "shapes": "{n} 个图形或控件",
    "objects": "{n} 个嵌入对象",
    "comments": "{n} 个批注",
    "links": "{n} 个超链接（文字已带入）",
    "conditions": "{n} 条条件格式",
    "validations": "{n} 条数据有效性",
    "pivots": "{n} 个数据透视表（已带入显示的数值）",
    "macros": "宏",
}
_ENGLISH = {
    "by_office": "The file is no sound .xlsx; LibreOffice converted it, and the copy was compared with it cell by cell; details of layout may differ.",
    "anew": "The file is no sound .xlsx; this copy was written anew from what was read, with values, number formats, merges and what is hidden{looks}.",
    "with_looks": ", and fonts, borders, fills, alignment, widths and heights; print settings were not carried over",
    "without_runs": ", and fonts, borders, fills, alignment, widths and heights; print settings and fonts within a cell's text were not carried over",
    "without_looks": "; without fonts, borders, fills, widths, heights and print settings",
    "changed": "{n} cells differ from the file, which holds: {cells}.",
    "change": "{place} was {old}, is {new}",
    "blank": "blank",
    "missing": "Not carried over: {what}.",
    "unmerged": "Not carried over: {n} merges.",
    "renamed": "Sheets whose names .xlsx does not allow were renamed: {names}.",
    "apart": "; ",
    "more": " …",
    "formulas": "{n} formulas (their results were)",
    "pictures": "{n} pictures",
    "charts": "{n} charts",
    "shapes": "{n} shapes or controls",
    "objects": "{n} embedded objects",
    "comments": "{n} comments",
    "links": "{n} links (their text was)",
    "conditions": "{n} conditional formats",
    "validations": "{n} data validations",
    "pivots": "{n} pivot tables (the values shown were)",
    "macros": "macros",
}  # fmt: skip

Located = Collection[tuple[str, str]]  # (sheet, cell) of what the checks read


@dataclass(frozen=True, slots=True)
class Converted:
    """An .xlsx package, and what of the source it does not hold, in sentences."""

    data: bytes
    lost: tuple[str, ...]


def as_xlsx(data: bytes, name: str, *, command: str | None = None, located: Located = (), lang: str = "zh", scratch: Path | None = None) -> Converted:  # fmt: skip
    """An .xlsx with what the source holds; ``command`` is LibreOffice's, None does without.

    LibreOffice's conversion is not taken where a cell of ``located`` says something else in it. Raises
    :class:`Unreadable` where the source cannot be read. ``scratch`` is a folder for temporary files.
    """
    book = open_any(data, name, whole=True)
    held = inventory(data, book)
    say = _CHINESE if lang == "zh" else _ENGLISH
    plain = name.lower().endswith(_PLAIN)
    if command is not None and _for_office(data):
        converted = _by_office(command, data, name, scratch)
        made = _opened(converted, name) if converted is not None else None
        if converted is not None and made is not None and _same_sheets(book, made):
            changes = list(_changes(book, made))
            if not {(sheet, cell) for sheet, cell, _, _ in changes} & set(located):
                lost = (say["by_office"], *_missing(held, inventory(converted, made), say), *_changed(changes, say), *_unmerged(book, made, say))  # fmt: skip
                return Converted(converted, lost)
    looks = _looks(data)
    how = say["anew"].format(looks=say[_carried(looks)] if not plain else "")
    return Converted(write_anew(book, looks), (how, *_missing(held, Counter(), say), *_left_out(book, say)))


def _for_office(data: bytes) -> bool:
    """Whether LibreOffice reads the file as we do: not so web pages and delimited text, whose texts it takes for numbers."""
    head = data[:20_000]
    return is_biff(data) or b"PK\x03\x04" in head or NAMESPACE.encode() in head or b"<office:document" in head


def _carried(looks: BookLooks | None) -> str:
    return "without_looks" if looks is None else "with_looks" if looks.runs else "without_runs"


def _looks(data: bytes) -> BookLooks | None:
    """The source's looks, where its format's can be read."""
    if is_biff(data):
        return biff_looks(data)
    if (archive := open_archive(data)) is not None:
        with archive:
            parts = [part for name in ("styles.xml", "content.xml") if (part := inflate(archive, name)) is not None]
        return ods_looks(parts) if parts else None
    text = decode(data, declared=True) or ""
    if NAMESPACE in text[:20_000]:
        return spreadsheetml_looks(text)
    if "<office:document" in text[:20_000]:
        return ods_looks([re.sub(r"^<\?xml[^>]*\?>", "", text.lstrip()).encode("utf-8", "replace")])
    return None


def _by_office(command: str, data: bytes, name: str, scratch: Path | None) -> bytes | None:
    """LibreOffice's conversion, or None where it fails, takes too long or is out of all proportion."""
    made = office.stored_anew(data, name, _SECONDS, command=command, scratch=scratch)
    return made if made is not None and len(made) <= max(_LARGE, _TIMES * len(data)) else None


def _opened(data: bytes, name: str) -> Book | None:
    try:
        return open_any(data, name, whole=True)
    except Unreadable:
        return None


def _same_sheets(book: Book, made: Book) -> bool:
    return [sheet.name for sheet in book.sheets] == [sheet.name for sheet in made.sheets]


def _changes(book: Book, made: Book) -> Iterator[tuple[str, str, Cell | None, Cell | None]]:
    """(sheet, cell, source's, converted one's) for each cell that says something else; in the order of the sheets."""
    for before, after in zip(book.sheets, made.sheets, strict=True):
        for at in sorted(before.cells.keys() | after.cells.keys()):
            old, new = before.cells.get(at), after.cells.get(at)
            if not _same(old, new):
                yield before.name, reference(*at), old, new


def _same(old: Cell | None, new: Cell | None) -> bool:
    """Whether two cells say the same, whatever their formats: LibreOffice writes 15 digits of a number, as Excel does."""
    before, after = (cell.raw if cell is not None and cell.raw is not None else "" for cell in (old, new))
    if isinstance(before, float) and isinstance(after, float):
        exact, printed = Decimal(repr(before)), Decimal(repr(after))
        return abs(exact - printed) * 2 <= Decimal(1).scaleb(printed.adjusted() - _DIGITS + 1)
    return before == after or (old is not None and new is not None and old.text == new.text)


def _changed(changes: list[tuple[str, str, Cell | None, Cell | None]], say: Mapping[str, str]) -> Iterator[str]:
    if changes:
        named = [say["change"].format(place=f"{sheet}!{cell}", old=_shown(old, say), new=_shown(new, say)) for sheet, cell, old, new in changes[:_NAMED]]  # fmt: skip
        yield say["changed"].format(n=len(changes), cells=say["apart"].join(named) + (say["more"] if len(changes) > _NAMED else ""))  # fmt: skip


def _shown(cell: Cell | None, say: Mapping[str, str]) -> str:
    text = cell.text if cell is not None else ""
    return say["blank"] if not text else text[:20] + "…" if len(text) > 20 else text


def _unmerged(book: Book, made: Book, say: Mapping[str, str]) -> Iterator[str]:
    pairs = zip(book.sheets, made.sheets, strict=True)
    lost = sum(len({m for m in old.merges if m[:2] != m[2:]} - set(new.merges)) for old, new in pairs)
    if lost:
        yield say["unmerged"].format(n=lost)


def _missing(held: Counter[str], made: Counter[str], say: Mapping[str, str]) -> Iterator[str]:
    """What the source holds more of than what came out, in one sentence."""
    less = held - made
    told = [say[kind].format(n=less[kind]) for kind in KINDS if less[kind]]
    if told:
        yield say["missing"].format(what=say["apart"].join(told))


def _left_out(book: Book, say: Mapping[str, str]) -> Iterator[str]:
    """What writing anew leaves out besides what can be counted in the source's own parts."""
    unmerged = sum(len({m for m in sheet.merges if m[:2] != m[2:]} - set(merged(sheet))) for sheet in book.sheets)
    if unmerged:
        yield say["unmerged"].format(n=unmerged)
    names = [sheet.name for sheet in book.sheets]
    renamed = [f"「{old}」→「{new}」" for old, new in zip(names, sheet_names(names), strict=True) if old != new]
    if renamed:
        yield say["renamed"].format(names=say["apart"].join(renamed[:_NAMED]) + (say["more"] if len(renamed) > _NAMED else ""))  # fmt: skip
