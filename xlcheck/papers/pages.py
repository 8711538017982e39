"""The tables of a text as sheets, with the lines that belong to them: forms that stand in a report or on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from xlcheck.labels import inline_pairs, money_unit
from xlcheck.model import Document, Paragraph, Place, Prose, Related, Value
from xlcheck.papers.bounds import cell_counter
from xlcheck.papers.spreadsheet import Book, Cell, Sheet, position, reference

_LONGEST_LINE = 60  # characters of a title or of a line beside a table; more is a paragraph of the text
_ANNEX = re.compile(r"^\s*附\s*(?:[件表录]|[:：\d])")
_NOTE = re.compile(r"^\s*[(（]?(?:注|备注|说明|填[报表]说明)\s*[\d一二三四五六七八九十]*\s*[)）]?\s*[:：、.]")
_SENTENCE = re.compile(r"[。；;！!]")


def sheet_name(table: int) -> str:
    """What the sheet of a table is called, by its number in the text."""
    return f"表{table}"


def places(document: Document) -> Iterator[Place]:
    """Where the fields and rows of a form stand."""
    yield from (value.place for value in document.fields.values())
    yield from (value.place for rows in document.tables.values() for row in rows for value in row.values())


@dataclass(slots=True)
class _Grid:
    """A table with the lines above and below it."""

    number: int
    above: list[Paragraph] = field(default_factory=list)
    cells: dict[tuple[int, int], list[Paragraph]] = field(default_factory=dict)
    below: list[Paragraph] = field(default_factory=list)

    @property
    def name(self) -> str:
        return sheet_name(self.number)

    @property
    def height(self) -> int:
        """The last row that a cell begins in."""
        return max((top for top, _ in self.cells), default=0)

    def sheet(self) -> Sheet:
        """The lines above in the first column, then the table, then the lines below."""
        sheet = Sheet(self.name)
        last = 0
        for line in self.above:
            last += 1
            sheet.cells[last, 1] = Cell(last, 1, line.text.strip())
        for found in self.cells.values():
            box = found[0].box
            assert box is not None
            at = (len(self.above) + box.top, box.left)
            sheet.cells[at] = Cell(*at, "\n".join(paragraph.text.strip() for paragraph in found))
            if box.bottom > box.top or box.right > box.left:
                sheet.merges.append((*at, len(self.above) + box.bottom, box.right))
        last += self.height
        for line in self.below:
            last += 1
            sheet.cells[last, 1] = Cell(last, 1, line.text.strip())
        return sheet

    def place(self, file: str, cell: str) -> Place:
        """A cell of the sheet as a place of the text: of the table with its paragraph, of a line that alone.

        A blank cell has the paragraph of the cell before it in its row.
        """
        row, column = position(cell) or (0, 0)
        if row <= len(self.above):
            line = self.above[row - 1]
            return Place(file, paragraph=line.number, quote=line.text.strip())
        row -= len(self.above)
        if row > self.height and self.below:
            line = self.below[min(row - self.height, len(self.below)) - 1]
            return Place(file, paragraph=line.number, quote=line.text.strip())
        before = [at for at in self.cells if at[0] == row and at[1] <= column]
        paragraph = self.cells[max(before)][0] if before else None
        where = reference(row, column)
        if paragraph is None:
            return Place(file, self.name, where)
        return Place(file, self.name, where, paragraph.number, paragraph.text.strip())

    def paragraphs(self) -> Iterator[Paragraph]:
        """All that stands in the table and beside it."""
        yield from self.above
        for found in self.cells.values():
            yield from found
        yield from self.below


@dataclass(frozen=True, slots=True)
class Run:
    """Tables of a text that follow each other, as the sheets of a book."""

    file: str
    book: Book
    grids: dict[str, _Grid]

    def placed(self, document: Document) -> Document:
        """A form that was located in the book, with its places in the text."""

        def place(old: Place) -> Place:
            grid = self.grids.get(old.sheet or "")
            return grid.place(self.file, old.cell) if grid is not None and old.cell is not None else old

        def moved(value: Value) -> Value:
            return msgspec.structs.replace(value, place=place(value.place))

        def related(each: Related) -> Related:
            return replace(each, place=place(each.place))

        return replace(
            document,
            fields={key: moved(value) for key, value in document.fields.items()},
            tables={
                name: tuple({column: moved(value) for column, value in row.items()} for row in rows)
                for name, rows in document.tables.items()
            },
            anchors={name: place(old) for name, old in document.anchors.items()},
            notices=tuple(
                replace(each, place=place(each.place), related=tuple(map(related, each.related)))
                for each in document.notices
            ),
        )

    def taken(self, documents: Iterable[Document]) -> set[int]:
        """The numbers of the paragraphs that belong to forms which were located in the book."""
        names = {place.sheet for document in documents for place in places(document)}
        return {
            paragraph.number for name, grid in self.grids.items() if name in names for paragraph in grid.paragraphs()
        }


def runs(prose: Prose, is_title: Callable[[str], bool]) -> Iterator[list[Run]]:
    """The tables of a text: those that follow each other without a sentence between them, parted at titles.

    ``is_title`` knows a form's title; a line that numbers an annex is one, too. Above a table belong its title and
    what stands below that, or the lines such as 「单位：万元」; below it those such as 「填表人：…」 and notes. A table
    of one column lays out text and is none. Raises :class:`~xlcheck.papers.bounds.Unreadable` where there are more
    cells than any form has.
    """
    count = cell_counter()
    parts: list[list[_Grid]] = []
    for lines, grid in _grids(prose):
        count(len(grid.cells) if grid is not None else 0)
        if parts:
            last = parts[-1][-1]
            last.below = list(_below(lines))
            lines = lines[len(last.below) :]
        if parts and (grid is None or any(is_text(line.text) for line in lines)):
            yield [_run(prose.name, part) for part in parts]
            parts = []
        if grid is None:
            continue
        headed = any(_heads(line, is_title) for line in lines)
        grid.above = lines if parts and not headed else _above(lines, is_title)
        if headed or not parts:
            parts.append([])
        parts[-1].append(grid)


def joined(parts: Sequence[Run]) -> Run:
    """Parts that follow each other as one."""
    return _run(parts[0].file, [grid for part in parts for grid in part.grids.values()])


def _run(file: str, group: Sequence[_Grid]) -> Run:
    """Some tables as a run; one without a line such as 「单位：元」 has the last one before it."""
    declared: Paragraph | None = None
    for grid in group:
        own = [paragraph for paragraph in grid.paragraphs() if money_unit(paragraph.text)]
        if declared is not None and not own:
            grid.above = [declared, *grid.above]
        declared = own[-1] if own else declared
    return Run(file, Book([grid.sheet() for grid in group], typed=False), {grid.name: grid for grid in group})


def _grids(prose: Prose) -> Iterator[tuple[list[Paragraph], _Grid | None]]:
    """Each table with the lines before it, and last the lines behind all tables."""
    widest: dict[int, int] = {}
    for paragraph in prose.paragraphs:
        if paragraph.box is not None:
            number = paragraph.box.table
            widest[number] = max(widest.get(number, 0), paragraph.box.right)
    known: dict[int, _Grid] = {}
    lines: list[Paragraph] = []
    before: list[Paragraph] = []
    grid: _Grid | None = None
    for paragraph in prose.paragraphs:
        box = paragraph.box
        if box is None or widest[box.table] == 1:
            lines.append(paragraph)
            continue
        if box.table not in known:  # else one that goes on behind a table within it
            if grid is not None:
                yield before, grid
            before, lines, grid = lines, [], _Grid(box.table)
            known[box.table] = grid
        known[box.table].cells.setdefault((box.top, box.left), []).append(paragraph)
    if grid is not None:
        yield before, grid
    yield lines, None


def is_text(line: str) -> bool:
    """Whether a paragraph is of the text itself, not a title, a note or a line beside a table."""
    if _NOTE.match(line):
        return False
    return bool(_SENTENCE.search(line)) or len(line.strip()) > _LONGEST_LINE


def numbers_annex(line: str) -> bool:
    """Whether a line is 「附件1」 or the like, with or without a title."""
    return _ANNEX.match(line) is not None


def _below(lines: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """The lines behind a table that still belong to it."""
    for line in lines:
        pairs = not is_text(line.text) and inline_pairs(line.text) and money_unit(line.text) is None
        if not pairs and not _NOTE.match(line.text):
            return
        yield line


def _above(lines: Sequence[Paragraph], is_title: Callable[[str], bool]) -> list[Paragraph]:
    """The lines before the first table of a run that belong to it; what the text before ends with does not."""
    last = max((at for at, line in enumerate(lines) if is_text(line.text)), default=-1)
    lines = lines[last + 1 :]
    titles = [at for at, line in enumerate(lines) if _heads(line, is_title)]
    heads = titles or [at for at, line in enumerate(lines) if money_unit(line.text) or inline_pairs(line.text)]
    return list(lines[heads[0] :]) if heads else []


def _heads(line: Paragraph, is_title: Callable[[str], bool]) -> bool:
    """Whether a line is a form's title, or numbers it as an annex."""
    return not is_text(line.text) and (numbers_annex(line.text) or is_title(line.text))
