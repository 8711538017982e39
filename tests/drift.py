"""An independent judge: random filings with known faults, and how many of them xlcheck finds on the right cell.

Run it as ``python -m tests.drift --units 60 --seed 1``: it writes a folder of units' folders, calls
``xlcheck check`` on it, and prints recall by rule, false alarms on clean units, and which features
of the layout go with misses. Everything is drawn from the seed. The filings are made from
DOMAIN.md and DESIGN.md alone.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.drift_dialect import resave
from tests.drift_faults import Expected
from tests.drift_papers import Filed, Spot, file_unit
from tests.drift_printed import make_unit
from tests.drift_scoring_faults import DATA, RULES, SCORE_FAULTS, plausibility
from tests.drift_unit import Unit
from tests.drift_words import BODIES, PLACES, Key

SECOND = ("deduction-without-reason", "grade-differs-from-score", "score-over-weight", "credit-code-invalid")
CONTRACT_WARNINGS = frozenset(RULES)  # warnings of other rules (recomputed scores …) are shown, not judged


@dataclass(frozen=True, slots=True)
class Case:
    """One unit on disk and what must be said of it; a clean unit expects nothing."""

    folder: str
    name: str
    expected: tuple[Expected, ...]
    filed: Filed
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Said:
    """One finding of the product, from its JSON or from its Python API."""

    rule: str
    severity: str
    unit: str
    file: str
    spot: Spot | None
    named: tuple[Spot, ...]
    message: str
    explained: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an expected finding fared: its id was said, on an accepted cell, on the contract's very cell."""

    case: Case
    expected: Expected
    by_id: bool
    on_cell: bool
    strict: bool


def unit_names(rng: random.Random) -> list[str]:
    """Names of organisations that do not exist, all different, in random order."""
    names = [a + b + c for a, b, c in itertools.product(PLACES, BODIES, ("", "（本级）", "城东分部", "第二办公区"))]
    rng.shuffle(names)
    return names


def faulty(rule: str, name: str, rng: random.Random) -> tuple[Unit, tuple[Expected, ...]]:
    """A unit with one fault, sometimes with a second one in a paper or field apart from the first."""
    while True:
        if rule in DATA:
            unit = make_unit(rng, name=name)
            expected = DATA[rule](unit, rng)
        else:
            knobs, expected = plausibility(rule, rng)
            unit = make_unit(rng, knobs, name=name)
        if expected is not None:
            break
    apart = rule not in SCORE_FAULTS and not unit.missing and not unit.foreign and rule != "credit-code-invalid"
    if apart and rng.random() < 0.2:
        second = DATA[rng.choice(SECOND)](unit, rng)
        if second is not None:
            return unit, (expected, second)
    return unit, (expected,)


def generate(root: Path, clean: int, faults: int, seed: int) -> list[Case]:
    """Write the folders of ``clean`` and ``faults`` units below ``root``, the rules taken in turn."""
    names = unit_names(random.Random(seed))
    rules = itertools.cycle(random.Random(seed).sample(RULES, len(RULES)))
    cases = []
    for index in range(clean + faults):
        rng = random.Random(f"{seed}/{index}")
        name = names[index % len(names)] + ("" if index < len(names) else f"{index // len(names)}部")
        if index < clean:
            unit, expected = make_unit(rng, name=name), tuple[Expected, ...]()
        else:
            unit, expected = faulty(next(rules), name, rng)
        folder = f"{index:04d}_{name}"
        filed = file_unit(unit, rng, root, folder)
        cases.append(Case(folder, name, expected, filed, frozenset(unit.tags)))
    return cases


def resaved(root: Path, cases: list[Case], suffix: str) -> list[Case]:
    """The same cases after LibreOffice has stored every workbook anew, as .xlsx, .xls or .ods."""
    resave(sorted(root.glob("*/*.xlsx")), suffix)

    def renamed(spots: dict[Key, Spot]) -> dict[Key, Spot]:
        return {key: replace(spot, file=str(Path(spot.file).with_suffix(f".{suffix}"))) for key, spot in spots.items()}

    found = []
    for case in cases:
        filed = case.filed
        papers = {paper: file.replace(".xlsx", f".{suffix}") for paper, file in filed.papers.items()}
        found.append(
            replace(case, filed=replace(filed, spots=renamed(filed.spots), labels=renamed(filed.labels), papers=papers))
        )
    return found


def spot_of(place: dict[str, str | None]) -> Spot | None:
    """The spot of a finding or of a related cell in the JSON, None where it names no cell."""
    if not place.get("cell"):
        return None
    return Spot(str(place.get("file")), str(place.get("sheet")), str(place.get("cell")))


def from_json(text: str) -> list[Said]:
    """The findings of ``xlcheck check --format json``."""
    said = []
    for finding in json.loads(text)["findings"]:
        related = [spot_of(place) for place in finding["related"]]
        suspects = [spot_of({"file": finding["file"], **place}) for place in finding["suspects"]]
        named = tuple(spot for spot in (*related, *suspects) if spot)
        said.append(
            Said(
                finding["rule"],
                finding["severity"],
                finding["unit"],
                finding["file"] or "",
                spot_of(finding),
                named,
                finding["message"],
                finding["explanation"] is not None,
            )
        )
    return said


def of_case(case: Case, findings: Iterable[Said]) -> list[Said]:
    """The findings that speak of this unit: by its folder, or by its name where they name no file."""
    return [said for said in findings if case.folder in said.file or (not said.file and said.unit == case.name)]


def outcome(case: Case, expected: Expected, said: list[Said]) -> Outcome:
    """Compare what was said of a unit with one expected finding."""
    same = [each for each in said if each.rule == expected.rule]
    filed = case.filed
    exact = {filed.spots[key] for key in expected.keys if key in filed.spots}
    accepted = exact | {filed.spots[key] for key in expected.accept if key in filed.spots}
    accepted |= {filed.labels[key] for key in expected.keys if key in filed.labels and expected.rule == "field-blank"}
    paper = filed.papers.get(expected.paper)
    anywhere = [
        each for each in same if expected.paper == "folder" or (paper and each.file.endswith(paper.split("/")[-1]))
    ]
    on_cell = bool(anywhere) or any(each.spot in accepted for each in same)
    strict = any(each.spot in exact for each in same) if exact else on_cell
    return Outcome(case, expected, bool(same), on_cell, strict)


def judge(cases: list[Case], findings: list[Said]) -> tuple[list[Outcome], list[tuple[Case, Said]]]:
    """Every expected finding's outcome, and every error or contract warning on a clean unit."""
    by_folder = {case.folder: of_case(case, findings) for case in cases}
    outcomes = [outcome(case, expected, by_folder[case.folder]) for case in cases for expected in case.expected]
    alarms = [
        (case, said)
        for case in cases
        if not case.expected
        for said in by_folder[case.folder]
        if said.severity == "error" or (said.severity == "warning" and said.rule in CONTRACT_WARNINGS)
    ]
    return outcomes, alarms


def share(part: int, whole: int) -> str:
    """「57/60 95.0 %」."""
    return f"{part}/{whole} {100 * part / whole:.1f}%" if whole else "0/0"


def describe(each: Outcome, said: list[Said]) -> str:
    """One miss: where it should have been found, and what was said instead."""
    filed = each.case.filed
    spots = [filed.spots[key] for key in each.expected.keys if key in filed.spots]
    where = (
        "; ".join(f"{spot.file} {spot.sheet}!{spot.cell}" for spot in spots)
        or f"{each.case.folder} ({each.expected.paper})"
    )
    lines = [f"- {each.expected.rule} [{each.expected.how}] at {where}"]
    lines += [f"    said {one.rule}: {one.message}" for one in said[:6]] or ["    nothing was said"]
    return "\n".join(lines)


def features(cases: list[Case], bad: set[str]) -> list[str]:
    """The layout features that go with trouble, worst first: share of bad units with the feature and without."""
    tally: dict[str, Counter[bool]] = defaultdict(Counter)
    for case in cases:
        for tag in case.tags:
            tally[tag][case.folder in bad] += 1
    rows = []
    for tag, counts in tally.items():
        inside, outside = counts.total(), len(cases) - counts.total()
        with_it = counts[True] / inside
        without = (len(bad) - counts[True]) / outside if outside else 0.0
        if counts[True] >= 2 and outside * 10 >= len(cases) and with_it > without:
            rows.append(
                (with_it - without, f"  {tag}: {share(counts[True], inside)} against {100 * without:.1f}% without")
            )
    return [row for _, row in sorted(rows, reverse=True)[:15]]


def render(cases: list[Case], findings: list[Said]) -> str:
    """The judgement as text."""
    outcomes, alarms = judge(cases, findings)
    lines = [f"{'rule':44} {'found id':>16} {'id + cell':>16} {'contract cell':>16}"]
    for rule in [*dict.fromkeys(each.expected.rule for each in sorted(outcomes, key=lambda o: o.expected.rule)), "all"]:
        group = [each for each in outcomes if rule in (each.expected.rule, "all")]
        counts = [sum(getattr(each, what) for each in group) for what in ("by_id", "on_cell", "strict")]
        lines.append(f"{rule:44} " + " ".join(f"{share(count, len(group)):>16}" for count in counts))
    lines.append("\nMisses:")
    lines += [describe(each, of_case(each.case, findings)) for each in outcomes if not each.on_cell]
    clean = [case for case in cases if not case.expected]
    spoiled = {case.folder for case, _ in alarms}
    lines.append(f"\nClean units with an error or a contract warning: {share(len(spoiled), len(clean))}")
    shown: Counter[str] = Counter()
    for case, said in alarms:
        shown[said.rule] += 1
        if shown[said.rule] <= 4:
            where = f"{said.spot.file} {said.spot.sheet}!{said.spot.cell}" if said.spot else case.folder
            lines.append(f"- {said.severity} {said.rule} at {where}: {said.message}")
    lines.append(f"  of each rule at most four are shown; all of them: {dict(shown.most_common())}")
    others = Counter(
        said.rule
        for case in clean
        for said in of_case(case, findings)
        if said.severity == "warning" and said.rule not in CONTRACT_WARNINGS
    )
    lines.append(f"Other warnings on clean units: {dict(others) or 'none'}")
    lines.append("\nLayout features that go with misses:")
    lines += features(cases, {each.case.folder for each in outcomes if not each.on_cell})
    lines.append("\nLayout features that go with false alarms:")
    lines += features(clean, spoiled)
    return "\n".join(lines)


def check(root: Path, command: str) -> str:
    """The JSON that the product says of a folder of units; stops with its words where it fails."""
    run = [command, "check", str(root), "--format", "json", "--fail-on", "never"]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(run)} exited {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


def main() -> None:
    """Generate, check, judge, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--units", type=int, default=60, help="units with a fault (default 60)")
    options.add_argument("--clean", type=int, help="units without one (default a third of --units)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="write the filings here, and keep them")
    options.add_argument(
        "--xlcheck", default=str(Path(sys.executable).with_name("xlcheck")), help="the command to judge"
    )
    options.add_argument("--resave", choices=("xlsx", "xls", "ods"), help="let LibreOffice store every workbook anew")
    options.add_argument("--only-generate", action="store_true", help="write the filings (see --keep) and stop")
    given = options.parse_args()
    if given.keep and given.keep.exists() and any(given.keep.iterdir()):
        sys.exit(f"{given.keep} is not empty; name a new folder to keep the filings in.")
    with tempfile.TemporaryDirectory(prefix="drift-") as scratch:
        root = given.keep or Path(scratch)
        clean = given.units // 3 if given.clean is None else given.clean
        cases = generate(root, clean, given.units, given.seed)
        if given.resave:
            cases = resaved(root, cases, given.resave)
        if not given.only_generate:
            sys.stdout.write(render(cases, from_json(check(root, given.xlcheck))) + "\n")


if __name__ == "__main__":
    main()
