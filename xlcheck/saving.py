"""Outputs are written beside and renamed: an interrupted or refused write leaves the old file whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class CannotSave(Exception):
    """An output could not be written; the message is one sentence for the user."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in ``path``'s folder, and rename it onto ``path`` when the block ends well.

    Raises :class:`CannotSave` where the folder or the file cannot be written (read-only, full
    disk, open in Excel); the old file is then untouched and the temporary one is removed.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".xlcheck-", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        else:
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CannotSave(
            f"无法写入 {path}：{reason}。请确认磁盘有空间、文件夹可写、文件没有在 Excel 或 WPS 中打开，然后重试；"
            "原有文件没有改动。"
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` all at once; raises :class:`CannotSave`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)
