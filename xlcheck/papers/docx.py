"""A .docx as paragraphs: body, tables and text boxes, every ``w:p`` counted in document order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from xlcheck.model import Box
from xlcheck.papers.package import BadPackage, Package, parser
from xlcheck.papers.prose import Piece, UnreadableProse

_MAIN, _STYLES = "word/document.xml", "word/styles.xml"
_MOST_XML = 128 * 1024 * 1024
_DAMAGED = "文件不是完整的 Word 文档（压缩包损坏），请重新导出或重新复制后报送。"
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_COMMENT_MARKS = frozenset({"commentRangeStart", "commentRangeEnd", "commentReference"})
# mc:Fallback repeats what stands beside it; the others hold what was before a tracked change.
_PASSED_OVER = frozenset({"Fallback", "del", "moveFrom", "pPrChange", "tcPrChange", "trPrChange"})
_TABLED = frozenset({"tbl", "tr", "gridBefore", "tc", "gridSpan", "vMerge"})
_MOST_COLUMNS = 1_000
_LEVEL = re.compile(r"^(?:heading|标题)\s*(\d)$", re.IGNORECASE)


@dataclass(eq=False, slots=True)
class Run:
    """A run of the main part: offsets of its "<" and of its end tag, and the same of its ``rPr`` where it has one.

    ``plain``: no other run and no paragraph stands in it, so that it can be parted.
    """

    paragraph: int  # from 0
    depth: int
    start: int
    close: int = 0
    properties: tuple[int, int] | None = None
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of a paragraph's text: ``at`` which character it begins, and the element that holds it."""

    at: int
    text: str
    start: int
    close: int
    run: Run


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a paragraph's text stands; ``holder`` is the run outside that holds the text box around it."""

    holder: Run | None
    texts: list[Text] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """An end of a comment's range, or the reference to the comment, and the run that it stands in."""

    id: str
    start: int
    run: Run | None


@dataclass(frozen=True, slots=True)
class Traced:
    """The main part as it was read, by byte offsets: a stretch for every paragraph, and the marks of comments."""

    pieces: tuple[Piece, ...]
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]


@dataclass(eq=False, slots=True)
class _Cell:
    """A cell as it is read; ``merged`` is what its vMerge says, None without one."""

    top: int
    left: int
    bottom: int
    right: int
    merged: str | None = None


@dataclass(eq=False, slots=True)
class _Table:
    """A table as it is read: its last row and column, and by column the cell that the next row may go on with."""

    number: int
    row: int = 0
    column: int = 0
    cell: _Cell | None = None
    above: dict[int, _Cell] = field(default_factory=dict)

    def end_cell(self) -> None:
        """End the open cell; one that goes on with the cell above is part of that."""
        cell = self.cell
        if cell is None:
            return
        self.column, self.cell = cell.right, None
        start = self.above.pop(cell.left, None)
        if cell.merged == "restart":
            self.above[cell.left] = cell
        elif cell.merged is not None and start is not None:
            start.bottom = cell.top
            self.above[cell.left] = start


def docx_pieces(data: bytes) -> Iterator[Piece]:
    """The paragraphs of a .docx; raises :class:`~xlcheck.papers.prose.UnreadableProse`."""
    try:
        package = Package(data)
        main = main_part(package)
        if main is None:
            raise UnreadableProse(_other(package))
        document = _inflate(package, main)
        styles = _styles(_inflate(package, _STYLES)) if _STYLES in package else {}
    except BadPackage as error:
        raise UnreadableProse(_DAMAGED) from error
    return iter(_Body(styles).read(document).pieces)


def main_part(package: Package) -> str | None:
    """The part that holds the text, or None; some services call it ``word/document2.xml``."""
    if _MAIN in package:
        return _MAIN
    targets = [relationship.target for relationship in package.relationships() if relationship.kind == "officeDocument"]
    return next((target for target in targets if target.startswith("word/") and target in package), None)


def trace(document: bytes) -> Traced:
    """Where each paragraph's text stands in a main part in UTF-8; raises UnreadableProse."""
    return _Body({}).read(document)


def _other(package: Package) -> str:
    if "xl/workbook.xml" in package:
        return "文件是 Excel 工作簿，不是自评报告，请核对文件。"
    if "content.xml" in package:
        return "文件是 OpenDocument 格式，请用 Word 或 WPS 另存为 .docx 后重新报送。"
    return "文件是压缩包，不是 Word 文档，请解压后报送其中的报告。"


def _inflate(package: Package, name: str) -> bytes:
    data = package.head(name, _MOST_XML + 1)
    if len(data) > _MOST_XML:
        raise UnreadableProse("文件解压后过大，请删去其中的图片和多余内容后重新报送。")
    return data


def _parser() -> expat.XMLParserType:
    return parser(UnreadableProse("文件内含 DTD 声明，出于安全不予读取；请用 Word 或 WPS 另存为 .docx 后重新报送。"))


def _run(made: expat.XMLParserType, data: bytes) -> None:
    try:
        made.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableProse("文件内容不是合格的 XML，请用 Word 或 WPS 打开后另存为 .docx 再报送。") from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _value(attributes: dict[str, str], wanted: str) -> str:
    return next((value for name, value in attributes.items() if _local(name) == wanted), "")


def _count(value: str) -> int:
    """How many columns an attribute says, within bounds; 0 where it is no number."""
    return min(int(value), _MOST_COLUMNS) if value.isascii() and value.isdigit() and len(value) < 8 else 0


def _styles(data: bytes) -> dict[str, int]:
    """The heading level of each style that is one."""
    levels: dict[str, int] = {}
    current = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal current
        name = _local(tag)
        if name == "style":
            current = _value(attributes, "styleId")
        elif name == "name" and current and (match := _LEVEL.match(_value(attributes, "val"))):
            levels[current] = int(match[1])

    made = _parser()
    made.StartElementHandler = start
    _run(made, data)
    return levels


class _Body:
    """Gathers paragraphs; a text box's paragraphs follow the number of the paragraph that holds it."""

    def __init__(self, styles: dict[str, int]) -> None:
        self.styles = styles
        self.reader = _parser()
        self.pieces: list[Piece] = []
        self.stretches: list[Stretch] = []
        self.marks: list[Mark] = []
        self.open: list[int] = []  # paragraphs begun and not ended, by index
        self.buffers: dict[int, list[str]] = {}
        self.sizes: dict[int, int] = {}
        self.levels: dict[int, int] = {}
        self.rows: list[int] = []
        self.row = 0
        self.tables: list[_Table] = []  # begun and not ended
        self.numbered = 0  # tables so far
        self.cells: list[tuple[int, _Cell] | None] = []  # of each paragraph: the number of its table, its cell
        self.runs: list[Run] = []  # begun and not ended
        self.depth = 0
        self.begun = 0  # where the element of the text that is being read begins
        self.skipped = 0  # depth inside what is not the text as it stands
        self.words: list[str] | None = None  # the text of that element

    def read(self, data: bytes) -> Traced:
        self.reader.StartElementHandler = self._start
        self.reader.EndElementHandler = self._end
        self.reader.CharacterDataHandler = self._text
        _run(self.reader, data)
        return Traced(tuple(self._boxed()), tuple(self.stretches), tuple(self.marks))

    def _boxed(self) -> Iterator[Piece]:
        """The paragraphs with their cells, whose last rows are known now."""
        for piece, inside in zip(self.pieces, self.cells, strict=True):
            if inside is None:
                yield piece
            else:
                number, cell = inside
                box = Box(number, cell.top, cell.left, cell.bottom, cell.right)
                yield Piece(piece.text, piece.level, piece.row, box)

    def _here(self) -> Run | None:
        """The open run of the innermost paragraph."""
        return self.runs[-1] if self.runs and self.open and self.runs[-1].paragraph == self.open[-1] else None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name in _COMMENT_MARKS:
            self.marks.append(Mark(_value(attributes, "id"), self.reader.CurrentByteIndex, self._here()))
        if self.skipped or name in _PASSED_OVER:
            self.skipped += 1
            return
        self.depth += 1
        if not tag.startswith("w:"):
            return
        run = self._here()
        if name == "p":
            self._paragraph()
        elif name == "r" and self.open:
            if run is not None:  # the reading above a word is a run inside a run
                run.plain = False
            self.runs.append(run or Run(self.open[-1], self.depth, self.reader.CurrentByteIndex))
        elif name == "rPr" and run is not None and self.depth == run.depth + 1:
            run.properties = (self.reader.CurrentByteIndex, 0)
        elif name in _TABLED:
            self._tabled(name, _value(attributes, "val"))
        elif name == "t" or (name in _SIGNS and run is not None):
            self.begun, self.words = self.reader.CurrentByteIndex, [_SIGNS.get(name, "")]
        elif name == "pStyle" and self.open:
            self.levels[self.open[-1]] = self.styles.get(_value(attributes, "val"), 0)
        elif name == "outlineLvl" and self.open and _value(attributes, "val").isdigit():
            level = int(_value(attributes, "val")) + 1
            self.levels[self.open[-1]] = level if level <= 9 else 0

    def _tabled(self, name: str, value: str) -> None:
        """A table, row or cell begins, or says where it stands."""
        table = self.tables[-1] if self.tables else None
        if name == "tbl":
            self.numbered += 1
            self.tables.append(_Table(self.numbered))
        elif name == "tr":
            self.row += 1
            self.rows.append(self.rows[0] if self.rows else self.row)
            if table is not None:
                table.row, table.column = table.row + 1, 0
        elif table is None:
            return
        elif name == "gridBefore":
            table.column += _count(value)
        elif name == "tc":
            table.cell = _Cell(table.row, table.column + 1, table.row, table.column + 1)
        elif name == "gridSpan" and table.cell is not None:
            table.cell.right = table.cell.left + max(1, _count(value)) - 1
        elif name == "vMerge" and table.cell is not None:
            table.cell.merged = value or "continue"

    def _paragraph(self) -> None:
        self.open.append(len(self.pieces))
        self.buffers[len(self.pieces)] = []
        self.sizes[len(self.pieces)] = 0
        self.pieces.append(Piece("", 0, self.rows[-1] if self.rows else 0))
        table = self.tables[-1] if self.tables else None
        self.cells.append((table.number, table.cell) if table is not None and table.cell is not None else None)
        self.stretches.append(Stretch(self.runs[0] if self.runs else None))
        if self.runs:
            self.runs[0].plain = False

    def _end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        self.depth -= 1
        name = _local(tag)
        if not tag.startswith("w:"):
            return
        run = self._here()
        if name == "p" and self.open:
            index = self.open.pop()
            del self.sizes[index]
            text, level = "".join(self.buffers.pop(index)), self.levels.get(index, 0)
            self.pieces[index] = Piece(text, level, self.pieces[index].row)
        elif name == "r" and self.runs:
            self.runs.pop().close = self.reader.CurrentByteIndex
        elif name == "rPr" and run is not None and run.properties is not None and self.depth == run.depth:
            run.properties = (run.properties[0], self.reader.CurrentByteIndex)
        elif name == "tr" and self.rows:
            self.rows.pop()
        elif name == "tc" and self.tables:
            self.tables[-1].end_cell()
        elif name == "tbl" and self.tables:
            self.tables.pop()
        elif (name == "t" or name in _SIGNS) and self.words is not None:
            self._take("".join(self.words), run)
            self.words = None

    def _text(self, text: str) -> None:
        if self.words is not None and not self.skipped:
            self.words.append(text)

    def _take(self, text: str, run: Run | None) -> None:
        if not self.open or not text:
            return
        index = self.open[-1]
        if run is not None:
            self.stretches[index].texts.append(
                Text(self.sizes[index], text, self.begun, self.reader.CurrentByteIndex, run)
            )
        self.buffers[index].append(text)
        self.sizes[index] += len(text)
