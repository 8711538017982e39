"""Rows and columns by the gaps between words, or :class:`Unclear` where they can be told in more than one way."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence, Set
from itertools import combinations, pairwise

from xlcheck.papers.pdftable import Entry, Line

NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?[%％]?")
NEAR = 5.0  # points
MOST_COLUMNS = 16
_SURE = 5.0  # so much farther every other choice must be
_OFF = 0.4  # of a line's height: so far may the middle of a cell lie from that of its row
_APART = 2.0  # of a line's height: lines of one cell are closer
_CLOSER = 0.95  # lines of one cell are closer than those of two rows, at the most so far
_FULL = 1.5  # of a line's height: a line that goes on in the next lacks less to the width of its column
_FEWEST_NUMBERS = 3
_MOSTLY = 0.8
Cells = Mapping[int, Entry]  # a line's words by their column


class Unclear(Exception):
    """Words can be told apart in more than one way."""


def columns(lines: Sequence[Line], most: int) -> list[tuple[float, float]]:
    """The stretches that words cover, from left to right, with gaps between them that go through all lines.

    Two that stand close together and never in one line are one: 「/」 and 「41」 end at different places; those
    farther apart are only where there would be more than ``most``, and no others that are about as close.
    """
    made: list[tuple[float, float]] = []
    for entry in sorted((entry for line in lines for entry in line.entries), key=lambda entry: entry.left):
        if made and entry.left < made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], entry.right)
        else:
            made.append((entry.left, entry.right))
    while True:
        gaps = sorted(
            (made[at + 1][0] - made[at][1], at)
            for at in range(len(made) - 1)
            if not _both(lines, made[at], made[at + 1])
        )
        if not gaps or (gaps[0][0] >= NEAR and len(made) <= most):
            return made
        if gaps[0][0] >= NEAR and len(gaps) > 1 and gaps[1][0] < _SURE * gaps[0][0]:
            raise Unclear
        at = gaps[0][1]
        made[at : at + 2] = [(made[at][0], made[at + 1][1])]


def _both(lines: Sequence[Line], one: tuple[float, float], other: tuple[float, float]) -> bool:
    def has(line: Line, column: tuple[float, float]) -> bool:
        return any(column[0] <= entry.left and entry.right <= column[1] for entry in line.entries)

    return any(has(line, one) and has(line, other) for line in lines)


def in_columns(lines: Sequence[Line], made: Sequence[tuple[float, float]]) -> list[Cells]:
    """Each line's words by their column; raises Unclear where two stand in one."""
    found: list[Cells] = []
    for line in lines:
        cells = {
            next(at for at, (_, right) in enumerate(made) if entry.right <= right): entry for entry in line.entries
        }
        if len(cells) < len(line.entries):
            raise Unclear
        found.append(cells)
    return found


def under(made: Sequence[tuple[float, float]], headers: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """The number of each column's header, in order and as near as can be; raises Unclear where another is about as near."""
    if not made:
        return ()
    if len(made) > len(headers) or len(headers) > MOST_COLUMNS:
        raise Unclear

    def apart(chosen: tuple[int, ...]) -> float:
        pairs = zip(made, (headers[at] for at in chosen), strict=True)
        return sum(max(0.0, a[0] - b[1], b[0] - a[1]) for a, b in pairs)

    ranked = sorted((apart(chosen), chosen) for chosen in combinations(range(len(headers)), len(made)))
    if len(ranked) > 1 and ranked[1][0] < _SURE * (ranked[0][0] + NEAR):
        raise Unclear
    return tuple(at + 1 for at in ranked[0][1])


def a_row_each(lines: Sequence[Cells], known: Callable[[str], bool]) -> bool:
    """Whether each line is a row: it has a first cell, and one that has nothing else is no second line of the one above.

    Such a line is a row if it is a ``known`` label, or as far from the line above as others are and that has room left.
    """
    if not all(0 in cells for cells in lines):
        return False
    usual = min((b[0].y - a[0].y for a, b in pairwise(lines) if len(a) > 1 and len(b) > 1), default=None)
    widest = max((cells[0].right - cells[0].left for cells in lines), default=0.0)
    for above, cells in pairwise(lines):
        one = above[0]
        if len(cells) > 1 or known(cells[0].text):
            continue
        full = one.right - one.left > widest - _FULL * one.height
        if usual is None or full or cells[0].y - one.y < _CLOSER * usual:
            return False
    return len(lines[0]) > 1 or known(lines[0][0].text)


def rows_by_anchors(
    lines: Sequence[Cells], closing: Sequence[Entry], spans: Set[int], known: Callable[[str], bool]
) -> list[dict[int, str]]:
    """Rows by a column that has one line in each; raises Unclear.

    ``closing`` are first words of rows that stand in the middle of several columns: they get the key -1. The columns
    ``spans`` are left out where they do not fit.
    """
    anchors = _anchors(lines, known)
    rows: list[dict[int, list[Entry]]] = [{} for _ in anchors]
    for entry in closing:
        found = [row for row, anchor in zip(rows, anchors, strict=True) if abs(anchor - entry.y) < _OFF * entry.height]
        if not found:
            raise Unclear
        found[0][-1] = [entry]
    for at in sorted({at for cells in lines for at in cells}):
        groups = _fitted([cells[at] for cells in lines if at in cells], anchors)
        if groups is None and at not in spans:
            raise Unclear
        for own, group in zip(rows, groups or (), strict=groups is not None):
            if group:
                own[at] = group
    groups = [group for row in rows for group in row.values()]
    inside = max((b.y - a.y for group in groups for a, b in pairwise(group)), default=0.0)
    ends = [(min(each[0].y for each in row.values()), max(each[-1].y for each in row.values())) for row in rows]
    if inside and any(below - above < inside / _CLOSER for (_, above), (below, _) in pairwise(ends)):
        raise Unclear
    return [{at: "".join(entry.text for entry in group) for at, group in row.items()} for row in rows]


def _anchors(lines: Sequence[Cells], known: Callable[[str], bool]) -> list[float]:
    """The middles of the rows: where numbers stand in columns that hold hardly anything else, or ``known`` labels."""
    found: list[Entry] = []
    for at in {at for cells in lines for at in cells}:
        own = [cells[at] for cells in lines if at in cells]
        numbers = [entry for entry in own if NUMBER.fullmatch(entry.text)]
        if len(numbers) >= _FEWEST_NUMBERS and len(numbers) >= _MOSTLY * len(own):
            found += own
    if not found:
        found = [cells[0] for cells in lines if 0 in cells]
        if not all(known(entry.text) for entry in found):
            raise Unclear
    anchors: list[float] = []
    for entry in sorted(found, key=lambda entry: entry.y):
        if not anchors or entry.y - anchors[-1] > _OFF * entry.height:
            anchors.append(entry.y)
    return anchors


def _fitted(cells: Sequence[Entry], anchors: Sequence[float]) -> list[list[Entry]] | None:
    """A column's lines as the cells of rows: each cell's middle, or its first line, is its row's; None where they are not."""
    groups: list[list[Entry]] = []
    at = 0
    for anchor in anchors:
        end = next((end for end in range(len(cells), at, -1) if _centred(cells[at:end], anchor)), at)
        groups.append(list(cells[at:end]))
        at = end
    if at == len(cells):
        return groups
    groups = [[] for _ in anchors]
    for entry in cells:
        row = bisect_right(anchors, entry.y + _OFF * entry.height) - 1
        if row < 0 or (not groups[row] and entry.y - anchors[row] > _OFF * entry.height):
            return None
        groups[row].append(entry)
    return groups


def _centred(group: Sequence[Entry], anchor: float) -> bool:
    """Whether lines that follow each other closely have their middle at a row's."""
    close = all(after.y - before.y < _APART * before.height for before, after in pairwise(group))
    return close and abs((group[0].y + group[-1].y) / 2 - anchor) < _OFF * group[0].height
