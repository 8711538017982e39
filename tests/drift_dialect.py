"""The same workbook as another program would have stored it: inline strings, a false dimension, prefixed tags, LibreOffice."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

STRING = re.compile(rb't="s"><v>(\d+)</v>')
ITEM = re.compile(rb"<si>(.*?)</si>", re.DOTALL)
TAG = re.compile(rb"<(/?)(?=[A-Za-z])")


def inline_strings(parts: dict[str, bytes]) -> None:
    """Move every shared string into its cell, as writers in constant memory do."""
    shared = ITEM.findall(parts["xl/sharedStrings.xml"])
    for name in sheets(parts):
        parts[name] = STRING.sub(lambda match: b't="inlineStr"><is>' + shared[int(match[1])] + b"</is>", parts[name])


def false_dimension(parts: dict[str, bytes]) -> None:
    """Declare A1 alone, as WPS does."""
    for name in sheets(parts):
        parts[name] = re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1"/>', parts[name])


def prefixed(parts: dict[str, bytes]) -> None:
    """Give every tag of the sheets a namespace prefix, as .NET writers do."""
    for name in sheets(parts):
        head, body = parts[name].split(b"?>", 1)
        parts[name] = head + b"?>" + TAG.sub(rb"<\1x:", body).replace(b"xmlns=", b"xmlns:x=", 1)


def sheets(parts: dict[str, bytes]) -> list[str]:
    """Names of the worksheet parts."""
    return [name for name in parts if name.startswith("xl/worksheets/sheet")]


DIALECTS = {"inline strings": inline_strings, "dimension A1": false_dimension, "prefixed tags": prefixed}


def restore(path: Path, rng: random.Random) -> str:
    """Rewrite the package in a dialect drawn at random, which is returned; mostly it is left as it is."""
    name = rng.choice((*DIALECTS, "", "", "", "", "", ""))
    if name:
        with zipfile.ZipFile(path) as package:
            parts = {each: package.read(each) for each in package.namelist()}
        DIALECTS[name](parts)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for each, data in parts.items():
                package.writestr(each, data)
    return name


def resave(paths: list[Path], suffix: str) -> None:
    """Have LibreOffice store the workbooks anew, all in one run, as .xlsx, .xls or .ods in place of the originals."""
    with tempfile.TemporaryDirectory(prefix="resave-") as scratch:
        source, target = Path(scratch, "in"), Path(scratch, "out")
        source.mkdir()
        numbered = {source / f"{number}.xlsx": path for number, path in enumerate(paths)}
        for copy, path in numbered.items():
            shutil.copy(path, copy)
        profile = f"-env:UserInstallation={Path(scratch, 'profile').as_uri()}"
        run = ["soffice", profile, "--headless", "--convert-to", suffix, "--outdir", str(target), *map(str, numbered)]
        subprocess.run(run, check=True, capture_output=True, timeout=60 + 5 * len(paths))
        for copy, path in numbered.items():
            path.unlink()
            shutil.move(target / f"{copy.stem}.{suffix}", path.with_suffix(f".{suffix}"))
