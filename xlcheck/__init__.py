"""xlcheck: checks performance self-evaluation workbooks before filing, and rolls up a city's filings."""

from __future__ import annotations

from xlcheck.resources import VERSION as __version__

__all__ = ["__version__"]
