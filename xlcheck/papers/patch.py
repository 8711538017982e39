"""Changing a package and nothing else: parts spliced at byte offsets, untouched ones copied as they are stored."""

from __future__ import annotations

import html
import posixpath
import re
import struct
import zlib

from xlcheck.papers.markup import Markup, with_prefix
from xlcheck.papers.package import BadPackage, Package, key, rels_name

CONTENT_TYPES = "[Content_Types].xml"
_PACKAGE_XMLNS = b"http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT = "purl.oclc.org/ooxml"
_TRANSITIONAL_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TRANSITIONAL_LINKS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_LINKS = b"http://purl.oclc.org/ooxml/officeDocument/relationships"


class Patch(Package):
    """A package being changed: reading sees the changes, and what was not touched leaves as the bytes it came in."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._edited: set[str] = set()
        self._types: dict[str, str] = {}
        self._gone: set[str] = set()

    def edit(self, name: str, data: bytes) -> None:
        """Give a part that is there new bytes."""
        if self.part(name) != data:
            self._parts[key(name)] = data
            self._edited.add(key(name))

    def add(self, name: str, data: bytes, content_type: str) -> None:
        """Put in a new part, written in transitional OOXML; in a strict package it becomes strict."""
        if _STRICT in self.base():
            data = data.replace(_TRANSITIONAL_MAIN, _STRICT_MAIN).replace(_TRANSITIONAL_LINKS, _STRICT_LINKS)
        self._names[key(name)] = name
        self._parts[key(name)] = data
        self._edited.add(key(name))
        self._types[name] = content_type

    def remove(self, name: str) -> None:
        """Take a part out, with its relationships; what pointed at it has to be mended by :meth:`unrelate`."""
        for gone in (name, rels_name(name)):
            self._names.pop(key(gone), None)
            self._parts.pop(key(gone), None)
            self._edited.discard(key(gone))
            self._types.pop(gone, None)
            self._gone.add(key(gone))

    def fresh(self, stem: str, suffix: str) -> str:
        """A part name that is free, numbered as Excel numbers them: ``xl/comments3.xml``."""
        wanted = re.compile(re.escape(key(stem)) + r"(\d+)" + re.escape(suffix))
        taken = [int(found.group(1)) for name in self._names if (found := wanted.fullmatch(name))]
        return f"{stem}{max(taken, default=0) + 1}{suffix}"

    def base(self) -> str:
        """What this package's relationship types begin with: strict OOXML has addresses of its own."""
        for relationship in self.relationships():
            if relationship.kind == "officeDocument":
                return relationship.type[: -len("officeDocument")]
        raise BadPackage("文件不是 Excel 工作簿，请报送 .xlsx 工作簿。")

    def relate(self, source: str, kind: str, target: str) -> str:
        """Add a relationship, and return its id; the target is written relative, as other readers expect."""
        taken = {relationship.id for relationship in self.relationships(source)}
        number = max((int(used[3:]) for used in taken if re.fullmatch(r"rId\d{1,9}", used)), default=0) + 1
        line = b'<Relationship Id="rId%d" Type="%b" Target="%b"/>' % (
            number,
            html.escape(self.base() + kind).encode(),
            html.escape(posixpath.relpath("/" + target, "/" + posixpath.dirname(source))).encode(),
        )
        name = rels_name(source)
        if name in self:
            markup = Markup(self.part(name))
            markup.append(markup.root, with_prefix(line, markup.root.prefix))
            self.edit(name, markup.render())
        else:
            head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            root = b'<Relationships xmlns="%b">%b</Relationships>' % (_PACKAGE_XMLNS, line)
            self.add(name, head + root, "application/vnd.openxmlformats-package.relationships+xml")
        return f"rId{number}"

    def unrelate(self, source: str, wanted: str) -> None:
        """Take a relationship out, and its part where it was the last."""
        name = rels_name(source)
        markup = Markup(self.part(name))
        for element in markup.root.children:
            if element.attributes.get("Id") == wanted:
                markup.drop(element)
        if len(markup.root.children) == 1 and markup.changed():
            self.remove(name)
        else:
            self.edit(name, markup.render())

    def doubled(self) -> int:
        """How many files of the archive are left out because a later one has their name."""
        return len(self.entries()) - len({key(entry.name) for entry in self.entries()})

    def unsign(self) -> bool:
        """Take a digital signature out, which any change breaks; says whether there was one."""
        signed = False
        for relationship in self.relationships():
            if relationship.kind == "origin" and "digital-signature" in relationship.type:
                for signature in self.relationships(relationship.target):
                    self.remove(signature.target)
                self.remove(relationship.target)
                self.unrelate("", relationship.id)
                signed = True
        return signed

    def save(self) -> bytes:
        """The changed package; what is new comes last."""
        self._declare()
        stored = {key(entry.name): entry for entry in self.entries()}  # of two equal names readers take the last
        model = next(iter(stored.values())).central
        names = [name for name in stored if name in self._names]
        names += [name for name in self._names if name not in stored]
        out, central = bytearray(), bytearray()
        for name in names:
            if name not in stored:
                plain = self._names[name].encode()
                record = model[:28] + struct.pack("<3H", len(plain), 0, 0) + model[34:46] + plain
                file, record = _packed(self._parts[name], record)
            elif name in self._edited:
                file, record = _packed(self._parts[name], stored[name].central)
            else:
                file, record = stored[name].local, stored[name].central
            central += record[:42] + struct.pack("<L", len(out)) + record[46:]
            out += file
        count, comment = len(names), self._zip.comment
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(out), len(comment))
        return bytes(out + central + end + comment)

    def _declare(self) -> None:
        """Bring the list of content types up to date with what was added and removed."""
        if not (self._types or self._gone):
            return
        markup = Markup(self.part(CONTENT_TYPES))
        defaults: dict[str, str] = {}
        for element in markup.root.children:
            if element.name == "Default":
                defaults[element.attributes.get("Extension", "").lower()] = element.attributes.get("ContentType", "")
            elif key(element.attributes.get("PartName", "")) in self._gone:
                markup.drop(element)
        for name, content_type in self._types.items():
            if defaults.get(name.rpartition(".")[2]) != content_type:
                line = b'<Override PartName="/%b" ContentType="%b"/>' % (name.encode(), content_type.encode())
                markup.append(markup.root, with_prefix(line, markup.root.prefix))
        self._types, self._gone = {}, set()
        self.edit(CONTENT_TYPES, markup.render())


def _packed(data: bytes, record: bytes) -> tuple[bytes, bytes]:
    """A file deflated, with its local header, and its directory record; date, attributes and name stay."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = deflate.compress(data) + deflate.flush()
    flags = struct.unpack_from("<H", record, 8)[0] & 0x800  # that the name is UTF-8
    length = struct.unpack_from("<H", record, 28)[0]
    name = record[46 : 46 + length]
    fields = struct.pack("<3H", 20, flags, 8) + record[12:16]
    fields += struct.pack("<3L2H", zlib.crc32(data), len(packed), len(data), length, 0)
    return b"PK\3\4" + fields + name + packed, record[:6] + fields + struct.pack("<H", 0) + record[34:46] + name
