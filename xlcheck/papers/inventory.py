"""What a workbook holds besides values and looks, counted: what a conversion may lose, and a copy has to own up to."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator

from xlcheck.papers import ole
from xlcheck.papers.biff import is_biff, stream_records
from xlcheck.papers.bounds import inflate, open_archive
from xlcheck.papers.delimited import decode
from xlcheck.papers.spreadsheet import Book
from xlcheck.papers.spreadsheetml import NAMESPACE
from xlcheck.papers.xlsb import records

# In the order in which they are told.
KINDS = ("formulas", "pictures", "charts", "shapes", "objects", "comments", "links", "conditions", "validations", "pivots", "macros")  # fmt: skip

_DRAWING = {rb"<(?:\w+:)?pic[ >]": "pictures", rb"<(?:\w+:)?(?:sp|cxnSp)[ >]": "shapes"}
_SHEET = {
    rb"<(?:\w+:)?hyperlink[ >]": "links",
    rb"<(?:\w+:)?cfRule[ >]": "conditions",
    rb"<(?:\w+:)?dataValidation[ >]": "validations",
    rb"<(?:\w+:)?oleObject[ >]": "objects",
}
_COMMENTS = {rb"<(?:\w+:)?comment[ >]": "comments"}
_OPEN_DOCUMENT = {
    rb"<draw:image [^>]*href=\"(?!\./ObjectReplacements)": "pictures",
    rb"<draw:object[ >]": "charts",
    rb"<draw:object-ole[ >]": "objects",
    rb"<draw:(?:custom-shape|rect|line|ellipse|circle|polygon|polyline|path|connector|control)[ >]": "shapes",
    rb"<office:annotation[ >]": "comments",
    rb"<text:a[ >]": "links",
    rb"<calcext:conditional-format[ >]": "conditions",
    rb"<table:content-validation[ >]": "validations",
    rb"<table:data-pilot-table[ >]": "pivots",
}
_SPREADSHEETML = {
    rb"<(?:\w+:)?Comment[ >]": "comments",
    rb"<(?:\w+:)?DataValidation[ >]": "validations",
    rb"<(?:\w+:)?ConditionalFormatting[ >]": "conditions",
    rb"\b(?:\w+:)?HRef=": "links",
    rb"<(?:\w+:)?PivotTable[ >]": "pivots",
}
_WEB = {rb"(?i)<img[ >]": "pictures", rb"(?i)<a\s[^>]*href": "links", rb"(?i)<object[ >]": "objects"}
_BINARY = {494: "links", 463: "conditions", 64: "validations", 635: "comments"}  # [MS-XLSB] 2.3.1
_OBJECTS = {1: "shapes", 2: "shapes", 3: "shapes", 4: "shapes", 5: "charts", 6: "shapes", 7: "shapes", 8: "pictures", 9: "shapes", 11: "shapes", 12: "shapes", 13: "shapes", 14: "shapes", 25: "comments", 30: "shapes"}  # fmt: skip
_RECORDS = {0x01B8: "links", 0x01B1: "conditions", 0x01BE: "validations", 0x00B0: "pivots"}
_OBJECT = 0x005D


def inventory(data: bytes, book: Book) -> Counter[str]:
    """How many of each of :data:`KINDS` a file holds; ``book`` is what was read from it."""
    found = Counter(formulas=sum(cell.formula for sheet in book.sheets for cell in sheet.cells.values()))
    if is_biff(data):
        found.update(_biff(data))
    elif (archive := open_archive(data)) is not None:
        with archive:
            found.update(_package(archive))
    else:
        text = (decode(data, declared=True) or "").encode("utf-8", "replace")
        head = text[:20_000].lstrip()
        if head.startswith(b"<"):
            flat = _SPREADSHEETML if NAMESPACE.encode() in head else _OPEN_DOCUMENT if b"<office:document" in head else _WEB  # fmt: skip
            found.update(_counted(text, flat))
    return found


def _counted(text: bytes, patterns: dict[bytes, str]) -> Iterator[str]:
    for pattern, kind in patterns.items():
        yield from (kind for _ in re.finditer(pattern, text))


def _package(archive: zipfile.ZipFile) -> Iterator[str]:
    for name in archive.namelist():
        lower = name.lower()
        if lower.endswith("vbaproject.bin") or re.fullmatch(r"basic/[^/]+/(?!script-lb)[^/]+\.xml", lower):
            yield "macros"
        elif re.fullmatch(r".*charts/chart\d*\.xml", lower):
            yield "charts"
        elif re.fullmatch(r".*pivottables/[^/]+\.(?:xml|bin)", lower):
            yield "pivots"
        elif re.fullmatch(r"xl/(?:drawings/[^/]+|worksheets/[^/]+|(?:[^/]+/)?comments[^/]*|)\.(?:xml|bin)", lower) or lower == "content.xml":  # fmt: skip
            yield from _part(lower, inflate(archive, name) or b"")


def _part(name: str, part: bytes) -> Iterator[str]:
    if name.endswith(".bin"):
        try:
            yield from (_BINARY[kind] for kind, _ in records(part) if kind in _BINARY)
        except IndexError:
            return  # what comes behind the damage cannot be counted
    elif name == "content.xml":
        yield from _counted(part, _OPEN_DOCUMENT)
    else:
        yield from _counted(part, _DRAWING if "drawing" in name else _COMMENTS if "comments" in name else _SHEET)


def _biff(data: bytes) -> Iterator[str]:
    if any("vba_project" in name.lower() for name in ole.root_names(data)):
        yield "macros"
    for kind, body in stream_records(data):
        if kind in _RECORDS:
            yield _RECORDS[kind]
        elif kind == _OBJECT and body[4:5] and body[4] in _OBJECTS:
            yield _OBJECTS[body[4]]
