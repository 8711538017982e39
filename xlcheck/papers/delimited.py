"""Text files as workbooks: bytes to text (BOM, UTF-8, GB 18030), and csv or tsv to one sheet of text cells."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re

from xlcheck.papers.bounds import CHARACTERS, Unreadable, cell_counter
from xlcheck.papers.spreadsheet import Book, Cell, Sheet

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_CHINESE = frozenset({"gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936", "gb18030", "hz-gb-2312"})
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.002
_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 50


def decode(data: bytes, declared: bool = False) -> str | None:
    """Bytes as text: by BOM, by the charset that a page declares, as UTF-8, as GB 18030; None where it is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if data[:200].count(0) > len(data[:200]) // 4:  # UTF-16 without a mark: every other byte of Latin text is zero
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
        return _sound(data.decode(encoding, "replace"))
    candidates = ["utf-8", "gb18030"]
    match = _CHARSET.search(data[:4096]) if declared else None
    if match is not None:
        name = match[1].decode("ascii").lower()
        with contextlib.suppress(LookupError):  # an unknown charset says nothing
            candidates.insert(0, "gb18030" if name in _CHINESE else codecs.lookup(name).name)
    for encoding in candidates:
        try:
            return _sound(data.decode(encoding))
        except (UnicodeError, LookupError, AttributeError, TypeError):
            continue  # the last two: a codec that is none of text
    text = data.decode("gb18030", "replace")
    return _sound(text) if text.count("\ufffd") <= len(text) // 100 else _latin(data)


def _latin(data: bytes) -> str | None:
    """Western text is kept legible: a byte for a character."""
    return _sound(data.decode("cp1252", "replace")) if b"\0" not in data else None


def _sound(text: str) -> str | None:
    head = text[:20_000]
    return text if len(_CONTROL.findall(head)) <= max(2, len(head) * _MOST_CONTROL) else None


def read_delimited(text: str, sheet_name: str) -> Book:
    """One sheet of the text's fields, all of them text as printed; raises :class:`Unreadable`."""
    if len(text) > CHARACTERS:
        raise Unreadable(f"文本文件有 {len(text):,} 个字，超过 {CHARACTERS:,} 个的上限，请核对是否传错了文件。")
    delimiter = None
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"\"?sep=.\"?\r?", first):
        delimiter, text = first.strip('"\r')[4], rest
    count = cell_counter()
    sheet = Sheet(sheet_name)
    csv.field_size_limit(CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text))
    try:
        for row, fields in enumerate(reader, 1):
            for column, value in enumerate(fields, 1):
                if value:
                    count(1)
                    sheet.cells[row, column] = Cell(row, column, value)
    except csv.Error as error:
        raise Unreadable("csv 文本的引号或换行不规范，请用 Excel 或 WPS 打开并另存为 .xlsx 后重新报送。") from error
    return Book([sheet], typed=False)


def _delimiter(text: str) -> str:
    """The delimiter found in most of the first lines, outside quotes; the one with more fields of two."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text[:100_000].splitlines()[:_SAMPLE_LINES] if line.strip()]

    def weight(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return sum(1 for count in counts if count), sum(counts)

    return max(_DELIMITERS, key=weight) if lines else ","
