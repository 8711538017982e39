"""The texts of a workbook that name something on a form, apart from what units fill in.

A sheet's words with their places and merges are its layout. Units that fill in one template share it, so
that what depends on the layout alone is worked out once for all of them (:mod:`xlcheck.locate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlcheck.forms import Form
from xlcheck.labels import Label, inline_pairs, money_unit, read_label
from xlcheck.papers.numbers import fold, year_of
from xlcheck.papers.spreadsheet import Cell, Sheet

LONGEST_LABEL = 60
SIGNATURES = ("填表人", "填报人", "单位负责人", "联系电话", "注:")  # how rows below a table begin
MONEY_WORDS = ("元", "千元", "万元", "百万元", "亿元")
UNIT_WORDS = frozenset({"人", "名", "万元", "元", "千元", "亿元", "%", "％", "个", "辆", "平方米"})
COUNTED = frozenset({"序号", "编号", "项目序号", "行次"})  # the headers of columns that number the lines
_LONGEST_YEAR = 6  # 2024年度
_MOST_TEXTS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What a cell says that names something; equal words are one object.

    ``text`` is the label, heading, unit or year, without what belongs to one unit only, and empty where the cell
    only declares a money unit (``declared``) or holds fields with their values behind colons: ``inline`` has the
    which pair is a field's, its label, and whether there is a value. ``number``: the cell holds a number.
    """

    text: str
    label: Label
    declared: str | None = None
    inline: tuple[tuple[int, Label, bool], ...] = ()
    number: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet's words by row and column, its merges and its extent: all that may decide where fields stand.

    What else stands in the cells can only be asked about (:mod:`xlcheck.questions`).
    """

    hidden: bool
    last: tuple[int, int]
    merges: tuple[tuple[int, int, int, int], ...]
    places: tuple[tuple[int, int], ...]
    words: tuple[Word, ...]


class Lexicon:
    """The words that name something on any of some forms."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._names = frozenset[str]().union(COUNTED, *(form.words for form in forms))
        self._labels = frozenset[str]().union(*(form.labels for form in forms))
        self._titles = tuple(title for form in forms for title in form.titles)
        self._texts: dict[str, Word | None] = {}
        self._words: dict[tuple[object, ...], Word] = {}

    def layout(self, sheet: Sheet) -> Layout:
        """The layout of a sheet."""
        places: list[tuple[int, int]] = []
        words: list[Word] = []
        for at, cell in sheet.cells.items():
            raw = cell.raw
            if isinstance(raw, str):
                word = self.word(raw)
            elif isinstance(raw, float) and 1900 <= raw <= 2100:
                word = self._year(cell)
            else:
                continue
            if word is not None:
                places.append(at)
                words.append(word)
        return Layout(sheet.hidden, sheet.extent, tuple(sheet.merges), tuple(places), tuple(words))

    def word(self, text: str) -> Word | None:
        """What a text says that names something."""
        texts = self._texts
        try:
            return texts[text]
        except KeyError:
            if len(texts) > _MOST_TEXTS:
                texts.clear()
            word = texts[text] = self._read(text)
            return word

    def _year(self, cell: Cell) -> Word | None:
        """A year that is stored as a number: it may stand above headers."""
        text = cell.text
        return self._word(text.strip(), None, (), number=True) if _is_year(text) else None

    def _read(self, text: str) -> Word | None:
        bare = text.strip()
        if not bare or len(text) > 4 * LONGEST_LABEL:
            return None
        named = self._named(bare) if len(bare) <= LONGEST_LABEL else ""
        inline: tuple[tuple[int, Label, bool], ...] = ()
        if "：" in text or ":" in text:
            pairs = (
                (number, read_label(label), bool(value)) for number, (label, value) in enumerate(inline_pairs(text))
            )
            inline = tuple(pair for pair in pairs if self._names_field(pair[1]))
        declared = money_unit(text)
        return self._word(named, declared, inline) if named or declared or inline else None

    def _named(self, text: str) -> str:
        """What of a short text names something, or the empty string."""
        label = read_label(text)
        if label.core in self._names or label.stripped in self._names or text in UNIT_WORDS or text in MONEY_WORDS or _is_year(text):  # fmt: skip
            return text
        if label.year is not None:
            title = next((title for title in self._titles if title in label.core), None)
            if title is not None:
                return f"{label.year}年{title}"
        return next((begin for begin in SIGNATURES if label.core.startswith(begin)), "")

    def _names_field(self, label: Label) -> bool:
        return label.core in self._labels or label.stripped in self._labels

    def _word(self, text: str, declared: str | None, inline: tuple[tuple[int, Label, bool], ...], *, number: bool = False) -> Word:  # fmt: skip
        if len(self._words) > _MOST_TEXTS:
            self._words.clear()
        key = (text, declared, inline, number)
        if key not in self._words:
            self._words[key] = Word(text, read_label(text), declared, inline, number)
        return self._words[key]


def _is_year(text: str) -> bool:
    return len(fold(text)) <= _LONGEST_YEAR and year_of(text) is not None
