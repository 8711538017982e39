"""The quick way of reading says what the XML parser says, or nothing."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.annotated import CORPUS, needs_corpus
from xlcheck.papers import quick
from xlcheck.papers.package import BadPackage, Package
from xlcheck.papers.spreadsheet import Book, read_book

SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
BOOKS = sorted(path for path in SAMPLES.rglob("*.xlsx") if not path.name.startswith("~$"))


def slowed(data: bytes) -> bytes:
    """The package with a comment in each sheet and string table: then only the XML parser reads them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            for tag in (b"<sheetData>", b"<si>"):
                part = part.replace(tag, b"<!-- -->" + tag, 1)
            new.writestr(name, part)
    return out.getvalue()


def taken(part: bytes) -> bool:
    """Whether a sheet is read the quick way."""
    rows = quick.rows(part)
    return rows is not None and sum(len(piece) for piece, *_ in rows.pieces) == len(rows.body)


def read(data: bytes) -> Book | str:
    try:
        return read_book(data)
    except BadPackage as error:
        return str(error)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_on_the_samples(path: Path) -> None:
    data = path.read_bytes()
    sheets = Package(data).sheets()
    assert all(taken(Package(data).part(sheet.part)) for sheet in sheets)
    assert not any(taken(Package(slowed(data)).part(sheet.part)) for sheet in sheets)
    assert read_book(data) == read_book(slowed(data))


@needs_corpus
def test_on_the_corpus() -> None:
    compared = 0
    for path in sorted(CORPUS.glob("*.xls[xm]")):
        data = path.read_bytes()
        try:
            slow = slowed(data)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError):
            continue
        assert read(data) == read(slow), path.name
        compared += 1
    assert compared > 20


CELLS = st.lists(
    st.sampled_from(
        ['</row><row r="2" hidden="1">', '</row><row r="9"/><row r="3">', " ", '<c r="A1" t="s"><v>0</v></c>',
         '<c r="B2" s="1"><f>A1</f></c>', '<c r="A9" t="inlineStr"><is><t>甲&amp;乙</t></is></c>', '<c r="A8" t="e"><v>#REF!</v></c>',
         '<c r="C3" s="2"><v>2.5</v></c>', '<c r="C4" t="str"><f>A1&amp;"x"</f><v> x</v></c>', '<c r="D4" t="b"><v>1</v></c>',
         '<c r="D5" s="3"/>', '<c r="D6"><f t="shared" ref="D6:D7" si="0">A1</f><v>1E3</v></c>', '<c r="D7" t="s"><v>99</v></c>',
         '<c r="E1"><v></v></c>', '<c r="E2" t="n"><v>nan</v></c>', '<c r="E3" cm="1"><v>1</v></c>', "<!-- x -->"]
    ), max_size=14,
)  # fmt: skip
PIECES = st.lists(
    st.sampled_from(
        ['<row r="1">', '<row r="2" hidden="1">', "</row>", '<c r="A1"', '<c r="B2" s="1"', ' t="s"', ' t="str"', ' t="e"', "/>",
         ">", "<v>", "</v>", "</c>", "1", "&amp;", "&#65;", "&lt;", "&nbsp;", "<f>", "</f>", "A1+1", '<f t="shared" si="0"/>', "<is><t>",
         "</t></is>", ' t="inlineStr"', " ", "\n", "\r", "\x01", "]]>", "<!-- -->", "<![CDATA[1]]>", "<?x?>", "中", "﷐", "\uffff",
         '<c r="C3" s="0" t="n"><v>2.5</v></c>', '<c r="D4" t="str"><f>A1</f><v>x &gt; y</v></c>', '<c r="XFE1"><v>1</v></c>']
    ), max_size=14,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(PIECES, CELLS.map(lambda cells: ['<row r="1">', *cells, "</row>"])))
def test_on_pieces_of_xml(pieces: list[str]) -> None:
    """Where both can read a sheet they read the same; where XML is broken, the parser has the last word on text."""
    body = "".join(pieces)
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    part = f"{head}{body}</sheetData></worksheet>".encode("utf-8", "surrogatepass")
    data = workbook(part)
    slow = read(slowed(data))
    if not isinstance(slow, str):
        assert read(data) == slow


def workbook(sheet: bytes) -> bytes:
    """A package with one sheet, made from a sample's other parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(BOOKS[0]) as old, zipfile.ZipFile(out, "w") as new:
        part = Package(BOOKS[0].read_bytes()).sheets()[0].part
        for name in old.namelist():
            new.writestr(name, sheet if name == part else old.read(name))
    return out.getvalue()
