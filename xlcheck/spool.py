"""What is kept of units, on disk while a roll-up runs: memory does not grow with what only Parquet shows."""

from __future__ import annotations

import tempfile

from xlcheck.saving import CannotSave


class Spool:
    """Bytes by number, in a temporary file that is gone once it is closed; use it as a context."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="xlcheck-")  # noqa: SIM115  closed on leaving the context
        self._at: dict[int, tuple[int, int]] = {}

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, number: int, body: bytes) -> None:
        """Keep the bytes of a number, in place of earlier ones; raises :class:`CannotSave` where the disk is full."""
        try:
            self._at[number] = self._file.seek(0, 2), len(body)
            self._file.write(body)
        except OSError as error:
            raise CannotSave(
                f"临时文件夹 {tempfile.gettempdir()} 无法写入：{error.strerror}。请腾出磁盘空间，或用环境变量 TMPDIR 换一个文件夹，然后重试。"
            ) from error

    def get(self, number: int) -> bytes:
        """The bytes of a number; raises KeyError."""
        start, size = self._at[number]
        self._file.seek(start)
        return self._file.read(size)
