"""A narrative paper's sentences as patterns see them; the cells of one table row are one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xlcheck.model import Paragraph, Prose
from xlcheck.reportfile import fold

_SENTENCE = re.compile(r"[^。；;！!\n]+[。；;！!]*")
_NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[%％]?|[-—/]|")
_TITLE = re.compile(r"(?:[(]?[一二三四五六七八九十\d]{1,3}[)、.]+)?([一-龥()]{2,16})。")  # 「（二）三公经费。决算数…」
_UNIT = re.compile(r"单位:(?:人民币)?(亿元|万元|千元|元)")
_OTHER_COLUMN = re.compile(
    r"上年|去年|预算|计划|目标|分值|得分|\d{4}"
)  # a lone column with another title tells the row's figure
_NO_MONEY = re.compile(r"人|编制|率|辆|名|个")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is printed (``quote``) and as patterns see it (``text``), and where it stands.

    A sentence behind a title that ends with a full stop begins with that title, as far as patterns are concerned.
    A table row under a header is read once a column: 「公务接待费:上年决算数:7.17;公务接待费:本年决算数:6.51」.
    """

    text: str
    quote: str
    paragraph: Paragraph


def sentences(prose: Prose) -> tuple[Sentence, ...]:
    """The sentences of a paper in reading order."""
    return tuple(_sentences(prose))


def _sentences(prose: Prose) -> Iterator[Sentence]:
    paragraphs = list(prose.paragraphs)
    header: list[str] | None = None
    unit = ""
    index = 0
    while index < len(paragraphs):
        first = paragraphs[index]
        index += 1
        if not first.row:
            header = None
            found = _UNIT.search(fold(first.text))
            unit = found[1] if found is not None else "" if len(first.text) > 40 else unit
            title = ""
            for match in _SENTENCE.finditer(first.text):
                if match[0].strip():
                    text = fold(match[0])
                    yield Sentence(f"{title}:{text}" if title else text, match[0].strip(), first)
                    found = _TITLE.fullmatch(text)
                    title = found[1] if found is not None else ""
            continue
        cells = [first.text.strip()]
        while index < len(paragraphs) and paragraphs[index].row == first.row:
            cells.append(paragraphs[index].text.strip())
            index += 1
        folded = [fold(cell) for cell in cells]
        if header is None:
            header = [] if any(_is_number(cell) for cell in folded) else folded
        yield Sentence(_row(folded, header, unit), " ".join(cells), first)


def _is_number(cell: str) -> bool:
    return bool(cell) and bool(re.search(r"\d", cell)) and _NUMBER.fullmatch(cell) is not None


def _row(cells: list[str], header: list[str], unit: str) -> str:
    """The row as one text; under a header of as many cells, each number with its label and its column's title."""
    columns = [i for i, cell in enumerate(cells) if _NUMBER.fullmatch(cell) and i]
    if len(header) != len(cells) or cells is header or not columns or any(i not in columns for i in range(columns[0], len(cells))):  # fmt: skip
        return ":".join(cells)
    label = cells[columns[0] - 1]
    made = []
    for i in columns:
        printed = cells[i]
        if unit not in ("", "万元") and _is_number(printed) and "%" not in printed and not _NO_MONEY.search(label):
            printed += unit
        title = f"{header[i]}:" if len(columns) > 1 or _OTHER_COLUMN.search(header[i]) else ""
        made.append(f"{label}:{title}{printed}")
    return ";".join(made)
