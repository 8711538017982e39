"""xlcheck: checks performance self-evaluation workbooks before filing, and rolls up a city's filings."""

from __future__ import annotations

from typing import Any

from xlcheck.resources import VERSION as __version__

__all__ = ["__version__", "check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from xlcheck.checking import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
