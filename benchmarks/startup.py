"""One unit, cold: whole processes, and what their imports cost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import CLI, Table, interleaved, python
from benchmarks.units import write_units
from xlcheck.resources import samples_folder

TITLE = "One unit, cold"
TEXT = """\
Whole processes, from start to exit; byte code is there, as after an installation. Medians of {rounds} runs.

`xlcheck check` on a unit with its report takes {beyond:+.2f} s against `import pandas` (aim: at most 0.3 s more), `--help`
{help:.0%} of it (aim: less)."""
IMPORTS = "What `xlcheck check` imports"
IMPORTS_TEXT = "`python -X importtime`, the dearest by what each costs with all that it brings along; one run."


def tables(quick: bool, scratch: Path) -> Iterator[Table]:
    """The processes, then the imports of one check."""
    rounds = 3 if quick else 15
    (scratch / "units").mkdir()
    write_units(scratch / "units", 1, seed=4)
    unit = next(path for path in sorted((scratch / "units").iterdir()) if path.is_dir())
    sample = next(path for path in sorted(samples_folder().iterdir()) if path.name.startswith("02"))
    runs = {
        "`python -c pass`": ["-c", "pass"],
        "`python -c 'import pandas'`": ["-c", "import pandas"],
        "`xlcheck --help`": [*CLI, "--help"],
        "`xlcheck check UNIT`, tables": [*CLI, "check", str(unit)],
        "`xlcheck check UNIT`, tables and report": [*CLI, "check", str(sample)],
    }
    works = [partial(python, arguments, scratch) for arguments in runs.values()]
    for work in works:
        work()  # leaves the byte code
    costs = dict(zip(runs, interleaved(works, rounds), strict=True))
    pandas = costs["`python -c 'import pandas'`"]
    rows = [(title, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.wall / pandas.wall:.2f}") for title, cost in costs.items()]  # fmt: skip
    check = costs["`xlcheck check UNIT`, tables and report"]
    text = TEXT.format(rounds=rounds, beyond=check.wall - pandas.wall, help=costs["`xlcheck --help`"].wall / pandas.wall)  # fmt: skip
    yield Table(TITLE, text, ("", "s", "CPU s", "× import pandas"), rows)
    trace = python(["-X", "importtime", *CLI, "check", str(sample)], scratch).stderr
    yield Table(IMPORTS, IMPORTS_TEXT, ("module", "ms", "ms of its own"), imports(trace, 12))


def imports(trace: str, most: int) -> list[tuple[str, ...]]:
    """The dearest imports of an ``-X importtime`` trace."""
    found = []
    for line in trace.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        total, _, name = rest.partition("|")
        if line.startswith("import time:") and total.strip().isdigit():
            found.append((int(total), int(own), name.strip()))
    return [(f"`{name}`", f"{total / 1000:.1f}", f"{own / 1000:.1f}") for total, own, name in sorted(found, reverse=True)[:most]]  # fmt: skip
