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
from xlcheck.papers.numbers import date_ordinal, fold, from_text, is_pending, nil_kind, read_format, year_of
from xlcheck.papers.spreadsheet import Book
from xlcheck.questions import colon_in
from xlcheck.words import Lexicon

_MOST = 65_536  # texts that are remembered
_ORDINARY, _DAY = "n", "d"  # numbers that are no year; that may be days, too
_EXACT = 13  # characters: a number with more may be one with less digits, and noise
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
        """What a text says as a word, and all that the answer to a question about its cell may depend on."""
        if not text:
            return None
        word = self._lexicon.word(text)
        digits = any(map(str.isdigit, fold(text)))
        return (
            word,
            text.isspace(),
            colon_in(text),
            nil_kind(text),
            _unit(text) if digits else None,
            (nil_kind(result), _unit(result)) if (result := text.rpartition("=")[2]) != text else (),
            digits and date_ordinal(text) is not None,
            is_pending(text),
            digits and year_of(text) is not None,
            text if text in ERRORS else "",
            tuple(nil_kind(value) for _, value in inline_pairs(text)) if word is not None and word.inline else (),
        )


def _unit(text: str) -> str | None:
    """The unit of a number; None where a text is none."""
    number = from_text(text)
    return number.unit if number is not None else None


def _figures(cast: Cast) -> tuple[str, ...]:
    """Of each number whether it can be read as a day or a year: what else it says of itself, its format says."""
    return tuple([
        _ORDINARY if -600_000 < number < 1_899 or 2_101 < number < 30_000 or 60_000 < number < 2_900_000
        else figure(number, cast.values[at], cast.mould.codes[at])
        for number, at in zip(cast.numbers, cast.mould.numbers, strict=True)
    ])  # fmt: skip


def figure(number: float, text: str, code: str) -> str:
    """The sort of a number in a format; the number itself where it may be a year, or a day written without points.

    Few are neither days nor :data:`_ORDINARY` for what they are.
    """
    shape = read_format(code)
    if shape.date:
        return text
    if 30_000 <= number <= 60_000:
        return _DAY
    broken = not number.is_integer() and len(text) <= _EXACT and shape.decimals != 0
    return text if not broken and (1_899 <= number <= 2_101 or 18_000_000 <= number <= 22_000_000) else _ORDINARY
