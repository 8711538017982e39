"""All benchmarks, and the page that shows them.

Run: ``make bench``, or ``python -m benchmarks [--quick] [--only confront,start …] [--page docs/performance.md]``.
Without ``--page`` the tables are printed. Ratios count: every line is measured in turn with what it is held against.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks import annotating, confront, growth, startup, throughput
from benchmarks.measure import Table, machine
from xlcheck.resources import VERSION
from xlcheck.saving import write_bytes

PARTS = {
    "confront": confront.tables,
    "throughput": throughput.tables,
    "annotating": annotating.tables,
    "startup": startup.tables,
    "growth": growth.tables,
}
HEAD = """\
# Performance

Written by `{command}` on {today}; do not edit. xlcheck {version}.
{machine}.

Look at the ratios: the lines of a table were measured in turn, in one run, on a machine that others may have used, too.
Units are written by `python -m benchmarks.units`: two workbooks each as real units file them, in five layouts.
"""


def page(tables: list[Table], command: str) -> str:
    """The page as Markdown."""
    head = HEAD.format(command=command, today=date.today(), version=VERSION, machine=machine())
    return "\n".join([head, *(table.markdown() for table in tables)])


def main() -> None:
    """Measure, then print or write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="small sizes, to try the benchmarks themselves")
    options.add_argument("--only", help=f"some of {','.join(PARTS)}")
    options.add_argument("--page", type=Path, help="write the tables here")
    given = options.parse_args()
    chosen = given.only.split(",") if given.only else list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        options.error(f"no benchmark {unknown[0]}; there are {', '.join(PARTS)}")
    tables = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            tables += PARTS[name](given.quick, Path(scratch))
    text = page(tables, "make bench" if given.page else " ".join(["python -m benchmarks", *sys.argv[1:]]))
    if given.page:
        write_bytes(given.page, text.encode())
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
