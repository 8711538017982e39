"""Which files belong to which unit: a lone workbook, a unit's folder, or a folder of units' folders."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_BY_CONTENT = {
    ".xml": b"urn:schemas-microsoft-com:office:spreadsheet",
    ".mht": b"urn:schemas-microsoft-com:office:excel",
    ".mhtml": b"urn:schemas-microsoft-com:office:excel",
}
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".et", ".ett", ".xlsb", ".ods", ".ots", ".fods", ".csv", ".tsv", *_BY_CONTENT})  # fmt: skip
PROSE = frozenset({".docx", ".doc", ".wps", ".pdf", ".txt", ".html", ".htm", ".rtf", ".odt"})
_SUFFIXES = WORKBOOKS | PROSE
ROSTER_WORDS = ("名录", "名册", "roster")
RESULT_MARK = ".审核."
_DEPTH = 3
_HEAD = 16_384
_LOCKS = (("~$", ""), (".~", ""), (".~lock.", "#"))  # of Excel and WPS, of WPS, of LibreOffice


@dataclass(frozen=True, slots=True)
class Folder:
    """One unit's files. ``name`` and the files' names are relative to the path given, with forward slashes.

    ``opened`` are those that a lock file says are open in some program (:func:`is_open`).
    ``held`` has the files' bytes, or why one cannot be read, where they were read on another machine.
    ``called`` is how to call the unit where its papers do not say.
    """

    name: str
    root: Path
    files: tuple[str, ...]
    lone: bool = False
    opened: frozenset[str] = frozenset()
    held: Mapping[str, bytes | OSError] | None = field(default=None, compare=False, repr=False)
    called: str = ""

    def read(self, file: str) -> bytes:
        """The bytes of one of the files; raises OSError."""
        if self.held is None:
            try:
                with open(os.path.join(self.root, file), "rb") as there:
                    return there.read()
            except FileNotFoundError:  # perhaps it is only shown so
                return source(self.root, file).read_bytes()
        found = self.held[file]
        if isinstance(found, OSError):
            raise found
        return found

    def sources(self) -> list[Path]:
        """Where each of the files lies."""
        return [source(self.root, file) for file in self.files]

    def contents(self) -> dict[str, bytes | OSError]:
        """What each of the files holds, or why it cannot be read: ``held`` for a machine that does not see them."""
        held: dict[str, bytes | OSError] = {}
        for file in self.files:
            try:
                held[file] = self.read(file)
            except OSError as error:
                held[file] = error
        return held


def shown(name: str) -> str:
    """A name as text: one that is not UTF-8 is taken for GBK, as archives packed on Windows leave it elsewhere."""
    try:
        name.encode()
    except UnicodeEncodeError:
        held = os.fsencode(name)
        try:
            return held.decode("gb18030")
        except UnicodeDecodeError:
            return held.decode("utf-8", "replace")
    return name


def source(root: Path, file: str) -> Path:
    """Where a file lies whose name is :func:`shown` so."""
    path = root / file
    if path.exists():
        return path
    at = root
    for part in file.split("/"):
        try:
            at = next((entry for entry in at.iterdir() if shown(entry.name) == part), at / part)
        except OSError:
            return path
    return at


def is_paper(path: Path) -> bool:
    """Whether a file may be a paper: not a lock, hidden or temporary file, not xlcheck's own output."""
    return _is_paper(path.name, _suffix(path.name), str(path))


def _is_paper(name: str, suffix: str, path: str) -> bool:
    if suffix not in _SUFFIXES or name.startswith(("~$", ".", "._")) or RESULT_MARK in name:
        return False
    return suffix not in _BY_CONTENT or _BY_CONTENT[suffix] in _head(path)


def _suffix(name: str) -> str:
    return posixpath.splitext(name)[1].lower()


def _head(path: str) -> bytes:
    """The first bytes of a file, a mail's broken lines joined; none where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD).replace(b"=\r\n", b"").replace(b"=\n", b"")
    except OSError:
        return b""


def annotated_name(file_name: str) -> str:
    """What the annotated copy of a file is called: 基础数据表.xls → 基础数据表.审核.xlsx, 自评报告.pdf → 自评报告.审核.docx."""
    stem, suffix = posixpath.splitext(file_name)
    if suffix.lower() == ".xltm":
        suffix = ".xlsm"
    elif suffix.lower() not in (".xlsx", ".xlsm", ".docx"):
        suffix = ".docx" if suffix.lower() in PROSE else ".xlsx"
    return f"{stem.removesuffix('.审核')}.审核{suffix}"


def is_open(path: Path) -> bool:
    """Whether a lock file beside a workbook says that a program has it open, with changes perhaps not yet saved."""
    return any(path.with_name(name).is_file() for name in _locks(path.name))


def _locks(name: str) -> list[str]:
    return [f"{before}{name}{behind}" for before, behind in _LOCKS]


def is_roster(file: str) -> bool:
    """Whether a file is the roster of units by its name."""
    stem = posixpath.splitext(posixpath.basename(file))[0].lower()
    return any(word in stem for word in ROSTER_WORDS)


def discover(path: Path, is_form: Callable[[Path], bool], skip: Path | None = None) -> list[Folder]:
    """The units' folders under ``path``, in the order of their names.

    ``is_form`` says whether a workbook is one of the pack's forms: that tells a unit's folder with
    enclosures in subfolders from a folder of units. ``skip`` is an output folder to leave out.
    """
    if path.is_file():
        return [lone_folder(path)]
    own = [found for found in _files(path, "", 0, skip) if not is_roster(found.name)]
    below = {child: _files(path, child, _DEPTH, skip) for child in _folders(path, skip)}
    units = any(found.suffix in WORKBOOKS for files in below.values() for found in files)
    workbooks = [path / found.name for found in own if found.suffix in WORKBOOKS]
    if own and (not units or any(is_form(file) for file in workbooks)):
        return [_folder(".", path, _files(path, "", _DEPTH, skip), path.resolve().name)]
    return [_folder(child, path, files, child) for child, files in below.items() if files]


def lone_folder(path: Path) -> Folder:
    """A file by itself, named from the folder that it stands in."""
    name = shown(path.name)
    return Folder(".", path.parent, (name,), True, frozenset({name} if is_open(path) else ()), called=name)


class _Found(NamedTuple):
    """A file that may be a paper: its name from the path given on, and whether a lock file says that it is open."""

    name: str
    suffix: str
    open: bool


def _folder(name: str, root: Path, found: list[_Found], called: str) -> Folder:
    files = {shown(each.name): each.open for each in found if not is_roster(each.name)}
    opened = frozenset(file for file, is_open in files.items() if is_open)
    return Folder(shown(name), root, tuple(files), opened=opened, called=shown(called))


def _folders(path: Path, skip: Path | None) -> list[str]:
    """The names of the folders in a folder, in their order."""
    with os.scandir(path) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    return [name for name in names if path / name != skip]


def _files(root: Path, below: str, depth: int, skip: Path | None) -> list[_Found]:
    """The files that may be papers in a folder named from ``root`` on, and in its folders.

    Thousands of units are looked through: names are joined as text, which takes a fraction of what paths take.
    """
    found: list[_Found] = []
    folder = os.path.join(root, below)
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return found
    names = {entry.name for entry in entries}
    locked = any(name.startswith((".", "~")) for name in names)
    for entry in entries:
        name = f"{below}/{entry.name}" if below else entry.name
        if entry.is_file():
            suffix = _suffix(entry.name)
            if _is_paper(entry.name, suffix, entry.path):
                found.append(_Found(name, suffix, locked and not names.isdisjoint(_locks(entry.name))))
        elif depth > 0 and entry.is_dir() and not entry.name.startswith(".") and Path(entry.path) != skip:
            found.extend(_files(root, name, depth - 1, skip))
    return found
