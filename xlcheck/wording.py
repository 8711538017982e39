"""Two texts, sentence by sentence: where they differ, whatever their layout.

Both are compared as one stream of characters without white space, so a line that is broken elsewhere,
a paragraph that a format has split or joined, and the width of punctuation make no difference.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from xlcheck.model import Prose
from xlcheck.reportgrammar import fold
from xlcheck.reportsentences import Sentence, sentences

_CLAUSE = re.compile(r"[^。;!?]*[。;!?]|[^。;!?]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SAME = str.maketrans({"—": "-", "–": "-", "―": "-", "−": "-", "·": "•", "\u200b": None, "\ufeff": None, "\xad": None})
# Numbers and bullets of a list are text in one format and none in another.
_NUMBERING = re.compile(r"(?:[(]?[一二三四五六七八九十\d]{1,3}[)、.]|[•●■◆○▪\uf000-\uf0ff-])+")
_CLOSED = ("。", ";", "!", "?")
_STOPS = re.compile(r"\s*[。；;！!]+")
_PAGES = ("html", "pdf")
_MANY_CLAUSES = 4_000  # beyond, the commonest are not aligned on: repeated ones would take the square of the time
_MOST_CHARACTERS = 4_000  # of a stretch without one sentence in common: then it is another text, not a changed one
_ALIKE = 0.4

_DIGITS = frozenset("0123456789.%")

Span = tuple[int, int]
Edit = tuple[int, int, int, int]  # (from, to) in the submitted text, (from, to) in the published one


@dataclass(frozen=True, slots=True)
class Change:
    """Sentences that are not the same, one side's empty where only the other has them.

    ``words`` are the characters that went and came: ((「70」, 「71」), …).
    """

    submitted: tuple[Sentence, ...]
    published: tuple[Sentence, ...]
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """The changes from one text to the other, the sentences that are the same, and lines around a page's text."""

    changes: tuple[Change, ...]
    same: int
    frame: int


@dataclass(frozen=True, slots=True)
class _Flow:
    """A text without its layout, and where each sentence begins in it (and, last, where the text ends)."""

    sentences: tuple[Sentence, ...]
    text: str
    starts: tuple[int, ...]

    def within(self, start: int, end: int) -> Span:
        """The sentences, by index, that a stretch lies in; a stretch of no length between two lies in none."""
        if start == end:
            at = bisect_right(self.starts, start) - 1
            return (at, at) if self.starts[at] == start else (at, at + 1)
        return bisect_right(self.starts, start) - 1, bisect_left(self.starts, end)

    def whole(self, start: int, end: int) -> bool:
        """Whether a stretch begins and ends where sentences do."""
        return start in self.starts and end in self.starts

    def cut(self, span: Span) -> str:
        """The text of some sentences."""
        return self.text[self.starts[span[0]] : self.starts[span[1]]]


def compare_wording(submitted: Prose, published: Prose) -> Wording:
    """Where two texts differ."""
    left, right = _flow(submitted), _flow(published)
    groups = _grouped(left, right, [edit for edit in _edits(left, right) if not _idle(left, right, edit)])
    changes: list[Change] = []
    frame = 0
    first, last = _common(left, right, groups)
    for (a, b), edits in groups:
        ours, theirs = left.sentences[slice(*a)], right.sentences[slice(*b)]
        if not ours and not (first < b[1] and b[0] < last):
            framed = _framed(theirs, published)
            frame += len(framed)
            theirs = tuple(sentence for sentence in theirs if sentence not in framed)
        if ours and theirs and _ratio(left.cut(a), right.cut(b)) < _ALIKE:
            changes += [Change(ours, ()), Change((), theirs)]
        elif ours or theirs:
            words = tuple(_words(left.text, right.text, edit) for edit in edits)
            changes.append(Change(ours, theirs, words if ours and theirs else ()))
    return Wording(tuple(changes), len(left.sentences) - sum(a[1] - a[0] for (a, _), _ in groups), frame)


def _framed(theirs: tuple[Sentence, ...], published: Prose) -> list[Sentence]:
    """Of what stands around the text the lines of its page or of annexes: table rows, and what ends no sentence."""
    framing = published.format in _PAGES or any(sentence.paragraph.row for sentence in theirs)
    return [
        sentence
        for sentence in theirs
        if sentence.paragraph.row or (framing and not fold(sentence.quote).endswith(_CLOSED))
    ]


def _words(left: str, right: str, edit: Edit) -> tuple[str, str]:
    """What went and what came, numbers as a whole: 41 and 42, not 1 and 2."""
    i1, i2, j1, j2 = edit
    while i1 and j1 and left[i1 - 1] == right[j1 - 1] and left[i1 - 1] in _DIGITS:
        i1, j1 = i1 - 1, j1 - 1
    while i2 < len(left) and j2 < len(right) and left[i2] == right[j2] and left[i2] in _DIGITS:
        i2, j2 = i2 + 1, j2 + 1
    return left[i1:i2], right[j1:j2]


def _flow(prose: Prose) -> _Flow:
    found = [(sentence, text) for sentence in _every(prose) if (text := _folded(sentence.quote))]
    whole = "".join(text for _, text in found)
    commas = [match.start() for match in _THOUSANDS.finditer(whole)]  # of the whole: a line may break within a number
    starts = accumulate((len(text) for _, text in found), initial=0)
    return _Flow(
        tuple(sentence for sentence, _ in found),
        _THOUSANDS.sub("", whole),
        tuple(start - bisect_left(commas, start) for start in starts),
    )


def _every(prose: Prose) -> Iterator[Sentence]:
    """The sentences, and the stops that a line begins with because it was broken before them."""
    made: dict[int, list[Sentence]] = {}
    for sentence in sentences(prose):
        made.setdefault(sentence.paragraph.number, []).append(sentence)
    for paragraph in prose.paragraphs:
        stops = _STOPS.match(paragraph.text) if not paragraph.row else None
        if stops is not None:
            yield Sentence(fold(stops[0]), stops[0], paragraph)
        yield from made.get(paragraph.number, ())


def plain(text: str) -> str:
    """Text as it is compared: half width, no white space or quotation marks, no thousands separators."""
    return _THOUSANDS.sub("", _folded(text))


def _folded(text: str) -> str:
    return fold(text).translate(_SAME)


def _edits(left: _Flow, right: _Flow) -> Iterator[Edit]:
    """The stretches in which two texts differ: by clauses first, then by characters within those that differ."""
    ours, theirs = _CLAUSE.findall(left.text), _CLAUSE.findall(right.text)
    a = list(accumulate(map(len, ours), initial=0))
    b = list(accumulate(map(len, theirs), initial=0))
    many = len(theirs) > _MANY_CLAUSES
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, ours, theirs, autojunk=many).get_opcodes():
        if tag == "equal":
            continue
        block = a[i1], a[i2], b[j1], b[j2]
        x, y = left.text[block[0] : block[1]], right.text[block[2] : block[3]]
        if tag != "replace" or max(len(x), len(y)) > _MOST_CHARACTERS:
            yield block
            continue
        for part, x1, x2, y1, y2 in SequenceMatcher(None, x, y, autojunk=False).get_opcodes():
            if part != "equal":
                yield _slid(left, right, (block[0] + x1, block[0] + x2, block[2] + y1, block[2] + y2))


def _slid(left: _Flow, right: _Flow, edit: Edit) -> Edit:
    """The same edit moved, where its surroundings repeat it, so that whole sentences went or came if that is possible."""
    i1, i2, j1, j2 = edit
    if (i1 == i2) == (j1 == j2):
        return edit
    flow, start, end = (right, j1, j2) if i1 == i2 else (left, i1, i2)
    for step in (-1, 1):
        shift = 0
        while abs(shift) <= end - start:
            if flow.whole(start + shift, end + shift):
                return i1 + shift, i2 + shift, j1 + shift, j2 + shift
            out, into = (start + shift, end + shift) if step > 0 else (end + shift - 1, start + shift - 1)
            if not min(out, into) >= 0 or max(out, into) >= len(flow.text) or flow.text[out] != flow.text[into]:
                break
            shift += step
    return edit


def _idle(left: _Flow, right: _Flow, edit: Edit) -> bool:
    """Whether an edit is but a full stop, or the number or bullet before a sentence that not every format prints."""
    i1, i2, j1, j2 = edit
    if i1 != i2 and j1 != j2:
        return False
    flow, start, end = (right, j1, j2) if i1 == i2 else (left, i1, i2)
    text = flow.text[start:end]
    if not text.strip("".join(_CLOSED)):
        return True
    return start in flow.starts and not flow.whole(start, end) and bool(_NUMBERING.fullmatch(text))


def _grouped(left: _Flow, right: _Flow, edits: list[Edit]) -> list[tuple[tuple[Span, Span], list[Edit]]]:
    """Edits with the sentences that they touch on each side; those that share a sentence are one."""
    groups: list[tuple[tuple[Span, Span], list[Edit]]] = []
    for edit in edits:
        i1, i2, j1, j2 = edit
        a, b = left.within(i1, i2), right.within(j1, j2)
        if a[0] == a[1] and not right.whole(j1, j2):  # what came extends the sentence before or behind
            at = a[0] - 1 if j1 not in right.starts and a[0] else min(a[0], len(left.sentences) - 1)
            a = (at, at + 1)
        if b[0] == b[1] and not left.whole(i1, i2):
            at = b[0] - 1 if i1 not in left.starts and b[0] else min(b[0], len(right.sentences) - 1)
            b = (at, at + 1)
        if groups and (a[0] < groups[-1][0][0][1] or b[0] < groups[-1][0][1][1]):
            (c, d), before = groups.pop()
            groups.append((((min(c[0], a[0]), max(c[1], a[1])), (min(d[0], b[0]), max(d[1], b[1]))), [*before, edit]))
        else:
            groups.append(((a, b), [edit]))
    return groups


def _common(left: _Flow, right: _Flow, groups: list[tuple[tuple[Span, Span], list[Edit]]]) -> Span:
    """From which to which sentence of the published text stands what the submitted one has, too."""
    touched = [b for (a, b), _ in groups if a[0] == a[1]]
    alone = {at for b in touched for at in range(*b)}
    common = [at for at in range(len(right.sentences)) if at not in alone]
    return (common[0], common[-1] + 1) if common else (0, len(right.sentences))


def _ratio(left: str, right: str) -> float:
    if max(len(left), len(right)) > _MOST_CHARACTERS:
        return 0.0
    return SequenceMatcher(None, left, right, autojunk=False).ratio()
