"""A narrative paper's sentences as patterns see them; the cells of one table row are one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from xlcheck.expressions import expression
from xlcheck.model import Paragraph, Prose
from xlcheck.reportgrammar import fold
from xlcheck.reporttables import Table, typed_row

_SENTENCE = expression(r"[^。；;！!\n]+[。；;！!]*")
_TITLE = expression(r"([一-龥()]{2,16})。")  # 「（二）三公经费。决算数…」
_ITEM = expression(  # the number or bullet before an item
    r"^\s*(?:[(（]?[一二三四五六七八九十]{1,3}[)）、.．]+|[(（]\d{1,2}[)）][、.．]?|\d{1,2}(?:[.．]\d{1,2})*(?:[、)）]|[.．](?!\d)|[ \t　]+)|[①-⑳●○■□◆▪•·]|[—-]{2,}|[－-](?!\d)|【[^】]{1,12}】|第[一二三四五六七八九十百\d]{1,4}条|其[一二三四五六七八九十][,，、]|[甲乙丙丁戊己庚辛壬癸]、)\s*(?=\S)"
)
_GAP = expression(  # between what a line has side by side: 「评价单位：甲局　　评价年度：2024」, 「6.1　得分90分　6.2　等级优」
    r"(?<=[^\s,，;；:：。])(?:[ \t]{2,}|[\t　]+)(?:(?=[一-龥（）()]{2,14}[：:])|\d{1,2}[.．]\d{1,2}[ \t　]+(?=[一-龥]))"
)
_QUESTION = expression(
    r"(?:问:)?(.{2,30}?)(?:[是有为]?(?:多少|几)[分钱人元名]?|呢|吗|如何|怎么?样)?\?"
)  # 「问：自己打多少分？」
_ASKED = expression(r"\?(?=.)")  # 「自评得多少分？90分。」
_APART = expression(r"(?<=\d)[ \t　]+(?=\d)")  # numbers side by side are not one
_UNIT = expression(r"(?:单位|金额):(?:人民币)?(亿元|万元|千元|元)")
_EVERYWHERE = expression(r"(?:均|都)?以(?:人民币)?(亿元|万元|千元|元)为(?:计量|金额|货币)?单位")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is printed (``quote``) and as patterns see it (``text``), and where it stands.

    A sentence behind a title that ends with a full stop, or behind a question, begins with it, as far as patterns are
    concerned.
    ``unit`` is the money unit that the lines above declare. A table row (``row``) under a header is read once a column: 「公务接待费:上年决算数:7.17;公务接待费:本年决算数:6.51」.
    """

    text: str
    quote: str
    paragraph: Paragraph
    unit: str = ""
    row: bool = False


def sentences(prose: Prose) -> tuple[Sentence, ...]:
    """The sentences of a paper in reading order."""
    return tuple(_sentences(prose))


class _Unit:
    """The money unit that a line declares for what stands under the same heading, or for all that has none of its own."""

    def __init__(self) -> None:
        self._everywhere = self._here = ""
        self._scope: tuple[str, ...] = ()

    def at(self, paragraph: Paragraph) -> str:
        """The unit of a paragraph's bare numbers, empty where none is declared."""
        if "单位" in paragraph.text or "金额" in paragraph.text:
            text = fold(paragraph.text)
            everywhere = _EVERYWHERE.search(text)
            if everywhere is not None:
                self._everywhere = everywhere[1]
            found = _UNIT.search(text)
            if found is not None:
                self._here, self._scope = found[1], paragraph.headings
        inside = paragraph.headings[: len(self._scope)] == self._scope
        return self._here if self._here and inside else self._everywhere


def _sentences(prose: Prose) -> Iterator[Sentence]:
    paragraphs = prose.paragraphs
    table: Table | None = None
    unit, asked = _Unit(), ""
    index = before = 0
    while index < len(paragraphs):
        first = paragraphs[index]
        money = unit.at(first)
        if first.row:
            if table is None:
                table, before = Table(money), 0
            row = [first]
            while (index := index + 1) < len(paragraphs) and paragraphs[index].row == first.row:
                row.append(paragraphs[index])
            cells = [""] * before + _cells(row)
            after = paragraphs[index].number - row[-1].number - 1 if index < len(paragraphs) and paragraphs[index].row else 0  # fmt: skip
            blank = min(after, max(0, len(table.header) - len(cells)))
            before = after - blank
            yield Sentence(
                table.row(cells + [""] * blank), " ".join(cell.text.strip() for cell in row), first, money, row=True
            )
            continue
        index += 1
        typed = typed_row(
            first.text, paragraphs[index].text if index < len(paragraphs) else "", open_=table is not None
        )
        if typed:
            table = table or Table(money)
            yield Sentence(table.row([fold(cell) for cell in typed]), first.text.strip(), first, money, row=True)
            continue
        table = None
        title, asked = asked, ""
        for match in _SENTENCE.finditer(first.text):
            if match[0].strip():
                text = _seen(match[0])
                yield Sentence(f"{title}:{text}" if title else text, match[0].strip(), first, money)
                found = _TITLE.fullmatch(text)
                title = found[1] if found is not None else ""
                question = _QUESTION.fullmatch(text)
                asked = question[1] if question is not None else ""


def _seen(text: str) -> str:
    """A sentence as patterns see it."""
    return _ASKED.sub(":", fold(_APART.sub(";", _GAP.sub(",", _ITEM.sub("", text)))).removeprefix("答:"))


def _cells(row: list[Paragraph]) -> list[str]:
    """A row's folded cells; where a number is left out a cell is blank."""
    cells = [fold(row[0].text)]
    for left, right in pairwise(row):
        cells += [*[""] * (right.number - left.number - 1), fold(right.text)]
    return cells
