"""The language of ``report.yaml``: patterns with slots, made into expressions over folded text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from xlcheck.expressions import expression
from xlcheck.packfile import Item, nearest

_N = r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_C = "[〇零一二两三四五六七八九十百千万]+"
_UNITS = "亿元|百万元|万元|千元|元|亿|万"
_STOP = r"(?=[,。;、:)(/→÷=]|$)"  # what must follow a number that is printed without its unit
SLOTS = {
    "金额": rf"(?:人民币|¥)?(?:(?:{_N}|{_C}(?:点{_C})?)(?:{_UNITS})(?![人次亩户平条件台家])|{_N}{_STOP}|[零无〇](?=[元,。;、)]|万元|$)(?:万元|元)?)",
    "人数": rf"(?:{_N}|{_C})(?:名|人|位)(?!次)|(?:{_N}|{_C})个(?=[,。;、)(/和及与]|$)|[零无〇](?=[,。;、)]|$)|\d+{_STOP}",
    "个数": rf"(?:{_N}|{_C})个",
    "没有": r"(?:无|没有|未发生|未安排|未产生|不存在)",
    "比率": rf"(?:{_N})(?:%|‰)|[负-]?百分之(?:{_C}(?:点{_C})?)|{_N}{_STOP}|[零无]{_STOP}",
    "日期": r"\d{4}\s?[-/.年]\d{1,2}[-/.月]\d{1,2}日?|[〇零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日",
    "未定": r"[^。;,]{0,12}?(?:尚未|还未|仍未|暂未|未(?=批复|下达)|正在|待|未获)(?:财政局|市财政局|财政部门|得|进行|予以|到)*(?:批复|公开|下达|审批|审核)",
    "等级": r"(?:优秀|优|良好|良|中等|中|合格|不合格|较好|较差|一般|差)(?=[,。;、)级等档!(]|$)",
    "分数": rf"(?:{_N}|{_C}(?:点{_C})?)分(?![之为钟])|满分|{_N}{_STOP}",
    "年度": r"(?:19|20)\d\d(?=年|$|[^\d])",
    "名称": r"[^,。;:\n]{2,40}",
    "文号": r"[一-龥]{1,8}[〔\[(【]20\d\d[〕\])】](?:第)?\d{1,4}号",
}
_OTHER_SLOTS = {
    "金额": ("没有",),
    "人数": ("个数", "没有"),
    "日期": ("未定",),
}  # slots that state a figure of that kind, too
_TO = "变为|变动为|(?:增加|增长|上升|提高|下降|减少|降低|压减|调整|增|降|升|减)(?:到|至|为)"
_FILLING = (
    "其中",
    "较",
    "比",
    "与",
    "同",
    "由",
    "从",
    "低于",
    "高于",
    "对照",
    "相较",
    "相较于",
    "比起",
    "未超出",
    "未超过",
    "占",
    "也",
    "均",
    "年中",
    "批复",
    "核定",
    "安排",
    "下达",
    "的",
    "和",
)
_YEAR = r"(?:19|20)\d\d年度?"
_GOAL = (  # 「预算完成率，目标100%，实际97%」
    r",?(?:年度|年初)?(?:目标|计划|预期|指标|标准|要求|规定)(?:值|为|是|设定|应|不低于|不高于|不超过|控制在|达到|≥|≤|[<>]=?|:|在)*"
    rf"{_N}%(?:以[内上下])?[,、](?:实际|完成|实得|结果|实绩|全年|达到|得|值|数|为|是|:)+"
)
BLANKS = {"金额": "亿元|万元|元", "人数": "名|人", "比率": "%", "分数": "分", "等级": "", "日期": "年月日"}
HOLE = r"(?:[_＿—×Xx□*]{2,})?"
# What a text has that leaves a place empty: a unit without its number, or nothing at all behind its noun.
HOLLOW = expression(
    rf"(?:(?<![\d〇零一二两三四五六七八九十百千万点打评])(?:{'|'.join(filter(None, BLANKS.values()))})|[为是:_×X])(?=[,。;、)]|$)"
)
_FILLER = "[^。;]{0,24}?"
_LONG = "[^。;]{0,90}?"
_FEW = "(?:(?!增|减|比|较|新|拟|辞|平均|每|其中|占|超|缺|空|中|内|收)[一-龥]){0,12}?(?<![和及与])"
_START = "(?:(?<![一-龥])|(?<=其中|对应|列支|安排|用于|包括|加上|列入)|(?<=[和及与含是即]))"


_MARKS = str.maketrans({"“": None, "”": None, '"': None, "「": None, "」": None, "‘": None, "’": None, "，": ",", "；": ";", "：": ":"})  # fmt: skip


def fold(text: str) -> str:
    """Text as patterns see it: half width, without spaces and quotation marks, Chinese commas as ``,``."""
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_MARKS)


def any_of(words: Iterable[str]) -> str:
    """One of the words, the longest first; an expression that never matches where there are none."""
    return _any_of(tuple(words))


@lru_cache(maxsize=1024)  # every pattern of a file has the same links
def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words that all patterns of a file share."""

    between: tuple[str, ...]
    own: tuple[str, ...]
    actual: tuple[str, ...]
    columns: tuple[str, ...]
    not_columns: tuple[str, ...]

    def link(self, kind: str) -> str:
        """What may stand between a noun and its number: filling words, a year, a remark in brackets, a colon."""
        year = f"|{_YEAR}" if kind not in ("年度", "日期") else ""
        words = (*self.between, *self.columns) if kind == "金额" else self.between
        more = rf"|,(?=(?:{SLOTS[kind]})(?:[,;。)]|$))" if kind == "金额" else f"|{_GOAL}" if kind == "比率" else ""
        remark = rf"\((?:(?:单位:)?(?:{_UNITS}|人|名|%)|(?!(?:{SLOTS[kind]})\))[^()\d]{{0,24}})\)"
        return rf"\)?(?:{any_of(words)}{year}|{remark}|:|=|→|[.·]{{2,}}|[—–-]{{2,}}|,(?=共?计|合计|总计|数额|金额|总额|有|达|也就是|就是|即){more})*+"

    def number(self, kind: str, slot: str, *, linked: bool) -> str:
        """A slot behind its noun, where it may stand in brackets; not ``linked``: it stands right there."""
        link = self.link(kind) if linked else ""
        bracket = rf"(?:\((?=(?:{SLOTS[slot]})[),;、]))?" if linked and kind in BLANKS else ""
        return f"(?P<link>{link}){bracket}(?P<{slot}>{SLOTS[slot]})"

    @property
    def subject(self) -> str:
        """Where a bare noun may begin: behind words that speak of the unit, the year or a column."""
        return (
            f"(?:(?<![一-龥])|(?<=[万亿]元)|(?<=其中)|(?<=[和及]))(?P<own>(?:{any_of((*self.own, *self.columns))})++)"
        )

    @property
    def column_words(self) -> re.Pattern[str]:
        """The words that tell columns, not where they are part of another word."""
        return expression(rf"(?:{any_of(self.not_columns)})|(?P<word>{any_of(self.columns)})")

    @property
    def passage(self) -> re.Pattern[str]:
        """What may stand between two numbers of one noun: 「，决算」, 「（上年为」, 「，比年初预算」."""
        words = any_of((*self.between, *self.columns, *self.actual, *_FILLING))
        return expression(rf"[,、;(/)÷=→]*(?:{words}|{_TO}|{_YEAR}|\([^()\d]{{0,24}}\)|:)*+[,(]?")

    def lead(self, before: tuple[str, ...]) -> re.Pattern[str]:
        """What may stand right before a noun and narrow it to nothing."""
        return expression(f"(?:{any_of((*self.own, *self.between, *self.actual, *self.columns, *_FILLING, *before))})+")

    @property
    def outcome(self) -> re.Pattern[str]:
        """Words that tell the outcome behind a noun's budget."""
        return expression(f"{any_of(self.actual)}|{_TO}")


def split(item: Item, source: str, kind: str) -> tuple[str, str, str]:
    """(before, slot, after) of a pattern, which holds one slot."""
    found = re.findall(r"\{([^{}]*)\}", source)
    if len(found) != 1:
        raise item.error("每种写法要有且只有一个{…}，例如「本年收入合计{金额}」。")
    if found[0] not in SLOTS:
        raise item.error(f"不认识的{{{found[0]}}}，{nearest(found[0], SLOTS)}")
    if found[0] != kind and found[0] not in _OTHER_SLOTS.get(kind, ()):
        raise item.error(f"{{{found[0]}}}与 kind「{kind}」不符，请改成{{{kind}}}。")
    before, _, rest = source.partition("{")
    return before, found[0], rest.partition("}")[2]


def compiled(item: Item, source: str, grammar: Grammar) -> str:
    """[甲|乙]?, …, ……, ~, <, ^, @, # and & made into an expression, all else literal."""
    made: list[str] = []
    rest = source
    while rest:
        if rest[0] == "[":
            inside, closed, rest = rest[1:].partition("]")
            if not closed:
                raise item.error("方括号没有合上，请写成 [甲|乙] 或 [甲|乙]?。")
            words = "|".join(_literal(word) for word in inside.split("|"))
            made.append(f"(?:{words})")
        elif rest[0] in "<^#&~@":
            signs = {
                "@": "(?:^|(?<=:))",
                "<": grammar.subject,
                "^": r"(?<![一-龥A-Za-z\d.%])",
                "#": rf"(?:{_N}|{_C}(?:点{_C})?)(?:{_UNITS}|名|人|分)",
                "&": rf"(?:{_N}|{_C}(?:点{_C})?)分",
                "~": _FEW,
            }
            made.append(signs[rest[0]])
            rest = rest[1:]
        else:
            dots = next((dots for dots in ("......", "...") if rest.startswith(dots)), "")
            made.append(_literal(dots or rest[0]))
            rest = rest[len(dots or rest[0]) :]
        if rest.startswith("?"):
            made[-1] = f"(?:{made[-1]})?"
            rest = rest[1:]
    return "".join(made)


def short_name(words: Iterable[str]) -> str:
    """The short names of a figure, as words of their own."""
    return f"{_START}(?P<noun>{any_of(words)})"


_SLOT_NEEDS = {
    "等级": ("优", "良", "中", "合格", "好", "差", "般"),
    "文号": ("号",),
    "没有": ("无", "没有", "未", "不存在"),
    "分数": ("分",),
}


def needs_of(source: str, slot: str) -> tuple[str, ...]:
    """Words of which one stands in every text that a pattern matches: its longest plain part, its first choice, its slot's."""
    plain = max(re.split(r"\[[^\]]*\]\??|[^\[\]]\?|\.{3,}|[<^#&~@ ]", source), key=len)
    if plain:
        return (plain,)
    choices = re.findall(r"\[([^\]]*)\](?!\?)", source)
    words = [choice.split("|") for choice in choices if "..." not in choice and all(choice.split("|"))]
    return tuple(words[0]) if words else _SLOT_NEEDS.get(slot, ("",))


def _literal(text: str) -> str:
    return _LONG.join(_FILLER.join(re.escape(part) for part in each.split("...")) for each in text.split("......"))
