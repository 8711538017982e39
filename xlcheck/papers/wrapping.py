"""Plain text whose lines were broken at a common width: the lines of a paragraph put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

BEGINS = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]{1,3}(?:、|[.．]|部分|章)|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}(?:\.\d{1,2})*[.．、\s](?!\d)|[①-⑳●○■□◆▪•·\-—*|])"
)
_ENDS = tuple("。！!？?：:；;")
_WIDEST = 160  # columns; a longer line was not broken by a program that breaks lines
_FEWEST = 3


def rejoined(lines: Sequence[str]) -> list[str]:
    """The lines with each run of broken ones put into its first; the others of the run are left blank.

    A text is taken as broken where several lines that end inside a sentence reach one width, by
    characters or by columns. A line goes to the one before it where that one is full and ends
    inside a sentence, and this one is neither indented nor begins as a heading or an item does.
    """
    for measure in (len, _columns):
        full = _full(lines, measure)
        if full is not None:
            break
    else:
        return list(lines)
    found: list[str] = []
    first, runs_on = 0, False
    for number, line in enumerate(lines):
        bare = line.rstrip()
        if runs_on and bare and not bare[0].isspace() and not BEGINS.match(bare):
            found[first] += bare
            found.append("")
        else:
            found.append(line)
            first = number
        runs_on = full(bare) and not bare.endswith(_ENDS)
    return found


def _full(lines: Sequence[str], measure: Callable[[str], int]) -> Callable[[str], bool] | None:
    """Whether a line reaches the common width, None where there is none."""
    bare = [line.rstrip() for line in lines if line.strip()]
    width = max(map(measure, bare), default=0)
    slack = 1 if measure is len else 3
    full = [line for line in bare if measure(line) >= width - slack]
    inside = [line for line in full if not line.endswith(_ENDS)]
    if max(map(_columns, bare), default=0) > _WIDEST or len(inside) < _FEWEST or 5 * len(full) < len(bare):
        return None
    return lambda line: measure(line) >= width - slack


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
