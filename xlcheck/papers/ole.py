"""The names in an OLE container's root: enough to tell an old workbook from a Word file or an encrypted package."""

from __future__ import annotations

import struct

SIGNATURE = bytes.fromhex("D0CF11E0A1B11AE1")
_END = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors
_MOST_SECTORS = 4096
_NO_STREAM = 0xFFFFFFFF


def root_names(data: bytes) -> frozenset[str]:
    """The names of the root's own streams and storages; of all that look like names where the container is damaged."""
    try:
        directory = _directory(data)
        return frozenset(_children(directory)) or _guessed(data)
    except (struct.error, IndexError, ValueError):
        return _guessed(data)


def _directory(data: bytes) -> list[tuple[str, int, int, int]]:
    """Entries as (name, left, right, child)."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in (9, 12):
        raise ValueError("no sector size of an OLE container")
    size = 1 << shift
    fat: list[int] = []
    for sector in struct.unpack_from("<109I", data, 76):
        if sector < _END:
            fat.extend(struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size))
    (sector,) = struct.unpack_from("<I", data, 48)
    entries: list[tuple[str, int, int, int]] = []
    for _ in range(_MOST_SECTORS):
        if sector >= _END:
            return entries
        start = (sector + 1) * size
        for offset in range(start, start + size, 128):
            (length,) = struct.unpack_from("<H", data, offset + 64)
            name = data[offset : offset + min(max(length - 2, 0), 62)].decode("utf-16-le", "replace")
            left, right, child = struct.unpack_from("<3I", data, offset + 68)
            entries.append((name, left, right, child))
        sector = fat[sector]
    raise ValueError("the directory runs in a circle")


def _children(entries: list[tuple[str, int, int, int]]) -> list[str]:
    """The names in the tree of siblings under the root."""
    names: list[str] = []
    seen: set[int] = set()
    waiting = [entries[0][3]]
    while waiting:
        index = waiting.pop()
        if index == _NO_STREAM or index in seen:
            continue
        seen.add(index)
        name, left, right, _ = entries[index]
        names.append(name)
        waiting += [left, right]
    return names


def _guessed(data: bytes) -> frozenset[str]:
    words = ("Workbook", "Book", "WordDocument", "PowerPoint Document", "EncryptedPackage")
    return frozenset(word for word in words if ("\0" + word + "\0").encode("utf-16-le")[1:] in data)
