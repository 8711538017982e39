"""Units' folders → what is kept of each: from the cache, else read and checked, some at a time, in bounded workers.

A batch is read, located and checked where it is read: what comes back are some kilobytes a unit. So the work is spread
over all processes, and this one's memory does not grow with the workbooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from xlcheck import reading
from xlcheck.cache import AT_ONCE, Cache
from xlcheck.checked import Checked, Outdated, decode, encode, keep
from xlcheck.checking import check_each
from xlcheck.collecting import Progress, read_file_by_file, seconds_for
from xlcheck.folders import Folder
from xlcheck.model import Submission
from xlcheck.rules import Pack
from xlcheck.spool import Spool
from xlcheck.workers import Failure, run_bounded

_BATCH = 64  # units: enough to share the cost of a rule's evaluation, few enough to spread over the workers
_LEAST = 6  # units, towards the end
Batch = tuple[tuple[Folder, ...], tuple[str, ...]]  # (folders, the names that their narratives are held against)


@dataclass(frozen=True, slots=True)
class Task:
    """What is done with a batch: held against ``pack``, worded in ``lang``; ``cells``: every located value is kept."""

    pack: Pack
    lang: str = "zh"
    cells: bool = False


Run = Callable[[Task, Sequence[Batch]], Iterator["list[bytes] | Failure"]]


def check_folders(folders: Sequence[Folder], pack: Pack, *, lang: str = "zh", jobs: int = 1, cache: Cache | None = None, progress: Progress | None = None, run: Run | None = None, spool: Spool | None = None) -> list[Checked]:  # fmt: skip
    """What is kept of each folder's unit, in the folders' order.

    ``run`` answers batches, in their order, in place of this machine's worker processes. A batch that fails is
    taken up again folder by folder, and a folder that fails file by file, so that one bad file costs one finding.
    ``spool`` is given the same with every located value.
    """
    task = Task(pack, lang, cells=spool is not None)
    answer = run or partial(_here, jobs)
    found: dict[int, Checked] = {}

    def note(number: int, body: bytes) -> None:
        found[number] = decode(body)
        if spool is not None:
            spool.put(number, body)
        if progress is not None:
            progress(min(len(found), len(folders)), len(folders))

    _answered(range(len(folders)), folders, {}, task, jobs, cache, answer, note)
    strays = _strays(found)
    again = {number: called for number, called in strays.items() if called}
    _answered(list(again), folders, again, task, jobs, cache, answer, note)
    return [found[number] for number in range(len(folders))]


def _strays(found: Mapping[int, Checked]) -> dict[int, tuple[str, ...]]:
    """The names of other units that each narrative speaks of as if they were its own."""
    told = {number: checked for number, checked in found.items() if checked.sentences}
    if not told:
        return {}
    from xlcheck.reportidentity import Names

    names = Names(checked.submission.unit for checked in found.values())
    return {
        number: names.strays(checked.sentences, checked.submission.unit, checked.submission.department)
        for number, checked in told.items()
    }


def _answered(numbers: Sequence[int], folders: Sequence[Folder], names: dict[int, tuple[str, ...]], task: Task, jobs: int, cache: Cache | None, answer: Run, note: Callable[[int, bytes], None]) -> None:  # fmt: skip
    """Note what is kept of the folders with these numbers, each held against its own ``names``."""
    keys = {number: cache.key(folders[number], names.get(number, ())) for number in numbers} if cache else {}
    left: list[int] = []
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        known = cache.get(keys[number] for number in part) if cache else {}
        for number in part:
            try:
                note(number, known[keys[number]])
            except (KeyError, Outdated):
                left.append(number)
    batches: list[list[int]] = []
    size = 0
    for done, number in enumerate(left):
        alike = batches and len(batches[-1]) < size and names.get(batches[-1][0], ()) == names.get(number, ())
        if not alike:
            batches.append([])
            size = _batch(len(left) - done, jobs)
        batches[-1].append(number)
    asked = [(tuple(folders[number] for number in batch), names.get(batch[0], ())) for batch in batches]
    for batch, (own, held), said in zip(batches, asked, answer(task, asked), strict=True):
        bodies = said if isinstance(said, list) else list(_one_by_one(own, held, task))
        if cache:
            cache.put((keys[number], body) for number, body in zip(batch, bodies, strict=True))
        for number, body in zip(batch, bodies, strict=True):
            note(number, body)


def _batch(left: int, jobs: int) -> int:
    """How many of the units that are left go into the next batch: fewer towards the end, so that all workers end together."""
    return min(_BATCH, max(_LEAST, left // (3 * jobs)))


def bound(batches: Sequence[Batch]) -> float:
    """The seconds that any one of these batches may take."""
    return max(
        (seconds_for([file for folder in folders for file in folder.files]) for folders, _ in batches), default=0
    )


def _here(jobs: int, task: Task, batches: Sequence[Batch]) -> Iterator[list[bytes] | Failure]:
    return run_bounded(partial(check_batch, task), batches, jobs, seconds=bound(batches))


def check_batch(task: Task, batch: Batch) -> list[bytes]:
    """Read and check some folders: what is kept of each, encoded."""
    folders, names = batch
    return _encoded([reading.read_submission(folder, task.pack) for folder in folders], names, task)


def _encoded(submissions: Sequence[Submission], names: Sequence[str], task: Task) -> list[bytes]:
    reports = check_each(submissions, task.pack, lang=task.lang, names=names)
    return [encode(keep(report, cells_of=task.pack if task.cells else None)) for report in reports]


def _one_by_one(folders: Sequence[Folder], names: tuple[str, ...], task: Task) -> Iterator[bytes]:
    alone = [((folder,), names) for folder in folders] if len(folders) > 1 else []
    said = list(_here(1, task, alone)) or [Failure("crash", "")]
    for folder, bodies in zip(folders, said, strict=True):
        if isinstance(bodies, list):
            yield from bodies
        else:
            yield from _encoded([read_file_by_file(folder, task.pack)], names, task)
