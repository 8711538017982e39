"""Workbooks as units hand them in, made when a test wants one.

Each maker returns the bytes of a workbook that has the two sheets SHEET and OTHER.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

import xlsxwriter

from tests.packages import added, parts, rewritten, zipped
from xlcheck.papers.package import Package

SHEET = "基础数据表"
OTHER = "填表'说明 #1"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DRAWING_PICTURE = 64


def picture() -> io.BytesIO:
    """A small PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    side = _DRAWING_PICTURE
    rows = b"".join(b"\0" + b"\xc0\x20\x20" * side for _ in range(side))
    header = struct.pack(">2L5B", side, side, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + parts)


def _fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    amount = book.add_format({"num_format": "#,##0.00", "border": 1})
    label = book.add_format({"border": 1, "bg_color": "#F2F2F2"})
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    sheet.merge_range("A1:D1", "部门整体支出绩效评价基础数据表", title)
    sheet.write_row("A3", ["项目", "年初预算数", "全年预算数", "决算数"], label)
    for row in range(3, 30):
        sheet.write_string(row, 0, f"指标{row}", label)
        for column in range(1, 4):
            sheet.write_number(row, column, row * 100.25 + column, amount)
    sheet.write_formula("D31", "=SUM(D4:D30)", amount, 44666.0)
    sheet.set_column("A:A", 34)
    sheet.set_column("B:D", 14)


def plain() -> bytes:
    """Two sheets of figures, nothing else."""
    return _made(lambda book, sheet, other: None)


def _made(more: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet, xlsxwriter.worksheet.Worksheet], None],
          setting: Mapping[str, object] | None = None) -> bytes:  # fmt: skip
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, dict(setting or {}))
    sheet, other = book.add_worksheet(SHEET), book.add_worksheet(OTHER)
    _fill(book, sheet)
    other.write_string("B2", "本表由系统生成")
    other.merge_range("B4:D6", "合并的单元格")
    more(book, sheet, other)
    book.close()
    return buffer.getvalue()


def furnished() -> bytes:
    """All that a form can carry: picture, chart, comments, validation, panes, protection, formats, names, print set-up."""

    def more(
        book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, other: xlsxwriter.worksheet.Worksheet
    ) -> None:
        bold = book.add_format({"bold": True})
        red = book.add_format({"font_color": "#C00000"})
        sheet.freeze_panes(3, 1)
        sheet.set_row(8, 30)
        sheet.set_row(9, None, None, {"hidden": True})
        sheet.set_column("F:F", 2, None, {"hidden": True})
        sheet.write_rich_string("F2", "金额单位：", bold, "万元", red, "（两位小数）")
        sheet.write_comment("D5", "含追加预算\n见附件", {"author": "张三"})
        sheet.write_comment("A4", "口径同上年", {"author": "李四", "visible": True})
        sheet.data_validation(
            "B4:D20", {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "不得为负"}
        )
        sheet.conditional_format(
            "B4:D20", {"type": "cell", "criteria": "<", "value": 0, "format": red, "stop_if_true": True}
        )
        sheet.conditional_format("C4:C20", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("D4:D20", {"type": "icon_set", "icon_style": "3_arrows"})
        sheet.protect("", {"format_cells": True})
        sheet.autofilter("A3:D20")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0, 2)
        sheet.print_area("A1:F31")
        sheet.set_header("&L&G&R&D", {"image_left": "seal.png", "image_data_left": picture()})
        sheet.insert_image("H2", "seal.png", {"image_data": picture()})
        sheet.insert_button("H20", {"macro": "check", "caption": "校验"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": [SHEET, 3, 3, 10, 3], "name": "决算数"})
        sheet.insert_chart("H6", chart)
        sheet.write_url("A32", "https://example.com/", string="填报说明")
        other.add_table("F2:G5", {"columns": [{"header": "代码"}, {"header": "名称"}]})
        other.set_first_sheet()
        hidden = book.add_worksheet("备查")
        hidden.hide()
        hidden.write_number("A1", 12)
        book.add_chartsheet("图").set_chart(_chart(book))
        book.define_name("合计", f"='{SHEET}'!$D$31")
        book.define_name(f"'{OTHER}'!本表", f"='{OTHER.replace(chr(39), chr(39) * 2)}'!$B$2")
        other.activate()

    return _made(more)


def _chart(book: xlsxwriter.Workbook) -> xlsxwriter.chart.Chart:
    chart = book.add_chart({"type": "pie"})
    chart.add_series({"values": [SHEET, 3, 1, 6, 1]})
    return chart


def macro() -> bytes:
    """An .xlsm, with bytes in the place of a VBA project."""
    vba = io.BytesIO(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(range(256)) * 8)
    return _made(lambda book, sheet, other: book.add_vba_project(vba, is_stream=True))


def commented() -> bytes:
    """Comments on both sheets, and nothing else."""

    def more(
        book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, other: xlsxwriter.worksheet.Worksheet
    ) -> None:
        sheet.write_comment("D5", "含追加预算", {"author": "张三"})
        other.write_comment("B2", "旧批注", {"author": "李四"})

    return _made(more)


def threaded() -> bytes:
    """The comment on D5 is the shadow of a conversation, as Excel 365 keeps it."""
    guid = "{6EB46D22-BD1B-47C0-89B0-D6B9493AAA97}"
    person = "{BE6ACDFA-0497-4A79-9C68-85A5ACE46D65}"
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    said = (
        f'<ThreadedComments xmlns="{space}"><threadedComment ref="D5" dT="2025-02-20T11:13:47.32" personId="{person}" '
        f'id="{guid}"><text>含追加预算</text></threadedComment></ThreadedComments>'
    )
    people = f'<personList xmlns="{space}"><person displayName="张三" id="{person}" userId="1" providerId="None"/></personList>'
    types = (
        b'<Override PartName="/xl/threadedComments/threadedComment1.xml" ContentType="application/vnd.ms-excel.threadedcomments+xml"/>'
        b'<Override PartName="/xl/persons/person.xml" ContentType="application/vnd.ms-excel.person+xml"/></Types>'
    )
    kind = "http://schemas.microsoft.com/office/2017/10/relationships"
    link = f'<Relationship Id="rId9" Type="{kind}/threadedComment" Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    persons = f'<Relationship Id="rId9" Type="{kind}/person" Target="persons/person.xml"/></Relationships>'
    old = "<author>张三</author>".encode(), "<t>含追加预算</t>".encode()
    shadow = "<t>[Threaded comment]\n\n您的 Excel 版本可读取此线程批注。\n\n注释:\n    含追加预算</t>"
    data = rewritten(
        commented(),
        {
            "xl/comments1.xml": lambda part: (
                part.replace(old[0], f"<author>tc={guid}</author>".encode())
                .replace(old[1], shadow.encode())
                .replace(b"<r><rPr>", b"<r><rPr>", 1)
            ),
            "[Content_Types].xml": lambda part: part.replace(b"</Types>", types),
            "xl/worksheets/_rels/sheet1.xml.rels": lambda part: part.replace(b"</Relationships>", link.encode()),
            "xl/_rels/workbook.xml.rels": lambda part: part.replace(b"</Relationships>", persons.encode()),
        },
    )
    return added(
        data, {"xl/threadedComments/threadedComment1.xml": said.encode(), "xl/persons/person.xml": people.encode()}
    )


def shared_formulas() -> bytes:
    """Formulas of column C share one, as Excel writes what was filled down; and an array formula."""

    def more(
        book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, other: xlsxwriter.worksheet.Worksheet
    ) -> None:
        other.write_array_formula("F2:F4", "{=B2:B4&G2:G4}")

    cells = b'<c r="C4"><f t="shared" ref="C4:C6" si="0">B4*2</f><v>601.5</v></c>'
    rest = [b'<c r="C%d"><f t="shared" si="0"/><v>%d</v></c>' % (row, row) for row in (5, 6)]

    def share(part: bytes) -> bytes:
        for row, cell in zip((4, 5, 6), [cells, *rest], strict=True):
            part = re.sub(rb'<c r="C%d"[^>]*>.*?</c>' % row, lambda _, cell=cell: cell, part, count=1)
        return part

    return rewritten(_made(more), {"xl/worksheets/sheet1.xml": share})


def prefixed(data: bytes) -> bytes:
    """The workbook as some generators write it: every element of the main namespace under the prefix x."""

    def prefix(part: bytes) -> bytes:
        if b' xmlns="' + MAIN + b'"' not in part:
            return part
        part = part.replace(b' xmlns="' + MAIN + b'"', b' xmlns:x="' + MAIN + b'"', 1)
        return re.sub(rb"<(/?)(?=[A-Za-z]\w*[\s/>])", rb"<\1x:", part)

    names = [name for name in Package(data).names() if name.endswith(".xml") and name.startswith("xl/")]
    return rewritten(data, dict.fromkeys(names, prefix))


def strict(data: bytes) -> bytes:
    """The workbook in strict OOXML."""

    def translate(part: bytes) -> bytes:
        for old, new in (
            (MAIN, b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
            (
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
        ):
            part = part.replace(old, new)
        return part

    names = [name for name in Package(data).names() if name.endswith((".xml", ".rels"))]
    return rewritten(data, dict.fromkeys(names, translate))


def utf16(data: bytes) -> bytes:
    """The workbook with its first sheet and workbook.xml in UTF-16."""

    def encode(part: bytes) -> bytes:
        return part.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")

    return rewritten(data, {"xl/worksheets/sheet1.xml": encode, "xl/workbook.xml": encode})


def unstyled() -> bytes:
    """A workbook without a styles part, and a sheet without relationships or row and cell addresses."""
    rows = b"".join(b"<row><c><v>%d</v></c><c><v>2</v></c></row>" % number for number in range(1, 9))
    sheet = b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (MAIN, rows)

    def unlink(part: bytes) -> bytes:
        return re.sub(rb'<Relationship Id="rId\d+" Type="[^"]*(?:styles|theme)"[^>]*>', b"", part)

    data = rewritten(
        plain(),
        {
            "xl/worksheets/sheet1.xml": lambda part: sheet,
            "xl/worksheets/sheet2.xml": lambda part: re.sub(rb' s="\d+"', b"", part),
            "xl/_rels/workbook.xml.rels": unlink,
            "[Content_Types].xml": lambda part: re.sub(rb'<Override PartName="/xl/(?:styles|theme)[^>]*>', b"", part),
        },
    )
    return zipped({name: part for name, part in parts(data).items() if "styles" not in name and "theme" not in name})


def streamed(data: bytes, zip64: bool = False) -> bytes:
    """The workbook as a program writes it that cannot go back: sizes behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: object) -> int:
            self.written += bytes(piece)  # type: ignore[call-overload]
            return len(bytes(piece))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts(data).items():
            with archive.open(name, "w", force_zip64=zip64) as out:
                out.write(part)
    return bytes(pipe.written)


SAMPLES: Mapping[str, Callable[[], bytes]] = {
    "plain": plain,
    "furnished": furnished,
    "macro": macro,
    "commented": commented,
    "threaded": threaded,
    "shared formulas": shared_formulas,
    "prefixed": lambda: prefixed(commented()),
    "prefixed furnished": lambda: prefixed(furnished()),
    "strict": lambda: strict(furnished()),
    "utf-16": lambda: utf16(furnished()),
    "unstyled": unstyled,
    "streamed": lambda: streamed(furnished()),
    "streamed zip64": lambda: streamed(plain(), zip64=True),
}
