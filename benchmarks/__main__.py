"""All benchmarks, and the page that shows them.

Run: ``make bench``, or ``python -m benchmarks [--quick] [--only confront,startup …] [--page docs/performance.md]``.
Without ``--page`` the tables are printed. The page is written anew after each part, so that a run that is stopped
keeps what it has measured; the parts that are not measured stay as they were, each with its own date.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks import annotating, confront, growth, startup, throughput
from benchmarks.measure import machine
from xlcheck.resources import VERSION
from xlcheck.saving import write_bytes

PARTS = {
    "startup": startup.tables,
    "confront": confront.tables,
    "annotating": annotating.tables,
    "throughput": throughput.tables,
    "growth": growth.tables,
}
PART = re.compile(r"<!-- part: (\w+) -->\n(.*?)(?=<!-- part: |\Z)", re.DOTALL)
HEAD = """\
# Performance

Written by `make bench`; do not edit. Look at the ratios: the lines of a table were measured in turn, in one run, on a
machine that others may have used, too. Units are written by `python -m benchmarks.units`: two workbooks each, as real
units file them, in five layouts.
"""


def measured(name: str, quick: bool) -> str:
    """One part's tables as Markdown, with the command, the day and the machine."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        tables = [table.markdown() for table in PARTS[name](quick, Path(scratch))]
    if quick:
        tables.append(
            "Small sizes, to try the benchmark itself: starting up dominates, and the aims are not for these.\n"
        )
    command = f"python -m benchmarks --only {name}{' --quick' if quick else ''}"
    tables.append(f"`{command}`, {date.today()}, xlcheck {VERSION}: {machine()}.\n")
    return "\n".join(tables)


def page(text: str, name: str, part: str) -> str:
    """The page ``text`` with one part put in or replaced, in the order of :data:`PARTS`."""
    parts = dict(PART.findall(text)) | {name: part}
    return "\n".join([HEAD, *(f"<!-- part: {each} -->\n{parts[each].strip()}\n" for each in PARTS if each in parts)])


def main() -> None:
    """Measure, then print or write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="small sizes, to try the benchmarks themselves")
    options.add_argument("--only", help=f"some of {','.join(PARTS)}")
    options.add_argument("--page", type=Path, help="write the tables into this page")
    given = options.parse_args()
    chosen = given.only.split(",") if given.only else list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        options.error(f"no benchmark {unknown[0]}; there are {', '.join(PARTS)}")
    for name in chosen:
        print(f"{name} …", file=sys.stderr)
        part = measured(name, given.quick)
        if given.page:
            text = given.page.read_text(encoding="utf-8") if given.page.exists() else ""
            write_bytes(given.page, page(text, name, part).encode())
        else:
            print(part)


if __name__ == "__main__":
    main()
