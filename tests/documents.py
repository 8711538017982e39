"""Word documents made from their XML, and what is then read in an annotated copy: by another parser than ours."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.packages import parts, zipped
from xlcheck.model import Class, Finding, Paper, Place, Report, Severity, Submission
from xlcheck.papers.prose import read_prose

FILE = "某单位/自评报告.docx"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W = f"{{{WORD}}}"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.wordprocessingml"


class Marked(NamedTuple):
    """A comment: whose, what it says, and the text that it stands beside."""

    author: str
    says: str
    beside: str


def run(text: str, look: str = "") -> str:
    """A run of this text; ``look`` is what stands in its rPr."""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*runs: str) -> str:
    """A paragraph of these runs."""
    return f"<w:p>{''.join(runs)}</w:p>"


def text_box(*paragraphs: str) -> str:
    """A run with a text box, written twice as Word writes it."""
    inside = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{inside}</w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{inside}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def document(*blocks: str, main: str = "word/document.xml", more: Mapping[str, tuple[str, str, bytes]] = {}) -> bytes:
    """A .docx of these blocks; ``more`` are parts beside the main part, by name: kind, content type, bytes."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{content_type}"/>'
        for name, content_type in ((main, f"{_KINDS}.document.main+xml"), *((name, m[1]) for name, m in more.items()))
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="/{name}"/>'
        for number, (name, (kind, _, _)) in enumerate(more.items(), 1)
    )
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<w:document xmlns:w="{WORD}" xmlns:r="{_OFFICE}" xmlns:mc="http://schemas.'
        f'openxmlformats.org/markup-compatibility/2006"><w:body>{"".join(blocks)}<w:sectPr/></w:body></w:document>'
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="{main}"/></Relationships>',
        main: body,
        main.replace("word/", "word/_rels/")
        + ".rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    }
    return zipped({name: part.encode() for name, part in files.items()} | {name: m[2] for name, m in more.items()})


def comments_part(*comments: str) -> tuple[str, str, bytes]:
    """A part of comments, to be one of ``more``."""
    part = f'<w:comments xmlns:w="{WORD}" xmlns:w14="w14">{"".join(comments)}</w:comments>'.encode()
    return f"{_OFFICE}/comments", f"{_KINDS}.comments+xml", part


def comment(number: int, author: str, text: str, thread: str = "") -> str:
    """A comment as Word writes it; ``thread`` is its paraId."""
    thread = f' w14:paraId="{thread}"' if thread else ""
    return f'<w:comment w:id="{number}" w:author="{author}"><w:p{thread}>{run(text)}</w:p></w:comment>'


def ranged(number: int, inner: str) -> str:
    """Runs with a comment's marks around them, and its reference as Word writes it."""
    return (
        f'<w:commentRangeStart w:id="{number}"/>{inner}<w:commentRangeEnd w:id="{number}"></w:commentRangeEnd><w:r w:rsidR="00A1">'
        f'<w:rPr><w:rStyle w:val="a"/></w:rPr><w:commentReference w:id="{number}"/></w:r>'
    )


def _root(data: bytes, name: str = "word/document.xml") -> ElementTree.Element:
    return ElementTree.fromstring(parts(data)[name])


def _walk(element: ElementTree.Element):
    if element.tag.endswith("}Fallback"):
        return
    yield element
    for child in element:
        yield from _walk(child)


def marked(data: bytes) -> list[Marked]:
    """The comments of a document in the order of their references; each must have one of each mark."""
    told = {
        each.get(f"{W}id"): (each.get(f"{W}author"), "\n".join("".join(p.itertext()) for p in each.iter(f"{W}p")))
        for each in _root(data, next(name for name in parts(data) if name.startswith("word/comments")))
    }
    beside: dict[str, str] = {}
    under: set[str] = set()
    found = []
    for element in _walk(_root(data)):
        number = element.get(f"{W}id", "")
        if element.tag == f"{W}commentRangeStart":
            assert number not in beside
            beside[number] = ""
            under.add(number)
        elif element.tag == f"{W}commentRangeEnd":
            under.remove(number)
        elif element.tag == f"{W}commentReference":
            assert number not in under
            found.append(Marked(*told.pop(number), beside[number]))
        elif element.tag == f"{W}t":
            for each in under:
                beside[each] += element.text or ""
    assert not under
    assert not told, "a comment that nothing refers to"
    return found


def characters(data: bytes) -> list[list[tuple[str, str]]]:
    """Every paragraph as characters with the look of the run that holds each."""
    found = []
    for each in _root(data).iter(f"{W}p"):
        held = []
        for part in each.iter(f"{W}r"):
            properties = part.find(f"{W}rPr")
            look = ElementTree.tostring(properties).decode() if properties is not None else ""
            for child in part:
                if child.tag == f"{W}t":
                    held += [(character, look) for character in child.text or ""]
                elif child.tag not in (f"{W}rPr", f"{W}commentReference"):
                    held.append((child.tag, look))
        found.append(held)
    return found


def finding(quote: str | None, number: int = 1, rule: str = "report-figure-differs", **more: object) -> Finding:
    """A finding on the report."""
    place = Place(FILE, paragraph=number, quote=quote)
    fields = {"cls": Class.LOGIC, "severity": Severity.ERROR, "field": "本年收入合计", "fingerprint": f"{rule}:{quote}",
              "message": "本年收入合计 自评报告写的是 5万元，基础数据表的本年收入合计是 6。请核对后改一致。", **more}  # fmt: skip
    return Finding(rule=rule, unit="某单位", folder="某单位", place=place, **fields)  # type: ignore[arg-type]


def report(data: bytes, *findings: Finding, file: str = FILE) -> Report:
    """A report on a unit that filed this narrative report, with these findings."""
    papers = (Paper(file, "自评报告", "0" * 64, True),)
    prose = read_prose(data, file)
    submission = Submission("某单位", "101001", "某局", 2024, "某单位", papers, (), prose=prose)
    return Report("0.1.0", "zhanjiang-2024", (submission,), findings, ())


def without(data: bytes, name: str) -> bytes:
    """A package that lacks one of its parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info, old.read(info))
    return stream.getvalue()
