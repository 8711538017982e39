"""An OOXML package: parts by name, relationships resolved, read without trusting any of it."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote
from xml.parsers import expat

Rest = ParamSpec("Rest")
Result = TypeVar("Result")
_SMALL = 1 << 19  # bytes of a part that is worth remembering
_SMALL_ALIKE = 1 << 16  # and of one that is kept as it is stored, too

_DAMAGED = "文件不是完整的 Excel 工作簿（压缩包损坏），请重新导出或重新复制后报送。"
_USUAL = "xl/workbook.xml"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # the container of .xls, and of an .xlsx that is encrypted


class BadPackage(Exception):
    """The bytes are not a readable OOXML package; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """One line of a .rels part; ``target`` is a part name without a leading slash, or an external address."""

    id: str
    kind: str  # the last segment of the type: worksheet, sharedStrings, comments …
    target: str
    external: bool
    type: str = ""  # in full: strict OOXML has other addresses than the usual, transitional one


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as workbook.xml lists it; ``part`` is its part name, ``kind`` worksheet, chartsheet …"""

    name: str
    part: str
    kind: str
    state: str  # visible | hidden | veryHidden


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive as it is stored: nothing inflated, nothing decoded."""

    name: str
    local: bytes  # local header, compressed data, data descriptor
    central: bytes  # its record in the central directory, with the old offset


@lru_cache(maxsize=1024)
def rels_name(name: str) -> str:
    """The part that holds the relationships of a part (of the package itself for the empty name)."""
    folder, base = posixpath.split(name)
    return posixpath.join(folder, "_rels", base + ".rels")


def local(name: str) -> str:
    """A tag or attribute name without its prefix."""
    return name.rpartition(":")[2]


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """A part name as it is compared: case does not count, nor does the wrong slash of some writers."""
    return name.replace("\\", "/").lstrip("/").lower()


def _not_a_package(data: bytes) -> str:
    if not data:
        return "文件是空的，请重新导出后报送。"
    if not data.startswith(_OLE):
        return _DAMAGED
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "文件设有打开密码，无法读取；请去掉密码后重新报送。"
    return "文件是旧版 .xls 格式，请用 Excel 或 WPS 另存为 .xlsx。"


def parser(refusal: Exception | None = None, encoding: str | None = None, separator: str | None = None) -> expat.XMLParserType:  # fmt: skip
    """An expat parser that refuses DTDs, and with them every entity, by raising ``refusal`` (a :class:`BadPackage`)."""

    def refuse(*_: object) -> None:
        raise refusal or BadPackage("文件内含 DTD 声明，出于安全不予读取；请用 Excel 或 WPS 另存为 .xlsx 后重新报送。")

    made = expat.ParserCreate(encoding, namespace_separator=separator)
    made.StartDoctypeDeclHandler = refuse
    made.buffer_text = True
    return made


class Package:
    """A package in memory, ``archive`` where it is open already. Parts are inflated when asked for, and kept."""

    def __init__(self, data: bytes, archive: zipfile.ZipFile | None = None) -> None:
        try:
            self._zip = archive if archive is not None else zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error) as error:
            raise BadPackage(_not_a_package(data)) from error
        self._data = data
        self._names = {key(info.filename): info.filename for info in self._zip.infolist()}
        self._parts: dict[str, bytes] = {}

    def names(self) -> list[str]:
        """Part names as stored, in the order of the archive."""
        return list(self._names.values())

    def __contains__(self, name: str) -> bool:
        return key(name) in self._names

    def part(self, name: str, *, alike: bool = False) -> bytes:
        """The inflated bytes of a part; raises :class:`BadPackage` where it is missing or damaged.

        ``alike``: other packages are likely to have the same, byte for byte.
        """
        if key(name) not in self._parts:
            self._parts[key(name)] = self._inflate(name, alike=alike)
        return self._parts[key(name)]

    def head(self, name: str, size: int) -> bytes:
        """The first ``size`` bytes of a part, without inflating the rest."""
        return self._parts[key(name)][:size] if key(name) in self._parts else self._inflate(name, size)

    def _inflate(self, name: str, size: int = -1, *, alike: bool = False) -> bytes:
        if key(name) not in self._names:
            raise BadPackage(f"工作簿缺少部件 {name}，请用 Excel 或 WPS 另存为 .xlsx 后重新报送。")
        whole = self._plain(self._zip.getinfo(self._names[key(name)]), alike) if size < 0 else None
        if whole is not None:
            return whole
        try:
            with self._zip.open(self._names[key(name)]) as part:
                return part.read(size)
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
        ) as error:
            raise BadPackage(f"工作簿部件 {name} 已损坏，请重新导出或重新复制后报送。") from error
        except RuntimeError as error:  # zipfile's way to say that a password is wanted
            raise BadPackage(f"工作簿部件 {name} 已加密，请去掉密码后重新报送。") from error

    def _plain(self, info: zipfile.ZipInfo, alike: bool) -> bytes | None:
        """A part that is stored or deflated as nearly all are, inflated at one stroke; None where zipfile must look."""
        start = info.header_offset + 30
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            return None
        if self._data[start - 30 : start - 26] != b"PK\3\4":
            return None
        start += sum(struct.unpack_from("<2H", self._data, start - 4))
        held = self._data[start : start + info.compress_size]
        restored = _restored_before if alike and info.file_size < _SMALL_ALIKE else _restored
        return restored(held, info.compress_type == zipfile.ZIP_DEFLATED, info.file_size, info.CRC)

    def entries(self) -> tuple[Entry, ...]:
        """Every file of the archive, raw, in its order; raises :class:`BadPackage` where one has no local header."""
        found = []
        position = self._zip.start_dir
        for info in self._zip.infolist():
            name, extra, comment = struct.unpack_from("<3H", self._data, position + 28)
            end = position + 46 + name + extra + comment
            found.append(Entry(info.filename, self._local(info), self._data[position:end]))
            position = end
        return tuple(found)

    def _local(self, info: zipfile.ZipInfo) -> bytes:
        """Local header, data and data descriptor, whose four shapes are told apart by what they must say."""
        start = info.header_offset
        if self._data[start : start + 4] != b"PK\3\4":
            raise BadPackage(_DAMAGED)
        end = start + 30 + sum(struct.unpack_from("<2H", self._data, start + 26)) + info.compress_size
        if info.flag_bits & 8:
            for sizes in ("<3L", "<LQQ"):
                plain = struct.pack(sizes, info.CRC, info.compress_size, info.file_size)
                for descriptor in (b"PK\7\10" + plain, plain):
                    if self._data.startswith(descriptor, end):
                        return self._data[start : end + len(descriptor)]
        return self._data[start:end]

    def relationships(self, name: str = "") -> tuple[Relationship, ...]:
        """The relationships of a part (of the package itself for the empty name); none where there are none."""
        if rels_name(name) not in self:
            return ()
        return _relationships_in(self.part(rels_name(name), alike=True), posixpath.dirname(name))

    def workbook_part(self) -> str:
        """The name of the main part, xl/workbook.xml in nearly every file."""
        for relationship in self.relationships():
            if relationship.kind == "officeDocument":
                return relationship.target
        if _USUAL in self:  # Excel's own place for it, where a writer forgot the relationship
            return _USUAL
        raise BadPackage("文件不是 Excel 工作簿，请报送 .xlsx 工作簿。")

    def sheets(self) -> tuple[SheetEntry, ...]:
        """The sheets in the workbook's order."""
        main = self.workbook_part()
        return _sheets_in(self.part(main, alike=True), self.relationships(main))


def _restored(held: bytes, deflated: bool, size: int, checksum: int) -> bytes | None:
    """What a part was before it was stored; None where its size or checksum is another."""
    if deflated:
        try:
            held = zlib.decompressobj(-zlib.MAX_WBITS).decompress(held, size + 1)
        except zlib.error:
            return None
    return held if len(held) == size and zlib.crc32(held) == checksum else None


_restored_before = lru_cache(maxsize=256)(_restored)


def recurring(read: Callable[Concatenate[bytes, Rest], Result]) -> Callable[Concatenate[bytes, Rest], Result]:
    """Remember what was read from small parts: units fill in one template, so that theirs are the same, byte for byte."""
    known = lru_cache(maxsize=64)(read)

    def look_up(part: bytes, /, *rest: Rest.args, **named: Rest.kwargs) -> Result:
        return known(part, *rest, **named) if len(part) < _SMALL else read(part, *rest, **named)  # type: ignore[arg-type]

    return look_up


@recurring
def _relationships_in(part: bytes, folder: str) -> tuple[Relationship, ...]:
    found: list[Relationship] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) != "Relationship":
            return
        external = attributes.get("TargetMode") == "External"
        target = attributes.get("Target", "")
        if not external:
            target = unquote(target)
            absolute = target if target.startswith("/") else posixpath.join("/" + folder, target)
            target = posixpath.normpath(absolute).lstrip("/")
        full = attributes.get("Type", "")
        found.append(Relationship(attributes.get("Id", ""), full.rpartition("/")[2], target, external, full))

    parse(part, start)
    return tuple(found)


@recurring
def _sheets_in(workbook: bytes, relationships: tuple[Relationship, ...]) -> tuple[SheetEntry, ...]:
    by_id = {relationship.id: relationship for relationship in relationships}
    found: list[SheetEntry] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) != "sheet":
            return
        wanted = next((value for name, value in attributes.items() if local(name) == "id" and ":" in name), "")
        relationship = by_id.get(wanted)
        if relationship is not None and not relationship.external:
            name, state = attributes.get("name", ""), attributes.get("state", "visible")
            found.append(SheetEntry(name, relationship.target, relationship.kind, state))

    parse(workbook, start)
    return tuple(found)


def parse(data: bytes, start: object, end: object = None, characters: object = None) -> None:
    """Run expat over ``data`` with these handlers; raises :class:`BadPackage` on bad XML."""
    reader = parser()
    reader.StartElementHandler = start  # type: ignore[assignment]
    reader.EndElementHandler = end  # type: ignore[assignment]
    reader.CharacterDataHandler = characters  # type: ignore[assignment]
    try:
        reader.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding expat does not know
        raise BadPackage("工作簿的内部 XML 已损坏，请用 Excel 或 WPS 打开修复并另存后重新报送。") from error
