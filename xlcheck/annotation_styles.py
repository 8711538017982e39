"""The style table of a workbook: formats of a donor workbook taken in, cells' own formats painted and unpainted."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from xlcheck.model import Severity
from xlcheck.papers.markup import Element, Markup, attribute, with_attributes, with_prefix
from xlcheck.papers.package import Package
from xlcheck.papers.patch import Patch

# Each a shade off the colours that Excel itself offers, so that a painted cell is known to be ours.
PAINT = {Severity.ERROR: "FFFEC7CE", Severity.WARNING: "FFFEE0B3", Severity.NOTE: "FFD9EAF8"}
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
          "colors", "extLst")  # fmt: skip
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_NO_FILL = 'indexed="64"'
_PLAIN = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1">'
    b'<font><sz val="11"/><color theme="1"/><name val="Calibri"/><family val="2"/><scheme val="minor"/></font>'
    b"</fonts>"
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)  # what a workbook without a styles part looks like


@dataclass(frozen=True, slots=True)
class Adopted:
    """Where the donor's cell formats and differential formats stand in the workbook that took them in."""

    xfs: tuple[int, ...]
    dxfs: tuple[int, ...]


class Styles:
    """The styles part of a package; what is added to it is written by :meth:`commit`.

    Nothing is added twice: a format that the table already holds is used again, so that
    annotating an annotated copy does not make the table longer.
    """

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        main = patch.workbook_part()
        parts = (relationship.target for relationship in patch.relationships(main) if relationship.kind == "styles")
        found = next((part for part in parts if part in patch), None)
        if found is None:
            found = posixpath.join(posixpath.dirname(main), "styles.xml")
            patch.add(found, _PLAIN, _STYLES_TYPE)
            patch.relate(main, "styles", found)
        self._part = found
        self._markup = markup = Markup(patch.part(found))
        self._prefix = markup.root.prefix
        self._sections = {name: markup.root.child(name) for name in _ORDER}
        self._items: dict[str, list[bytes]] = {}
        for name, section in self._sections.items():
            self._items[name] = [markup.source(item) for item in section.children] if section else []
        self._before = {name: len(items) for name, items in self._items.items()}
        self._index = {
            name: {item: index for index, item in reversed(list(enumerate(items)))}
            for name, items in self._items.items()
        }

    def _add(self, section: str, xml: bytes) -> int:
        items, index = self._items[section], self._index[section]
        if xml not in index:
            index[xml] = len(items)
            items.append(xml)
        return index[xml]

    def adopt(self, donor: Package) -> Adopted:
        """Take in every format of the donor's style table."""
        source = Markup(donor.part("xl/styles.xml"))

        def items(name: str) -> list[bytes]:
            section = source.root.child(name)
            children = section.children if section else []
            return [with_prefix(source.source(child), self._prefix) for child in children]

        moved = {
            attribute: [self._add(section, item) for item in items(section)]
            for attribute, section in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"))
        }
        formats = {_number(item, "numFmtId"): self._format(item) for item in items("numFmts")}
        xfs = []
        for item in items("cellXfs"):
            changes: dict[str, str | None] = {name: str(new[_number(item, name)]) for name, new in moved.items()}
            number = _number(item, "numFmtId")
            changes["numFmtId"] = str(formats.get(number, number))
            if not self._items["cellStyleXfs"]:
                changes["xfId"] = None
            xfs.append(self._add("cellXfs", with_attributes(item, changes)))
        return Adopted(tuple(xfs), tuple(self._add("dxfs", item) for item in items("dxfs")))

    def _format(self, item: bytes) -> int:
        """The id under which the workbook knows a number format, a new one if it does not."""
        known = {attribute(other, "formatCode"): _number(other, "numFmtId") for other in self._items["numFmts"]}
        code = attribute(item, "formatCode")
        if code not in known:
            known[code] = max([163, *known.values()]) + 1
            self._add("numFmts", with_attributes(item, {"numFmtId": str(known[code])}))
        return known[code]

    def _fill(self, xf: bytes) -> bytes:
        number, fills = _number(xf, "fillId"), self._items["fills"]
        return fills[number] if number < len(fills) else b""

    def painted(self, xf: int, severity: Severity) -> int:
        """A cell format like that one, with our fill; the colour it had is kept where a solid fill shows none."""
        items = self._items["cellXfs"]
        source = items[xf] if xf < len(items) else items[0]
        fill = self._fill(source)
        solid = b'patternType="solid"' in fill
        colour = re.search(rb"<(?:\w+:)?fgColor\s+([^>]*?)\s*/?>", fill)
        kept = colour.group(1).decode() if solid and colour else _NO_FILL
        made = self._add("fills", self._solid(f'rgb="{PAINT[severity]}"', kept))
        return self._add("cellXfs", with_attributes(source, {"fillId": str(made), "applyFill": "1"}))

    def unpainted(self) -> dict[int, int]:
        """For each cell format that is painted with our fill, the index of the format it was before."""
        before: dict[int, int] = {}
        for xf, source in enumerate(list(self._items["cellXfs"])):
            fill = self._fill(source)
            if not any(f'rgb="{colour}"'.encode() in fill for colour in PAINT.values()):
                continue
            kept = re.search(rb"<(?:\w+:)?bgColor\s+([^>]*?)\s*/?>", fill)
            colour = kept.group(1).decode() if kept else _NO_FILL
            made = 0 if colour == _NO_FILL else self._add("fills", self._solid(colour, _NO_FILL))
            wanted = with_attributes(source, {"fillId": str(made)})
            same = [
                index
                for index, other in enumerate(self._items["cellXfs"])
                if with_attributes(other, {"applyFill": None}) == with_attributes(wanted, {"applyFill": None})
            ]
            before[xf] = same[0] if same else self._add("cellXfs", wanted)
        return before

    def _solid(self, foreground: str, background: str) -> bytes:
        fill = f'<fill><patternFill patternType="solid"><fgColor {foreground}/><bgColor {background}/></patternFill></fill>'
        return with_prefix(fill.encode(), self._prefix)

    def commit(self) -> None:
        """Write what was added into the styles part."""
        for name, items in self._items.items():
            new = items[self._before[name] :]
            if new:
                self._extend(name, self._sections[name], b"".join(new), len(items))
        self._patch.edit(self._part, self._markup.render())

    def _extend(self, name: str, section: Element | None, new: bytes, count: int) -> None:
        if section is not None:
            self._markup.set(section, "count", str(count))
            self._markup.append(section, new)
        else:
            head = with_prefix(f'<{name} count="{count}">'.encode(), self._prefix)
            tail = with_prefix(f"</{name}>".encode(), self._prefix)
            self._markup.place(self._markup.root, name, head + new + tail, _ORDER)


def _number(xml: bytes, name: str) -> int:
    value = attribute(xml, name) or ""
    return int(value) if value.isdecimal() else 0
