"""An old .doc (or .wps), an .rtf or an .odt as paragraphs, by a converter where one is installed (LibreOffice, antiword)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

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
    office = shutil.which("soffice") or shutil.which("libreoffice")
    antiword = shutil.which("antiword") if kind == "doc" else None
    if office is None and antiword is None:
        raise UnreadableProse(
            f"{_NAMES[kind]} 文件需要安装 LibreOffice 才能读取，请用 Word 或 WPS 另存为 .docx 后重新报送。"
        )
    failed = f"{_NAMES[kind]} 文件无法转换，请用 Word 或 WPS 另存为 .docx 后重新报送。"
    with tempfile.TemporaryDirectory(prefix="xlcheck-") as folder:
        source = Path(folder, f"report.{kind}")
        source.write_bytes(data)
        if office is not None:
            from xlcheck.papers.docx import docx_pieces

            profile = Path(folder, "profile").as_uri()
            command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "docx", "--outdir", folder, str(source)]  # fmt: skip
            _convert(command, folder, failed)
            made = Path(folder, "report.docx")
            if made.is_file():
                return list(docx_pieces(made.read_bytes()))
        if antiword is not None:
            text = decode_text(_convert([antiword, "-w", "0", "-m", "UTF-8.txt", str(source)], folder, failed) or b" ")
            return [Piece(line) for line in text.splitlines()]
    raise UnreadableProse(failed)


def _convert(command: list[str], folder: str, failed: str) -> bytes:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreadableProse(failed) from error
