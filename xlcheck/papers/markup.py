"""XML as bytes with offsets: a part is read by expat, and changed by splicing at the offsets it tells."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from xlcheck.papers.package import BadPackage, local, parser

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
        self.data = utf8(data)
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
        return _inner(self.data, element.start)

    def empty(self, element: Element) -> bool:
        """Whether the element is written as one tag, ``<a/>``."""
        return self.data[self.inner(element) - 2 : self.inner(element)] == b"/>"

    def end(self, element: Element) -> int:
        """The offset just behind the element."""
        return end_of(self.data, element.start, element.close)

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


def _inner(data: bytes, start: int) -> int:
    found = _TAG.match(data, start)
    if found is None:
        raise BadPackage("工作簿的内部 XML 已损坏，请用 Excel 或 WPS 打开修复并另存后重新报送。")
    return found.end()


def end_of(data: bytes, start: int, close: int) -> int:
    """The offset just behind an element, given those of its "<" and of its end tag."""
    inner = _inner(data, start)
    return inner if data[inner - 2 : inner] == b"/>" else data.index(b">", close) + 1


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


def utf8(data: bytes) -> bytes:
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
