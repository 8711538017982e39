"""Units' folders → what is kept of each: from the cache, else read and checked, some at a time, in bounded workers.

A batch is read, located and checked where it is read: what comes back are some kilobytes a unit. So the work is spread
over all processes, and this one's memory does not grow with the workbooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from xlcheck import reading
from xlcheck.cache import Cache
from xlcheck.checked import Checked, Outdated, decode, encode, keep
from xlcheck.checking import check_each
from xlcheck.collecting import Progress, read_file_by_file, seconds_for
from xlcheck.folders import Folder
from xlcheck.model import Submission
from xlcheck.reportidentity import Names
from xlcheck.rules import Pack
from xlcheck.workers import Failure, run_bounded

_BATCH = 16  # units: enough to share the cost of a rule's evaluation, few enough to spread over the workers
Batch = tuple[tuple[Folder, ...], tuple[str, ...]]  # (folders, the names that their narratives are held against)
Run = Callable[[Sequence[Batch]], Iterator["list[bytes] | Failure"]]


def check_folders(folders: Sequence[Folder], pack: Pack, *, lang: str = "zh", jobs: int = 1, cache: Cache | None = None, progress: Progress | None = None, run: Run | None = None) -> list[Checked]:  # fmt: skip
    """What is kept of each folder's unit, in the folders' order.

    ``run`` answers batches, in their order, in place of this machine's worker processes. A batch that fails is
    taken up again folder by folder, and a folder that fails file by file, so that one bad file costs one finding.
    """
    answer = run or partial(_here, pack, lang, jobs)
    found: dict[int, Checked] = {}

    def note(number: int, checked: Checked) -> None:
        found[number] = checked
        if progress is not None:
            progress(min(len(found), len(folders)), len(folders))

    _answered(range(len(folders)), folders, {}, pack, lang, jobs, cache, answer, note)
    names = Names(checked.submission.unit for checked in found.values())
    strays = {
        number: names.strays(checked.sentences, checked.submission.unit, checked.submission.department)
        for number, checked in found.items()
        if checked.sentences
    }
    again = {number: called for number, called in strays.items() if called}
    _answered(list(again), folders, again, pack, lang, jobs, cache, answer, note)
    return [found[number] for number in range(len(folders))]


def _answered(numbers: Sequence[int], folders: Sequence[Folder], names: dict[int, tuple[str, ...]], pack: Pack, lang: str, jobs: int, cache: Cache | None, answer: Run, note: Callable[[int, Checked], None]) -> None:  # fmt: skip
    """Note what is kept of the folders with these numbers, each held against its own ``names``."""
    keys = {number: cache.key(folders[number], names.get(number, ())) for number in numbers} if cache else {}
    known = cache.get(keys.values()) if cache else {}
    left = []
    for number in numbers:
        try:
            note(number, decode(known[keys[number]]))
        except (KeyError, Outdated):
            left.append(number)
    size = max(1, min(_BATCH, -(-len(left) // (4 * jobs))))
    batches: list[list[int]] = []
    for number in left:
        alike = batches and len(batches[-1]) < size and names.get(batches[-1][0], ()) == names.get(number, ())
        batches[-1].append(number) if alike else batches.append([number])
    asked = [(tuple(folders[number] for number in batch), names.get(batch[0], ())) for batch in batches]
    for batch, (own, held), said in zip(batches, asked, answer(asked), strict=True):
        bodies = said if isinstance(said, list) else list(_one_by_one(own, held, pack, lang))
        if cache:
            cache.put((keys[number], body) for number, body in zip(batch, bodies, strict=True))
        for number, body in zip(batch, bodies, strict=True):
            note(number, decode(body))


def _here(pack: Pack, lang: str, jobs: int, batches: Sequence[Batch]) -> Iterator[list[bytes] | Failure]:
    seconds = max(
        (seconds_for([file for folder in folders for file in folder.files]) for folders, _ in batches), default=0
    )
    return run_bounded(partial(check_batch, pack, lang), batches, jobs, seconds=seconds)


def check_batch(pack: Pack, lang: str, batch: Batch) -> list[bytes]:
    """Read and check some folders: what is kept of each, encoded."""
    folders, names = batch
    return _encoded([reading.read_submission(folder, pack) for folder in folders], names, pack, lang)


def _encoded(submissions: Sequence[Submission], names: Sequence[str], pack: Pack, lang: str) -> list[bytes]:
    return [encode(keep(report)) for report in check_each(submissions, pack, lang=lang, names=names)]


def _one_by_one(folders: Sequence[Folder], names: tuple[str, ...], pack: Pack, lang: str) -> Iterator[bytes]:
    alone = [((folder,), names) for folder in folders] if len(folders) > 1 else []
    said = list(_here(pack, lang, 1, alone)) or [Failure("crash", "")]
    for folder, bodies in zip(folders, said, strict=True):
        if isinstance(bodies, list):
            yield from bodies
        else:
            yield from _encoded([read_file_by_file(folder, pack)], names, pack, lang)
