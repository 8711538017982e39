"""What decides where the fields of a workbook stand, and nothing else: its imprint.

Two workbooks with one imprint are searched alike: every question of a search (:mod:`xlcheck.questions`) but one is
answered alike by both, and so is whether anything but a value is odd about them. The one is whether a column counts
its rows; it is asked of each.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from xlcheck.forms import Form
from xlcheck.labels import inline_pairs
from xlcheck.notices import ERRORS
from xlcheck.papers.moulds import Cast
from xlcheck.papers.numbers import fold, nil_kind, read_format
from xlcheck.papers.spreadsheet import Book, Cell, Sheet
from xlcheck.questions import READ_KINDS, colon, filled, reads
from xlcheck.words import Lexicon, Word

_MOST = 65_536  # texts that are remembered
_ORDINARY, _DAY = "n", "d"  # numbers that are no year; that may be days, too
_EXACT = 13  # characters: a number with more may be one with less digits, and noise
_AT = (1, 1)
Imprint = tuple[Hashable, ...]


class Imprints:
    """Takes the imprints of workbooks that may hold some forms."""

    def __init__(self, forms: Sequence[Form], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._moneys = tuple(dict.fromkeys(form.money for form in forms))
        self._traits: dict[str, int] = {}
        self._numbers: dict[Hashable, int] = {}

    def of(self, book: Book) -> Imprint | None:
        """The imprint of a workbook; None unless all its sheets are cast in moulds."""
        if len(self._traits) > _MOST:
            self._traits.clear()
        found: list[Hashable] = [book.date1904]
        for sheet in book.sheets:
            if sheet.cast is None:
                return None
            found.append((sheet.cast.mould, sheet.hidden, tuple(sheet.merges), self._texts(sheet.cast), _figures(sheet.cast)))  # fmt: skip
        return tuple(found)

    def _texts(self, cast: Cast) -> tuple[int, ...]:
        texts = [cast.values[number] for number in cast.mould.worded]
        known = self._traits
        for text in texts:
            if text not in known:
                known[text] = self._trait(text)
        return tuple([known[text] for text in texts])

    def _trait(self, text: str) -> int:
        """The number of what can be learnt of a text by asking: texts with the same have the same number."""
        said = self.answers(text)
        return self._numbers.setdefault(said, len(self._numbers))

    def answers(self, text: str) -> Hashable:
        """What a text says as a word, and what each question about a cell is answered where the text stands in it."""
        if not text:
            return None
        sheet = Sheet("", cells={_AT: Cell(*_AT, text)})
        folded = fold(text)
        plain = not any(map(str.isdigit, folded)) and "=" not in folded
        word: Word | None = self._lexicon.word(text)
        return (
            word,
            filled(sheet, _AT),
            nil_kind(text),
            colon(sheet, 1, 1, 1),
            tuple(answer for money in self._moneys for answer in _read_as(sheet, money, plain=plain)),
            text if text in ERRORS else "",
            tuple(nil_kind(value) for _, value in inline_pairs(text)) if word is not None and word.inline else (),
        )


def _read_as(sheet: Sheet, money: str, *, plain: bool) -> tuple[bool, ...]:
    """Whether a text can be read as each kind; a ``plain`` one, without digits, is no number whatever the kind."""
    if not plain:
        return tuple(reads(sheet, _AT, kind, money) for kind in READ_KINDS)
    number, day = reads(sheet, _AT, "count", money), reads(sheet, _AT, "date", money)
    return tuple(day if kind == "date" else number for kind in READ_KINDS)


def _figures(cast: Cast) -> tuple[str, ...]:
    """Of each number whether it can be read as a day or a year: what else it says of itself, its format says."""
    values, codes = cast.values, cast.mould.codes
    return tuple([figure(values[number], codes[number]) for number in cast.mould.numbers])


def figure(text: str, code: str) -> str:
    """The sort of a number in a format; the number itself where it may be a year, or a day written without points."""
    number = float(text)
    shape = read_format(code)
    if shape.date:
        return _DAY if 2_101 < number < 2_900_000 else text  # the days of our calendar that show four digits of a year
    if 30_000 <= number <= 60_000:
        return _DAY
    broken = not number.is_integer() and len(text) <= _EXACT and shape.decimals != 0
    if broken or not (1_899 <= number <= 2_101 or 18_000_000 <= number <= 22_000_000):
        return _ORDINARY
    return text
