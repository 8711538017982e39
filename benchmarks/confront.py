"""confront against plain NumPy, rule by rule, in one run: 10,000 and 100,000 units × 60 fields × 40 rules.

Run: ``python benchmarks/confront.py``. Both give the same failures; the last column is the ratio of medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import xlcheck


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


def timed(work: Callable[..., object], *given: object, rounds: int = 15) -> float:
    """The median of some rounds, in milliseconds."""
    work(*given)
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        work(*given)
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


def main() -> None:
    """Print one line a size."""
    print(f"{'units':>8} {'failures':>9} {'numpy ms':>9} {'confront ms':>12} {'ratio':>6}")
    for units in (10_000, 100_000):
        frame, rules = make(units)
        ours = xlcheck.confront(frame, rules)
        theirs = {(int(row), rule) for rows, rule in plain(frame) for row in rows}
        assert set(zip(ours["row"], ours["rule"], strict=True)) == theirs, "the two do not agree"
        numpy_ms, confront_ms = timed(plain, frame), timed(xlcheck.confront, frame, rules)
        print(f"{units:>8} {len(ours):>9} {numpy_ms:>9.2f} {confront_ms:>12.2f} {confront_ms / numpy_ms:>6.1f}")


if __name__ == "__main__":
    main()
