"""Any file that a unit may send as a workbook → :class:`~xlcheck.papers.spreadsheet.Book`, or one sentence.

A file is recognised by its content, never by its name. Nothing is run, fetched or unpacked onto the disk.
"""

from __future__ import annotations

import os
import re
import zipfile

from xlcheck.papers import ole
from xlcheck.papers.biff import BARE, ENCRYPTED, BadBiff, read_biff
from xlcheck.papers.bounds import Unreadable, check_book, check_file, inflate, open_archive, prescan
from xlcheck.papers.delimited import decode, read_delimited
from xlcheck.papers.fullgrid import BadGrid, read_full_grid
from xlcheck.papers.ods import read_ods
from xlcheck.papers.package import BadPackage
from xlcheck.papers.spreadsheet import Book, read_book
from xlcheck.papers.spreadsheetml import NAMESPACE, read_spreadsheetml
from xlcheck.papers.webtable import read_web
from xlcheck.papers.xlsb import read_xlsb

__all__ = ["Unreadable", "open_any"]

_SAVE_AS = "请用 Excel 或 WPS 打开并另存为 .xlsx 后重新报送。"
_WRONG = "请核对是否传错了文件，并报送规定的 Excel 表格。"
_HALF = "文件不完整（压缩包没有结尾，可能只复制或下载了一半），请重新复制或导出后报送。"
_DAMAGED_BIFF = f"旧版 Excel 工作簿已损坏，无法读取；{_SAVE_AS}"
_LOCK = "这是 Office 或 WPS 打开文件时留下的临时锁文件（~$ 开头），不是报表；请关闭文件后报送原文件。"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", f"文件内容是 PDF，不是电子表格，无法核对数字；{_WRONG}"),
    (b"{\\rtf", f"文件内容是 RTF 文档，不是电子表格；{_WRONG}"),
    (b"\x89PNG", f"文件内容是 PNG 图片，不是电子表格；{_WRONG}"),
    (b"\xff\xd8\xff", f"文件内容是 JPEG 图片，不是电子表格；{_WRONG}"),
    (b"GIF8", f"文件内容是 GIF 图片，不是电子表格；{_WRONG}"),
    (b"II*\0", f"文件内容是 TIFF 图片，不是电子表格；{_WRONG}"),
    (b"MM\0*", f"文件内容是 TIFF 图片，不是电子表格；{_WRONG}"),
    (b"Rar!", "文件是 RAR 压缩包，请解压后报送里面的工作簿。"),
    (b"7z\xbc\xaf'\x1c", "文件是 7z 压缩包，请解压后报送里面的工作簿。"),
    (b"\x1f\x8b", "文件是 gzip 压缩包，请解压后报送里面的工作簿。"),
    (b"BZh", "文件是 bzip2 压缩包，请解压后报送里面的工作簿。"),
    (b"\xfd7zXZ", "文件是 xz 压缩包，请解压后报送里面的工作簿。"),
    (b"MZ", "文件是程序（.exe），不予打开，请核对来源并报送规定的 Excel 表格。"),
    (b"\x7fELF", "文件是程序，不予打开，请核对来源并报送规定的 Excel 表格。"),
    (b"L\0\0\0\x01\x14\x02\0", "这是快捷方式，不是文件本身，请报送它所指向的工作簿。"),
    (b"[InternetShortcut]", "这是网址快捷方式，不是文件本身，请下载工作簿后报送。"),
    (b"SQLite format 3", f"文件内容是数据库，不是电子表格；{_WRONG}"),
    (b"\0\x01\0\0Standard ", f"文件内容是 Access 数据库，不是电子表格；{_WRONG}"),
    (b"PAR1", f"文件内容是 Parquet 数据，不是电子表格；{_WRONG}"),
    (b"ID;P", f"文件是 SYLK 格式的旧式表格；{_SAVE_AS}"),
    (b"TABLE\r\n0,1", f"文件是 DIF 格式的旧式表格；{_SAVE_AS}"),
    (b"TABLE\n0,1", f"文件是 DIF 格式的旧式表格；{_SAVE_AS}"),
    (b"\0\0\x02\0", f"文件是 Lotus 1-2-3 格式的旧式表格；{_SAVE_AS}"),
    (b"\0\0\x1a\0", f"文件是 Lotus 1-2-3 格式的旧式表格；{_SAVE_AS}"),
)


def open_any(data: bytes, name: str, *, whole: bool = False) -> Book:
    """The grid of a workbook of whatever format; ``name`` gives a sheet its name where the file has none.

    ``whole`` leaves merges as they are, for who writes the workbook anew; else they are cut to the cells in use.

    Raises :class:`Unreadable`, and MemoryError where the worker's limit is met.
    """
    base = os.path.basename(name)
    if base.startswith(("~$", ".~")) or _is_lock(data):
        raise Unreadable(_LOCK)
    check_file(len(data))
    if not data:
        raise Unreadable("文件是空的（0 字节），请重新复制或导出后报送。")
    if not data.strip(b"\0"):
        raise Unreadable("文件内容全是零字节（复制或同步时中断），请重新复制或导出后报送。")
    return check_book(_open(data, os.path.splitext(base)[0] or "Sheet1"), whole=whole)


def _is_lock(data: bytes) -> bool:
    """Excel's and WPS's lock: 165 bytes, the user's name padded to 54 behind its length, and again in UTF-16."""
    if len(data) != 165 or not 0 < data[0] <= 54 or data[56] != 0:
        return False
    return 0 < data[55] <= data[0] and not data[1 + data[0] : 55].strip(b" \0")


def _open(data: bytes, stem: str) -> Book:
    if data.startswith(b"PK"):
        return _open_archive(data)
    if data.startswith(ole.SIGNATURE):
        return _open_ole(data)
    if data.startswith(BARE):
        return _open_biff(data)
    for signature, sentence in _SIGNATURES:
        if data.startswith(signature):
            raise Unreadable(sentence)
    if data[:2] == b"BM" and len(data) > 14 and int.from_bytes(data[2:6], "little") == len(data):
        raise Unreadable(f"文件内容是 BMP 图片，不是电子表格；{_WRONG}")
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        raise Unreadable(f"文件内容是图片、音频或视频，不是电子表格；{_WRONG}")
    if b"PK\x05\x06" in data[-65_557:] and b"PK\x03\x04" in data:  # a package behind a mail header or other rubbish
        return _open_archive(data)
    return _open_text(data, stem)


def _open_archive(data: bytes) -> Book:
    archive = open_archive(data)
    if archive is None:
        if b"PK\x05\x06" not in data[-65_557:]:
            raise Unreadable(_HALF)
        return _last_resort(data, "文件的压缩结构已损坏，请重新导出或重新复制后报送。")
    with archive:
        names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
        prescan(archive)
        if "content.xml" in names:
            return _open_document(archive, names, data)
        if not any(name.endswith((".bin", ".xml")) and name.startswith("xl/") for name in names):
            sentence = _other_archive(archive, names)
            if sentence is not None:
                raise Unreadable(sentence)
        try:
            return read_xlsb(data) if "xl/workbook.bin" in names else read_book(data, archive)
        except BadPackage as error:
            if "DTD" in str(error):
                raise Unreadable(str(error)) from error
            return _last_resort(data, str(error))
        except (LookupError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
            return _last_resort(data, f"工作簿的内部结构不规范（{type(error).__name__}），{_SAVE_AS}")


def _open_document(archive: zipfile.ZipFile, names: dict[str, str], data: bytes) -> Book:
    """An OpenDocument file: a spreadsheet, or something else."""
    manifest = inflate(archive, names.get("meta-inf/manifest.xml", "")) or b""
    if b"encryption-data" in manifest:
        raise Unreadable(ENCRYPTED)
    kind = (inflate(archive, names.get("mimetype", "")) or b"").strip()
    if kind.startswith(b"application/vnd.oasis.opendocument.") and b"spreadsheet" not in kind:
        word = "文档" if b"text" in kind else "演示或图形文件"
        raise Unreadable(f"文件内容是 OpenDocument {word}，不是电子表格；{_WRONG}")
    content = inflate(archive, names["content.xml"])
    if content is None:
        raise Unreadable("OpenDocument 表格的内容部件已损坏，请重新导出或重新复制后报送。")
    try:
        return read_ods(content)
    except Unreadable as error:
        if "DTD" in str(error) or "损坏" not in str(error):
            raise
        return _last_resort(data, str(error))


def _other_archive(archive: zipfile.ZipFile, names: dict[str, str]) -> str | None:
    """What a package that holds no workbook is; None where it may be one after all."""
    if any(info.flag_bits & 1 for info in archive.infolist()):
        return "文件是带密码的压缩包，请解压并取消密码后报送里面的工作簿。"
    if any(name.startswith("word/") for name in names):
        return f"文件内容是 Word 文档，不是电子表格；{_WRONG}"
    if any(name.startswith("ppt/") for name in names):
        return f"文件内容是演示文稿，不是电子表格；{_WRONG}"
    if "ofd.xml" in names:
        return f"文件内容是 OFD 版式文件，不是电子表格；{_WRONG}"
    if any(name.endswith(".iwa") for name in names):
        return "文件是苹果 Numbers 表格，请导出为 .xlsx 后重新报送。"
    if "[content_types].xml" in names or "_rels/.rels" in names:
        return None
    if any(name.endswith((".xlsx", ".xls", ".et", ".xlsm", ".ods", ".csv")) for name in names):
        return "文件是压缩包，请解压后报送里面的工作簿。"
    return f"文件是压缩包，里面没有工作簿；{_WRONG}"


def _open_ole(data: bytes) -> Book:
    names = ole.root_names(data)
    folded = {name.lower() for name in names}
    if "encryptedpackage" in folded or "drmcontent" in {name.lstrip("\t").lower() for name in names}:
        raise Unreadable(ENCRYPTED)
    if folded & {"workbook", "book"}:
        return _open_biff(data)
    if "worddocument" in folded:
        raise Unreadable(f"文件内容是旧版 Word 文档，不是电子表格；{_WRONG}")
    if "powerpoint document" in folded:
        raise Unreadable(f"文件内容是旧版演示文稿，不是电子表格；{_WRONG}")
    if any(name.startswith("__substg1.0") for name in folded):
        raise Unreadable("文件是一封 Outlook 邮件，请报送邮件里的附件。")
    return _open_biff(data)


def _open_biff(data: bytes) -> Book:
    try:
        book = read_biff(data)
    except BadBiff:
        return _last_resort(data, _DAMAGED_BIFF)
    return book if book.sheets else _last_resort(data, _DAMAGED_BIFF)


def _last_resort(data: bytes, sentence: str) -> Book:
    try:
        book = read_full_grid(data)
        if not book.sheets:
            raise BadGrid("no worksheet found")
        return book
    except BadGrid as error:
        if "password" in str(error).lower():
            raise Unreadable(ENCRYPTED) from error
        raise Unreadable(sentence) from error


def _open_text(data: bytes, stem: str) -> Book:
    text = decode(data, declared=data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<")
    if text is None:
        raise Unreadable(f"无法识别文件的格式（不是 Excel、WPS、OpenDocument、网页或 csv 表格）；{_SAVE_AS}")
    head = text[:20_000].lstrip()
    if re.match(r"(?i)(?:mime-version|content-type|from|message-id|date|subject):", head) and "<" in text:
        text = _web_part(data) or text
        head = text[:20_000].lstrip()
    if not head.startswith("<"):
        if not head:
            raise Unreadable("文件里只有空白，没有内容，请重新导出后报送。")
        return read_delimited(text, stem)
    if NAMESPACE in head and re.search(r"<(?:\w+:)?Workbook\b", head):
        return read_spreadsheetml(text)
    if "urn:oasis:names:tc:opendocument" in head and "<office:document" in head:
        return read_ods(re.sub(r"^<\?xml[^>]*\?>", "", text.lstrip()).encode("utf-8", "replace"))
    if re.search(r"(?i)<(?:html|table|!doctype html|body|head|meta|div|style|tr|td)\b", text):
        return read_web(text, stem)
    raise Unreadable(f"文件内容是 XML，但不是 Excel 2003 XML 表格；{_SAVE_AS}")


def _web_part(data: bytes) -> str | None:
    """The first page with a table in a web archive (.mht, 单个文件网页), or None."""
    import email  # seldom needed, and slow to import

    message = email.message_from_bytes(data)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            body = part.get_payload(decode=True)
            page = decode(body, declared=True) if isinstance(body, bytes) else None
            if page is not None and "<table" in page.lower():
                return page
    return None
