"""Which figure a noun names: by itself, or with words that it shares with its neighbours in a list."""

from __future__ import annotations

from xlcheck.expressions import expression
from xlcheck.reportfile import Figure, Patterns, kept
from xlcheck.reportgrammar import fold

_AROUND = expression(
    r"^(?:[(]?[一二三四五六七八九十\d.]{1,4}[)、.])?(?:关于)?(?:部门|单位)?|(?:的)?(?:执行|使用|管理|控制|管控|变动|变化|说明|是否[一-龥]{1,4}|[花用][得了]?|[多高大少])*(?:情况|方面|概况|部分|数据|指标|规模|控制|结果|口径|一项)?$"
)


def named(text: str, patterns: Patterns, within: int = 0) -> Figure | None:
    """The figure whose noun a text ends with, None where there is none or the words before make it another.

    The noun begins within the first ``within`` characters, if that is given.
    """
    for figure, wording in patterns.wordings(text):
        for hit in wording.noun.finditer(text) if wording.noun is not None else ():
            before = text[: hit.start()]
            if hit.end() < len(text) or (within and hit.start() >= within) or patterns.columns_in(before):
                continue
            if not patterns.not_in_clause.search(before) and not before.endswith(patterns.not_before):
                return figure
    return None


def plainly_named(noun: str, patterns: Patterns) -> Figure | None:
    """The figure of a noun, unless words stand before it that may narrow it (重点项目支出)."""
    for at in range(len(noun)):
        if (figure := named(noun[at:], patterns, 1)) is not None:
            return figure if not at or patterns.before.fullmatch(noun[:at]) else None
    return None


@kept
def titled(patterns: Patterns, title: str) -> Figure | None:
    """The figure that a heading or label is about, where it is about one: 「三、收入情况」."""
    words = _AROUND.sub("", fold(title))
    texts = (words, f"本年{words}", words.removesuffix("支出"))
    return next((figure for text in texts if (figure := _whole(text, patterns)) is not None), None)


@kept
def mentioned(patterns: Patterns, text: str) -> Figure | None:
    """The figure whose noun stands last in a text."""
    found = [(hit.end(), -hit.start(), at, figure) for at, (figure, wording) in enumerate(patterns.wordings(text)) if wording.noun is not None for hit in wording.noun.finditer(text)]  # fmt: skip
    return max(found, key=lambda each: each[:2], default=(0, 0, 0, None))[3]


def _whole(text: str, patterns: Patterns) -> Figure | None:
    for figure, wording in patterns.wordings(text):
        if wording.noun is not None and wording.noun.fullmatch(text):
            return figure
    return None


def completed(words: list[str], patterns: Patterns) -> list[str]:
    """The nouns of a list, each with what it shares: with the end of the last (年初、年末结转和结余) or the beginning of the first."""
    return [_completed(word, words[0], words[-1], patterns) for word in words]


def _completed(word: str, first: str, last: str, patterns: Patterns) -> str:
    tails = (word + last[i:] for i in range(1, len(last)))
    heads = (first[:i] + word for i in range(len(first) - 1, 0, -1))
    return next((text for text in (word, *tails, *heads) if named(text, patterns, len(word)) is not None), word)
