"""Whether the words around a figure leave it open that the unit's own figure is meant: another body's, a span's, a rule's."""

from __future__ import annotations

import re

from xlcheck.expressions import expression
from xlcheck.reportfile import Figure, Patterns

_SPAN = expression(  # part of a year
    r"[上下]半年|[一二三四前]季度|季度末|[当每各]月|[一二三四五六七八九十]+至[一二三四五六七八九十]+月"
    r"|\d{1,2}月?份?[至到—~–-](?:[1-9]|1[01])月(?!\d{1,2}日)"
    r"|截[至止]到?(?:(?:19|20)\d\d年)?(?:[1-9]|1[01])月|(?<!\d)(?:[1-9]|1[01])月(?:底|末|份|止)"
)
_SPANNED = frozenset({"金额", "人数", "比率"})
_YEAR = r"全年(?!预算)|当年|本年|整体"
_WHOLE_YEAR = expression(rf"{_YEAR}|年末|年底")
_OURS = expression(  # the unit speaks of itself and the whole year again
    rf"{_YEAR}|我(?:们|[局院校委办会馆所部镇站队园处]|单位|中心|街道)|本(?:级|单位|部门|中心|[局院校委办会馆所部镇站队园处])|(?:局|委|校|院|部)?机关"
)
_MEMBER = expression(r"[是系为][^,;:()]{0,14}$")  # 「我站系市局下属事业单位」
_LIMIT = expression(  # behind a number: it is a limit, a standard, or an attribute of something else
    r"(?:及|\(?不?含\)?)?以[内上下]|之内|(?:以[上下])?的?,?(?:得|计|记|扣|给)(?:满分|\d|[一二三四五六七八九十]+分)|为(?:合格|满分|达标)|的(?:得|为|计|扣|单位|项目|科室)"
)
_THING = expression(r"的(?!上年|去年|年初|全年|当年|本年|调整|追加|预算|控制|额度|限额|比例|水平|规模|基础)[一-龥]")
_BAND = expression(r"[级等]?\([^)]*(?:\d分?[-—–~至到]|以[上下])")
_BOUND = expression(r"(?:不(?:得|应|能)?(?:超过?|低于|高于|少于|多于|突破)|大于|小于|[<>≤≥]=?)$")
_REACHED = expression(r"实际|实得|实绩|完成值|结果")
_SECTION = expression(r"其中[:,]?[一-龥]{1,10}(?:[室科股队站所部处]|中心)(?:编制|核定|在职|在编|现有|实有)")
_COUNTED = expression(r"(?:^|[,;:(、有共和及与含括计编配实])$")
_WEIGHT = expression(
    r"(?<!\d)[1-9]\d?(?:\.\d)?分\)?,(?![^,;]*(?:总|综合|最终|最后|合计))"
)  # an item's points before its score
_REACH = expression(r"[^,;:()、]{0,14}")
_DAYS_REACH = expression(r",?[^,;:()、]{0,16}")


def doubtful(text: str, noun: int, start: int, stop: int, figure: Figure, patterns: Patterns) -> bool:  # fmt: skip
    """Whether it is open that a figure is meant whose noun begins at ``noun``, and whose number is from ``start`` to ``stop``."""
    kind = figure.kind
    before = text[text.rfind(";", 0, start) + 1 : start]
    if _LIMIT.match(text, stop) or (kind == "金额" and _THING.match(text, stop)):
        return True
    own = patterns.doubts.get(figure.name)
    if kind == "人数" and own is None and ((noun == start and not _COUNTED.search(before)) or _SECTION.search(before)):
        return True
    if (kind == "等级" and _BAND.match(text, stop)) or (kind == "分数" and _WEIGHT.search(before)):
        return True
    if kind in _SPANNED and _of_others(before, _SPAN, _WHOLE_YEAR):
        return True
    if kind in ("金额", "比率") and (_BOUND.search(before) or _of_others(before, patterns.hedges, _REACHED)):
        return True
    doubts = own or patterns.doubts.get(kind)
    if doubts is None:
        return False
    reach = (_DAYS_REACH if kind == "日期" else _REACH).match(text, stop)
    behind = kind in ("日期", "人数") and reach is not None and doubts.search(reach[0]) is not None
    return behind or _of_others(before, doubts, _OURS)


def _of_others(before: str, doubts: re.Pattern[str], back: re.Pattern[str]) -> bool:
    """Whether one of the words stands there and none behind it that turns back to the unit or its year."""
    found = [hit.end() for hit in doubts.finditer(before) if not (hit[0].endswith("属") and _MEMBER.search(before[: hit.start()]))]  # fmt: skip
    return bool(found) and back.search(before, found[-1]) is None
