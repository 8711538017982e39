"""A .docx as paragraphs: body, tables and text boxes, every ``w:p`` counted in document order."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from xlcheck.papers.package import parser
from xlcheck.papers.prose import Piece, UnreadableProse

_MOST_XML = 128 * 1024 * 1024
_DAMAGED = "文件不是完整的 Word 文档（压缩包损坏），请重新导出或重新复制后报送。"
_LEVEL = re.compile(r"^(?:heading|标题)\s*(\d)$", re.IGNORECASE)


def docx_pieces(data: bytes) -> Iterator[Piece]:
    """The paragraphs of a .docx; raises :class:`~xlcheck.papers.prose.UnreadableProse`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename.lower(): info for info in archive.infolist()}
            main = names.get("word/document.xml")
            if main is None:
                raise UnreadableProse(_other(names))
            document = _inflate(archive, main)
            styles = _styles(_inflate(archive, names["word/styles.xml"])) if "word/styles.xml" in names else {}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableProse(_DAMAGED) from error
    return iter(_Body(styles).read(document))


def _other(names: dict[str, zipfile.ZipInfo]) -> str:
    if "xl/workbook.xml" in names:
        return "文件是 Excel 工作簿，不是自评报告，请核对文件。"
    if "content.xml" in names:
        return "文件是 OpenDocument 格式，请用 Word 或 WPS 另存为 .docx 后重新报送。"
    return "文件是压缩包，不是 Word 文档，请解压后报送其中的报告。"


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as part:
        data = part.read(_MOST_XML + 1)
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
        self.pieces: list[Piece] = []
        self.open: list[int] = []  # paragraphs begun and not ended, by index
        self.buffers: dict[int, list[str]] = {}
        self.levels: dict[int, int] = {}
        self.rows: list[int] = []
        self.row = 0
        self.skipped = 0  # depth inside mc:Fallback, which repeats what stands beside it
        self.taking = False

    def read(self, data: bytes) -> list[Piece]:
        made = _parser()
        made.StartElementHandler = self._start
        made.EndElementHandler = self._end
        made.CharacterDataHandler = self._text
        _run(made, data)
        return self.pieces

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if self.skipped or name == "Fallback":
            self.skipped += 1
            return
        if name == "p" and tag.startswith("w:"):
            self.open.append(len(self.pieces))
            self.buffers[len(self.pieces)] = []
            self.pieces.append(Piece("", 0, self.rows[-1] if self.rows else 0))
        elif name == "tr":
            self.row += 1
            self.rows.append(self.rows[0] if self.rows else self.row)
        elif name == "t" and tag.startswith("w:"):
            self.taking = True
        elif name == "pStyle" and self.open:
            self.levels[self.open[-1]] = self.styles.get(_value(attributes, "val"), 0)
        elif name == "outlineLvl" and self.open and _value(attributes, "val").isdigit():
            level = int(_value(attributes, "val")) + 1
            self.levels[self.open[-1]] = level if level <= 9 else 0
        elif self.open and name in ("tab", "br", "cr", "noBreakHyphen") and tag.startswith("w:"):
            self.buffers[self.open[-1]].append({"tab": "\t", "noBreakHyphen": "-"}.get(name, "\n"))

    def _end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        name = _local(tag)
        if name == "p" and tag.startswith("w:") and self.open:
            index = self.open.pop()
            self.pieces[index] = Piece(
                "".join(self.buffers.pop(index)), self.levels.get(index, 0), self.pieces[index].row
            )
        elif name == "tr" and self.rows:
            self.rows.pop()
        elif name == "t":
            self.taking = False

    def _text(self, text: str) -> None:
        if self.taking and self.open and not self.skipped:
            self.buffers[self.open[-1]].append(text)
