"""What was found about units before, kept beside the output in SQLite: one late filing costs one filing.

A unit's entry is found by what its files hold (SHA-256), by the pack's files and by the program's own; a file whose
size, time of change and inode are as they were is not read again. Entries are committed as they come: whoever kills
the program loses those in flight. A cache that cannot be used costs time, never a result.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlcheck.folders import Folder, shown
from xlcheck.resources import VERSION, program
from xlcheck.rules import Pack
from xlcheck.saving import CannotSave

SUFFIX = ".xlcheck-cache"
AT_ONCE = 500  # entries to ask for at a time: so many are in memory, and SQLite takes so many names in one question
_KEEP_RUNS = 10  # an entry that so many runs did not ask for is dropped
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, changed INTEGER, inode INTEGER, sha256 TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS units (key TEXT PRIMARY KEY, body BLOB NOT NULL, run INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Info:
    """A cache as it stands: units and files that it knows, bytes on disk, the time (UTC) of its last run."""

    units: int
    files: int
    size: int
    last: str


def cache_beside(out: Path) -> Path:
    """Where the cache of an output stands: beside it, named after it, hidden."""
    return out.with_name(f".{out.name}{SUFFIX}")


class Cache:
    """An open cache; where the file cannot be used it remembers nothing. Close it, or use it as a context."""

    def __init__(self, path: Path, pack: Pack, lang: str, *, cells: bool = False) -> None:
        self.path = path
        self._base = "\x1f".join((VERSION, program(), pack.name, pack.digest, lang, "cells" if cells else ""))
        self._run = 0
        self._files: dict[str, tuple[int, int, int, str]] = {}
        self._learnt: list[tuple[str, int, int, int, str]] = []
        self._database = self._open()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection | None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._begin()
            except sqlite3.OperationalError:
                return None  # held by another run, or the place cannot be written to
            except sqlite3.DatabaseError:  # no cache, or not one any more
                _remove(self.path)
                return self._begin()
        except (sqlite3.Error, OSError):
            return None

    def _begin(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=5)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.executescript(_TABLES)
            with database:
                self._run = database.execute("INSERT INTO runs DEFAULT VALUES").lastrowid or 0
                database.execute("DELETE FROM units WHERE run < ?", (self._run - _KEEP_RUNS,))
            rows = database.execute("SELECT path, size, changed, inode, sha256 FROM files")
            self._files = {path: (size, changed, inode, digest) for path, size, changed, inode, digest in rows}
        except sqlite3.Error:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Keep what was learnt about files, and close."""
        self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", self._learnt)
        self._learnt = []
        if self._database is not None:
            self._database.close()
            self._database = None

    def key(self, folder: Folder, names: Sequence[str] = ()) -> str:
        """The key of a unit's entry: all that its report depends on. ``names`` are those its narrative is held against."""
        found = hashlib.sha256(self._base.encode())
        for text in (folder.name, folder.called, str(folder.lone), *names):
            found.update(b"\0" + text.encode())
        for file, path in zip(folder.files, folder.sources(), strict=True):
            found.update(b"\2" if file in folder.opened else b"")
            found.update(b"\1" + file.encode() + b"\0" + self._digest(path).encode())
        return found.hexdigest()

    def _digest(self, path: Path) -> str:
        """SHA-256 of a file; '' where it cannot be read."""
        try:
            stat = path.stat()
            name = shown(str(path))
            state = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
            known = self._files.get(name)
            if known is not None and known[:3] == state:
                return known[3]
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return ""
        self._files[name] = (*state, digest)
        self._learnt.append((name, *state, digest))
        return digest

    def get(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The entries there are for some keys, :data:`AT_ONCE` at the most."""
        if self._database is None:
            return {}
        wanted = list(keys)
        marks = ",".join("?" * len(wanted))
        try:
            found = dict(self._database.execute(f"SELECT key, body FROM units WHERE key IN ({marks})", wanted))
        except sqlite3.Error:
            return {}
        self._write("UPDATE units SET run = ? WHERE key = ?", [(self._run, key) for key in found])
        return found

    def put(self, entries: Iterable[tuple[str, bytes]]) -> None:
        """Keep some entries, at once and for good."""
        self._write("INSERT OR REPLACE INTO units VALUES (?, ?, ?)", [(key, body, self._run) for key, body in entries])

    def _write(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if self._database is None or not rows:
            return
        try:
            with self._database:
                self._database.executemany(statement, rows)
        except sqlite3.Error:  # a full disk, or another run that holds it too long: go on without
            self._database.close()
            self._database = None


def caches_at(path: Path) -> list[Path]:
    """The caches of an output, or of all outputs in a folder."""
    beside = cache_beside(path)
    found = [beside] if beside.is_file() else []
    return found + sorted(path.glob(f".*{SUFFIX}")) if path.is_dir() else found


def info(path: Path) -> Info | None:
    """What a cache holds; None where it is none that can be read."""
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    except sqlite3.Error:
        return None
    try:
        units, files, last = database.execute(
            "SELECT (SELECT COUNT(*) FROM units), (SELECT COUNT(*) FROM files), (SELECT MAX(at) FROM runs)"
        ).fetchone()
    except sqlite3.Error:
        return None
    finally:
        database.close()
    return Info(units, files, path.stat().st_size, last or "")


def clear(path: Path) -> int:
    """Delete a cache; how many bytes that freed. Raises :class:`CannotSave` where it cannot be deleted."""
    try:
        size = path.stat().st_size
        _remove(path)
    except OSError as error:
        raise CannotSave(
            f"无法删除缓存 {path}：{error.strerror}。请确认没有另一个 xlcheck 正在运行，然后重试。"
        ) from error
    return size


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
