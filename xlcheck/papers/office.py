"""LibreOffice, where it is present: a workbook stored anew as .xlsx, within a time, touching nothing of the user's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

SECONDS = 60.0

# A profile of its own, in which links are never updated and no macro is run.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def present() -> str | None:
    """The command that starts LibreOffice, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def stored_anew(data: bytes, name: str, seconds: float = SECONDS) -> bytes | None:
    """The .xlsx that LibreOffice makes of a workbook; None where it is absent, fails or takes longer than ``seconds``.

    Its whole process group is ended then. ``name`` gives the suffix by which it knows the format.
    """
    office = present()
    if office is None:
        return None
    with tempfile.TemporaryDirectory(prefix="xlcheck-") as folder:
        source = Path(folder) / ("source" + (Path(name).suffix or ".xls"))
        source.write_bytes(data)
        settings = Path(folder) / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        out = Path(folder) / "out"
        profile = (Path(folder) / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(source)]  # fmt: skip
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
            return None
        made = out / "source.xlsx"
        return made.read_bytes() if made.is_file() else None
