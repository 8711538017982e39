"""Regular expressions that take long to compile, kept from run to run.

The wordings of a report share a link of some hundred and fifty words, and Python takes longer to compile them than for
all else that is done for one unit. What its compiler makes of them is kept in the user's cache folder, and given to
the same interpreter again, which holds it against its own rules. What is not there, is damaged, or is another
interpreter's is compiled as ever.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from array import array
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec

from xlcheck.saving import CannotSave, write_bytes

try:  # CPython's own parts, which other interpreters may lack
    import _sre  # type: ignore[import-not-found]
    from re import _compiler, _parser  # type: ignore[attr-defined]
except ImportError:
    _sre = _compiler = _parser = None

_LARGEST = 8 << 20  # bytes of the file: some five versions of the wordings
_DIGEST = hashlib.sha256().digest_size
_UNFIT = (AttributeError, TypeError, ValueError, OverflowError, RuntimeError)  # an interpreter of another make


class Code(msgspec.Struct, array_like=True, frozen=True):
    """What the compiler made of an expression."""

    flags: int
    groups: int
    names: dict[str, int]
    code: bytes


class Expressions:
    """Compiled expressions, in a file of ``folder`` that belongs to this very interpreter."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"expressions-{_interpreter()}.bin"
        self._new: dict[str, Code] = {}

    def compiled(self, source: str) -> re.Pattern[str]:
        """An expression without flags, ready for use; raises :class:`re.error` where it is none."""
        if _sre is None:
            return re.compile(source)
        known = self._known.get(source)
        if known is not None:
            with suppress(*_UNFIT):
                return _pattern(source, known)
        try:
            made = _code(source)
            pattern = _pattern(source, made)
        except _UNFIT:
            return re.compile(source)
        self._new[source] = made
        return pattern

    def keep(self) -> None:
        """Write what was compiled to the file, beside what others have written; where that cannot be, it is not kept."""
        if not self._new:
            return
        body = msgspec.msgpack.encode(_read(self._file) | self._new)
        if len(body) > _LARGEST:
            body = msgspec.msgpack.encode(self._new)
        with suppress(CannotSave):
            write_bytes(self._file, hashlib.sha256(body).digest() + body)
        self._known.update(self._new)
        self._new.clear()

    @cached_property
    def _known(self) -> dict[str, Code]:
        return _read(self._file)


@lru_cache(maxsize=1)
def expressions() -> Expressions:
    """Those in the user's cache folder."""
    from platformdirs import user_cache_path

    folder = user_cache_path("xlcheck", appauthor=False)
    return Expressions(folder if folder.is_absolute() else Path(os.devnull))  # older platformdirs, without a home


def expression(source: str) -> re.Pattern[str]:
    """An expression without flags, as it was kept; for modules with many, which are imported for every report."""
    return expressions().compiled(source)


def _interpreter() -> str:
    """All that the compiler's code depends on."""
    made = (sys.implementation.cache_tag, f"{sys.hexversion:x}", getattr(_sre, "MAGIC", 0), getattr(_sre, "CODESIZE", 0), sys.byteorder)  # fmt: skip
    return "-".join(map(str, made))


def _read(file: Path) -> dict[str, Code]:
    try:
        data = file.read_bytes()
        digest, body = data[:_DIGEST], data[_DIGEST:]
        return msgspec.msgpack.decode(body, type=dict[str, Code]) if hashlib.sha256(body).digest() == digest else {}
    except (OSError, msgspec.MsgspecError):
        return {}


def _code(source: str) -> Code:
    tree: Any = _parser.parse(source, 0)
    code = array("I", _compiler._code(tree, 0))
    return Code(tree.state.flags, tree.state.groups - 1, tree.state.groupdict, code.tobytes())


def _pattern(source: str, made: Code) -> re.Pattern[str]:
    """As :func:`re.compile` ends: the interpreter refuses code that breaks its rules."""
    code = array("I")
    code.frombytes(made.code)
    index: list[str | None] = [None] * (made.groups + 1)
    for name, number in made.names.items():
        index[number] = name
    pattern: re.Pattern[str] = _sre.compile(source, made.flags, code.tolist(), made.groups, made.names, tuple(index))
    return pattern
