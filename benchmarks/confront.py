"""``confront`` against plain NumPy and against the libraries that validate frames, with the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import xlcheck
from benchmarks.measure import Table, here, interleaved, release
from benchmarks.peers import PEERS, Answer
from xlcheck.formula import parse

TITLE = "`confront`: 60 fields × 40 rules"
TEXT = """\
20 sums of three parts and 20 limits, each with the interval tolerance of two decimals; 1 % of rows break each sum.
Every line gives the same failures (asserted). Times are medians of processor time in one process, taken in turn.
pandas is column arithmetic with the tolerance written out; pandera and pointblank get the same expressions as checks
of a frame. Great Expectations has no rule over several columns with a tolerance: it gets the differences, worked out
by pandas, as columns that must lie between bounds. frictionless evaluates `row_constraint` row by row."""
PATIENCE = 20.0  # seconds at 10,000 units beyond which a library is not asked about more


def make(units: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """60 columns of 万元 with two decimals and 40 rules (sums, identities, limits), of which 1 % of rows break each sum."""
    rng = np.random.default_rng(7)
    parts = {f"分项{number}": rng.uniform(0, 1000, units).round(2) for number in range(40)}
    totals = {}
    for number in range(20):
        total = sum(parts[f"分项{(number * 2 + step) % 40}"] for step in range(3))
        broken = rng.random(units) < 0.01
        totals[f"合计{number}"] = np.round(total + np.where(broken, rng.uniform(0.1, 50, units), 0), 2)
    rules = {
        f"sum-{n}": f"合计{n} = " + " + ".join(f"分项{(n * 2 + step) % 40}" for step in range(3)) for n in range(20)
    }
    rules |= {f"limit-{n}": f"分项{n} <= 合计{n // 2}" for n in range(20)}
    return pd.DataFrame(parts | totals), rules


def plain(frame: pd.DataFrame) -> list[tuple[np.ndarray, str]]:
    """The same rules by hand."""
    column = {name: frame[name].to_numpy() for name in frame}
    found = []
    for n in range(20):
        total = column[f"合计{n}"]
        for step in range(3):
            total = total - column[f"分项{(n * 2 + step) % 40}"]
        found.append((np.flatnonzero(np.abs(total) > 0.02 + 1e-9), f"sum-{n}"))
    for n in range(20):
        found.append((np.flatnonzero(column[f"分项{n}"] - column[f"合计{n // 2}"] > 0.01 + 1e-9), f"limit-{n}"))
    return found


def first_call(frame: pd.DataFrame, rules: dict[str, str]) -> pd.DataFrame:
    """``confront`` where no rule has been parsed yet."""
    parse.cache_clear()
    return xlcheck.confront(frame, rules)


def agreed(name: str, answer: Answer, expected: Answer) -> None:
    """Stop where an answer is not the expected one."""
    assert answer == expected, f"{name} finds {len(answer)} failures, NumPy {len(expected)}"


def compare(units: int, rounds: int, skip: frozenset[str] = frozenset()) -> tuple[list[tuple[str, ...]], frozenset[str]]:  # fmt: skip
    """The table's lines for one size, and the libraries that would take too long for a larger one."""
    frame, rules = make(units)
    expected = {(int(row), rule) for rows, rule in plain(frame) for row in rows}
    ours = xlcheck.confront(frame, rules)
    agreed("confront", set(zip(ours["row"].tolist(), ours["rule"], strict=True)), expected)
    calls = (partial(plain, frame), partial(xlcheck.confront, frame, rules), partial(first_call, frame, rules))
    numpy, confront, first = interleaved([partial(here, call) for call in calls], rounds)

    def line(name: str, cpu: float) -> tuple[str, ...]:
        return name, f"{units:,}", f"{cpu * 1000:,.2f}", f"{cpu / numpy.cpu:,.1f}"

    lines = [line("NumPy by hand", numpy.cpu), line("`confront`", confront.cpu)]
    lines.append(line("`confront`, first call: parses the rules", first.cpu))
    slow = set(skip)
    for name, peer in PEERS.items():
        if (installed := release(name)) is None:
            lines.append((name, f"{units:,}", "not installed", ""))
        elif name in skip:
            lines.append((f"{name} {installed}", f"{units:,}", "not run: see the smaller size", ""))
        else:
            agreed(name, peer(frame), expected)  # the first call imports, and is not measured
            once = here(partial(peer, frame))
            if once.cpu < 1:
                once = interleaved([partial(here, partial(peer, frame))], 5)[0]
            slow |= {name} if once.cpu > PATIENCE else set()
            lines.append(line(f"{name} {installed}", once.cpu))
    return lines, frozenset(slow)


def tables(quick: bool, scratch: Path) -> Iterator[Table]:
    """One table for 10,000 and 100,000 units (quick: 500)."""
    lines: list[tuple[str, ...]] = []
    slow: frozenset[str] = frozenset()
    for units in (500,) if quick else (10_000, 100_000):
        more, slow = compare(units, 3 if quick else 15, slow)
        lines += more
    yield Table(TITLE, TEXT, ("", "units", "CPU ms", "× NumPy"), lines)
