"""Mutated files against reading and marking: ``python -m tests.fuzz_package [SECONDS] [SEED]``; exit 1 on a finding.

A finding is a file that costs more than a sentence: an exception other than the readers' own, or a worker's time or
memory used up. A crash of the last-resort reader is contained, and counted. The folder XLCHECK_FUZZ_KEEP, where it is
set, takes the files that were found.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path, PurePath

from tests.annotated import CORPUS, FILE, usual
from tests.hostile import MAKERS, WEB, Hostile, zipped
from xlcheck.annotate import annotate
from xlcheck.conversion import as_xlsx
from xlcheck.folders import PROSE
from xlcheck.papers.foreign import Unreadable, open_any
from xlcheck.papers.package import BadPackage
from xlcheck.papers.prose import UnreadableProse, read_prose
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
_COSTLY = ("bomb", "many-times", "lying-sizes")
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F1 12 Tf 10 100 Td (score 98.00) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
"""
SAMPLES = Path(__file__).resolve().parent.parent / "sample_workbooks"
KEEP = os.environ.get("XLCHECK_FUZZ_KEEP")
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


def seeds() -> list[Hostile]:
    """Small files of every kind that is read: those of tests/hostile.py, papers of the samples, the corpus where it is."""
    found = [file for file in (make() for make in MAKERS) if not any(word in file.name for word in _COSTLY)]
    unit = SAMPLES / "02 岚屿市教育局本级"
    paths = [*sorted(unit.glob("*.xlsx")), *sorted(unit.glob("*.docx")), *sorted(SAMPLES.glob("01*/*.txt"))]
    if CORPUS.is_dir():
        paths += [path for path in sorted(CORPUS.iterdir()) if path.suffix in (".xls", ".xlsb", ".ods", ".xlsm")]
    found += [Hostile(path.name, path.read_bytes()) for path in paths]
    found += [Hostile("报告.html", WEB.format(charset="utf-8").encode()), Hostile("报告.pdf", _PDF)]
    return [file for file in found if 0 < len(file.data) < _LARGEST]


def variants(seed: int) -> Iterator[Hostile]:
    """Variants without end, the same ones for the same seed."""
    rng = random.Random(seed)
    all_seeds = seeds()
    while True:
        yield variant(rng.choice(all_seeds), rng)


def outcome(file: Hostile) -> str:
    """What became of a file: read and marked, or refused in a sentence."""
    if PurePath(file.name).suffix in PROSE:
        try:
            read_prose(file.data, file.name)
        except UnreadableProse:
            return "refused"
        return "read"
    try:
        open_any(file.data, file.name)
    except Unreadable:
        return "refused"
    report = usual()
    try:
        annotate(report, FILE, file.data)
    except BadPackage:
        made = as_xlsx(file.data, file.name)
        annotate(report, FILE, made.data, lost=made.lost)
        return "converted"
    return "marked"


def judged(files: Iterable[Hostile]) -> tuple[Counter[str], list[str]]:
    """How many came to what, and a line on each that cost more than a sentence."""
    kept: dict[int, Hostile] = {}

    def remembered() -> Iterator[Hostile]:
        for number, file in enumerate(files):
            kept[number] = file
            yield file

    tally: Counter[str] = Counter()
    bad: list[str] = []
    for number, result in enumerate(run_bounded(outcome, remembered(), jobs=2)):
        file = kept.pop(number)
        tally[result.cause if isinstance(result, Failure) else result] += 1
        if isinstance(result, Failure) and result.cause != "crash":
            bad.append(f"{number} {file.name}: {result.cause} {result.detail}")
            if KEEP is not None:
                (Path(KEEP) / f"{number}-{PurePath(file.name).name}").write_bytes(file.data)
    return tally, bad


def main(seconds: float, seed: int) -> int:
    """Run for so many seconds, say what was found on standard output, and return the exit code."""
    end = time.monotonic() + seconds
    tally, bad = judged(itertools.takewhile(lambda _: time.monotonic() < end, variants(seed)))
    sys.stdout.write("".join(f"{line}\n" for line in bad) + f"seed {seed}: {dict(tally)}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
