"""The annotated copy: the submitted workbook whole, and our marks in it."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl.utils import get_column_letter

from tests.annotated import (
    FILE,
    FRONT,
    compare,
    found,
    opened,
    report,
    table,
    usual,
)
from tests.packages import faults, first_difference, parts, rewritten, zipped
from tests.workbooks import OTHER, SAMPLES, SHEET, commented, furnished, plain, threaded
from xlcheck.annotate import annotate
from xlcheck.annotation_marks import position
from xlcheck.annotation_notes import HEADING
from xlcheck.folders import annotated_name
from xlcheck.papers.markup import Markup
from xlcheck.papers.package import BadPackage, Package


@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_what_was_submitted_is_all_there(make) -> None:
    data = make()
    copy = annotate(usual(), FILE, data)
    assert faults(copy) == []
    if make is not SAMPLES["strict"]:  # whose sheets openpyxl does not find
        compare(data, copy)


@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_parts_without_marks_keep_their_compressed_bytes(make) -> None:
    data = make()
    copy = annotate(usual(), FILE, data)
    before = {entry.name: entry.local for entry in Package(data).entries()}
    after = {entry.name: entry.local for entry in Package(copy).entries()}
    changed = {name for name in before if before[name] != after[name]}
    allowed = re.compile(
        r"\[Content_Types\]\.xml|xl/(workbook|styles)\.xml|xl/_rels/workbook\.xml\.rels|xl/comments\d\.xml"
        r"|xl/worksheets/sheet[12]\.xml|xl/worksheets/_rels/sheet[12]\.xml\.rels|xl/drawings/vmlDrawing\d\.vml"
    )
    assert [name for name in changed if not allowed.fullmatch(name)] == []
    assert list(after)[: len(before)] == list(before)


@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_a_marked_sheet_only_gains(make) -> None:
    """Its elements are all there as they were, byte by byte; new are a list of rules and a drawing of notes."""
    gained = re.compile(rb"<(\w+:)?(conditionalFormatting|legacyDrawing) ")
    data = make()
    old, new = Package(data), Package(annotate(usual(), FILE, data))
    for entry in old.sheets():
        if entry.kind != "worksheet":
            continue
        was, now = Markup(old.part(entry.part)), Markup(new.part(entry.part))
        left = [now.source(child) for child in now.root.children if child.name != "sheetViews"]
        for child in was.root.children:
            if child.name != "sheetViews":
                while left[0] != was.source(child):
                    assert gained.match(left[0]), f"{entry.name}: {first_difference(was.source(child), left[0])}"
                    left.pop(0)
                left.pop(0)
        assert all(map(gained.match, left))


@pytest.mark.parametrize("highlight", ["conditional", "style"])
@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_annotating_an_annotated_copy_changes_nothing(make, highlight: str) -> None:
    once = annotate(usual(), FILE, make(), highlight=highlight)
    twice = annotate(usual(), FILE, once, highlight=highlight)
    assert sorted(parts(twice)) == sorted(parts(once))
    for name, part in parts(once).items():
        difference = first_difference(part, parts(twice)[name])
        assert difference is None, f"{name} {difference}"


@pytest.mark.parametrize("highlight", ["conditional", "style"])
@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_marks_that_no_longer_hold_are_gone(make, highlight: str) -> None:
    data = make()
    clean = annotate(report(), FILE, annotate(usual(), FILE, data, highlight=highlight))
    assert faults(clean) == []
    texts = b"".join(part for name, part in parts(clean).items() if not name.endswith(("styles.xml", ".bin")))
    assert texts.count(b"xlcheck") == texts.count("工具：xlcheck".encode()) == 1
    was, now = Package(data), Package(clean)
    for entry in was.sheets():
        if entry.kind == "worksheet" and highlight == "conditional":
            old, new = Markup(was.part(entry.part)).data, now.part(entry.part)
            assert first_difference(old.replace(b' tabSelected="1"', b""), new) is None
    for name in was.names():
        if "comments" in name and "threaded" not in name:
            assert first_difference(was.part(name), now.part(name)) is None
    if make is not SAMPLES["strict"]:
        compare(data, clean)


def test_every_finding_marks_its_cell() -> None:
    copy = opened(annotate(usual(), FILE, furnished()))
    sheet = copy[SHEET]
    rules = {
        str(ranges.sqref): rule.dxf.fill.bgColor.rgb
        for ranges, listed in sheet.conditional_formatting._cf_rules.items()
        for rule in listed
        if rule.formula == ['LEN("xlcheck")>0']
    }
    assert rules == {"D24 D25": "FFFFC7CE", "D5": "FFFFE0B2", "C7": "FFDDEBF7"}
    note = sheet["D24"].comment
    assert note.author == "xlcheck"
    assert note.text == (
        "【xlcheck 审核】\n【必须修改】年末结转和结余 填 17.62，按收支应为 17.26（多 0.36）。请核对后改正。\n"
        "【需说明】年末结转和结余 填 17.62，按收支应为 17.26（多 0.36）。请核对后改正。\n"
        "见「审核结果」第 6、11 行"
    )
    row = table(annotate(usual(), FILE, furnished()))[5]
    assert (row[0], row[2], row[-1]) == ("1", "基础数据表!D24", "carryover-does-not-balance")
    assert sheet["A4"].comment.text == "口径同上年"


def test_the_rules_of_the_unit_keep_their_precedence_and_ours_collide_with_none() -> None:
    sheet = opened(annotate(usual(), FILE, furnished()))[SHEET]
    priorities = [rule.priority for listed in sheet.conditional_formatting._cf_rules.values() for rule in listed]
    assert sorted(priorities) == [1, 2, 3, 4, 5, 6]


def test_rules_of_the_unit_that_leave_room_come_after_ours() -> None:
    late = {"xl/worksheets/sheet1.xml": lambda part: re.sub(rb'priority="(\d)"', rb'priority="10\1"', part)}
    sheet = opened(annotate(usual(), FILE, rewritten(furnished(), late)))[SHEET]
    priorities = [rule.priority for listed in sheet.conditional_formatting._cf_rules.values() for rule in listed]
    assert sorted(priorities) == [1, 2, 3, 101, 102, 103]


def test_a_comment_that_is_there_is_kept_and_added_to() -> None:
    copy = annotate(usual(), FILE, commented())
    book = opened(copy)
    assert book[SHEET]["D5"].comment.author == "张三"
    assert book[SHEET]["D5"].comment.text.startswith("含追加预算\n\n【xlcheck 审核】\n【需说明】")
    assert book[OTHER]["B2"].comment.text.startswith("旧批注\n\n【xlcheck 审核】")
    anchors = [re.findall(rb"<x:Anchor>(.*?)</x:Anchor>", parts(data)["xl/drawings/vmlDrawing1.vml"])
               for data in (commented(), copy)]  # fmt: skip
    before, after = ([int(number) for number in some[0].split(b",")] for some in anchors)
    assert after[:6] == before[:6]
    assert after[6] > before[6]


def test_a_thread_is_kept_and_the_note_stands_in_its_shadow() -> None:
    copy = annotate(usual(), FILE, threaded())
    for name in ("xl/threadedComments/threadedComment1.xml", "xl/persons/person.xml"):
        assert parts(copy)[name] == parts(threaded())[name]
    comment = opened(copy)[SHEET]["D5"].comment
    assert comment.author.startswith("tc={")
    assert comment.text.startswith("[Threaded comment]")
    assert HEADING in comment.text


def test_a_finding_inside_a_merge_is_shown_where_the_merge_is() -> None:
    copy = annotate(usual(), FILE, plain())
    sheet = opened(copy)[OTHER]
    assert sheet["B4"].comment is not None
    assert sheet["C5"].comment is None
    assert [str(ranges.sqref) for ranges in sheet.conditional_formatting] == ["B2 B4"]


def test_the_sheet_comes_first_and_alone_is_selected() -> None:
    copy = annotate(usual(), FILE, furnished())
    book = opened(copy)
    assert book.sheetnames == [FRONT, SHEET, OTHER, "备查", "图"]
    assert book.active.title == FRONT
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == [FRONT]
    assert book[FRONT].print_title_rows == "$5:$5"
    assert book[SHEET].print_title_rows == "$1:$3"
    assert book["备查"].sheet_state == "hidden"
    assert book.defined_names["合计"].attr_text == f"'{SHEET}'!$D$31"
    assert book[OTHER].defined_names["本表"].attr_text.endswith("!$B$2")


def test_a_sheet_of_the_unit_with_our_name_is_left_alone() -> None:
    book = opened(plain())
    book.create_sheet(FRONT)["A1"] = "我单位自己的审核结果"
    buffer = io.BytesIO()
    book.save(buffer)
    copy = annotate(usual(), FILE, buffer.getvalue())
    assert opened(copy).sheetnames == [f"{FRONT}(2)", SHEET, OTHER, FRONT]
    again = annotate(usual(), FILE, copy)
    assert opened(again).sheetnames == [f"{FRONT}(2)", SHEET, OTHER, FRONT]
    assert opened(again)[FRONT]["A1"].value == "我单位自己的审核结果"
    assert faults(again) == []


def test_a_painted_cell_keeps_its_format_and_gets_it_back() -> None:
    data = furnished()
    where = {SHEET: {"D24", "D25", "D5", "C7"}, OTHER: {"B2", "B4"}}
    copy = annotate(usual(), FILE, data, highlight="style")
    assert faults(copy) == []
    compare(data, copy, where)
    sheet = opened(copy)[SHEET]
    assert sheet["D24"].fill.fgColor.rgb == "FFFEC7CE"
    assert sheet["D24"].number_format == "#,##0.00"
    assert not [
        1 for listed in sheet.conditional_formatting._cf_rules.values() for rule in listed if "LEN" in str(rule.formula)
    ]
    compare(data, annotate(report(), FILE, copy))
    blank = annotate(report(found("field-blank", "F40"), found("field-blank", "A40")), FILE, data, highlight="style")
    assert opened(blank)[SHEET]["F40"].fill.fgColor.rgb == opened(blank)[SHEET]["A40"].fill.fgColor.rgb == "FFFEC7CE"
    assert faults(blank) == []
    filled = annotate(report(found("field-blank", "A5")), FILE, data, highlight="style")
    assert opened(annotate(report(), FILE, filled))[SHEET]["A5"].fill.fgColor.rgb == "FFF2F2F2"


def test_a_crowd_of_findings_on_one_cell_makes_one_note() -> None:
    many = [found(f"rule-{number}", "D24", fingerprint=str(number)) for number in range(300)]
    copy = annotate(report(*many), FILE, plain())
    note = opened(copy)[SHEET]["D24"].comment
    assert len(note.text) < 2300
    assert "其余内容见「审核结果」" in note.text
    assert len(table(copy)) == 305


def test_thousands_of_notes_are_numbered_apart_and_do_not_pile_up() -> None:
    cells = [f"{column}{row}" for row in range(1, 701) for column in "BCD"]
    many = report(*(found("field-blank", cell, fingerprint=cell) for cell in cells))
    once = annotate(many, FILE, commented())
    twice = annotate(many, FILE, once)
    assert faults(once) == faults(twice) == []
    assert parts(annotate(many, FILE, twice)) == parts(twice)


def test_places_that_the_workbook_lacks_are_listed_without_a_mark() -> None:
    strange = [found("a", "XFE1"), found("b", "D5:D6"), found("c", None), found("d", "D5", sheet="没有的表")]
    copy = annotate(report(*strange), FILE, plain())
    assert [row[-1] for row in table(copy)[5:]] == ["d", "a", "b", "c"]
    assert "xl/comments1.xml" not in parts(copy)
    compare(plain(), copy)


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("基础数据表.xlsx", "基础数据表.审核.xlsx"),
        ("基础数据表.审核.xlsx", "基础数据表.审核.xlsx"),
        ("某单位/评分表.XLSM", "某单位/评分表.审核.XLSM"),
        ("a.b.xls", "a.b.审核.xlsx"),
        ("自评报告.docx", "自评报告.审核.docx"),
    ],
)
def test_the_copy_has_a_name_of_its_own(name: str, copy: str) -> None:
    assert annotated_name(name) == copy


def test_what_is_no_package_is_refused() -> None:
    for data in (b"", b"PK\3\4 no", bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, zipped({"a.txt": b"a"})):
        with pytest.raises(BadPackage):
            annotate(usual(), FILE, data)


def test_our_sheet_takes_calculations_made_in_it_along() -> None:
    """A formula typed into 「审核结果」 is listed in the order of calculation, which must not outlive the sheet."""
    files = parts(annotate(usual(), FILE, plain()))
    name = next(entry.part for entry in Package(zipped(files)).sheets() if entry.name == FRONT)
    files[name] = re.sub(rb'<c r="J9"[^>]*/>', b'<c r="J9"><f>1+1</f><v>2</v></c>', files[name])
    chain = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    link = f'<Relationship Id="rId77" Type="{chain}" Target="calcChain.xml"/></Relationships>'.encode()
    files["xl/_rels/workbook.xml.rels"] = files["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", link)
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    files["xl/calcChain.xml"] = b'<calcChain xmlns="%b"><c r="J9" i="3"/></calcChain>' % main
    assert "xl/calcChain.xml" not in parts(annotate(usual(), FILE, zipped(files)))


def test_positions_are_read_as_excel_reads_them() -> None:
    for cell in ("A1", "Z9", "AA10", "XFD1048576"):
        row, column = position(cell) or (0, 0)
        assert get_column_letter(column + 1) + str(row + 1) == cell
    assert position("$D$4") == position("d4") == (3, 3)
    assert [position(text) for text in ("", "A0", "XFE1", "A1048577", "A1:B2", "4D")] == [None] * 6
