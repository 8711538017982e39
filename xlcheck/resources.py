"""What travels with the code: its version, the rule packs, the sample workbooks."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

VERSION = "0.1.0"  # setup.cfg reads it from here


def _shipped(packaged: str, checkout: str) -> Path:
    """The folder beside this module where xlcheck is installed, else the one at the top of the checkout."""
    here = Path(__file__).parent
    for folder in (here / packaged, here.parent / checkout):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"xlcheck 安装不完整：缺少 {here / packaged}，请重新安装 xlcheck。")


def rules_folder() -> Path:
    """The folder of the packs that come with xlcheck, one folder a pack; raises FileNotFoundError."""
    return _shipped("_rules", "rules")


def samples_folder() -> Path:
    """The folder of the sample units, with their roster 单位名录.xlsx; raises FileNotFoundError."""
    return _shipped("_samples", "sample_workbooks")


@lru_cache(maxsize=1)
def program() -> str:
    """SHA-256 of the code: the same on two machines that say the same of a unit."""
    here, found = Path(__file__).parent, hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        found.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()
