"""What one file may cost: every bound on reading in one place, and the cheap look at a package before it is read.

| bound | value | why that much |
|---|---|---|
| file | 100 MiB | the largest workbook a unit has reason to send holds scanned pictures |
| inflated | 400 MiB of XML | what can be parsed within the time |
| one string table or sheet | at most 400 times its stored size, past 32 MiB | deflate reaches 1,032; real sheets stay below 100 |
| parts | 20,000 | a package with a picture in each row |
| sheets | 1,000 | real books have a few, seldom two hundred |
| cells used | 1,000,000 a workbook | some 300 bytes each in memory |
| characters | 50 million a workbook | a string shared by many cells counts once for each |
| merges | 200,000 a workbook | one a row and more |
| area | 20 million cells | readers that lay a sheet out as a full grid, used for odd files |
| seconds, memory | 8 s and 700 MiB a file | see :mod:`xlcheck.workers` |
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO

from xlcheck.papers.moulds import Merge
from xlcheck.papers.spreadsheet import Book, Sheet, position

FILE_BYTES = 100 << 20
INFLATED_BYTES = 400 << 20
RATIO = 400
RATIO_FROM_BYTES = 32 << 20
PARTS = 20_000
SHEETS = 1_000
CELLS = 1_000_000
CHARACTERS = 50_000_000
MERGES = 200_000
AREA = 20_000_000
SECONDS = 8.0
MEMORY_BYTES = 700 << 20

_COUNT_FROM_BYTES = 8 << 20  # a smaller part cannot hold a million cells
_RECURRING_MERGES = 1_000  # a sheet with more is no form of which there are many
_CHUNK = 1 << 20
_OVERLAP = 64
_PARSED = (".xml", ".rels", ".bin", ".vml")
_CELL = re.compile(rb"<(?:\w{1,20}:)?(?:v|is)[ >\t\r\n]")  # cells that only have a style are not kept
_MERGE = re.compile(rb"<(?:\w{1,20}:)?mergeCell[ \t\r\n]")
_FAR = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,10})["']""")
_ZIP_TROUBLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)  # fmt: skip


class Unreadable(Exception):
    """A file cannot be read; the message is one Chinese sentence: what it is, and what to do."""


def check_file(size: int) -> None:
    """Refuse a file by its size in bytes; raises :class:`Unreadable`."""
    if size > FILE_BYTES:
        raise Unreadable(f"文件有 {size >> 20} MB，超过 {FILE_BYTES >> 20} MB 的上限，请删去图片等无关内容后重新报送。")


def prescan(archive: zipfile.ZipFile) -> None:
    """Refuse a package by its central directory and, where a part is large, by the cells and merges that it holds.

    Nothing is inflated for an ordinary workbook. Raises :class:`Unreadable`.
    """
    entries = archive.infolist()
    if len(entries) > PARTS:
        raise Unreadable(
            f"文件内部有 {len(entries):,} 个部件，超过 {PARTS:,} 个的上限，请另存为新的 .xlsx 后重新报送。"
        )
    parsed = [entry for entry in entries if entry.filename.lower().endswith(_PARSED)]
    for entry in parsed:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > RATIO * max(entry.compress_size, 1):
            raise Unreadable("文件的压缩比异常（疑为压缩炸弹），已停止读取，请核对来源并另存为新的 .xlsx 后重新报送。")
    inflated = sum(entry.file_size for entry in parsed)
    if inflated > INFLATED_BYTES:
        raise Unreadable(f"文件解压后有 {inflated >> 20} MB，超过 {INFLATED_BYTES >> 20} MB 的上限，请删去空白行列后另存并重新报送。")  # fmt: skip
    sheets = [entry for entry in parsed if "worksheets/" in entry.filename.lower() and not entry.filename.endswith(".rels")]  # fmt: skip
    if len(sheets) > SHEETS:
        raise _too_many_sheets(len(sheets))
    cells = merges = 0
    for entry in sheets:
        if entry.file_size > _COUNT_FROM_BYTES:
            counted = _counts(archive, entry)
            cells, merges = cells + counted[0], merges + counted[1]
    if cells > CELLS + inflated // _CHUNK:  # as many may have been counted twice
        raise _too_many_cells()
    if merges > MERGES:
        raise _too_many_merges()


def check_area(archive: zipfile.ZipFile) -> None:
    """Refuse a package that a reader with a full grid would choke on: far cells. Raises :class:`Unreadable`."""
    for entry in archive.infolist():
        if "worksheets/" not in entry.filename.lower() or not entry.filename.lower().endswith(".xml"):
            continue
        bottom = right = 0
        for chunk in _chunks(archive, entry):
            for match in _FAR.finditer(chunk):
                at = position(f"{match[1].decode()}{match[2].decode()}")
                if at is None or at[0] > 1_048_576 or at[1] > 16_384:
                    raise _too_far()
                bottom, right = max(bottom, at[0]), max(right, at[1])
        if bottom * right > AREA:
            raise _too_far()


def check_book(book: Book, *, whole: bool = False) -> Book:
    """The book with its merges cut to the used area (but ``whole``), where it keeps the bounds; raises :class:`Unreadable`.

    A merge without a used cell has nothing to say to a check, and one over a whole sheet would be walked cell by
    cell further on.
    """
    if len(book.sheets) > SHEETS:
        raise _too_many_sheets(len(book.sheets))
    if sum(_size(sheet) for sheet in book.sheets) > CELLS:
        raise _too_many_cells()
    if sum(len(sheet.merges) for sheet in book.sheets) > MERGES:
        raise _too_many_merges()
    characters = sum(_characters(sheet) for sheet in book.sheets)
    if characters > CHARACTERS:
        raise Unreadable(f"工作簿的文字合计 {characters:,} 个字，超过 {CHARACTERS:,} 个的上限，请核对是否传错了文件。")
    for sheet in book.sheets if not whole else ():
        _cut(sheet)
    return book


def _size(sheet: Sheet) -> int:
    return len(sheet.cast.values) if sheet.cast is not None else len(sheet.cells)


def _characters(sheet: Sheet) -> int:
    if sheet.cast is not None:
        return sum(map(len, sheet.cast.values))
    return sum(len(cell.raw) for cell in sheet.cells.values() if isinstance(cell.raw, str))


def cell_counter() -> Callable[[int], None]:
    """A function that is told of cells as they are made, and raises :class:`Unreadable` past the bound."""
    total = 0

    def count(more: int = 1) -> None:
        nonlocal total
        total += more
        if total > CELLS:
            raise _too_many_cells()

    return count


def _cut(sheet: Sheet) -> None:
    if not sheet.merges:
        return
    cut = _cut_before if len(sheet.merges) <= _RECURRING_MERGES else _within
    sheet.merges = list(cut(tuple(sheet.merges), *sheet.extent))


def _within(merges: tuple[Merge, ...], bottom: int, right: int) -> tuple[Merge, ...]:
    kept = []
    for top, left, low, far in merges:
        top, low = min(top, low), max(top, low)
        left, far = min(left, far), max(left, far)
        if 1 <= top <= bottom and 1 <= left <= right:
            kept.append((top, left, max(top, min(low, bottom)), max(left, min(far, right))))
    return tuple(kept)


_cut_before = lru_cache(maxsize=256)(_within)  # units fill in one template


def _counts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    cells = merges = 0
    for chunk in _chunks(archive, entry):
        cells += len(_CELL.findall(chunk))
        merges += len(_MERGE.findall(chunk))
    return cells, merges


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces that overlap, so that nothing is cut in two: what stands in the overlap is seen twice."""
    try:
        with archive.open(entry) as part:
            tail = b""
            while chunk := part.read(_CHUNK):
                yield tail + chunk
                tail = chunk[-_OVERLAP:]
    except _ZIP_TROUBLE:
        return  # a damaged part is named by the reader that needs it


def open_archive(data: bytes) -> zipfile.ZipFile | None:
    """The archive, or None where Python's zipfile cannot make out its directory."""
    try:
        return zipfile.ZipFile(BytesIO(data))
    except _ZIP_TROUBLE:
        return None


def inflate(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """A member of the archive, or None where it is missing, damaged, encrypted or over the bound."""
    try:
        if archive.getinfo(name).file_size > INFLATED_BYTES:
            return None
        return archive.read(name)
    except (KeyError, *_ZIP_TROUBLE):
        return None


def _too_many_sheets(number: int) -> Unreadable:
    return Unreadable(f"工作簿有 {number:,} 张工作表，超过 {SHEETS:,} 张的上限，请只报送规定的表。")


def _too_many_cells() -> Unreadable:
    return Unreadable(f"工作簿的单元格超过 {CELLS:,} 个，不是自评表的规模，请核对是否传错了文件。")


def _too_many_merges() -> Unreadable:
    return Unreadable(f"工作簿的合并单元格超过 {MERGES:,} 处，请用规定的空白模板重新填报。")


def _too_far() -> Unreadable:
    return Unreadable("工作簿在极远的行列里有内容且文件不规范，请删去表格以外的行列并另存为 .xlsx 后重新报送。")
