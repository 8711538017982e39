"""An old .doc (or .wps), an .rtf or an .odt as paragraphs, by a converter where one is installed (LibreOffice, antiword)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from xlcheck.papers import office
from xlcheck.papers.prose import Piece, UnreadableProse, decode_text

_SECONDS = 90
_NAMES = {"doc": "旧版 .doc", "rtf": "RTF", "odt": "OpenDocument（.odt）"}


def doc_pieces(data: bytes) -> list[Piece]:
    """The paragraphs of a .doc; raises :class:`~xlcheck.papers.prose.UnreadableProse`."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableProse("文件设有打开密码，无法读取；请去掉密码后重新报送。")
    if "WordDocument".encode("utf-16-le") not in data:
        raise UnreadableProse("文件不是 Word 文档，请核对是否报送了正确的文件。")
    return converted_pieces(data, "doc")


def converted_pieces(data: bytes, kind: str) -> list[Piece]:
    """The paragraphs of a file that only a converter reads; ``kind`` is doc, rtf or odt.

    Raises :class:`~xlcheck.papers.prose.UnreadableProse` where no converter is installed or it fails.
    """
    antiword = shutil.which("antiword") if kind == "doc" else None
    if office.present() is None and antiword is None:
        raise UnreadableProse(
            f"{_NAMES[kind]} 文件需要安装 LibreOffice 才能读取，请用 Word 或 WPS 另存为 .docx 后重新报送。"
        )
    made = office.converted(data, f".{kind}", "docx", _SECONDS)
    if made is not None:
        from xlcheck.papers.docx import docx_pieces

        return list(docx_pieces(made))
    text = _by_antiword(antiword, data) if antiword is not None else None
    if text is None:
        raise UnreadableProse(f"{_NAMES[kind]} 文件无法转换，请用 Word 或 WPS 另存为 .docx 后重新报送。")
    return [Piece(line) for line in text.splitlines()]


def _by_antiword(command: str, data: bytes) -> str | None:
    """The text that antiword finds in a .doc, or None where it fails or takes too long."""
    with tempfile.TemporaryDirectory(prefix="xlcheck-") as folder:
        source = Path(folder, "report.doc")
        source.write_bytes(data)
        asked = [command, "-w", "0", "-m", "UTF-8.txt", str(source)]
        try:
            said = subprocess.run(asked, cwd=folder, capture_output=True, timeout=_SECONDS, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            return None
    return decode_text(said or b" ")
