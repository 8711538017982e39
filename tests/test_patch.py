"""Packages are patched: what is asked for changes, and not a byte besides."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.packages import faults, first_difference, parts, zipped
from tests.workbooks import SAMPLES, commented, furnished, plain, prefixed, strict, utf16
from xlcheck.papers.markup import Markup, attribute, with_attributes, with_prefix
from xlcheck.papers.package import BadPackage, Package
from xlcheck.papers.patch import CONTENT_TYPES, Patch

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
WORKBOOKS = sorted(CORPUS.glob("*.xls[xm]"))
ENCRYPTED = "poi__protect.xlsx"
ORDER = ("first", "second", "third", "extLst")


@pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)
def test_nothing_asked_nothing_changed(make) -> None:
    data = make()
    saved = Patch(data).save()
    assert [entry.local for entry in Package(saved).entries()] == [entry.local for entry in Package(data).entries()]
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(io.BytesIO(saved)) as new:
        assert new.testzip() is None
        for was, now in zip(old.infolist(), new.infolist(), strict=True):
            for what in (
                "filename",
                "date_time",
                "external_attr",
                "create_version",
                "flag_bits",
                "compress_type",
                "extra",
            ):
                assert getattr(now, what) == getattr(was, what)


@needs_corpus
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.name)
def test_a_changed_part_leaves_the_other_parts_of_a_real_package_alone(path: Path) -> None:
    data = path.read_bytes()
    if path.name == ENCRYPTED:
        with pytest.raises(BadPackage, match="密码"):
            Patch(data)
        return
    patch = Patch(data)
    main = patch.workbook_part()
    patch.edit(main, patch.part(main) + b"\n")
    patch.add("xl/new1.xml", b"<a/>", "application/x-new+xml")
    saved = patch.save()
    before, after = parts(data), parts(saved)
    touched = {main, CONTENT_TYPES}
    assert list(after) == [*before, "xl/new1.xml"]
    assert {name for name in before if before[name] != after[name]} == touched
    raw = {entry.name: entry.local for entry in Package(data).entries()}
    assert all(entry.local == raw[entry.name] for entry in Package(saved).entries() if entry.name in set(raw) - touched)


@needs_corpus
@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.name)
def test_every_element_of_a_real_package_is_found_where_it_stands(path: Path) -> None:
    if path.name == ENCRYPTED:
        return
    package = Package(path.read_bytes())
    for name in package.names():
        if name.endswith((".xml", ".rels")):
            markup = Markup(package.part(name))
            assert first_difference(markup.data, markup.render()) is None
            for element in markup.root.walk():
                source, tag = markup.source(element), element.tag.encode()
                assert source.startswith(b"<" + tag)
                assert source.endswith(b"/>") if markup.empty(element) else source.endswith(b"</" + tag + b">")


def test_changes_are_spliced_in_where_they_belong() -> None:
    source = b'<?xml version="1.0"?>\n<a b="1"  c=\'x > y\'><!-- <b/> --><b/><d e="2">text</d><f/></a>\n'
    markup = Markup(source)
    root = markup.root
    markup.set(root, "b", "2 & 3")
    markup.set(root, "new", "<")
    markup.append(root, b"<g/>")
    markup.append(root.children[0], b"<inside/>")
    markup.set(root.children[1], "e", None)
    markup.drop(root.children[2])
    assert markup.render() == (
        b'<?xml version="1.0"?>\n<a b="2 &amp; 3"  c=\'x > y\' new="&lt;"><!-- <b/> --><b><inside/></b>'
        b"<d>text</d><g/></a>\n"
    )


def test_a_change_inside_what_is_dropped_is_dropped_with_it() -> None:
    markup = Markup(b"<a><b><c/></b><d/></a>")
    markup.set(markup.root.children[0].children[0], "x", "1")
    markup.append(markup.root.children[0], b"<e/>")
    markup.drop(markup.root.children[0])
    assert markup.render() == b"<a><d/></a>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"<a/>", b"<a><second/></a>"),
        (b"<a></a>", b"<a><second/></a>"),
        (b"<a><third/></a>", b"<a><second/><third/></a>"),
        (b"<a><first/><third/></a>", b"<a><first/><second/><third/></a>"),
        (b"<a><first/><second/><extLst/></a>", b"<a><first/><second/><second/><extLst/></a>"),
        (
            b'<a xmlns:m="m"><first/><m:AlternateContent><m:Choice><second/></m:Choice></m:AlternateContent><third/></a>',
            b'<a xmlns:m="m"><first/><m:AlternateContent><m:Choice><second/></m:Choice></m:AlternateContent>'
            b"<second/><third/></a>",
        ),
        (b"<a><unknown/><first/></a>", b"<a><unknown/><first/><second/></a>"),
    ],
)
def test_a_new_element_is_placed_as_the_schema_orders(source: bytes, expected: bytes) -> None:
    markup = Markup(source)
    markup.place(markup.root, "second", b"<second/>", ORDER)
    assert markup.render() == expected


def test_cells_are_passed_over_unless_they_are_asked_for() -> None:
    source = b'<w><sheetData><row r="1"><c><is><t>row</t></is></c></row><row/></sheetData><row/></w>'
    markup = Markup(source, {"sheetData": frozenset({"row"})})
    assert [element.name for element in markup.root.walk()] == ["w", "sheetData", "row", "row", "row"]
    markup.append(markup.root.children[0].children[1], b"<c/>")
    assert b"<row><c/></row></sheetData><row/></w>" in markup.render()


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))),
    st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))),
)  # fmt: skip
def test_attributes_read_back_as_they_were_set(first: dict[str, str], second: dict[str, str | None]) -> None:
    tag = with_attributes(with_attributes(b"<a/>", first), second)
    expected = {name: value for name, value in {**first, **second}.items() if value is not None}
    assert {name: attribute(tag, name) for name in expected} == expected
    assert all(attribute(tag, name) is None for name, value in second.items() if value is None)
    legal = all(ord(letter) not in (0xFFFE, 0xFFFF) for value in expected.values() for letter in value)
    if legal:
        assert Markup(tag).root.attributes == expected


def test_fragments_take_the_prefix_of_the_part() -> None:
    assert with_prefix(b'<a b="<"><c/>1 < 2</a>', "x:") == b'<x:a b="<"><x:c/>1 < 2</x:a>'
    assert with_prefix(b"<a/>", "") == b"<a/>"


def test_other_encodings_become_utf_8() -> None:
    package = Package(utf16(plain()))
    markup = Markup(package.part("xl/workbook.xml"))
    assert b'encoding="UTF-8"' in markup.data
    assert "基础数据表".encode() in markup.data
    with pytest.raises(BadPackage, match="编码"):
        Markup('<?xml version="1.0" encoding="GB2312"?><a>基</a>'.encode())


@pytest.mark.parametrize("source", [b"<a>", b"", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a></b>"])
def test_broken_or_dangerous_xml_is_refused(source: bytes) -> None:
    with pytest.raises(BadPackage):
        Markup(source)


@pytest.mark.parametrize("change", [lambda data: data, prefixed, strict], ids=["usual", "prefixed", "strict"])
def test_parts_and_relationships_are_added_and_taken_out(change) -> None:
    data = change(commented())
    patch = Patch(data)
    name = patch.fresh("xl/comments", ".xml")
    assert name == "xl/comments3.xml"
    patch.add(name, b"<comments/>", "application/x-comments+xml")
    wanted = patch.relate("xl/worksheets/sheet1.xml", "comments", name)
    added = Package(patch.save())
    link = next(link for link in added.relationships("xl/worksheets/sheet1.xml") if link.id == wanted)
    assert (link.target, link.type) == (name, patch.base() + "comments")
    assert b'Target="../comments3.xml"' in added.part("xl/worksheets/_rels/sheet1.xml.rels")
    assert b'PartName="/xl/comments3.xml"' in added.part(CONTENT_TYPES)
    again = Patch(patch.save())
    again.unrelate("xl/worksheets/sheet1.xml", wanted)
    again.remove(name)
    assert parts(again.save()) == parts(data)


def test_the_last_relationship_takes_its_part_with_it() -> None:
    data = plain()
    patch = Patch(data)
    patch.add("xl/a1.xml", b"<a/>", "application/xml")
    wanted = patch.relate("xl/worksheets/sheet1.xml", "a", "xl/a1.xml")
    assert wanted == "rId1"
    patch.unrelate("xl/worksheets/sheet1.xml", wanted)
    patch.remove("xl/a1.xml")
    assert parts(patch.save()) == parts(data)


@needs_corpus
def test_a_signature_is_taken_out_with_all_that_belongs_to_it() -> None:
    patch = Patch((CORPUS / "poi__hello-world-signed.xlsx").read_bytes())
    assert patch.unsign()
    saved = patch.save()
    assert not [name for name in parts(saved) if "sig" in name.lower()]
    assert faults(saved) == []
    assert not Patch(plain()).unsign()


def test_part_names_are_compared_as_packages_compare_them() -> None:
    files = parts(plain())
    data = zipped({name.replace("xl/", "XL\\"): part for name, part in files.items()})
    package = Package(data)
    assert [entry.part for entry in package.sheets()] == ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]
    assert package.part("xl/styles.xml") == files["xl/styles.xml"]


def test_the_head_of_a_part_is_read_alone() -> None:
    package = Package(furnished())
    whole = Package(furnished()).part("xl/worksheets/sheet1.xml")
    assert package.head("xl/worksheets/sheet1.xml", 100) == whole[:100]
    assert package.part("xl/worksheets/sheet1.xml") == whole
    assert package.head("xl/worksheets/sheet1.xml", 50) == whole[:50]


def test_damage_is_said_in_a_sentence() -> None:
    data = plain()
    for broken, words in (
        (b"", "空"),
        (b"not a zip", "损坏"),
        (data[:-40], "损坏"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, r"\.xls"),
    ):
        with pytest.raises(BadPackage, match=words):
            Patch(broken)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.getinfo("xl/workbook.xml").header_offset
    name, extra = struct.unpack_from("<2H", data, start + 26)
    body = start + 30 + name + extra
    with pytest.raises(BadPackage, match="损坏"):
        Package(data[:body] + b"\xff" * 20 + data[body + 20 :]).part("xl/workbook.xml")
