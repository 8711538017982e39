"""Paths → submissions: which folders there are, and their files read in bounded worker processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from xlcheck import reading
from xlcheck.folders import Folder, discover
from xlcheck.model import Paper, Submission
from xlcheck.papers.bounds import SECONDS
from xlcheck.rules import Pack
from xlcheck.workers import Failure, run_bounded

_MOST_SECONDS = 60.0
_SLOW = (".doc", ".wps", ".rtf", ".odt")
Progress = Callable[[int, int], None]  # (submissions read, submissions in all)


class CannotCheck(Exception):
    """There is nothing to check; the message is one sentence for the user."""


def find_folders(path: Path, pack: Pack, *, skip: Path | None = None, jobs: int = 0) -> list[Folder]:
    """The units' folders under a path; raises :class:`CannotCheck` where there are none."""
    if not path.exists():
        raise CannotCheck(f"找不到 {path}，请核对路径。")

    def is_form(file: Path) -> bool:
        if not jobs:
            return reading.is_form(file, pack)
        said = next(run_bounded(partial(reading.is_form, pack=pack), [file]))
        return said is True

    found = discover(path, is_form, skip)
    if not found:
        raise CannotCheck(f"{path} 里没有可以审核的文件（.xlsx、.xlsm 等），请核对路径。")
    return found


def read_folders(folders: Sequence[Folder], pack: Pack, *, jobs: int = 0, progress: Progress | None = None, pages: bool = False) -> list[Submission]:  # fmt: skip
    """Read units' folders, in their order; ``pages``: as :func:`xlcheck.reading.read_submission` has it.

    ``jobs`` is the number of worker processes; 0 reads here, without bounds on time and memory. A
    folder that a worker fails on is read once more file by file, so that one bad file costs one
    finding.
    """
    found: list[Submission] = []
    for submission in _submissions(folders, pack, jobs, pages):
        found.append(submission)
        if progress is not None:
            progress(len(found), len(folders))
    return found


def _submissions(folders: Sequence[Folder], pack: Pack, jobs: int, pages: bool) -> Iterator[Submission]:
    read = partial(reading.read_submission, pack=pack, pages=pages)
    if not jobs:
        yield from map(read, folders)
        return
    seconds = max((seconds_for(folder.files) for folder in folders), default=SECONDS)
    for folder, said in zip(folders, run_bounded(read, folders, jobs, seconds=seconds), strict=True):
        yield said if isinstance(said, Submission) else read_file_by_file(folder, pack, pages=pages)


def seconds_for(files: Sequence[str]) -> float:
    """What reading some files together may take: a file's bound, and for each the little that files do take.

    Old Word formats are read by LibreOffice, which starts for each.
    """
    slow = sum(file.lower().endswith(_SLOW) for file in files)
    return min(_MOST_SECONDS, SECONDS * (1 + slow) + 0.25 * len(files))


def read_file_by_file(folder: Folder, pack: Pack, *, pages: bool = False) -> Submission:
    """A folder read without the files that a worker fails on; those become papers with a problem."""
    read = partial(reading.read_submission, pack=pack, pages=pages)
    alone = [replace(folder, files=(file,)) for file in folder.files]
    bad: list[Paper] = []
    for one, said in zip(alone, run_bounded(read, alone), strict=True):
        if isinstance(said, Failure):
            try:
                digest = hashlib.sha256(folder.read(one.files[0])).hexdigest()
            except OSError:  # gone meanwhile
                digest = ""
            bad.append(Paper(one.files[0], None, digest, False, said.message))
    left = replace(folder, files=tuple(file for file in folder.files if file not in {paper.file for paper in bad}))
    said = next(run_bounded(read, [left], seconds=_MOST_SECONDS))
    if isinstance(said, Failure):  # each file alone can be read, but not all of them within the bounds
        papers = tuple(Paper(file, None, "", False, said.message) for file in left.files)
        return Submission(
            folder.called or folder.name, "", "", None, folder.name, (*bad, *papers), (), lone=folder.lone
        )
    return replace(said, papers=tuple(sorted((*said.papers, *bad), key=lambda paper: folder.files.index(paper.file))))
