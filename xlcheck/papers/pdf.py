"""A .pdf with text as paragraphs: lines that run on are joined. Needs the optional library pypdf."""

from __future__ import annotations

import io
import logging
import re

from xlcheck.papers.prose import Piece, UnreadableProse

MOST_PAGES = 500
_ENDS = tuple("。！!？?：:；;")
_BEGINS = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、](?!\d))"
)
PAGE_NUMBER = re.compile(
    r"^\s*(?:[-—–]\s*\d{1,4}\s*[-—–]|第?\s*\d{1,4}\s*页?(?:\s*[,，/]?\s*共?\s*\d{1,4}\s*页?)?)\s*$"
)


def pdf_pieces(data: bytes) -> list[Piece]:
    """The paragraphs of a .pdf; raises :class:`~xlcheck.papers.prose.UnreadableProse`."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise UnreadableProse("读取 PDF 需要安装可选组件（pip install 'xlcheck[pdf]'），也可以改报 .docx。") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableProse("PDF 设有打开密码，无法读取；请去掉密码后重新报送。")
        pages = [page.extract_text() or "" for page in list(reader.pages)[:MOST_PAGES]]
    # pypdf raises these, too, on damaged files
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError) as error:
        raise UnreadableProse("PDF 文件损坏，无法读取；请重新导出后报送。") from error
    lines = [line for page in pages for line in page.splitlines() if not PAGE_NUMBER.match(line)]
    if sum(len(line.strip()) for line in lines) < 20 * max(1, len(pages)) // 2:
        raise UnreadableProse("PDF 是扫描件（只有图片，没有文字），请报送可以选中文字的 PDF 或 .docx。")
    return [Piece(text) for text in paragraphs(lines)]


def paragraphs(lines: list[str], width: int = 0) -> list[str]:
    """Join each line to the one before it where that one was full and did not end a sentence.

    ``width`` is how long full lines are at the least, where they are not all here.
    """
    width = max([width, *(len(line.strip()) for line in lines)])
    found: list[str] = []
    runs_on = False
    for line in lines:
        text = line.strip()
        if not text:
            runs_on = False
            continue
        if runs_on and not _BEGINS.match(text):
            found[-1] += text
        else:
            found.append(text)
        runs_on = not text.endswith(_ENDS) and len(text) >= 0.6 * width
    return found
