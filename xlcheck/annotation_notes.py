"""Notes of a sheet: ours put into its comments and their drawing beside those that are there, and taken out again."""

from __future__ import annotations

import html
import itertools
import math
import posixpath
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from xlcheck.papers.markup import Element, Markup, with_attributes, with_prefix
from xlcheck.papers.package import BadPackage
from xlcheck.papers.patch import Patch

AUTHOR = "xlcheck"
HEADING = "【xlcheck 审核】"  # how our text begins, in a comment of ours or below somebody else's
WIDTH = 300  # of a note, in pixels: 24 Chinese characters a line
_LINE, _MARGIN, _ROW = 16, 14, 20
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_ORDER = ("authors", "commentList", "extLst")

_SHAPE = re.compile(rb"<(\w+):shape\b[^>]*(?<!/)>.*?</\1:shape\s*>", re.DOTALL)
_SHAPE_TYPE = re.compile(rb"<v:shapetype\b.*?</v:shapetype>", re.DOTALL)
_LAYOUT = re.compile(rb"<o:shapelayout\b.*?</o:shapelayout>|<v:shapetype\b.*?</v:shapetype>", re.DOTALL)
_EMPTY = re.compile(rb"\s*<xml[^>]*>\s*</xml>\s*")
_ROW_COLUMN = re.compile(
    rb"ObjectType\s*=\s*[\"']Note.*<(?:\w+:)?Row>\s*(\d+)\s*<.*<(?:\w+:)?Column>\s*(\d+)\s*<", re.DOTALL
)
_ANCHOR = re.compile(rb"(<(?:\w+:)?Anchor>\s*(?:-?\d+\s*,\s*){6})(\d+)")
_BLOCKS = re.compile(rb"(<(?:\w+:)?idmap\b[^>]*?\bdata\s*=\s*[\"'])([\d,\s]+)")
_SHAPE_ID = re.compile(rb"_x0000_s(\d+)")
_NAMESPACES = {
    b"v": b"urn:schemas-microsoft-com:vml",
    b"o": b"urn:schemas-microsoft-com:office:office",
    b"x": b"urn:schemas-microsoft-com:office:excel",
}


@dataclass(frozen=True, slots=True)
class NoteParts:
    """The parts that hold a sheet's comments and draw them, where it has any; ``held`` are the cells with one."""

    comments: str | None
    drawing: str | None
    held: frozenset[str]


def note_parts(patch: Patch, sheet: str, legacy: Element | None) -> NoteParts:
    """The note parts of a sheet, whose ``legacyDrawing`` element, if any, is given."""
    comments = drawing = None
    wanted = next((value for name, value in legacy.attributes.items() if name.endswith(":id")), "") if legacy else ""
    for relationship in patch.relationships(sheet):
        if relationship.kind == "comments" and relationship.target in patch:
            comments = relationship.target
        elif relationship.id == wanted and not relationship.external and relationship.target in patch:
            drawing = relationship.target
    held = (
        [element.attributes.get("ref", "") for element in _comments(Markup(patch.part(comments)))] if comments else []
    )
    return NoteParts(comments, drawing, frozenset(held))


def height(text: str) -> int:
    """The height in pixels of a note of our width that shows this text."""
    lines = sum(max(1, math.ceil(columns(line) * 6 / (WIDTH - 12))) for line in text.split("\n"))
    return lines * _LINE + _MARGIN


def columns(text: str) -> int:
    """How many columns a text takes, a Chinese character two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _comments(markup: Markup) -> list[Element]:
    listed = markup.root.child("commentList")
    return [element for element in listed.children if element.name == "comment"] if listed else []


def graft_notes(patch: Patch, sheet: str, parts: NoteParts, comments: bytes, drawing: bytes) -> str | None:
    """Put a donor sheet's notes into a sheet; returns the id of a new drawing's relationship, to be a legacyDrawing."""
    folder = posixpath.dirname(patch.workbook_part())
    if parts.comments is None:
        name = patch.fresh(posixpath.join(folder, "comments"), ".xml")
        patch.add(name, comments, _COMMENTS_TYPE)
        patch.relate(sheet, "comments", name)
    else:
        _extend_comments(patch, parts.comments, parts.held, comments)
    if parts.drawing is not None:
        grown = {cell: _rows(text) for cell, text in _texts(comments).items() if cell in parts.held}
        patch.edit(parts.drawing, _extend_drawing(patch, parts.drawing, drawing, grown))
        return None
    name = patch.fresh(posixpath.join(folder, "drawings/vmlDrawing"), ".vml")
    patch.add(name, _numbered(drawing, drawing, _free_block(patch, drawing)), _DRAWING_TYPE)
    return patch.relate(sheet, "vmlDrawing", name)


def _extend_comments(patch: Patch, name: str, held: Collection[str], donor: bytes) -> None:
    old, new = Markup(patch.part(name), texts=True), Markup(donor)
    prefix = old.root.prefix
    number = _author(old)
    added = []
    there = {element.attributes.get("ref"): element for element in _comments(old)}
    for comment in _comments(new):
        text = comment.child("text")
        ref = comment.attributes["ref"]
        if ref in held and text is not None:
            _append_runs(old, there[ref], with_prefix(new.data[new.inner(text) : text.close], prefix))
        else:
            added.append(with_prefix(with_attributes(new.source(comment), {"authorId": str(number)}), prefix))
    listed = old.root.child("commentList")
    if listed is not None:
        old.append(listed, b"".join(added))
    else:
        fragment = b"<commentList>%b</commentList>" % b"".join(added)
        old.place(old.root, "commentList", with_prefix(fragment, prefix), _ORDER)
    patch.edit(name, old.render())


def _author(markup: Markup) -> int:
    """Our number among the authors, whom we join if we are not there."""
    authors = markup.root.child("authors")
    new = with_prefix(f"<author>{AUTHOR}</author>".encode(), markup.root.prefix)
    if authors is None:
        fragment = with_prefix(b"<authors>", markup.root.prefix) + new + with_prefix(b"</authors>", markup.root.prefix)
        markup.place(markup.root, "authors", fragment, _ORDER)
        return 0
    names = [author.text for author in authors.children]
    if AUTHOR not in names:
        markup.append(authors, new)
        return len(names)
    return names.index(AUTHOR)


def _append_runs(markup: Markup, comment: Element, runs: bytes) -> None:
    text = comment.child("text")
    if text is None:
        fragment = with_prefix(b"<text>", comment.prefix) + runs + with_prefix(b"</text>", comment.prefix)
        markup.append(comment, fragment)
        return
    plain = text.child("t")
    if plain is not None:  # text without runs: it becomes the first
        markup.insert(plain.start, with_prefix(b"<r>", text.prefix))
        markup.insert(markup.end(plain), with_prefix(b"</r>", text.prefix))
    last = [child for child in text.children if child.name in ("t", "r")]
    if last:
        markup.insert(markup.end(last[-1]), runs)
    else:
        markup.append(text, runs)


def _texts(comments: bytes) -> dict[str, str]:
    markup = Markup(comments, texts=True)
    return {element.attributes.get("ref", ""): _text(element) for element in _comments(markup)}


def _text(comment: Element) -> str:
    return "".join(element.text for element in comment.walk() if element.name == "t")


def _rows(text: str) -> int:
    """By how many rows of usual height a box grows to show our text under another."""
    return math.ceil(height(text[max(text.find(HEADING), 0) :]) / _ROW)


def _cell(shape: bytes) -> str | None:
    """The cell of a note's shape; None for a button, a picture."""
    found = _ROW_COLUMN.search(shape)
    return cell_name(int(found.group(1)), int(found.group(2))) if found else None


def cell_name(row: int, column: int) -> str:
    """A1 for (0, 0)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _free_block(patch: Patch, donor: bytes) -> int:
    """The first of as many blocks of 1,024 shape numbers as the donor needs: no two drawings may share one."""
    taken: set[int] = set()
    for name in patch.names():
        if name.lower().endswith(".vml"):
            data = patch.part(name)
            taken.update(_blocks(data), (int(number) // 1024 for number in _SHAPE_ID.findall(data)))
    needed = len(_blocks(donor))
    return next(block for block in itertools.count(1) if taken.isdisjoint(range(block, block + needed)))


def _blocks(drawing: bytes) -> list[int]:
    return [int(number) for _, listed in _BLOCKS.findall(drawing) for number in re.findall(rb"\d+", listed)]


def _numbered(shapes: bytes, donor: bytes, block: int) -> bytes:
    """The donor's shapes (or its whole drawing) renumbered into a block, or the blocks from it on."""
    shift = block - _blocks(donor)[0]
    listed = b",".join(b"%d" % (number + shift) for number in _blocks(donor))
    moved = _SHAPE_ID.sub(lambda found: b"_x0000_s%d" % (int(found.group(1)) + 1024 * shift), shapes)
    return _BLOCKS.sub(lambda found: found.group(1) + listed, moved)


def _extend_drawing(patch: Patch, name: str, donor: bytes, grown: dict[str, int]) -> bytes:
    old = _resized(patch.part(name), grown)
    shapes = [found.group() for found in _SHAPE.finditer(donor) if _cell(found.group()) not in grown]
    if not shapes:
        return old
    if b"<xml" not in old or old.rfind(b"</xml>") < 0:
        raise BadPackage(f"工作簿的批注部件 {name} 已损坏，请用 Excel 或 WPS 打开修复并另存后重新报送。")
    used = {int(number) // 1024 for number in _SHAPE_ID.findall(old)}
    spare = [block for block in _blocks(old)[1:] if block not in used]  # left by an earlier annotation
    needed = len(_blocks(donor))
    block = spare[-needed] if len(spare) >= needed else 0
    if not block or spare[-needed:] != list(range(block, block + needed)):
        block = _free_block(patch, donor)
        listed = b"".join(b",%d" % (block + index) for index in range(needed))
        old = _BLOCKS.sub(lambda found: found.group() + listed, old, count=1)
    new = _numbered(b"".join(shapes), donor, block)
    if b'id="_x0000_t202"' not in old:
        new = b"".join(_SHAPE_TYPE.findall(donor)) + new
    root, end = old.index(b"<xml"), old.rfind(b"</xml>")
    missing = [
        b' xmlns:%b="%b"' % item for item in _NAMESPACES.items() if b"xmlns:" + item[0] + b"=" not in old[root:end]
    ]
    return old[: root + 4] + b"".join(missing) + old[root + 4 : end] + new + old[end:]


def _resized(drawing: bytes, rows: dict[str, int]) -> bytes:
    """A drawing whose notes on these cells reach down by so many rows more, or less."""

    def resize(found: re.Match[bytes]) -> bytes:
        by = rows.get(_cell(found.group()) or "", 0)
        return _ANCHOR.sub(lambda anchor: anchor.group(1) + b"%d" % max(int(anchor.group(2)) + by, 1), found.group())

    return _SHAPE.sub(resize, drawing) if rows else drawing


def strip_notes(patch: Patch, sheet: str, legacy: Element | None) -> bool:
    """Take our notes out of a sheet; says whether its drawing is gone, and the ``legacyDrawing`` must go too."""
    parts = note_parts(patch, sheet, legacy)
    if parts.comments is None:
        return False
    markup = Markup(patch.part(parts.comments), texts=True)
    authors = markup.root.child("authors")
    names = [author.text for author in authors.children] if authors else []
    ours: set[str] = set()
    shrunk: dict[str, int] = {}
    comments = _comments(markup)
    for comment in comments:
        number, ref, text = comment.attributes.get("authorId", ""), comment.attributes.get("ref", ""), _text(comment)
        author = names[int(number)] if number.isdecimal() and int(number) < len(names) else ""
        if author == AUTHOR or text.startswith(HEADING):  # LibreOffice forgets who wrote a comment
            ours.add(ref)
            markup.drop(comment)
        elif HEADING in text:
            shrunk[ref] = -_rows(text)
            _cut(markup, comment)
    if not (ours or shrunk):
        return False
    if len(ours) == len(comments):
        _forget(patch, sheet, parts.comments)
    else:
        if authors is not None and names and names[-1] == AUTHOR:
            markup.drop(authors.children[-1])
        patch.edit(parts.comments, markup.render())
    return parts.drawing is not None and _strip_drawing(patch, sheet, parts.drawing, ours, shrunk)


def _strip_drawing(patch: Patch, sheet: str, name: str, ours: set[str], shrunk: dict[str, int]) -> bool:
    def keep(found: re.Match[bytes]) -> bytes:
        return b"" if _cell(found.group()) in ours else found.group()

    drawing = _resized(_SHAPE.sub(keep, patch.part(name)), shrunk)
    ours_alone = len(_blocks(drawing)) == 1 and _EMPTY.fullmatch(_LAYOUT.sub(b"", drawing))
    if not ours_alone:
        patch.edit(name, drawing)
        return False
    _forget(patch, sheet, name)
    return True


def _forget(patch: Patch, sheet: str, name: str) -> None:
    for relationship in patch.relationships(sheet):
        if relationship.target == name:
            patch.unrelate(sheet, relationship.id)
    patch.remove(name)


def _cut(markup: Markup, comment: Element) -> None:
    """Take our text out of somebody's comment, where it stands last, in however many runs a program saved it."""
    text = comment.child("text")
    runs = [child for child in text.children if child.name in ("t", "r")] if text else []
    whole = "".join(map(_text, runs))
    left = len(re.sub(r"(\r?\n){1,2}\Z", "", whole[: whole.index(HEADING)]))
    kept = []
    for run in runs:
        if left <= 0:
            markup.drop(run)
            continue
        kept.append(run)
        for element in run.walk():
            if element.name == "t" and len(element.text) > left:
                shorter = html.escape(element.text[:left], quote=False).encode()
                markup.replace(markup.inner(element), element.close, shorter)
        left -= len(_text(run))
    if len(kept) == 1 and [child.name for child in kept[0].children] == ["t"]:
        only = kept[0]
        markup.replace(only.start, only.children[0].start, b"")
        markup.replace(markup.end(only.children[0]), markup.end(only), b"")
