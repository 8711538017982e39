"""Labels as people vary them, reduced to the words that name a field.

「  1、其中：2024年末在职人数（人）：」 and 「年末在职人数」 are one label.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CIRCLED = re.compile(r"^[\s　]*[①-⑳⑴-⒇⒈-⒛㈠-㈩❶-❿➀-➉]+[、.．]?")
_PREFIX = re.compile(
    r"^(?:其中[:：]?(?=.)|[减加][:：](?=.)|(?:第?[一二三四五六七八九十百]+)(?:[、.．]|章|部分[:：]?)"
    r"|\([一二三四五六七八九十]+\)[、.．]?|\d{1,2}(?:\.\d{1,2})*[、.．)](?!\d)|\d{1,2}(?:\.\d{1,2})+(?=[^\d.%])"
    r"|\(\d{1,2}\)[、.．]?|[A-Za-z][、.．](?=.)|[IVX]{1,4}[、.．]|附件?\d{1,2}[-\d]*[:：]|[★☆*※·•●○▲△■□#>]+|[-—–―]+(?=[^\d\-—–―])|\d{1,2}(?=[^\d年月日.%,:/\-]))"
)
_YEAR = re.compile(r"(?:截至)?(?P<year>(?:19|20)\d\d)(?:年(?=[初末])|年度?(?:\d{1,2}月\d{1,2}日)?|(?=[全本决预]))")
_TRAILING = re.compile(r"\((?P<inside>[^()]*)\)$")
_UNIT = re.compile(r"^(?:单位[:：]?|金额单位[:：]?)?(?P<unit>元|千元|万元|百万元|亿元|%|百分比|人|名|个|辆|平方米|分)$")
_WEIGHT = re.compile(r"^(?:权重|分值|满分)?[:：]?(?P<weight>\d+(?:\.\d+)?)分?$")
_QUOTES = str.maketrans("", "", "“”‘’\"'「」『』《》〈〉")
_MONEY = re.compile(
    r"(?:^|[\s(（,，;；])(?:金额|货币|计量|计价|计算|数据)?单位\s*[:：]\s*(?:人民币)?\s*(?P<unit>元|千元|万元|百万元|亿元)"
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label's words and what was printed around them.

    ``core`` names it; ``stripped`` is the core without a trailing bracket (None if there is none);
    ``unit`` is a unit in a trailing bracket, ``year`` a year baked into it, ``weight`` a 「（40分）」.
    """

    core: str
    stripped: str | None
    unit: str
    year: int | None
    weight: str | None


@lru_cache(maxsize=65536)
def read_label(text: str) -> Label:
    """Reduce a label to its words."""
    text = _CIRCLED.sub("", text)
    core = "".join(unicodedata.normalize("NFKC", text).split()).translate(_QUOTES)
    year = None
    match = _YEAR.search(core)
    if match is not None:
        year = int(match["year"])
        core = core[: match.start()] + ("年" if match[0].endswith("年") and core[match.end() : match.end() + 1] in ("初", "末") else "") + core[match.end() :]  # fmt: skip
    previous = None
    while previous != core:
        previous = core
        core = _PREFIX.sub("", core, count=1)
    core = core.rstrip(":：*。;；,，")
    unit, weight, stripped = "", None, None
    while (match := _TRAILING.search(core)) is not None:
        inside = match["inside"]
        unit_match, weight_match = _UNIT.match(inside), _WEIGHT.match(inside)
        if unit_match is not None:
            unit = {"百分比": "%"}.get(unit_match["unit"], unit_match["unit"])
        elif weight_match is not None:
            weight = weight_match["weight"]
        else:
            stripped = core[: match.start()]
            break
        core = core[: match.start()].rstrip(":：")
    return Label(core, stripped or None, unit, year, weight)


@lru_cache(maxsize=65536)
def name_key(text: str) -> str:
    """A name of a unit, an indicator or a project as it is compared: width, spaces and quotes apart."""
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_QUOTES)


def same_name(left: str, right: str) -> bool:
    """Whether two printed names of units are the same, apart from width, spaces and a 「（公章）」."""
    return _bare(left) == _bare(right)


def _bare(name: str) -> str:
    key = name_key(name)
    for tail in ("(公章)", "(盖章)", "(章)"):
        key = key.removesuffix(tail)
    return key


@lru_cache(maxsize=16384)
def money_unit(text: str) -> str | None:
    """The unit that a line such as 「金额单位：万元」 declares; 「编制单位：」 is none."""
    match = _MONEY.search(text)
    return match["unit"] if match is not None else None


@lru_cache(maxsize=16384)
def inline_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """(label, value) pairs written into one cell: 「填报单位：甲局    填报日期：2025年5月14日」."""
    pairs: list[tuple[str, str]] = []
    for piece in re.split(r"[\t\n\r]+|\s{2,}|　+", text.strip()):
        label, colon, value = piece.replace("：", ":").partition(":")
        if colon and label.strip():
            pairs.append((label, value.strip()))
        elif pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], piece.strip())
    return tuple(pairs)
