"""What the sheets of a workbook share: the table of strings, and the number formats of the cell styles."""

from __future__ import annotations

import re

from xlcheck.papers import quick
from xlcheck.papers.numbers import builtin_format
from xlcheck.papers.package import Package, local, parse, recurring


def shared_strings(package: Package, name: str | None) -> list[str]:
    """The texts of the string table, in the order that cells refer to them."""
    if name is None or name not in package:
        return []
    part = package.part(name)
    plain = quick.shared_strings(part)
    if plain is not None:
        return [unescape(text) for text in plain] if b"_x" in part else plain
    strings: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "phonetic": 0}

    def start(tag: str, _: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "t":
            state["text"] = True
        elif tag == "si":
            pieces.clear()
        elif tag == "rPh":
            state["phonetic"] += 1

    def end(tag: str) -> None:
        tag = local(tag)
        if tag == "t":
            state["text"] = False
        elif tag == "si":
            strings.append(unescape("".join(pieces)))
        elif tag == "rPh":
            state["phonetic"] -= 1

    def characters(data: str) -> None:
        if state["text"] and not state["phonetic"]:
            pieces.append(data)

    parse(part, start, end, characters)
    return strings


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Excel's _x000D_ escapes as the characters they stand for."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def cell_formats(package: Package, name: str | None) -> tuple[str, ...]:
    """The number format code of each cell style, in the order that cells refer to them."""
    if name is None or name not in package:
        return ()
    return _formats_in(package.part(name, alike=True))


@recurring
def _formats_in(styles: bytes) -> tuple[str, ...]:
    codes: dict[int, str] = {}
    formats: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        tag = local(tag)
        if tag == "numFmt" and attributes.get("numFmtId", "").isdigit():
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "General")
        elif tag == "cellXfs":
            inside = True
        elif tag in ("cellStyles", "dxfs", "cellStyleXfs"):
            inside = False
        elif tag == "xf" and inside:
            number_id = attributes.get("numFmtId", "0")
            key = int(number_id) if number_id.isdigit() else 0
            formats.append(codes.get(key) or builtin_format(key))

    parse(styles, start)
    return tuple(formats)
