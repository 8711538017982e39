"""LibreOffice, where it is present: a file stored anew in another format, within a time, touching nothing of the user's."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

SECONDS = 60.0

# No macro is run, no link followed; and what would be fetched all the same is asked of a proxy that is not there.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetProxyType" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyName" oor:op="fuse"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyPort" oor:op="fuse"><value>9</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPSProxyName" oor:op="fuse"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPSProxyPort" oor:op="fuse"><value>9</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetNoProxy" oor:op="fuse"><value></value></prop></item>
</oor:items>
"""


def present() -> str | None:
    """The command that starts LibreOffice, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def stored_anew(data: bytes, name: str, seconds: float = SECONDS, *, command: str | None = None, scratch: Path | None = None) -> bytes | None:  # fmt: skip
    """The .xlsx that LibreOffice makes of a workbook: see :func:`converted`; ``name`` gives the source's suffix."""
    return converted(data, Path(name).suffix or ".xls", "xlsx:Calc MS Excel 2007 XML", seconds, command=command, scratch=scratch)  # fmt: skip


def converted(data: bytes, suffix: str, to: str, seconds: float = SECONDS, *, command: str | None = None, scratch: Path | None = None) -> bytes | None:  # fmt: skip
    """A file as LibreOffice stores it anew; None where it is absent, fails or takes longer than ``seconds``.

    ``suffix`` is that by which it knows the source's format; ``to`` is the new one with its filter, if it needs one
    (``docx``, ``xlsx:Calc MS Excel 2007 XML``); ``scratch`` is a folder for temporary files.
    """
    command = command or present()
    if command is None:
        return None
    with tempfile.TemporaryDirectory(prefix="xlcheck-", dir=scratch, ignore_cleanup_errors=True) as folder:
        source = Path(folder) / f"source{suffix}"
        source.write_bytes(data)
        settings = Path(folder) / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        profile = (Path(folder) / "profile").as_uri()
        asked = [command, f"-env:UserInstallation={profile}", "--headless", "--convert-to", to, "--outdir", str(Path(folder) / "out"), str(source)]  # fmt: skip
        process = subprocess.Popen(
            asked, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()  # what it started is in the worker's process group, and ends with that
            process.wait()
            return None
        made = Path(folder) / "out" / f"source.{to.partition(':')[0]}"
        return made.read_bytes() if made.is_file() else None
