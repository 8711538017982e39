"""xlcheck: checks performance self-evaluation workbooks before filing, and rolls up a city's filings."""

from __future__ import annotations

from typing import Any

from xlcheck.resources import VERSION as __version__

__all__ = ["__version__", "check", "compare", "confront", "load_pack", "rollup"]

# Imported when first asked for: pandas, NumPy and the rest stay out of a command's help.
_HOMES = {
    "check": ("xlcheck.checking", "check"),
    "compare": ("xlcheck.comparing", "compare"),
    "confront": ("xlcheck.confronting", "confront"),
    "load_pack": ("xlcheck.rules", "load_pack"),
    "rollup": ("xlcheck.outputs", "roll_up"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
