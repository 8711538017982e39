"""Paths → submissions: which folders there are, and their files read in bounded worker processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from xlcheck import reading
from xlcheck.folders import Folder, discover
from xlcheck.model import Paper, Submission
from xlcheck.papers.bounds import SECONDS
from xlcheck.rules import Pack, load_pack
from xlcheck.workers import Failure, run_bounded

_MOST_SECONDS = 60.0
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
        said = next(run_bounded(partial(_is_form, pack.folder), [file]))
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
    if not jobs:
        yield from (reading.read_submission(folder, pack, pages=pages) for folder in folders)
        return
    loaded(pack.folder)  # read before the workers are forked, which then have it
    seconds = min(_MOST_SECONDS, SECONDS * max((len(folder.files) for folder in folders), default=1))
    one = partial(_read, pack.folder, pages)
    read = run_bounded(one, folders, jobs, seconds=seconds)
    for folder, said in zip(folders, read, strict=True):
        yield said if isinstance(said, Submission) else _file_by_file(folder, one)


def _file_by_file(folder: Folder, read: Callable[[Folder], Submission]) -> Submission:
    """A folder read without the files that a worker fails on; those become papers with a problem."""
    alone = [replace(folder, files=(file,)) for file in folder.files]
    bad: list[Paper] = []
    for one, said in zip(alone, run_bounded(read, alone), strict=True):
        if isinstance(said, Failure):
            path = folder.root / one.files[0]
            bad.append(Paper(one.files[0], None, hashlib.sha256(path.read_bytes()).hexdigest(), False, said.message))
    left = replace(folder, files=tuple(file for file in folder.files if file not in {paper.file for paper in bad}))
    said = next(run_bounded(read, [left], seconds=_MOST_SECONDS))
    if isinstance(said, Failure):  # each file alone can be read, but not all of them within the bounds
        papers = tuple(Paper(file, None, "", False, said.message) for file in left.files)
        return Submission(folder.name, "", "", None, folder.name, (*bad, *papers), (), lone=folder.lone)
    return replace(said, papers=tuple(sorted((*said.papers, *bad), key=lambda paper: folder.files.index(paper.file))))


@lru_cache(maxsize=8)
def loaded(folder: str) -> Pack:
    """The pack in a folder, read once a process: a worker that is forked later has it."""
    return load_pack(folder)


def _read(pack: str, pages: bool, folder: Folder) -> Submission:
    return reading.read_submission(folder, loaded(pack), pages=pages)


def _is_form(pack: str, path: Path) -> bool:
    return reading.is_form(path, loaded(pack))
