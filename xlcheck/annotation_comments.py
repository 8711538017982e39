"""Comments of a Word document: ours put in beside those that are there, and taken out again, by splicing its parts."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from xlcheck.annotation_notes import AUTHOR
from xlcheck.annotation_words import plain
from xlcheck.papers.docx import Run, Stretch, Text, trace
from xlcheck.papers.markup import Element, Markup, end_of, utf8
from xlcheck.papers.package import local
from xlcheck.papers.patch import Patch

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_ONLY_REFERENCE = re.compile(
    rb"<w:r\b[^>]*>\s*(?:<w:rPr\s*/>|<w:rPr>.*?</w:rPr>)?\s*<w:commentReference\b[^>]*?"
    rb"(?:/>|>\s*</w:commentReference\s*>)\s*</w:r\s*>",
    re.DOTALL,
)
# The unit's own styles are made for a page: nothing of them is let into the margin.
_PARAGRAPH = (
    '<w:pPr><w:spacing w:before="0" w:after="60" w:line="240" w:lineRule="auto"/>'
    '<w:ind w:left="0" w:right="0" w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="left"/></w:pPr>'
)
_FONTS = '<w:rFonts w:ascii="微软雅黑" w:hAnsi="微软雅黑" w:eastAsia="微软雅黑"/>'


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of what we say: ``lead`` is set off in ``ink`` (``#9C0006``); ``quiet`` is an aside."""

    text: str
    lead: str = ""
    ink: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """What is said of a paragraph's characters from ``start`` to ``end``; ``paragraph`` counts from 0."""

    paragraph: int
    start: int
    end: int
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Marks:
    """What is to stand before a run, behind it, and at characters inside it (ends of ranges, then beginnings)."""

    run: Run
    before: list[bytes] = field(default_factory=list)
    behind: list[bytes] = field(default_factory=list)
    inside: dict[int, tuple[list[bytes], list[bytes]]] = field(default_factory=dict)


def graft_comments(patch: Patch, main: str, comments: Sequence[Comment]) -> None:
    """Put comments of ours into a document, its main part given; runs are parted where a comment begins or ends in one.

    What stands in a text box, where Word allows no comments, is marked by the run that holds the box.
    Raises :class:`~xlcheck.papers.package.BadPackage` where a part is broken.
    """
    name, first = _comments_part(patch, main)
    namespace = _STRICT if patch.base().startswith("http://purl.oclc.org/") else _TRANSITIONAL
    told = [_comment(number, comment.lines, namespace) for number, comment in enumerate(comments, first)]
    if name is None:
        name = posixpath.join(posixpath.dirname(main), "comments.xml")
        name = name if name not in patch else patch.fresh(name.removesuffix(".xml"), ".xml")
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        patch.add(name, f'{head}<w:comments xmlns:w="{namespace}">{"".join(told)}</w:comments>'.encode(), _TYPE)
        patch.relate(main, "comments", name)
    else:
        markup = Markup(patch.part(name))
        markup.append(markup.root, "".join(told).encode())
        patch.edit(name, markup.render())
    data = utf8(patch.part(main))
    stretches = trace(data).stretches
    marks: dict[int, _Marks] = {}
    for number, comment in enumerate(comments, first):
        _mark(marks, stretches[comment.paragraph], comment, number)
    edits = []
    for each in marks.values():
        end = end_of(data, each.run.start, each.run.close)
        edits.append((end, end, b"".join(each.behind)))
    for each in marks.values():  # behind those: where two runs meet, what ends stands before what begins
        edits.append((each.run.start, each.run.start, b"".join(each.before)))
        if each.inside:
            texts = [text for text in stretches[each.run.paragraph].texts if text.run is each.run]
            end = end_of(data, each.run.start, each.run.close)
            edits.append((each.run.start, end, _parted(data, each, texts)))
    patch.edit(main, _spliced(data, edits))


def _comments_part(patch: Patch, main: str) -> tuple[str | None, int]:
    """The part that holds the comments, if there is one, and the first number that is free."""
    for relationship in patch.relationships(main):
        if relationship.kind == "comments" and relationship.target in patch:
            listed = Markup(patch.part(relationship.target)).root.children
            taken = [int(number) for comment in listed if (number := _value(comment, "id")).isdecimal()]
            return relationship.target, max(taken, default=-1) + 1
    return None, 0


def _mark(marks: dict[int, _Marks], stretch: Stretch, comment: Comment, number: int) -> None:
    """Note where the two ends of a comment's range and its reference go."""
    start = b'<w:commentRangeStart w:id="%d"/>' % number
    end = b'<w:commentRangeEnd w:id="%d"/><w:r><w:commentReference w:id="%d"/></w:r>' % (number, number)

    def of(run: Run) -> _Marks:
        return marks.setdefault(run.start, _Marks(run))

    if stretch.holder is not None:
        of(stretch.holder).before.append(start)
        of(stretch.holder).behind.append(end)
        return
    held = [text for text in stretch.texts if text.at < comment.end and comment.start < text.at + len(text.text)]
    first, last = held[0].run, held[-1].run
    own = [text for text in stretch.texts if text.run is first]
    if first.plain and comment.start > own[0].at:
        of(first).inside.setdefault(comment.start, ([], []))[1].append(start)
    else:
        of(first).before.append(start)
    own = [text for text in stretch.texts if text.run is last]
    if last.plain and comment.end < own[-1].at + len(own[-1].text):
        of(last).inside.setdefault(comment.end, ([], []))[0].append(end)
    else:
        of(last).behind.append(end)


def _parted(data: bytes, marks: _Marks, texts: Iterable[Text]) -> bytes:
    """A run as several, with the marks between; each has the properties of the one."""
    run = marks.run
    properties = b""
    if run.properties is not None:
        properties = data[run.properties[0] : end_of(data, *run.properties)]
    between = {
        at: b"</w:r>%b%b<w:r>%b" % (b"".join(ends), b"".join(starts), properties)
        for at, (ends, starts) in marks.inside.items()
    }
    pieces, position = [], run.start
    for text in texts:
        pieces.append(data[position : text.start])
        position = text.start
        if text.at in between:
            pieces.append(between[text.at])
        cuts = [at for at in sorted(between) if text.at < at < text.at + len(text.text)]
        if cuts:
            for begin, cut in zip([text.at, *cuts], [*cuts, text.at + len(text.text)], strict=True):
                part = html.escape(text.text[begin - text.at : cut - text.at], quote=False)
                pieces += [f'<w:t xml:space="preserve">{part}</w:t>'.encode(), between[cut] if cut in cuts else b""]
            position = end_of(data, text.start, text.close)
    return b"".join([*pieces, data[position : end_of(data, run.start, run.close)]])


def _spliced(data: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """The data with stretches replaced; what goes in at one offset keeps its order."""
    pieces, position = [], 0
    for start, end, new in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        pieces += [data[position:start], new]
        position = end
    return b"".join([*pieces, data[position:]])


def _comment(number: int, lines: Iterable[Line], namespace: str) -> str:
    body = "".join(f"<w:p>{_PARAGRAPH}{_lead(line)}{_run(line.text, _look(line))}</w:p>" for line in lines)
    return f'<w:comment xmlns:w="{namespace}" w:id="{number}" w:author="{AUTHOR}" w:initials="xl">{body}</w:comment>'


def _lead(line: Line) -> str:
    return _run(line.lead, f'<w:b/><w:color w:val="{line.ink[1:]}"/><w:sz w:val="18"/>') if line.lead else ""


def _look(line: Line) -> str:
    return f'<w:color w:val="{"7F7F7F" if line.quiet else "262626"}"/><w:sz w:val="{16 if line.quiet else 18}"/>'


def _run(text: str, look: str) -> str:
    shown = html.escape(plain(text).replace("\n", " "), quote=False)
    return f'<w:r><w:rPr>{_FONTS}{look}</w:rPr><w:t xml:space="preserve">{shown}</w:t></w:r>'


def strip_comments(patch: Patch, main: str) -> None:
    """Take the comments of an earlier annotation out; those of people stay, also where they answered one of ours."""
    gone: set[str] = set()
    threads: set[str] = set()
    for relationship in patch.relationships(main):
        if relationship.kind == "comments" and relationship.target in patch:
            markup = Markup(patch.part(relationship.target))
            for comment in markup.root.children:
                if _value(comment, "author") == AUTHOR:
                    gone.add(_value(comment, "id"))
                    threads |= {_value(paragraph, "paraId") for paragraph in comment.children} - {""}
                    markup.drop(comment)
            patch.edit(relationship.target, markup.render())
    if not gone:
        return
    data = utf8(patch.part(main))
    edits = []
    for mark in trace(data).marks:
        if mark.id not in gone:
            continue
        start, run = mark.start, mark.run
        end = end_of(data, start, data.index(b">", start) + 1)
        if run is not None:
            whole = end_of(data, run.start, run.close)
            if _ONLY_REFERENCE.fullmatch(data, run.start, whole):
                start, end = run.start, whole
        edits.append((start, end, b""))
    patch.edit(main, _spliced(data, edits))
    if threads:
        _forget(patch, main, threads)


def _forget(patch: Patch, main: str, threads: Collection[str]) -> None:
    """Take out what Word keeps of comments beside them: whether settled, and which answers which."""
    for relationship in patch.relationships(main):
        if relationship.kind in ("commentsExtended", "commentsIds") and relationship.target in patch:
            markup = Markup(patch.part(relationship.target))
            for element in markup.root.children:
                if _value(element, "paraId") in threads:
                    markup.drop(element)
                elif _value(element, "paraIdParent") in threads:
                    parent = next(name for name in element.attributes if local(name) == "paraIdParent")
                    markup.set(element, parent, None)
            patch.edit(relationship.target, markup.render())


def _value(element: Element, name: str) -> str:
    return next((value for written, value in element.attributes.items() if local(written) == name), "")
