"""Mutated packages against the reader: ``python -m tests.fuzz_package [SECONDS] [SEED]``; exit 1 on a finding.

A finding is a file that costs more than a sentence: an exception other than Unreadable, or a worker's time or
memory used up. A crash of the last-resort reader is contained, and counted. Seeds are the files of tests/hostile.py.
"""

from __future__ import annotations

import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO

from tests.hostile import MAKERS, Hostile, zipped
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.workers import Failure, run_bounded

_WORDS = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\x7f",
    b"XFD1048576",
    b"99999999999",
    b"-1",
    b"<",
    b'"',
    b"&#1;",
)
_LARGEST = 200_000  # bytes of a seed: small files are mutated more often


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, dropped, doubled or replaced by a trying word."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if not changed:
            break
        at, size = rng.randrange(len(changed)), rng.choice((1, 4, 100))
        match rng.randrange(5):
            case 0:
                changed[at] = rng.randrange(256)
            case 1:
                del changed[at : at + size]
            case 2:
                changed[at:at] = changed[at : at + size]
            case 3:
                changed[at : at + size] = rng.choice(_WORDS)
            case 4 if rng.random() < 0.2:
                del changed[at:]
    return bytes(changed)


def variant(seed: Hostile, rng: random.Random) -> Hostile:
    """The seed with one part of its package mutated, or with its bytes mutated."""
    if seed.data.startswith(b"PK") and rng.random() < 0.8:
        try:
            with zipfile.ZipFile(BytesIO(seed.data)) as archive:
                parts = [(name, archive.read(name)) for name in archive.namelist()]
        except (zipfile.BadZipFile, OSError, EOFError):
            return Hostile(seed.name, mutated(seed.data, rng))
        chosen = rng.randrange(len(parts))
        parts[chosen] = (parts[chosen][0], mutated(parts[chosen][1], rng))
        return Hostile(seed.name, zipped(list(parts)))
    return Hostile(seed.name, mutated(seed.data, rng))


def variants(seconds: float, seed: int) -> Iterator[Hostile]:
    """Variants for so many seconds, the same ones for the same seed."""
    rng = random.Random(seed)
    seeds = [file for file in (make() for make in MAKERS) if 0 < len(file.data) < _LARGEST and "bomb" not in file.name and "many-times" not in file.name and "lying-sizes" not in file.name]  # fmt: skip
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield variant(rng.choice(seeds), rng)


def outcome(file: Hostile) -> str:
    """What became of a file."""
    try:
        open_any(file.data, file.name)
    except Unreadable:
        return "refused"
    return "read"


def main(seconds: float, seed: int) -> int:
    """Run, say what was found on standard output, and return the exit code."""
    kept: dict[int, Hostile] = {}

    def remembered() -> Iterator[Hostile]:
        for number, file in enumerate(variants(seconds, seed)):
            kept[number] = file
            yield file

    tally: Counter[str] = Counter()
    bad = 0
    for number, result in enumerate(run_bounded(outcome, remembered(), jobs=2)):
        file = kept.pop(number)
        tally[result.cause if isinstance(result, Failure) else result] += 1
        if isinstance(result, Failure) and result.cause != "crash":
            bad += 1
            sys.stdout.write(f"{number} {file.name}: {result.cause} {result.detail}\n")
    sys.stdout.write(f"seed {seed}: {dict(tally)}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
