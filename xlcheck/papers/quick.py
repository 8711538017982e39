"""The parts of a workbook in the plain shape that nearly all writers give them, read by regular expressions.

Excel, WPS, LibreOffice and the common libraries write cells and shared strings in one narrow grammar. A part that
keeps to it throughout is read here, several times as fast as by an XML parser with a handler for each tag; at the
first character that does not, the answer is None, and the parser decides (:mod:`xlcheck.papers.spreadsheet`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_CONTROL = bytes({*range(32)} - {9, 10})  # an XML parser refuses these, or hands on another (CR)
_DECLARATION = re.compile(
    rb'<\?xml version="1\.0"(?: encoding="(?:utf-8|UTF-8)")?(?: standalone="(?:yes|no)")?\s*\?>\s*'
)
_ATTRIBUTES = r'(?: [A-Za-z][\w:.]*="[^"<&]*")*'
_ITEM = re.compile(
    rf'(<si><t(?: xml:space="preserve")?(?:/>|>([^<]*)</t>)(?:<phoneticPr{_ATTRIBUTES}/>)?</si>|\s+)', re.ASCII
)
_CELL = re.compile(
    r'(<c r="([A-Z]{1,3}[1-9][0-9]{0,6})"(?: s="([0-9]{1,6})")?(?:/>|(?: t="(s|n|str|b|e|inlineStr)")?>'
    rf"(<f{_ATTRIBUTES}(?:/>|>[^<]*</f>))?"
    r'(?:<v>([^<]+)</v>|<is><t(?: xml:space="preserve")?>([^<]+)</t></is>)?</c>)'
    rf'|<row r="([1-9][0-9]{{0,6}})"({_ATTRIBUTES})/?>|</row>|\s+)',
    re.ASCII,
)
_VALUE = re.compile("<v>([^<]+)</v>")
_VALUE_OR_TEXT = re.compile('(<v>|<t>|<t xml:space="preserve">)([^<]+)</[vt]>')
_STRINGS = re.compile(rf"<sst{_ATTRIBUTES}>(.*)</sst>\s*", re.DOTALL | re.ASCII)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_BEGIN, _END = "<sheetData>", "</sheetData>"

Piece = tuple[str, str, str, str, str, str, str, str, str]
# the whole; a cell's reference, style, type, formula, value and inline text; a row's number and attributes


class Rows(NamedTuple):
    """A worksheet's rows, whose characters are plain, and the part without them (``outline``)."""

    body: str
    outline: bytes

    @property
    def pieces(self) -> list[Piece]:
        """The rows in pieces; they are all of the rows where their lengths add up to the body's."""
        return _CELL.findall(self.body)

    @property
    def escaped(self) -> bool:
        """Whether texts may hold entities."""
        return "&" in self.body

    def parted(self) -> tuple[tuple[str, ...], list[str]]:
        """What stands around the values (and texts in line), and these themselves: the same rows but for their values
        have the same around them."""
        if "<is>" in self.body:
            parts = _VALUE_OR_TEXT.split(self.body)
            return (*parts[0::3], *parts[1::3]), parts[2::3]
        parts = _VALUE.split(self.body)
        return tuple(parts[0::2]), parts[1::2]


def shared_strings(part: bytes) -> list[str] | None:
    """The texts of a string table in their order, if all are plain."""
    text = _decoded(part)
    whole = _STRINGS.fullmatch(text) if text is not None else None
    if whole is None or not _is_plain(whole[1]):
        return None
    items = _ITEM.findall(whole[1])
    if sum([len(item) for item, _ in items]) != len(whole[1]):
        return None  # something stands between
    found = [string for item, string in items if item[0] == "<"]
    return [resolved(string) for string in found] if "&" in whole[1] else found


def rows(part: bytes) -> Rows | None:
    """The rows of a worksheet; None where they are not plain."""
    text = _decoded(part)
    if text is None or text.count(_BEGIN) != 1 or text.count(_END) != 1:
        return None
    head, _, rest = text.partition(_BEGIN)
    body, _, tail = rest.partition(_END)
    if "<!" in head or not _is_plain(body):
        return None
    return Rows(body, f"{head}{_BEGIN}{_END}{tail}".encode())


def _decoded(part: bytes) -> str | None:
    """A part as text without its XML declaration; None where only an XML parser may judge its characters."""
    part = part.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARATION.match(part)
    part = part[declared.end() :] if declared is not None else part
    if len(part.translate(None, _CONTROL)) != len(part):
        return None
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_plain(text: str) -> bool:
    """Whether texts hold no character that XML forbids, and no other entity than the five that have names."""
    if "]]>" in text or "\ufffe" in text or "\uffff" in text:
        return False
    return "&" not in text or text.count("&") == len(_ENTITY.findall(text))


def resolved(text: str) -> str:
    """The text with its entities replaced."""
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], text) if "&" in text else text
