"""Submitted × published → comparison: units paired, then their papers field by field and sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from xlcheck.collecting import CannotCheck, Progress, find_folders, read_folders
from xlcheck.compare_forms import compare_forms
from xlcheck.compare_reports import compare_reports, compare_with_forms
from xlcheck.comparison import REPORT, Compared, Comparison, Matter, Printed, Sides, State, Uncompared, UnitComparison
from xlcheck.flat import matched, parted
from xlcheck.folders import WORKBOOKS
from xlcheck.labels import name_key
from xlcheck.model import Place, Prose, Submission
from xlcheck.resources import VERSION
from xlcheck.rules import Pack, load_pack
from xlcheck.workers import run_bounded

_NUMBER_OF_FOLDER = re.compile(r"^[\d\s._\-－—、]+(?=\D)")
Pair = tuple[Submission | None, Submission | None]


def compare(submitted: str | Path, published: str | Path, pack: str | Path | Pack = "zhanjiang-2024", *, jobs: int = 0, progress: Progress | None = None) -> Comparison:  # fmt: skip
    """Compare what was submitted with what was published: two files, units' folders, or folders of several units.

    In these each unit has a folder of its own, or all their papers lie side by side (:mod:`xlcheck.flat`).
    Raises :class:`~xlcheck.collecting.CannotCheck` where a path does not exist, or nothing on both sides
    could be compared, and :class:`~xlcheck.packfile.PackError` for a bad pack. ``jobs`` as in
    :func:`xlcheck.collecting.read_folders`.
    """
    rules = pack if isinstance(pack, Pack) else load_pack(pack)
    read = partial(read_folders, pack=rules, jobs=jobs, pages=True)
    found = [find_folders(Path(path), rules, jobs=jobs) for path in (submitted, published)]
    sides = [parted(folders[0], rules, read) if len(folders) == 1 else folders for folders in found]
    every = read([*sides[0], *sides[1]], progress=progress)
    return compare_submissions(every[: len(sides[0])], every[len(sides[0]) :], rules, jobs=jobs)


def sources(comparison: Comparison, submitted: Path, published: Path) -> Iterator[Path]:
    """The files that were compared, none of which is ever written."""
    for root, sides in (
        (submitted, [unit.submitted for unit in comparison.units]),
        (published, [unit.published for unit in comparison.units]),
    ):
        folder = root.parent if root.is_file() else root
        yield from (folder / paper.file for side in sides if side is not None for paper in side.papers)


def compare_submissions(submitted: Sequence[Submission], published: Sequence[Submission], pack: Pack, *, jobs: int = 0) -> Comparison:  # fmt: skip
    """Compare submissions that were read; raises :class:`~xlcheck.collecting.CannotCheck` where nothing can be."""
    units = tuple(_units(pair_units(submitted, published), pack, jobs))
    if not any(unit.sentences or unit.count(*State) for unit in units):
        reasons = dict.fromkeys(each.reason for unit in units for each in unit.uncompared if each.reason)
        missing = dict.fromkeys(each.reason for unit in units for each in unit.compared if each.reason)
        why = "".join(f"\n{reason}" for reason in (*reasons, *missing))
        raise CannotCheck(
            f"报送和公开的材料没有可以互相比对的内容：两边要有同一张表，或都有自评报告。请核对路径。{why}"
        )
    return Comparison(VERSION, pack.name, units)


def _units(pairs: Sequence[Pair], pack: Pack, jobs: int) -> Iterator[UnitComparison]:
    """Each pair compared, in worker processes where ``jobs`` is not 0; one that a worker fails on is not compared."""
    if not jobs:
        yield from (compare_unit(left, right, pack) for left, right in pairs)
        return
    for (left, right), said in zip(pairs, run_bounded(partial(_compare, pack), pairs, jobs), strict=True):
        if isinstance(said, UnitComparison):
            yield said
        else:
            papers = tuple(Uncompared(paper, "both", said.message) for paper in pack.papers)
            name = next(side.unit for side in (left, right) if side is not None)
            yield UnitComparison(name, left, right, (), uncompared=papers)


def _compare(pack: Pack, pair: Pair) -> UnitComparison:
    return compare_unit(*pair, pack)


def pair_units(submitted: Sequence[Submission], published: Sequence[Submission]) -> list[Pair]:
    """Units paired by their folder's name, then by code, then by name, at last by names that are much alike.

    One unit on each side is a pair whatever it is called; beside one unit the others of the other side
    are not spoken of.
    """
    if len(submitted) == len(published) == 1:
        return [(submitted[0], published[0])]
    partner: dict[int, Submission] = {}
    free = list(published)
    keys: tuple[Callable[[Submission], str], ...] = (
        lambda each: name_key(each.folder),
        lambda each: name_key(each.code),
        lambda each: name_key(_named(each)),
    )
    for key in keys:
        for at, own in enumerate(submitted):
            found = next((other for other in free if key(own) and key(other) == key(own)), None)
            if at not in partner and found is not None:
                partner[at] = found
                free.remove(found)
    left = [at for at in range(len(submitted)) if at not in partner]
    pairs = list(matched([_named(submitted[at]) for at in left], [_named(other) for other in free]))
    partner |= {left[at]: free[to] for at, to in pairs}
    free = [other for to, other in enumerate(free) if to not in {to for _, to in pairs}]
    alone: list[Pair] = [(own, partner.get(at)) for at, own in enumerate(submitted)]
    if len(published) == 1:
        alone = [pair for pair in alone if pair[1] is not None] or alone
    return alone + [(None, other) for other in (free if len(submitted) > 1 else ())]


def _named(side: Submission) -> str:
    return _NUMBER_OF_FOLDER.sub("", side.unit)


def compare_unit(submitted: Submission | None, published: Submission | None, pack: Pack) -> UnitComparison:
    """One unit's papers, compared; either side may be missing altogether."""
    if submitted is None or published is None:
        alone = submitted or published
        assert alone is not None
        said = Printed(alone.folder, Place(alone.folder))
        state = State.PUBLISHED_ONLY if submitted is None else State.SUBMITTED_ONLY
        sides: Sides = (None, said) if submitted is None else (said, None)
        return UnitComparison(alone.unit, submitted, published, (Compared(Matter.UNIT, "", alone.unit, *sides, state),))
    compared: list[Compared] = []
    uncompared: list[Uncompared] = []
    blank = 0
    shared = _shared(submitted) | _shared(published)
    for form in pack.forms:
        left, right = submitted.document(form.name), published.document(form.name)
        if left is not None and right is not None:
            found, nothing = compare_forms(form, left, right, pack, shared)
            compared += found
            blank += nothing
        else:
            files = left.file if left is not None else None, right.file if right is not None else None
            _missing(form.name, *files, submitted, published, compared, uncompared)
    unit = next((side.unit for side in (submitted, published) if side.unit != "."), submitted.papers[0].file)
    if submitted.prose is not None and published.prose is not None:
        found, wording = compare_reports(submitted.prose, published.prose, pack)
        return UnitComparison(unit, submitted, published, (*compared, *found), blank, wording.same, wording.frame, tuple(uncompared))  # fmt: skip
    _missing(REPORT, _name(submitted.prose), _name(published.prose), submitted, published, compared, uncompared)
    if published.prose is not None and not published.documents:
        compared += compare_with_forms(published.prose, submitted, pack, published=True)
    elif submitted.prose is not None and not submitted.documents:
        compared += compare_with_forms(submitted.prose, published, pack, published=False)
    return UnitComparison(unit, submitted, published, tuple(compared), blank, uncompared=tuple(uncompared))


def _shared(side: Submission) -> frozenset[Place]:
    """The places that more than one of a side's forms took a field from: the cover of a page that holds several."""
    counts = Counter(place for document in side.documents for place in {v.place for v in document.fields.values()})
    return frozenset(place for place, count in counts.items() if count > 1)


def _name(prose: Prose | None) -> str | None:
    return prose.name if prose is not None else None


def _missing(paper: str, ours: str | None, theirs: str | None, submitted: Submission, published: Submission, compared: list[Compared], uncompared: list[Uncompared]) -> None:  # fmt: skip
    """Say once that a paper is on one side alone; of a single file that was given nothing is said to be missing."""
    if ours is None and theirs is None:
        reason = "；".join((*_problems(submitted), *_problems(published)))
        uncompared.append(Uncompared(paper, "both", reason))
        return
    side, without = ("published", published) if theirs is None else ("submitted", submitted)
    reason = "；".join(_problems(without))
    if without.lone:
        uncompared.append(Uncompared(paper, side, reason))
        return
    one, other = (Printed(file, Place(file)) if file is not None else None for file in (ours, theirs))
    state = State.SUBMITTED_ONLY if theirs is None else State.PUBLISHED_ONLY
    compared.append(Compared(Matter.PAPER, paper, paper, one, other, state, reason=reason))


def _problems(side: Submission) -> Iterator[str]:
    """Why the files of a side that were not compared were not."""
    for paper in side.papers:
        if paper.problem:
            yield f"{paper.file}：{paper.problem}"
        elif paper.form is None and Path(paper.file).suffix.lower() in WORKBOOKS:
            yield f"{paper.file}：认不出是哪张表"
