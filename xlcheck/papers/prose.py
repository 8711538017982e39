"""A narrative paper as numbered paragraphs, whatever its format: docx, txt, html, pdf with text, doc, rtf, odt.

The format is known by content, never by the file's suffix. Nothing is fetched and nothing is run but
an installed converter for .doc, .rtf and .odt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from xlcheck.model import Box, Paragraph, Prose

MOST_BYTES = 64 * 1024 * 1024
MOST_CHARACTERS = 5_000_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ODT = b"mimetypeapplication/vnd.oasis.opendocument.text"
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|meta|div|p|table)\b", re.IGNORECASE)
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x1a\ufeff")

# Headings by their numbers, outermost first: 一、 · （一） · 1. · （1）
_NUMBERED = (
    re.compile(r"^(?:第?[一二三四五六七八九十]{1,3}(?:、|[.．]|部分|章)|第[一二三四五六七八九十]{1,3}(?:部分|章))"),
    re.compile(r"^[(（][一二三四五六七八九十]{1,3}[)）]"),
    re.compile(r"^(?:\d{1,2}(?:[.．、]|\s)|[甲乙丙丁戊己庚辛壬癸]、)(?!\d)"),
    re.compile(r"^[(（]\d{1,2}[)）]"),
)
_CLOSED = tuple("。；;！!？?，,：:")
_LONGEST_HEADING = 40


class UnreadableProse(Exception):
    """A narrative paper cannot be read; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph as a reader of one format finds it: ``level`` is that of its heading style, 0 for body text."""

    text: str
    level: int = 0
    row: int = 0
    box: Box | None = None


def read_prose(data: bytes, name: str) -> Prose:
    """The paragraphs of a narrative paper; raises :class:`UnreadableProse`."""
    if not data:
        raise UnreadableProse("文件是空的（0 字节），请重新复制或导出后报送。")
    if len(data) > MOST_BYTES:
        raise UnreadableProse(f"文件超过 {MOST_BYTES // 1024 // 1024} MB，请删去其中的图片后重新报送。")
    if data[:4] == b"PK\x03\x04" and _ODT in data[:256]:
        from xlcheck.papers.doc import converted_pieces

        return numbered(name, "odt", converted_pieces(data, "odt"))
    if data[:4] == b"PK\x03\x04":
        from xlcheck.papers.docx import docx_pieces

        return numbered(name, "docx", docx_pieces(data))
    if data[:8] == _OLE:
        from xlcheck.papers.doc import doc_pieces

        return numbered(name, "doc", doc_pieces(data))
    if b"%PDF-" in data[:1024]:
        from xlcheck.papers.pdf import pdf_pieces

        return numbered(name, "pdf", pdf_pieces(data))
    if data[:5] == b"{\\rtf":
        from xlcheck.papers.doc import converted_pieces

        return numbered(name, "rtf", converted_pieces(data, "rtf"))
    if _HTML.search(data[:4096]):
        from xlcheck.papers.html import html_pieces

        return numbered(name, "html", html_pieces(data))
    from xlcheck.papers.wrapping import rejoined

    return numbered(name, "txt", (Piece(line) for line in rejoined(re.split(r"\r\n|\r|\n", decode_text(data)))))


def decode_text(data: bytes) -> str:
    """Plain text by its BOM, else as UTF-8, else as GB 18030."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(c) == "Cc" and c not in _TEXT_CONTROLS for c in text[:20_000]):
            return text
    raise UnreadableProse("文件不是文档或文本（无法识别其格式），请另存为 .docx 后重新报送。")


def numbered(name: str, kind: str, pieces: Iterable[Piece]) -> Prose:
    """Number the pieces, leave the blank ones out and give each its heading path."""
    found: list[Paragraph] = []
    path: list[tuple[int, str]] = []
    size = 0
    for number, piece in enumerate(pieces, 1):
        text = piece.text.replace("\xa0", " ").strip("\ufeff\x00")
        if not text.strip():
            continue
        size += len(text)
        if size > MOST_CHARACTERS:
            raise UnreadableProse("文字过多（超过五百万字），请核对是否报送了正确的文件。")
        heading = _heading(text.strip(), piece.level) if not piece.row else None
        if heading is not None:
            path = [entry for entry in path if entry[0] < heading[0]]
            path.append(heading)
        found.append(Paragraph(number, text.strip("\r\n"), tuple(title for _, title in path), piece.row, piece.box))
    return Prose(name, kind, tuple(found))


def _heading(text: str, level: int) -> tuple[int, str] | None:
    """(level, title) of the heading that a paragraph is or begins with, or None."""
    if level and len(text) <= 2 * _LONGEST_HEADING:
        return level, text
    for depth, number in enumerate(_NUMBERED, 1):
        match = number.match(text)
        if match is None:
            continue
        title, stop, _ = text[match.end() :].partition("。")
        if depth > 2 and (stop or title.endswith(_CLOSED)) and (len(title) > 12 or "，" in title):
            return None  # an item of a list
        return (depth, title.strip(" 　:：")) if len(title) <= _LONGEST_HEADING else None
    if len(text) <= 20 and not text.endswith((*_CLOSED, "报告")) and not re.search(r"[\d:：]", text):
        return 2, text  # a heading that lost its number
    return None
