"""A .pdf as paragraphs with its ruled tables' cells in their places. Needs the optional library pdfplumber."""

from __future__ import annotations

import io
import logging
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from xlcheck.model import Box
from xlcheck.papers.bounds import Unreadable, cell_counter
from xlcheck.papers.pdf import MOST_PAGES, PAGE_NUMBER, paragraphs
from xlcheck.papers.prose import Piece

if TYPE_CHECKING:
    from pdfplumber.page import Page
    from pdfplumber.table import Table

_NEAR = 1.5  # points: rules so close are one
_THICK = 3.0  # points: no rule is so thick
_WIDE = 4.0  # points by which a table may be shifted from page to page
_APART = 0.2  # of a character's size: where a gap is wider another entry begins
_HEAD_ROWS = 6
_FEWEST_HEADS = 3
_NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?[%％]?")


@dataclass(frozen=True, slots=True)
class Entry:
    """Words of a line that stand close together, and where; ``y`` is the middle, counted on through the pages."""

    left: float
    right: float
    y: float
    height: float
    text: str


@dataclass(eq=False, slots=True)
class Line:
    """A line of text beside the ruled tables; ``text`` has two blanks where another entry begins."""

    text: str
    entries: tuple[Entry, ...]


class Grid(Protocol):
    """A table of the flow."""

    def cells(self) -> Iterator[tuple[int, int, int, int, str]]:
        """Its filled cells, row by row: top, left, bottom and right from 1, and the text."""


Flow = list[Line | Grid]


def read_flow(data: bytes) -> Flow:
    """The lines of a .pdf and its ruled tables, from the top; nothing where pdfplumber cannot make it out.

    A table that goes on at the top of the next page is one table, and its repeated header is left out.
    Raises :class:`~xlcheck.papers.bounds.Unreadable` where pdfplumber is not installed.
    """
    try:
        import pdfplumber
        from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException
    except ImportError:
        raise Unreadable(
            "读取 PDF 里的表格需要安装可选组件（pip install 'xlcheck[pdf]'），也可以改用 .xlsx 或网页。"
        ) from None
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    made = _Reader()
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            for page in document.pages[:MOST_PAGES]:
                made.add(page)
                page.close()
    # pdfplumber raises the latter, too, on damaged files
    except (MalformedPDFException, PdfminerException, AssertionError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError):  # fmt: skip
        return []
    return made.found


def flow_pieces(found: Flow) -> Iterator[Piece]:
    """A flow as paragraphs: lines that run on are joined, tables are their cells."""
    width = max((len(each.text.strip()) for each in found if isinstance(each, Line)), default=0)
    count = cell_counter()
    tables = rows = 0
    lines: list[str] = []
    for each in found:
        if isinstance(each, Line) and "  " not in each.text.strip():
            lines.append(each.text)
            continue
        yield from map(Piece, paragraphs(lines, width))
        lines = []
        if isinstance(each, Line):  # entries side by side do not run on
            yield Piece(each.text)
            continue
        tables += 1
        last = 0
        for top, left, bottom, right, text in each.cells():
            count(1)
            yield Piece(text, 0, rows + top, Box(tables, top, left, bottom, right))
            last = max(last, top)
        rows += last
    yield from map(Piece, paragraphs(lines, width))


@dataclass(eq=False, slots=True)
class Ruled:
    """A table with rules: its parts, page by page, and the lines above it."""

    above: list[str]
    parts: list[tuple[Table, list[list[str]]]] = field(default_factory=list)

    def goes_on(self, table: Table, above: list[str]) -> bool:
        """Whether a table at the top of a page is this one: as wide, and under no other lines than this one is.

        Lines below the part before do not matter: a page's foot, or the text of a cell that the page's end cuts.
        """
        last = self.parts[-1][0].bbox
        alike = abs(last[0] - table.bbox[0]) < _WIDE and abs(last[2] - table.bbox[2]) < _WIDE
        return alike and set(above) <= set(self.above)

    def repeated(self, row: list[str]) -> bool:
        """Whether a page begins with the header of the table that goes on there.

        A cell of it may hold more: what a merged cell that the page's end cuts prints once more.
        """
        if any(map(_NUMBER.fullmatch, row)):
            return False
        heads = self.parts[0][1][:_HEAD_ROWS]
        return any(
            len({a for a, b in zip(row, head, strict=False) if a == b and len(a) > 1}) >= _FEWEST_HEADS
            for head in heads
        )

    def mend(self, known: Callable[[str], bool]) -> None:
        """Put rows together again that a page's end has cut; ``known`` knows the words of forms.

        A cell goes on where that makes a label whole, and with it the numbers of its row; else a row without label and
        numbers does that stands below filled cells, if the row above has numbers or it has nothing below the first.
        """
        for (table, rows), (below, more) in pairwise(self.parts):
            begin = next((row for row in more if any(row)), None)
            if begin is None or not rows:
                continue
            last, lefts = rows[-1], _edges(cell[0] for cell in table.cells)
            columns = {at: _same(left, lefts) for at, left in enumerate(_edges(cell[0] for cell in below.cells))}
            whole = False
            for at, text in enumerate(begin):
                to = columns[at]
                if text and to is not None and last[to] and known(last[to] + text) and not known(last[to]):
                    last[to], begin[at], whole = last[to] + text, "", True
            pairs = [(columns[at], at) for at, text in enumerate(begin) if text]
            if any(to is None or not last[to] or known(begin[at]) for to, at in pairs):
                continue
            numbers = [(to or 0, at) for to, at in pairs if _NUMBER.fullmatch(begin[at])]
            if whole:
                goes_on = all(
                    _NUMBER.fullmatch(last[to]) and _NUMBER.fullmatch(last[to] + begin[at]) for to, at in numbers
                )
            else:
                label = next((at for at, text in enumerate(last) if text), 0)
                goes_on = not numbers and (any(map(_NUMBER.fullmatch, last)) or label not in dict(pairs))
            for to, at in pairs if goes_on else ():
                last[to or 0] += begin[at]
                begin[at] = ""

    def cells(self) -> Iterator[tuple[int, int, int, int, str]]:
        """The filled cells, in columns that are one grid through all parts."""
        lefts = _edges(cell[0] for table, _ in self.parts for cell in table.cells)
        above = 0
        for table, grid in self.parts:
            own = sorted({cell[0] for cell in table.cells})
            tops = sorted({cell[1] for cell in table.cells})
            for left, top, right, bottom in sorted(table.cells, key=lambda cell: (cell[1], cell[0])):
                line, column = bisect_left(tops, top), bisect_right(lefts, left + _NEAR)
                text = grid[line][bisect_left(own, left)]
                below, beyond = bisect_left(tops, bottom - _NEAR), bisect_left(lefts, right - _NEAR)
                if text:
                    yield above + line + 1, column, above + max(below, line + 1), max(beyond, column), text
            above += len(grid)


class _Reader:
    """The flow so far."""

    def __init__(self) -> None:
        self.found: Flow = []
        self.last: Ruled | None = None
        self.height = 0.0  # of the pages so far

    def add(self, page: Page) -> None:
        """Take a page's tables and lines, from the top."""
        page = page.filter(_is_no_ground)
        tables = sorted(page.find_tables(), key=lambda table: table.bbox[1])
        rest: Page = page
        for table in tables:
            rest = rest.outside_bbox(table.bbox, strict=False)
        lines = [(line["top"], _line(line["chars"], self.height)) for line in rest.extract_text_lines()]
        lines = [(top, line) for top, line in lines if not PAGE_NUMBER.match(line.text)]
        for number, table in enumerate(tables):
            grid = [[_joined(cell) for cell in row] for row in table.extract()]
            above = [line for top, line in lines if top < table.bbox[1]]
            lines = lines[len(above) :]
            titles = [line.text for line in above]
            if number or self.last is None or not self.last.goes_on(table, titles):
                self.last = Ruled(titles)
                self.found += [*above, self.last]
            elif self.last.repeated(grid[0]):
                grid[0] = [""] * len(grid[0])
            self.last.parts.append((table, grid))
        self.found += [line for _, line in lines]
        self.height += float(page.height)


def _is_no_ground(drawn: dict[str, Any]) -> bool:
    """Whether something drawn may be a rule or a character: not a coloured ground, nor a bar in a cell."""
    ground = drawn["object_type"] == "rect" and not drawn["stroke"]
    return not ground or min(drawn["width"], drawn["height"]) < _THICK


def _edges(places: Iterable[float]) -> list[float]:
    """Where columns begin; what is nearer than a rule is thick is one place."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > _NEAR:
            found.append(place)
    return found


def _same(place: float, edges: list[float]) -> int | None:
    """Which of some edges a place is."""
    return next((at for at, edge in enumerate(edges) if abs(edge - place) <= _NEAR), None)


def _line(characters: list[dict[str, Any]], above: float) -> Line:
    """A line of a page, below pages so high."""
    text = ""
    groups: list[list[dict[str, Any]]] = []
    for before, after in zip([None, *characters], characters, strict=False):
        size = after["size"]
        gap = after["x0"] - before["x1"] if before is not None else 0
        text += ("  " if gap > size else " " if gap > size * _APART else "") + after["text"]
        if before is None or gap > size * _APART:
            groups.append([])
        groups[-1].append(after)
    return Line(text, tuple(entry for group in groups for entry in _entry(group, above)))


def _entry(characters: list[dict[str, Any]], above: float) -> Iterator[Entry]:
    """Characters without the blanks around them, if there are others."""
    inked = [each for each in characters if each["text"].strip()]
    if inked:
        top, bottom = min(each["top"] for each in inked), max(each["bottom"] for each in inked)
        text = "".join(each["text"] for each in characters).strip()
        yield Entry(inked[0]["x0"], inked[-1]["x1"], above + (top + bottom) / 2, bottom - top, text)


def _joined(cell: str | None) -> str:
    """A cell's text without the line breaks that its width made."""
    return (cell or "").replace("\n", "").strip()
