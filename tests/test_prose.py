"""The same report in every format reads as the same paragraphs."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlcheck.checking import check
from xlcheck.papers.prose import Prose, UnreadableProse, read_prose
from xlcheck.papers.wrapping import rejoined

LINES = ["整体绩效自评报告", "一、单位基本情况", "（一）机构设置。总编制70名。", "（二）存在问题", "1.资金使用进度前松后紧，需加强。", "2.目标未量化。"]  # fmt: skip


def texts(prose: Prose) -> list[str]:
    return [paragraph.text for paragraph in prose.paragraphs]


def made_docx(lines: list[str]) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def rewritten(data: bytes, change: dict[bytes, bytes]) -> bytes:
    """A .docx with its main part changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = old.read(info)
            if info.filename == "word/document.xml":
                for before, after in change.items():
                    assert before in part
                    part = part.replace(before, after, 1)
            new.writestr(info.filename, part)
    return stream.getvalue()


def test_headings_and_numbers_of_a_docx() -> None:
    prose = read_prose(made_docx(LINES), "自评报告.docx")
    assert prose.format == "docx"
    assert texts(prose) == LINES
    assert [paragraph.number for paragraph in prose.paragraphs] == [1, 2, 3, 4, 5, 6]
    assert prose.paragraphs[2].headings == ("单位基本情况", "机构设置")
    assert prose.paragraphs[4].headings == ("单位基本情况", "存在问题")


def test_content_decides_not_the_suffix() -> None:
    assert read_prose(made_docx(LINES), "自评报告.txt").format == "docx"
    assert read_prose("正文。".encode(), "自评报告.docx").format == "txt"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_in_every_encoding(encoding: str) -> None:
    prose = read_prose("\r\n".join(LINES).encode(encoding), "报告.txt")
    assert texts(prose) == LINES


def test_blank_lines_are_counted_and_left_out() -> None:
    prose = read_prose("甲。\n\n乙。\n".encode(), "报告.txt")
    assert [(paragraph.number, paragraph.text) for paragraph in prose.paragraphs] == [(1, "甲。"), (3, "乙。")]


def test_tables_and_text_boxes_of_a_docx() -> None:
    document = docx.Document()
    document.add_paragraph("正文。")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "年末在职人数", "51"
    stream = io.BytesIO()
    document.save(stream)
    box = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps">'
        "<w:txbxContent><w:p><w:r><w:t>框中。</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback>"
        "<w:txbxContent><w:p><w:r><w:t>框中。</w:t></w:r></w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    prose = read_prose(rewritten(stream.getvalue(), {b"</w:p>": box.encode()}), "报告.docx")
    assert texts(prose) == ["正文。", "框中。", "年末在职人数", "51"]
    assert [paragraph.row for paragraph in prose.paragraphs] == [0, 0, 1, 1]


def test_deleted_text_is_not_read() -> None:
    change = {b"<w:t>": b'<w:delText>old</w:delText></w:r><w:r><w:t xml:space="preserve">'}
    assert texts(read_prose(rewritten(made_docx(["总编制70名。"]), change), "x")) == ["总编制70名。"]


def test_what_was_before_a_tracked_change_is_not_read() -> None:
    moved = b"<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:del><w:r><w:tab/></w:r></w:del><w:r>"
    data = rewritten(made_docx(["总编制70名。"]), {b"<w:r>": moved})
    assert texts(read_prose(data, "x")) == ["总编制70名。"]


def test_tab_stops_are_no_tabs() -> None:
    stops = b'<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr>'
    assert texts(read_prose(rewritten(made_docx(["总编制70名。"]), {b"<w:p>": stops}), "x")) == ["总编制70名。"]


def test_html_by_its_charset_without_scripts() -> None:
    page = '<html><head><meta charset="gb2312"><script>var a="总编制1名";</script></head><body><h1>标题</h1><p>总编制<b>70</b>名。</p><table><tr><td>在职</td><td>51</td></tr></table></body></html>'
    prose = read_prose(page.encode("gb18030"), "公开.html")
    assert prose.format == "html"
    assert texts(prose) == ["标题", "总编制70名。", "在职", "51"]
    assert [paragraph.row for paragraph in prose.paragraphs] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "空"),
        (b"PK\x03\x04broken", "压缩包损坏"),
        (b"\x00\x01\x02\x03" * 100, "无法识别"),
        (b"%PDF-1.4 broken", "PDF"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "不是 Word"),
    ],
)
def test_unreadable_files_say_so_in_one_sentence(data: bytes, word: str) -> None:
    with pytest.raises(UnreadableProse, match=word) as caught:
        read_prose(data, "报告")
    assert str(caught.value).count("。") == 1


@pytest.mark.parametrize("kind", ["doc", "rtf", "odt"])
def test_without_a_converter_one_sentence_says_what_to_do(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = {"doc": bytes.fromhex("d0cf11e0a1b11ae1") + "WordDocument".encode("utf-16-le"), "rtf": b"{\\rtf1 a}", "odt": b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.text"}  # fmt: skip
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnreadableProse, match="LibreOffice") as caught:
        read_prose(heads[kind], "报告")
    assert str(caught.value).count("。") == 1


WRAPPED = "一、基本情况\n（一）机构编制。本单位总编制70名，其中行政编制61名，工勤编制\n9名，年末在职人数51人。本年收入合计2796.62万元，本年支出合计27\n79.36万元，年末结转和结余17.26万元。固定资产账面原值1,234.56万\n元，利用率100%。\n（二）存在问题\n1.资金使用进度前松后紧。\n2.目标未量化。\n"


def test_hard_wrapped_lines_are_put_together_and_headings_and_items_stay() -> None:
    found = read_prose(WRAPPED.encode(), "报告.txt").paragraphs
    assert [paragraph.number for paragraph in found] == [1, 2, 6, 7, 8]
    assert "工勤编制9名" in found[1].text
    assert "2779.36万元" in found[1].text
    assert [paragraph.text for paragraph in found[2:]] == [
        "（二）存在问题",
        "1.资金使用进度前松后紧。",
        "2.目标未量化。",
    ]


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.text("甲乙丙丁，。、123 　一（）.", max_size=60), max_size=12))
def test_putting_lines_together_loses_no_character(lines: list[str]) -> None:
    made = rejoined(lines)
    assert len(made) == len(lines)
    assert "".join("".join(made).split()) == "".join("".join(lines).split())


def test_a_dtd_is_refused() -> None:
    change = {b"<w:document": b'<!DOCTYPE w [<!ENTITY a "b">]><w:document'}
    with pytest.raises(UnreadableProse, match="DTD"):
        read_prose(rewritten(made_docx(LINES), change), "x")


def test_a_workbook_is_no_report() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(UnreadableProse, match="Excel"):
        read_prose(stream.getvalue(), "报告.docx")


def scan() -> bytes:
    """A .pdf without text."""
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_pdf_without_text_is_said_to_be_a_scan() -> None:
    with pytest.raises(UnreadableProse, match="扫描件"):
        read_prose(scan(), "报告.pdf")


def test_what_may_stand_in_a_scan_is_not_called_missing(tmp_path: Path) -> None:
    unit = tmp_path / "市甲局"
    unit.mkdir()
    (unit / "全部材料.pdf").write_bytes(scan())
    report = check(unit)
    assert [each.rule for each in report.findings] == ["paper-unreadable"]
    assert report.submissions[0].unit == "市甲局"


@pytest.mark.parametrize("kind", ["pdf", "doc", "rtf", "odt"])
def test_office_formats_read_as_the_docx_does(kind: str, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    if kind == "pdf":
        pytest.importorskip("pypdf")
    lines = [
        *LINES,
        "本年收入合计2796.62万元，年初结转和结余0万元，本年支出合计2779.36万元，年末结转和结余17.26万元，" * 3 + "完。",
    ]
    (tmp_path / "r.docx").write_bytes(made_docx(lines))
    profile = (tmp_path / "profile").as_uri()
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind, "--outdir", str(tmp_path), str(tmp_path / "r.docx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    prose = read_prose((tmp_path / f"r.{kind}").read_bytes(), "报告")
    assert prose.format == kind
    assert "".join(prose.text.split()) == "".join("".join(lines).split())
    assert len(prose.paragraphs) == len(lines)
