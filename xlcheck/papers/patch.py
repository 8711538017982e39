"""Changing a package and nothing else: parts spliced at byte offsets, untouched ones copied as they are stored."""

from __future__ import annotations

import html
import posixpath
import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from xlcheck.papers.package import BadPackage, Package, key, local, parser, rels_name

CONTENT_TYPES = "[Content_Types].xml"
_PACKAGE_XMLNS = b"http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT = "purl.oclc.org/ooxml"
_TRANSITIONAL_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TRANSITIONAL_LINKS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_LINKS = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_NAMED = re.compile(rb"<[^\s/>]+")
_NAME = re.compile(rb"<(/?)(?=[A-Za-z_])")


@dataclass(eq=False, slots=True)
class Element:
    """An element of a part: ``start`` is the offset of its "<", ``close`` that of its end tag."""

    tag: str
    attributes: dict[str, str]
    start: int
    close: int = 0
    text: str = ""  # its own character data, where the reading asked for it
    children: list[Element] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The tag without its prefix."""
        return local(self.tag)

    @property
    def prefix(self) -> str:
        """The prefix of the tag with its colon, or nothing."""
        return self.tag[: -len(self.name)]

    def child(self, name: str) -> Element | None:
        """The first child of that local name."""
        return next((child for child in self.children if child.name == name), None)

    def walk(self) -> Iterator[Element]:
        """The element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


class Markup:
    """One XML part, its elements with their byte offsets, and the changes wanted; the rest is never rewritten.

    ``within`` names, for elements with many descendants, which of those are kept (sheetData:
    row); ``texts`` asks for character data. Raises :class:`BadPackage` where the XML is broken.
    """

    def __init__(self, data: bytes, within: Mapping[str, frozenset[str]] | None = None, texts: bool = False) -> None:
        self.data = _utf8(data)
        self._edits: list[tuple[int, int, bytes]] = []
        self._tags: dict[int, tuple[Element, dict[str, str | None], list[bytes]]] = {}
        self.root = self._read(within or {}, texts)

    def _read(self, within: Mapping[str, frozenset[str]], texts: bool) -> Element:
        reader = parser()
        top = Element("", {}, 0)
        stack = [top]
        kept: frozenset[str] | None = None

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal kept
            if kept is not None and local(tag) not in kept:
                return
            element = Element(tag, attributes, reader.CurrentByteIndex)
            stack[-1].children.append(element)
            stack.append(element)
            if kept is None:
                kept = within.get(local(tag))

        def end(tag: str) -> None:
            nonlocal kept
            name = local(tag)
            if kept is not None and name not in kept:
                if name not in within:
                    return
                kept = None
            stack.pop().close = reader.CurrentByteIndex

        def characters(text: str) -> None:
            stack[-1].text += text

        reader.StartElementHandler = start
        reader.EndElementHandler = end
        if texts:
            reader.CharacterDataHandler = characters
        try:
            reader.Parse(self.data, True)
        except expat.ExpatError as error:
            raise BadPackage("工作簿的内部 XML 已损坏，请用 Excel 或 WPS 打开修复并另存后重新报送。") from error
        return top.children[0]

    def inner(self, element: Element) -> int:
        """The offset just behind the element's start tag."""
        found = _TAG.match(self.data, element.start)
        if found is None:
            raise BadPackage("工作簿的内部 XML 已损坏，请用 Excel 或 WPS 打开修复并另存后重新报送。")
        return found.end()

    def empty(self, element: Element) -> bool:
        """Whether the element is written as one tag, ``<a/>``."""
        return self.data[self.inner(element) - 2 : self.inner(element)] == b"/>"

    def end(self, element: Element) -> int:
        """The offset just behind the element."""
        inner = self.inner(element)
        return inner if self.data[inner - 2 : inner] == b"/>" else self.data.index(b">", element.close) + 1

    def source(self, element: Element) -> bytes:
        """The element as it is written."""
        return self.data[element.start : self.end(element)]

    def insert(self, at: int, new: bytes) -> None:
        """Put ``new`` at an offset; what is put at one offset keeps its order."""
        self._edits.append((at, at, new))

    def replace(self, start: int, end: int, new: bytes) -> None:
        """Put ``new`` in the place of the bytes from ``start`` to ``end``."""
        self._edits.append((start, end, new))

    def drop(self, element: Element) -> None:
        """Leave the element out, and with it every change wanted inside it."""
        self._edits.append((element.start, self.end(element), b""))

    def set(self, element: Element, name: str, value: str | None) -> None:
        """Give an attribute (its name as written, with prefix) a value, or remove it."""
        self._tag(element)[1][name] = value

    def append(self, element: Element, new: bytes) -> None:
        """Add ``new`` behind the element's last child."""
        self._tag(element)[2].append(new)

    def _tag(self, element: Element) -> tuple[Element, dict[str, str | None], list[bytes]]:
        return self._tags.setdefault(element.start, (element, {}, []))

    def place(self, parent: Element, name: str, new: bytes, order: Sequence[str]) -> None:
        """Add ``new``, an element of that name, where the schema's ``order`` of children wants it."""
        rank = order.index(name)
        before = [child for child in parent.children if _rank(child, order) <= rank]
        if before:
            self.insert(self.end(before[-1]), new)
        elif self.empty(parent):
            self.append(parent, new)
        else:
            self.insert(self.inner(parent), new)

    def changed(self) -> bool:
        """Whether any change is wanted."""
        return bool(self._edits or self._tags)

    def render(self) -> bytes:
        """The part with its changes made, every other byte as it was (UTF-8 where it was not)."""
        edits = list(self._edits)
        for element, attributes, added in self._tags.values():
            inner, tag = self.inner(element), element.tag.encode()
            opening = with_attributes(self.data[element.start : inner], attributes)
            if added and self.empty(element):
                opening = opening[:-2].rstrip() + b">" + b"".join(added) + b"</" + tag + b">"
            elif added:
                edits.append((element.close, element.close, b"".join(added)))
            edits.append((element.start, inner, opening))
        pieces, position = [], 0
        # at one offset: first what is inserted before it, then the longest change, which takes in the shorter
        for start, end, new in sorted(edits, key=lambda edit: (edit[0], edit[1] > edit[0], -edit[1])):
            if start >= position:  # else it lies inside something that was dropped
                pieces += [self.data[position:start], new]
                position = end
        return b"".join([*pieces, self.data[position:]])


def attribute(xml: bytes, name: str) -> str | None:
    """An attribute (its name as written) of an element's start tag, given as bytes."""
    for found in _attributes(xml):
        if found.group(1) == name.encode():
            value: bytes = found.group(2) if found.group(2) is not None else found.group(3)
            return html.unescape(value.decode())
    return None


def with_attributes(xml: bytes, attributes: Mapping[str, str | None]) -> bytes:
    """An element, given as bytes, with these attributes of its start tag set, or removed where the value is None."""
    for name, value in attributes.items():
        new = b"" if value is None else b' %b="%b"' % (name.encode(), html.escape(value).encode())
        start = end = _after_name(xml)
        for found in _attributes(xml):
            start, end = found.span() if found.group(1) == name.encode() else (found.end(), found.end())
            if start < end:
                break
        xml = xml[:start] + new + xml[end:]
    return xml


def _after_name(xml: bytes) -> int:
    found = _NAMED.match(xml)
    return found.end() if found else 0


def _attributes(xml: bytes) -> Iterator[re.Match[bytes]]:
    position = _after_name(xml)
    while found := _ATTRIBUTE.match(xml, position):
        yield found
        position = found.end()


def with_prefix(xml: bytes, prefix: str) -> bytes:
    """Give every tag of a fragment, written without prefixes, the prefix of the part it goes into."""
    return _NAME.sub(rb"<\1" + prefix.encode(), xml) if prefix else xml


def _rank(element: Element, order: Sequence[str]) -> int:
    while element.name in ("AlternateContent", "Choice") and element.children:
        element = element.children[0]
    return order.index(element.name) if element.name in order else len(order)


def _utf8(data: bytes) -> bytes:
    """The part in UTF-8, its declaration too, so that what is spliced in has one encoding."""
    declared = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']", data)
    encoding = declared.group(1).decode().lower() if declared else "utf-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    if encoding in ("utf-8", "us-ascii", "ascii"):
        return data
    try:
        text = data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise BadPackage("工作簿的内部 XML 编码无法识别，请用 Excel 或 WPS 另存为 .xlsx 后重新报送。") from error
    return re.sub(r"(<\?xml[^>]*?encoding\s*=\s*[\"'])[\w.:-]+", r"\g<1>UTF-8", text, count=1).encode()


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
