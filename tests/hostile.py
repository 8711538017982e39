"""Small synthetic files, odd and hostile, one for each way in which a unit's file may go wrong."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_TYPES = """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, and what must become of it: ``says`` is a piece of the sentence, or None where it must be read."""

    name: str
    data: bytes
    says: str | None = None
    either: bool = False  # read or refused, as the reader sees fit: but nothing else
    shows: Mapping[tuple[int, int], str] | None = None  # texts of cells of the first sheet


def rels(*lines: tuple[str, str, str]) -> str:
    """A .rels part of (id, last segment of the type, target)."""
    body = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for key, kind, target in lines
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'


def package(rows: str = "", *, after: str = "", strings: str | None = None, sheet: str = "基础数据表", **changes: str | bytes | None) -> bytes:  # fmt: skip
    """An .xlsx of one sheet; ``changes`` replace parts (``__`` for ``/``, ``_dot_`` for ``.``), None leaves one out."""
    parts: dict[str, str | bytes | None] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": rels(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>',
        "xl/sharedStrings.xml": strings if strings is not None else f'<sst xmlns="{_MAIN}"/>',
    }  # fmt: skip
    parts.update({name.replace("__", "/").replace("_dot_", "."): part for name, part in changes.items()})
    return zipped([(name, part) for name, part in parts.items() if part is not None])


def zipped(parts: list[tuple[str, str | bytes]]) -> bytes:
    """An archive of these parts, in their order, names repeated where they are repeated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts:
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def container(*streams: str) -> bytes:
    """An OLE container whose root holds empty streams of these names (at most three)."""
    header = bytearray(_SECTOR)
    header[:8] = bytes.fromhex("D0CF11E0A1B11AE1")
    struct.pack_into("<5H", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<5I", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE)
    struct.pack_into("<3I", header, 64, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = b""
    for index, name in enumerate(("Root Entry", *streams)):
        entry = bytearray(128)
        encoded = name.encode("utf-16-le")
        entry[: len(encoded)] = encoded
        following = index + 1 if 0 < index < len(streams) else 0xFFFFFFFF
        child = 1 if index == 0 and streams else 0xFFFFFFFF
        struct.pack_into("<HBB3I", entry, 64, len(encoded) + 2, 5 if index == 0 else 2, 1, 0xFFFFFFFF, following, child)
        struct.pack_into("<I", entry, 116, 0xFFFFFFFE)
        entries += entry
    return bytes(header) + fat + entries.ljust(_SECTOR, b"\0")


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of BIFF."""
    return struct.pack("<HH", kind, len(body)) + body


def old_sheet(*records: bytes) -> bytes:
    """A bare worksheet of Excel 2.1: the smallest .xls there is."""
    return record(0x0009, struct.pack("<HH", 2, 0x0010)) + b"".join(records) + record(0x000A)


def binary_record(kind: int, body: bytes = b"") -> bytes:
    """A record of .xlsb."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(body)
    size = bytes([length]) if length < 0x80 else bytes([length & 0x7F | 0x80, length >> 7])
    return head + size + body


def wide(text: str) -> bytes:
    """A string as .xlsb stores it."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_book() -> bytes:
    """An .xlsb: 单位 | 17.26 as 0% | #REF! | formula 3.5 in row 2 (hidden), A1:B2 merged, a hidden second sheet."""

    def cell(kind: int, column: int, body: bytes, style: int = 0) -> bytes:
        return binary_record(kind, struct.pack("<II", column, style) + body)

    sheet = (
        binary_record(0, struct.pack("<IIHBB", 1, 0, 300, 0, 0x10) + b"\0" * 5)
        + cell(7, 0, struct.pack("<I", 0))
        + cell(2, 1, struct.pack("<I", (1726 << 2) | 3), 1)
        + cell(3, 2, bytes([0x17]))
        + cell(9, 3, struct.pack("<d", 3.5) + b"\0" * 6)
        + binary_record(176, struct.pack("<4I", 0, 1, 0, 1))
    )
    size = binary_record(148, struct.pack("<4I", 0, 3, 0, 3))
    bundle = binary_record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("表一"))
    hidden = binary_record(156, struct.pack("<II", 1, 2) + wide("rId4") + wide("表二"))
    styles = binary_record(617, struct.pack("<I", 2)) + binary_record(47, struct.pack("<HH", 0, 0) + b"\0" * 12) + binary_record(47, struct.pack("<HH", 0, 9) + b"\0" * 12) + binary_record(618)  # fmt: skip
    return zipped(
        [
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", rels(("rId1", "officeDocument", "xl/workbook.bin"))),
            ("xl/workbook.bin", binary_record(131) + binary_record(143) + bundle + hidden + binary_record(144) + binary_record(132)),
            ("xl/_rels/workbook.bin.rels", rels(("rId1", "worksheet", "worksheets/sheet1.bin"), ("rId2", "sharedStrings", "sharedStrings.bin"), ("rId3", "styles", "styles.bin"), ("rId4", "worksheet", "worksheets/sheet2.bin"))),
            ("xl/worksheets/sheet1.bin", binary_record(129) + size + binary_record(145) + sheet + binary_record(146) + binary_record(130)),
            ("xl/worksheets/sheet2.bin", binary_record(129) + size + binary_record(145) + binary_record(146) + binary_record(130)),
            ("xl/sharedStrings.bin", binary_record(159, struct.pack("<II", 1, 1)) + binary_record(19, b"\0" + wide("单位")) + binary_record(160)),
            ("xl/styles.bin", styles),
        ]
    )  # fmt: skip


def open_document(rows: str, **more: str) -> bytes:
    """An .ods of one table."""
    names = " ".join(f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"' for prefix in ("office", "table", "text", "style"))  # fmt: skip
    content = f'<office:document-content {names} xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body><office:spreadsheet><table:table table:name="表一">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'  # fmt: skip
    return zipped([("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content), *more.items()])  # fmt: skip


SPREADSHEETML = """<?xml version="1.0" encoding="{encoding}"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style></Styles>
<Worksheet ss:Name="表一"><Table>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">单位名称</Data></Cell><Cell><Data ss:Type="Number">17.26</Data></Cell></Row>
<Row ss:Index="4" ss:Hidden="1"><Cell ss:Index="2" ss:StyleID="p"><Data ss:Type="Number">0.5</Data></Cell>
<Cell ss:Formula="=1/0"><Data ss:Type="Error">#DIV/0!</Data><Comment><ss:Data>批注</ss:Data></Comment></Cell></Row>
</Table></Worksheet></Workbook>"""

WEB = """<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"><title>x</title></head><body>
<h2>基础数据表</h2><table border=1><tr><td rowspan=2>单位</td><td colspan="2">决算数<br>万元</td></tr>
<tr><td>2,796.62</td><td>&nbsp;</td></tr><tr><td>甲</td><td>0201</td><td>17.26</td></tr></table></body></html>"""

CSV = '\ufeff单位名称,编码,决算数\r\n示例单位,0201,"2,796.62"\r\n'


def _bomb() -> bytes:
    return package(xl__worksheets__sheet1_dot_xml=b"<worksheet>" + b"<row/>" * (6 << 20) + b"</worksheet>")


def _billion_laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE sst [<!ENTITY l0 "lol">{entities}]><sst xmlns="{_MAIN}"><si><t>&l9;</t></si></sst>'


def _shared(size: int) -> str:
    return f'<sst xmlns="{_MAIN}" count="1" uniqueCount="1"><si><t>{"长" * size}</t></si></sst>'


def _duplicate_parts() -> bytes:
    with zipfile.ZipFile(io.BytesIO(package("<row><c><v>1</v></c></row>"))) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    return zipped([*parts, ("xl/worksheets/sheet1.xml", dict(parts)["xl/worksheets/sheet1.xml"].replace(b"1<", b"2<"))])


def _lying_sizes() -> bytes:
    """The central directory claims that the sheet inflates to 4 GiB less one."""
    data = bytearray(package('<row><c r="A1"><v>1</v></c></row>'))
    at = data.rfind(b"xl/worksheets/sheet1.xml") - 46
    struct.pack_into("<I", data, at + 24, 0xFFFFFFFE)
    return bytes(data)


_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>单位</t></is></c><c r="B1" t="e"><v>#REF!</v></c></row>'

MAKERS: tuple[Callable[[], Hostile], ...] = (
    lambda: Hostile("zip-bomb.xlsx", _bomb(), "压缩炸弹"),
    lambda: Hostile("far-cell.xlsx", package('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'), shows={(1048576, 16384): "2"}),
    lambda: Hostile("far-cell-odd.xlsx", package('<row r="1"><c r="A1"><v>1&bad;</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'), "极远"),
    lambda: Hostile("beyond-the-sheet.xlsx", package('<row r="99999999"><c r="ZZZ9999999"><v>2</v></c></row>'), either=True),
    lambda: Hostile("lying-string-count.xlsx", package('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=f'<sst xmlns="{_MAIN}" count="4294967295" uniqueCount="4294967295"><si><t>一</t></si></sst>'), shows={(1, 1): "一"}),
    lambda: Hostile("string-index-out-of-range.xlsx", package('<row r="1"><c r="A1" t="s"><v>999999999999</v></c><c r="B1"><v>5</v></c></row>'), shows={(1, 2): "5"}),
    lambda: Hostile("one-string-many-times.xlsx", package("".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001)), strings=_shared(1 << 20)), "文字"),
    lambda: Hostile("merge-of-everything.xlsx", package(_ROW, after='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'), shows={(1, 1): "单位", (1, 2): "#REF!"}),
    lambda: Hostile("billion-laughs.xlsx", package('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=_billion_laughs()), "DTD"),
    lambda: Hostile("dtd-in-rels.xlsx", package(_ROW, _rels___dot_rels='<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><x/>'), "DTD"),
    lambda: Hostile("lying-dimension.xlsx", package(xl__worksheets__sheet1_dot_xml=f'<worksheet xmlns="{_MAIN}"><dimension ref="A1"/><sheetData>{_ROW}<row r="20"><c r="C20"><v>7</v></c></row></sheetData></worksheet>'), shows={(20, 3): "7"}),
    lambda: Hostile("truncated.xlsx", package(_ROW)[:700], "一半"),
    lambda: Hostile("encrypted.xlsx", container("EncryptionInfo", "EncryptedPackage"), "文件已加密"),
    lambda: Hostile("encrypted.xls", old_sheet(record(0x002F, b"\1\2\3\4")), "文件已加密"),
    lambda: Hostile("empty.xlsx", b"", "0 字节"),
    lambda: Hostile("zeros.xlsx", b"\0" * 9000, "零字节"),
    lambda: Hostile("blank.csv", b" \r\n \r\n", "空白"),
    lambda: Hostile("~$基础数据表.xlsx", b"\x05admin".ljust(55) + b"\x05\0a\0d\0m\0i\0n\0".ljust(110, b" "), "锁文件"),
    lambda: Hostile("renamed-lock.xlsx", b"\x05admin".ljust(55) + b"\x05\0a\0d\0m\0i\0n\0".ljust(110, b" "), "锁文件"),
    lambda: Hostile("word.xlsx", zipped([("[Content_Types].xml", _TYPES), ("word/document.xml", "<d/>")]), "Word"),
    lambda: Hostile("old-word.xls", container("WordDocument"), "Word"),
    lambda: Hostile("empty-container.xls", container("Workbook"), "损坏"),
    lambda: Hostile("cut-container.xls", container("Workbook")[:600], "损坏"),
    lambda: Hostile("scan.xlsx", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    lambda: Hostile("photo.xlsx", b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
    lambda: Hostile("report.xls", b"{\\rtf1\\ansi }", "RTF"),
    lambda: Hostile("archive.xlsx", zipped([("基础数据表.xlsx", package(_ROW))]), "解压"),
    lambda: Hostile("noise.xlsx", bytes((n * 7919 + n * n) % 256 for n in range(5000)), "无法识别"),
    lambda: Hostile("web.xls", WEB.format(charset="gb2312").encode("gb18030"), shows={(1, 1): "基础数据表", (2, 1): "单位", (2, 2): "决算数\n万元", (3, 2): "2,796.62", (4, 2): "0201"}),
    lambda: Hostile("web-without-charset.xls", WEB.replace('; charset={charset}', "").encode("gb18030"), shows={(2, 1): "单位"}),
    lambda: Hostile("web-utf16.xls", WEB.format(charset="utf-16").encode("utf-16"), shows={(2, 1): "单位"}),
    lambda: Hostile("login.xls", "<html><body><form>请登录</form></body></html>".encode(), "登录页"),
    lambda: Hostile("spans.xls", b"<table><tr>" + b"<td colspan=99999 rowspan=9999999>x" * 400 + b"</table>", "列数"),
    lambda: Hostile("nested.xls", b"<table><tr><td>" * 5000 + b"x", shows=None),
    lambda: Hostile("web-archive.xls", b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><table><tr><td>17.26=\r\n</table></html>\r\n--b--\r\n', shows={(1, 1): "17.26"}),
    lambda: Hostile("spreadsheetml.xls", SPREADSHEETML.format(encoding="UTF-8").encode(), shows={(1, 1): "单位名称", (1, 4): "17.26", (4, 2): "50.00%", (4, 3): "#DIV/0!"}),
    lambda: Hostile("spreadsheetml-gbk.xls", SPREADSHEETML.format(encoding="gb2312").encode("gb18030"), shows={(1, 1): "单位名称"}),
    lambda: Hostile("spreadsheetml-cut.xls", SPREADSHEETML.format(encoding="UTF-8").encode()[:700], "不完整"),
    lambda: Hostile("spreadsheetml-dtd.xls", SPREADSHEETML.format(encoding="UTF-8").replace("<?mso", "<!DOCTYPE x><?mso").encode(), "DTD"),
    lambda: Hostile("gb18030.csv", CSV[1:].encode("gb18030"), shows={(1, 1): "单位名称", (2, 2): "0201", (2, 3): "2,796.62"}),
    lambda: Hostile("utf8-mark.csv", CSV.encode(), shows={(1, 1): "单位名称", (2, 2): "0201"}),
    lambda: Hostile("unicode-text.xls", "单位\t编码\r\n甲\t0201\r\n".encode("utf-16"), shows={(2, 2): "0201"}),
    lambda: Hostile("open-quote.csv", b'a,"b\r\n' * 1000, either=True),
    lambda: Hostile("bad-number.xlsx", package('<row r="1"><c r="A1"><v>十七</v></c><c r="B1"><v>1e999</v></c><c r="C1"><v>NaN</v></c><c r="D1"><v>4</v></c></row>'), shows={(1, 1): "十七", (1, 2): "1e999", (1, 4): "4"}),
    lambda: Hostile("no-sheet-part.xlsx", package(xl__worksheets__sheet1_dot_xml=None), "缺少"),
    lambda: Hostile("no-workbook.xlsx", package(xl__workbook_dot_xml=None), "缺少"),
    lambda: Hostile("no-relationships.xlsx", package(_ROW, _rels___dot_rels=None), either=True),
    lambda: Hostile("no-strings.xlsx", package('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>5</v></c></row>', xl__sharedStrings_dot_xml=None), shows={(1, 2): "5"}),
    lambda: Hostile("duplicate-parts.xlsx", _duplicate_parts(), either=True),
    lambda: Hostile("absurd-style.xlsx", package('<row r="1"><c r="A1" s="99999999999"><v>5</v></c><c r="B1" s="-1"><v>6</v></c><c r="C1" s="²"><v>7</v></c></row>'), either=True),
    lambda: Hostile("control-name.xlsx", package(_ROW, sheet="=cmd|&#9;&#10;[31m"), shows={(1, 1): "单位"}),
    lambda: Hostile("path-out.xlsx", package(_ROW, **{"xl/_rels/workbook.xml.rels": rels(("rId1", "worksheet", "../../../../../../etc/passwd"))}), "缺少"),
    lambda: Hostile("path-absolute.xlsx", package(_ROW, **{"xl/_rels/workbook.xml.rels": rels(("rId1", "worksheet", "/xl/worksheets/sheet1.xml"))}), shows={(1, 1): "单位"}),
    lambda: Hostile("relationship-loop.xlsx", package(_ROW, **{"xl/_rels/workbook.xml.rels": rels(("rId1", "worksheet", "workbook.xml"))}), either=True),
    lambda: Hostile("lying-sizes.xlsx", _lying_sizes(), "压缩炸弹"),
    lambda: Hostile("deep.xlsx", package("<row>" * 200_000), either=True),
    lambda: Hostile("binary.xlsb", binary_book(), shows={(2, 1): "单位", (2, 2): "1726%", (2, 3): "#REF!", (2, 4): "3.5"}),
    lambda: Hostile("binary-cut.xlsb", package(xl__workbook_dot_bin=b"\x9c\x01\xff\xff\xff"), either=True),
    lambda: Hostile("repeated.ods", open_document('<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/></table:table-row>'), "单元格超过"),
    lambda: Hostile("blank-repeated.ods", open_document('<table:table-row table:number-rows-repeated="1048575"><table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row><table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12.5%</text:p></table:table-cell></table:table-row>'), shows={(1048576, 1): "12.5%"}),
    lambda: Hostile("error.ods", open_document('<table:table-row><table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell></table:table-row>'), shows={(1, 1): "#DIV/0!"}),
    lambda: Hostile("encrypted.ods", open_document("", **{"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "文件已加密"),
)  # fmt: skip
