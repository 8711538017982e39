"""The annotated report: the filed document whole, with our comments at the sentences; of other formats, a list."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import docx
import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.annotated import needs_office
from tests.documents import (
    FILE,
    WORD,
    Marked,
    characters,
    comment,
    comments_part,
    document,
    finding,
    marked,
    paragraph,
    ranged,
    report,
    run,
    text_box,
    without,
)
from tests.packages import parts, rewritten
from xlcheck.annotation_report import annotate_report
from xlcheck.folders import annotated_name
from xlcheck.model import Class, Explanation, Place, Related, Severity
from xlcheck.outputs import check_and_annotate, roll_up
from xlcheck.papers.package import Package

SAMPLES = Path(__file__).resolve().parents[1] / "sample_workbooks"
SENTENCE = "本年收入合计5万元。"
TITLE = paragraph(run("自评报告"))


def beside(data: bytes) -> list[str]:
    """What our comments stand beside, save the one on the whole."""
    return [each.beside for each in marked(data) if each.author == "xlcheck" and "审核结果" not in each.says]


def annotated(data: bytes, *quotes: str, number: int = 2) -> bytes:
    return annotate_report(report(data, *[finding(quote, number) for quote in quotes]), FILE, data)


RUNS = {
    "alone": run(SENTENCE),
    "inside one run": run("一、预算执行。" + SENTENCE + "支出4万元。", "<w:b/>"),
    "across runs": run("执行。本年收入", "<w:b/>") + run("合计5") + run("万元。其他", "<w:i/>"),
    "across a bookmark": run("本年收入") + '<w:bookmarkStart w:id="0" w:name="a"/>' + run("合计5万元。"),
    "in a link": f'<w:hyperlink w:anchor="a">{run("见：。" + SENTENCE)}</w:hyperlink>',
    "inserted": run("本年") + f'<w:ins w:id="7" w:author="甲">{run("收入合计5万元。另")}</w:ins>',
    "beside deleted": run("本年收入") + '<w:del w:id="7"><w:r><w:tab/><w:delText>支出</w:delText></w:r></w:del>' + run("合计5万元。"),
    "behind a tab and a break": f"<w:r><w:t>甲。</w:t><w:tab/><w:br/><w:t>{SENTENCE}</w:t><w:br/><w:t>乙。</w:t></w:r>",
    "entities": run("A&B<C。" + SENTENCE + "<&>。"),
    "cdata": "<w:r><w:t><![CDATA[<甲>。本年收入合计5]]>万元。乙</w:t></w:r>",
    "empty texts": f"<w:r><w:t/><w:t></w:t><w:t>{SENTENCE}</w:t><w:t/></w:r>",
    "a changed look": run("甲。" + SENTENCE, '<w:b/><w:rPrChange w:id="3"><w:rPr><w:i/></w:rPr></w:rPrChange>'),
    "an empty look": f"<w:r><w:rPr/><w:t>甲。{SENTENCE}乙</w:t></w:r>",
    "behind tab stops": f'<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>{run(SENTENCE + "乙。")}',
    "in a control": f"<w:sdt><w:sdtContent>{run('甲。' + SENTENCE)}</w:sdtContent></w:sdt>",
}  # fmt: skip


@pytest.mark.parametrize("runs", RUNS.values(), ids=RUNS)
def test_the_sentence_and_nothing_else_is_marked(runs: str) -> None:
    data = document(TITLE, paragraph(runs))
    copy = annotated(data, SENTENCE)
    assert beside(copy) == [SENTENCE]
    assert characters(copy) == characters(data)
    assert annotated(copy, SENTENCE) == copy


def test_a_blank_that_does_not_break_is_a_blank() -> None:
    data = document(TITLE, paragraph(run("甲。本年\xa0收入合计5万元。")))
    assert beside(annotated(data, "本年 收入合计5万元。")) == ["本年\xa0收入合计5万元。"]


def test_a_reading_above_a_word_is_not_torn() -> None:
    ruby = f"<w:r><w:ruby><w:rt>{run('shōu')}</w:rt><w:rubyBase>{run('收入')}</w:rubyBase></w:ruby></w:r>"
    data = document(TITLE, paragraph(run("甲。本年"), ruby, run("合计5万元。乙")))
    copy = annotated(data, "本年shōu收入合计5万元。", "收入合计5万元。")
    assert beside(copy) == ["本年shōu收入合计5万元。", "shōu收入合计5万元。"]
    assert characters(copy) == characters(data)


def test_sentences_side_by_side_and_inside_one_another() -> None:
    data = document(TITLE, paragraph(run("甲。乙。丙。"), run("丁。")))
    copy = annotated(data, "甲。", "乙。", "乙。丙。丁。", "丁。")
    assert sorted(beside(copy)) == ["丁。", "乙。", "乙。丙。丁。", "甲。"]
    xml = parts(copy)["word/document.xml"].decode()
    assert xml.index('RangeEnd w:id="1"') < xml.index('RangeStart w:id="2"')  # what ends stands before what begins


def test_the_cell_with_the_figure_is_marked() -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc>{paragraph(run(cell))}</w:tc>' for cell in cells)}</w:tr>"

    data = document(TITLE, f"<w:tbl>{row('收入合计', '6', '预算')}{row('收入合计', '５ 万元')}</w:tbl>")
    prose = report(data).submissions[0].prose
    assert prose is not None
    assert [each.number for each in prose.paragraphs] == [1, 2, 3, 4, 5, 6]
    on = [finding("收入合计 ５ 万元", 5, actual="5万元"), finding("收入合计 6 预算", 2)]
    assert beside(annotate_report(report(data, *on), FILE, data)) == ["收入合计", "５ 万元"]


def test_a_text_box_is_marked_by_what_holds_it() -> None:
    """Word takes no comments inside one, and no box whose two copies differ."""
    data = document(TITLE, paragraph(run("甲"), text_box(paragraph(run(SENTENCE))), run("乙")))
    copy = annotated(data, SENTENCE, number=3)
    assert beside(copy) == [SENTENCE]
    box = text_box(paragraph(run(SENTENCE))).encode()
    assert box in parts(copy)["word/document.xml"]
    assert annotated(copy, SENTENCE, number=3) == copy


def test_what_has_no_sentence_is_said_at_the_first_paragraph() -> None:
    data = document(paragraph(), paragraph(run("  ")), TITLE, paragraph(run("正文。")))
    missing = finding(None, 1, rule="report-figure-missing", message="自评分数 全文没有写明。请补写。")
    beyond = finding("此句已不在。", 9, message="已不在的句子。")
    (only,) = marked(annotate_report(report(data, missing, beyond), FILE, data))
    assert only.beside == "自评报告"
    assert only.says.index("【xlcheck 审核】") < only.says.index("【必须修改】自评分数 全文没有写明。请补写。")
    assert "已不在的句子。" in only.says
    assert "在有关的句子旁" not in only.says


def test_a_sentence_that_is_not_found_is_its_paragraph() -> None:
    data = document(TITLE, paragraph(run("正文。")))
    assert beside(annotated(data, "此句已不在。")) == ["正文。"]


def test_a_clean_report_says_so() -> None:
    data = document(TITLE)
    (only,) = marked(annotate_report(report(data), FILE, data))
    assert "本报告未发现需要修改的问题。" in only.says


def test_a_comment_says_what_to_do_and_where_to_explain() -> None:
    data = document(TITLE, paragraph(run(SENTENCE)))
    cell = Place("某单位/基础数据表.xlsx", "基础数据表", "E35")
    doubtful = finding(SENTENCE, 2, cls=Class.PLAUSIBILITY, severity=Severity.WARNING, caused_by="f0",
                       related=(Related(cell, "本年收入合计", "6"),))  # fmt: skip
    cause = replace(finding(None, rule="grand-totals-differ", fingerprint="f0"), place=cell)
    told = annotate_report(
        report(data, cause, doubtful), FILE, data, explain_in="基础数据表.审核.xlsx", titles={doubtful.rule: "数字一致"}
    )
    assert marked(told)[1].says.split("\n") == [
        "【需说明】本年收入合计 自评报告写的是 5万元，基础数据表的本年收入合计是 6。请核对后改一致。",
        "由「某单位/基础数据表.xlsx › 基础数据表!E35」的问题引起，请先核对该处。",
        "如情况属实，请在「基础数据表.审核.xlsx」的「审核结果」表中本条的「审核说明」栏写明原因。",
        "涉及：某单位/基础数据表.xlsx › 基础数据表!E35 本年收入合计 6",
        "规则：数字一致（report-figure-differs）",
    ]
    assert "本套材料其他问题 1 项" in marked(told)[0].says
    english = marked(annotate_report(report(data, doubtful), FILE, data, lang="en"))[1].says
    assert "If it is right as it is, say why in the report." in english


@pytest.mark.parametrize(
    ("state", "says"), [("valid", "【已说明】"), ("stale", "原说明已失效（数字已变动，请重新说明）：有文件为据")]
)
def test_explanations_are_shown(state: str, says: str) -> None:
    data = document(TITLE, paragraph(run(SENTENCE)))
    doubtful = finding(SENTENCE, 2, cls=Class.PLAUSIBILITY, severity=Severity.WARNING,
                       explanation=Explanation("有文件为据", state))  # fmt: skip
    told = marked(annotate_report(report(data, doubtful), FILE, data))[1].says
    assert says in told
    assert ("如情况属实" in told) == (state == "stale")


def commented() -> bytes:
    """A document with a comment of a person's and one of ours that Word has saved, which a person answered."""
    links = "http://schemas.microsoft.com/office/2011/relationships/commentsExtended"
    threads = (
        '<w15:commentsEx xmlns:w15="w15"><w15:commentEx w15:paraId="0A" w15:done="0"/><w15:commentEx w15:paraId="0B"/>'
        '<w15:commentEx w15:paraId="0C" w15:paraIdParent="0B" w15:done="1"/></w15:commentsEx>'
    )
    ours = ranged(5, ranged(9, run("本年收入")) + run("合计5万元。"))
    reply = ranged(7, run("乙。"))
    told = (comment(3, "王科长", "请核", "0A"), comment(5, "xlcheck", "旧", "0B"), comment(9, "xlcheck", "旧"))
    return document(
        TITLE,
        paragraph(ranged(3, run("甲。")), ours, reply),
        more={
            "word/comments.xml": comments_part(*told, comment(7, "李会计", "已改", "0C")),
            "word/commentsExtended.xml": (links, "application/xml", threads.encode()),
        },
    )


def test_comments_of_people_stay_and_ours_do_not_pile_up() -> None:
    data = commented()
    copy = annotated(data, SENTENCE)
    assert [each for each in marked(copy) if each.author != "xlcheck"] == [
        Marked("王科长", "请核", "甲。"),
        Marked("李会计", "已改", "乙。"),
    ]
    assert beside(copy) == [SENTENCE]
    assert "旧" not in str(marked(copy))
    assert parts(copy)["word/commentsExtended.xml"] == (
        b'<w15:commentsEx xmlns:w15="w15"><w15:commentEx w15:paraId="0A" w15:done="0"/>'
        b'<w15:commentEx w15:paraId="0C" w15:done="1"/></w15:commentsEx>'
    )
    assert annotated(copy, SENTENCE) == copy
    assert characters(copy) == characters(data)


def test_a_deleted_comment_of_ours_leaves_nothing() -> None:
    gone = '<w:del w:id="1">' + ranged(5, "<w:r><w:delText>甲</w:delText></w:r>") + "</w:del>"
    data = document(
        TITLE, paragraph(gone, run(SENTENCE)), more={"word/comments.xml": comments_part(comment(5, "xlcheck", "旧"))}
    )
    assert beside(annotated(data, SENTENCE)) == [SENTENCE]


def test_parts_without_comments_keep_their_bytes() -> None:
    data = (SAMPLES / "06 岚屿市水文监测中心" / "自评报告.docx").read_bytes()
    copy = annotated(data, "本年收入合计1401.92万元", number=20)
    before = {entry.name: entry.local for entry in Package(data).entries()}
    after = {entry.name: entry.local for entry in Package(copy).entries()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"[Content_Types].xml", "word/document.xml", "word/_rels/document.xml.rels"}
    assert set(after) - set(before) == {"word/comments.xml"}
    assert len(docx.Document(io.BytesIO(copy)).paragraphs) == len(docx.Document(io.BytesIO(data)).paragraphs)


def test_a_strict_document_gets_strict_comments() -> None:
    strict = {b"http://schemas.openxmlformats.org/wordprocessingml/2006/main": b"http://purl.oclc.org/ooxml/wordprocessingml/main",
              b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships"}  # fmt: skip

    def turned(part: bytes) -> bytes:
        for old, new in strict.items():
            part = part.replace(old, new)
        return part

    plain = document(TITLE, paragraph(run(SENTENCE)))
    copy = parts(annotated(rewritten(plain, dict.fromkeys(parts(plain), turned)), SENTENCE))
    assert SENTENCE.encode() in copy["word/document.xml"]
    assert WORD.encode() not in copy["word/comments.xml"]
    assert b"purl.oclc.org/ooxml/officeDocument/relationships/comments" in copy["word/_rels/document.xml.rels"]


def test_a_main_part_by_another_name() -> None:
    data = document(TITLE, paragraph(run("甲。" + SENTENCE)), main="word/document2.xml")
    assert b"RangeStart" in parts(annotated(data, SENTENCE))["word/document2.xml"]


def test_a_main_part_in_utf_16() -> None:
    plain = document(TITLE, paragraph(run("甲。" + SENTENCE)))
    data = rewritten(
        plain, {"word/document.xml": lambda part: part.decode().replace("UTF-8", "UTF-16", 1).encode("utf-16")}
    )
    assert beside(annotated(data, SENTENCE)) == [SENTENCE]


def test_a_signature_is_said_to_be_gone() -> None:
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = f'<Relationship Id="rId9" Type="{package}/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>'
    signed = document(TITLE, more={"_xmlsignatures/origin.sigs": ("other", "application/octet-stream", b"")})
    data = rewritten(signed, {"_rels/.rels": lambda part: part.replace(b"</Relationships>", link.encode())})
    copy = annotate_report(report(data), FILE, data)
    assert "本副本已不再带有数字签名" in marked(copy)[0].says
    assert "_xmlsignatures/origin.sigs" not in parts(copy)


def listed(data: bytes) -> str:
    """All that a list says."""
    made = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in made.paragraphs), *cells])


def test_other_formats_are_listed() -> None:
    text = "自评报告\n一、单位基本情况\n（一）机构设置\n本年收入合计5万元。\x0c".encode()
    on = [finding(None, 1, message="\x1b[31m=HYPERLINK(1) 全文没有写明。"), finding(SENTENCE, 4)]
    on = [replace(each, place=msgspec.structs.replace(each.place, file="某单位/自评报告.txt")) for each in on]
    made = annotate_report(report(text, *on, file="某单位/自评报告.txt"), "某单位/自评报告.txt", text)
    told = listed(made)
    assert "某单位　2024年度绩效自评　审核结果" in told
    assert "必须修改 2 项" in told
    assert "原文件不是 .docx" in told
    assert "（整份文件）" in told
    assert "第 4 段（单位基本情况 › 机构设置）" in told
    assert "原文：本年收入合计5万元。" in told
    assert "[31m=HYPERLINK(1) 全文没有写明。" in told
    assert "规则：report-figure-differs" in told
    assert b"HYPERLINK" not in parts(made)["word/_rels/document.xml.rels"]


def test_a_clean_report_in_another_format_says_so() -> None:
    told = listed(annotate_report(report(b"text", file=FILE), FILE, b"text"))
    assert "本报告未发现需要修改的问题。" in told
    assert "问题列在下面" not in told


BROKEN = {
    "no relationships": lambda data: without(data, "_rels/.rels"),
    "no content types": lambda _: without(document(TITLE, paragraph(run(SENTENCE))), "[Content_Types].xml"),
    "comments that are no XML": lambda data: rewritten(data, {"word/comments.xml": lambda part: part[:-9]}),
    "comments with a DTD": lambda data: rewritten(data, {"word/comments.xml": lambda part: b"<!DOCTYPE a []>" + part}),
    "comments that blow up": lambda data: rewritten(data, {"word/comments.xml": lambda part: part + b" " * (40 << 20)}),
    "a text without runs": lambda data: document("<w:p><w:t>本年收入合计5万元。</w:t></w:p>"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_takes_no_comments_is_listed_and_says_so(broken) -> None:
    data = broken(commented())
    told = listed(annotate_report(report(data, finding(SENTENCE, 2)), FILE, data))
    assert "原文件的内部结构特殊，不能在原句旁加批注" in told
    assert SENTENCE in told


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=4))
def test_damage_never_shows_as_a_traceback(at: int, noise: bytes) -> None:
    whole = commented()
    told = report(whole, finding(SENTENCE, 2))
    at %= len(whole)
    copy = annotate_report(told, FILE, whole[:at] + noise + whole[at + len(noise) :])
    assert copy.startswith(b"PK")


texts = st.text(st.sampled_from("甲乙&<>\"'。 \t5万,\xa0"), max_size=6)
looks = st.sampled_from(["", "<w:b/>", "<w:i/><w:sz w:val='28'/>"])
pieces = st.one_of(
    st.builds(run, texts, looks),
    st.sampled_from(["<w:r><w:tab/></w:r>", "<w:r/>", '<w:bookmarkStart w:id="1" w:name="a"/>', f"<w:r><w:br/>{'<w:t>丙</w:t>' * 2}</w:r>"]),
    st.builds(lambda text: f'<w:ins w:id="4">{run(text)}</w:ins>', texts),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(pieces, max_size=5), min_size=1, max_size=4), st.data())
def test_whatever_is_marked_the_text_and_its_look_stay(blocks: list[list[str]], draw: st.DataObject) -> None:
    data = document(TITLE, *[paragraph(*runs) for runs in blocks])
    prose = report(data).submissions[0].prose
    assert prose is not None
    on = []
    for each in prose.paragraphs[1:]:
        text = each.text.strip()
        start = draw.draw(st.integers(0, len(text) - 1))
        quote = text[start : draw.draw(st.integers(start + 1, len(text)))].strip()
        if quote and "\n" not in quote:
            on.append(finding(quote, each.number))
    told = report(data, *on)
    copy = annotate_report(told, FILE, data)
    assert characters(copy) == characters(data)
    assert report(copy).submissions[0].prose == prose
    expected = [each.place.quote.replace("\t", "") for each in on if each.place.quote]
    assert [text.replace("\xa0", " ").replace("\t", "") for text in beside(copy)] == expected
    assert annotate_report(told, FILE, copy) == copy


@pytest.mark.parametrize(
    ("file", "copy"),
    [("自评报告.docx", "自评报告.审核.docx"), ("自评报告.DOCX", "自评报告.审核.DOCX"), ("自评报告.pdf", "自评报告.审核.docx"),
     ("自评报告.doc", "自评报告.审核.docx"), ("a.b.txt", "a.b.审核.docx"), ("自评报告.xlsx", "自评报告.审核.xlsx"),
     ("自评报告.xls", "自评报告.审核.xlsx"), ("自评报告.审核.docx", "自评报告.审核.docx")],
)  # fmt: skip
def test_names_of_copies(file: str, copy: str) -> None:
    assert annotated_name(file) == copy


def test_a_unit_gets_a_copy_of_its_report(tmp_path: Path) -> None:
    unit = SAMPLES / "06 岚屿市水文监测中心"
    check_and_annotate([unit], "zhanjiang-2024", tmp_path, "zh")
    copy = (tmp_path / unit.name / "自评报告.审核.docx").read_bytes()
    (only,) = beside(copy)
    assert only.startswith("本年收入合计1401.92万元")
    assert only.endswith("年末结转和结余17.26万元。")
    assert characters(copy) == characters((unit / "自评报告.docx").read_bytes())


def test_the_roll_up_links_a_finding_in_a_report_to_its_copy(tmp_path: Path) -> None:
    for unit in ("01 市委组织部本级（示例）", "06 岚屿市水文监测中心"):
        shutil.copytree(SAMPLES / unit, tmp_path / "city" / unit)
    roll_up(tmp_path / "city", tmp_path / "汇总.xlsx", annotate=tmp_path / "审核")
    listed = openpyxl.load_workbook(tmp_path / "汇总.xlsx")["问题清单"]
    links = {
        row[7].value: (tmp_path / unquote(row[17].hyperlink.target).replace("\\", "/"), row[17].hyperlink.location)
        for row in listed.iter_rows(min_row=2)
        if row[17].hyperlink is not None
    }
    for file in ("01 市委组织部本级（示例）/自评报告.txt", "06 岚屿市水文监测中心/自评报告.docx"):
        copy, fragment = links[file]
        assert (copy.name, copy.is_file(), fragment) == ("自评报告.审核.docx", True, None)


def test_papers_with_one_stem_have_copies_of_their_own(tmp_path: Path) -> None:
    unit = tmp_path / "某单位"
    shutil.copytree(SAMPLES / "01 市委组织部本级（示例）", unit)
    (unit / "评分表.xlsx").rename(unit / "自评报告.xlsx")
    shutil.copy(unit / "基础数据表.xlsx", unit / "自评报告.xlsm")
    check_and_annotate([unit], "zhanjiang-2024", tmp_path / "out", "zh")
    names = sorted(path.name for path in (tmp_path / "out" / "某单位").iterdir())
    assert names == ["基础数据表.审核.xlsx", "自评报告.审核.docx", "自评报告.审核.xlsm", "自评报告.审核.xlsx"]


@needs_office
def test_an_office_shows_the_comment_at_its_sentence(tmp_path: Path) -> None:
    data = document(TITLE, paragraph(run("甲。本年收入", "<w:b/>"), run("合计5万元。乙。")))
    (tmp_path / "a.docx").write_bytes(annotated(data, SENTENCE))
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "fodt", "--outdir", str(tmp_path), str(tmp_path / "a.docx")]  # fmt: skip
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    xml = (tmp_path / "a.fodt").read_text(encoding="utf-8")
    xml = re.sub(r"<office:annotation .*?</office:annotation>", "⟦", xml, flags=re.DOTALL)
    assert "甲。⟦本年收入合计5万元。⟧乙。" in re.sub("<[^>]+>", "", re.sub("<office:annotation-end[^>]+>", "⟧", xml))
