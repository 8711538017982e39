"""What a sentence tells of others, and the heads under which numbers stand side by side."""

from __future__ import annotations

import re
from functools import lru_cache

from xlcheck.expressions import expression
from xlcheck.model import Paragraph
from xlcheck.reportgrammar import fold

_ELSEWHERE = expression(
    r"(?:不|未|没有)(?:再)?(?:列入|纳入|计入|并入|统计(?:在内)?)(?=$|[,。;:)]|本|我|部门|单位|上述|以上|其中?|统计|决算|编制|范围|收支|财务)"
    r"|不(?:在|属于?|作为?|等于)(?:本|我|部门|单位|上述|以上|当年)|(?:另行|单独|独立|自行)(?:核算|编制|编报|填报|申报|统计|上报|反映)|编制单列"
)
_OTHERS = expression(r"另(?:外|有|行|设|,)?|此外|所属|下属|下设|下辖|所辖|派驻")
_NUMBER = expression(r"\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十百]+(?=[名人个])")
_BODIES = expression(
    r"(?:^|[,;:(])(?:(?:19|20)\d\d年度?|全年|年内)?(?:末|底|,)?(?:全系统|全市|全县|全区|全省|全国|系统内|所辖|下辖|辖区|各县|各镇)"
)
_OURS = expression(r"[,;:(](?:其中)?(?:我|本|局机关|机关|委机关|自评)")
_PUNCTUATION = ",;:()、"
_HEADS = expression(r"[^/→()、,:;\d]{1,12}(?:[/→][^/→()、,:;\d]{1,12})+")


@lru_cache(maxsize=4096)
def told_of_others(text: str) -> tuple[tuple[int, int], ...]:
    """From where to where a sentence tells what it says is not counted here.

    From the word that turns to others (另, 此外, 所属), else the clause of the last number before; and what is told of
    a whole county or branch (全市, 全系统).
    """
    found = [(_begin(text, hit.start()), hit.start()) for hit in _ELSEWHERE.finditer(text)]
    for hit in _BODIES.finditer(text):
        ours = _OURS.search(text, hit.end())
        found.append((hit.start(), ours.start() if ours is not None else len(text)))
    return tuple((begin, end) for begin, end in found if begin is not None)


def _begin(text: str, end: int) -> int | None:
    turns = [hit.start() for hit in _OTHERS.finditer(text, 0, end)]
    if turns:
        return turns[-1]
    numbers = [hit.span() for hit in _NUMBER.finditer(text, 0, end)]
    if not numbers or "其中" in text[numbers[-1][1] : end]:
        return None
    return max(text.rfind(mark, 0, numbers[-1][0]) for mark in _PUNCTUATION) + 1


def heads(text: str, paragraph: Paragraph, count: int) -> list[str]:
    """The heads 「年初预算／全年预算／决算」 of that many numbers side by side: in the text, else in the headings above it."""
    for where in (text, *map(fold, reversed(paragraph.headings))):
        for found in _HEADS.finditer(where):
            words = re.split("[/→]", found[0])
            if len(words) == count:
                return words
    return []
