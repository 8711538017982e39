"""Parallel lists told one by one: 「收入、支出分别为100万元和90万元，分别增长5%和3%」 is 「收入为100万元，增长5%，支出为90万元，增长3%」."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlcheck.expressions import expression
from xlcheck.reportfile import Patterns
from xlcheck.reportnouns import completed

_NUMBER = r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[〇零一二两三四五六七八九十百千]+(?:点[〇零一二三四五六七八九]+)?"
_UNIT = r"亿元|百万元|万元|千元|元|亿|万|%|‰|名|人|个|位|分"
_WAY = r"增加|减少|增长|下降|上升|降低|提高|节约|超支"
_VALUE = rf"(?:(?:{_WAY})(?:了|额为|为)?)?(?:\d{{4}}年\d{{1,2}}月\d{{1,2}}日|(?:{_NUMBER})(?:{_UNIT})?|[负-]?百分之(?:{_NUMBER})|(?:优秀|良好|中等|合格|较差|优|良|中|差)(?:等|级)?)"
_AND = r"、|,?以及|,?[和及与]|,(?=\d)"
_MARK = expression(r"分别|依次|各自|各(?=为|是|有|占)")
_LIST = expression(rf"(?P<verb>[^\d,;:、()]{{0,14}}?)(?P<values>(?:{_VALUE})(?:(?:{_AND})(?:{_VALUE}))+)(?![年月\d.])")
_FORMULA = expression(
    rf"(?P<above>[^÷×=,;。:\d]+)÷(?P<below>[^÷×=,;。:\d]+)(?:×100%)?=(?P<x>(?:{_NUMBER})(?:{_UNIT})?)÷(?P<y>(?:{_NUMBER})(?:{_UNIT})?)"
)
_EACH = expression(_VALUE)
_FOLLOWS = expression(rf"(?:同比|[比较与同占]|{_WAY}|增幅|降幅)|$")
_UNIT_AT_END = expression(rf"(?:{_UNIT})$")
_WAY_AT_START = expression(rf"(?:{_WAY})(?:了|额为|为)?")
_WAY_AT_END = expression(rf"(?:{_WAY})(?:了|额为|额|为)?$")
_BREAK = expression(r"[;:,。]|\((?![^()]*\))")
_TOLD = expression(rf"\d(?:{_UNIT})?$|百分之(?:{_NUMBER})$")
_COUNTED = expression(r"(?:等)?[两二三四五六七八九\d]+(?:项|者|类|部分|个方面)(?:[一-龥]{0,2}支出)?$|均$")
_TURN = expression(r"(?:(?<=.)占|[比较与同](?:上|去|年初|调整|20\d\d)|同比).*$")
_SEPARATORS = ("、", "[和及与]", "、|[和及与]|以及", "与", "和", "及", "、|与", "、|及", "、|和")
_CONTINUES = expression(r"[,、(]?(?:[^、\d,;:()]{0,20})$")
_CLAUSE = expression(rf"[^,;:()]*?(?:{_NUMBER})(?:{_UNIT})")


def spread(text: str, patterns: Patterns) -> str:
    """A folded sentence with each of its parallel lists told one by one, as far as their items pair."""
    text = _FORMULA.sub(_with_inputs, text) if "÷" in text else text
    if _MARK.search(text) is None:
        return text
    made: list[str] = []
    thread: list[str] = []
    at = 0
    for start, told in _lists(text):
        values = _values(told["values"])
        between = text[at:start]
        verb = _MARK.sub("", told["verb"])
        if len(thread) == len(values) and _CONTINUES.fullmatch(between):
            lead = between.lstrip(",、(")
        else:
            made.append(_joined(thread))
            before, thread, lead = _items(between, len(values), patterns)
            made.append(before)
            if not thread:
                made.append(text[start : told.end()])
                at = told.end()
                continue
        thread = [_told(item, lead + verb, value) for item, value in zip(thread, values, strict=True)]
        at = told.end()
    return "".join([*made, _joined(thread), text[at:]])


def _with_inputs(formula: re.Match[str]) -> str:
    """「本年支出÷全年预算＝90万元÷100万元」 as 「本年支出90万元÷全年预算100万元」."""
    return f"{formula['above']}{formula['x']}÷{formula['below']}{formula['y']}"


def _lists(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Where each list begins, at its 「分别」 or, for those that follow one, at their comma; and the list."""
    at = 0
    for mark in _MARK.finditer(text):
        told = _LIST.match(text, mark.end()) if mark.start() >= at else None
        start = mark.start()
        while told is not None:
            yield start, told
            count = len(_values(told["values"]))
            start = at = told.end()
            more = _LIST.match(text, at + 1) if text[at : at + 1] in (",", "(") else None
            told = more if more is not None and len(_values(more["values"])) == count and _FOLLOWS.match(more["verb"]) else None  # fmt: skip


def _joined(thread: list[str]) -> str:
    return ",".join(thread)


def _told(item: str, phrase: str, value: str) -> str:
    """An item with one of its values behind it; a direction of the value's own replaces the phrase's."""
    if _WAY_AT_START.match(value):
        phrase = _WAY_AT_END.sub("", phrase)
    return f"{item}{',' if _TOLD.search(item) else ''}{phrase}{value}"


def _values(text: str) -> list[str]:
    """The values of a list; a unit that stands once at its end is every one's, and a direction at its beginning."""
    found = [match[0] for match in _EACH.finditer(text)]
    unit, way = _UNIT_AT_END.search(found[-1]), _WAY_AT_START.match(found[0])
    if unit is not None:
        found = [each + unit[0] if each[-1].isdigit() else each for each in found]
    if way is not None:
        found = [each if _WAY_AT_START.match(each) else way[0] + each for each in found]
    return found


def _in_one_column(items: list[str], patterns: Patterns) -> list[str]:
    """The items of a list with the word for a column that stands behind the last of them: 「用车费、接待费预算」."""
    last = items[-1]
    shared = next((last[start:] for _, start, end in patterns.columns_in(last) if start and end == len(last)), "")
    return [item if item is last or patterns.columns_in(item) else item + shared for item in items]


def _items(text: str, count: int, patterns: Patterns) -> tuple[str, list[str], str]:
    """(what stands before, the items, the words between the last one and the mark) of a list of that many items."""
    begin = max((hit.end() for hit in _BREAK.finditer(text)), default=0)
    listed = text[begin:]
    bare = _COUNTED.sub("", listed)
    turn = _TURN.search(bare)
    lead = turn[0] if turn is not None else ""
    bare = bare[: turn.start()] if turn is not None else bare
    for separator in _SEPARATORS:
        words = re.split(separator, bare)
        if len(words) == count and all(words):
            return text[:begin], _in_one_column(completed(words, patterns), patterns), lead
    clauses = list(_CLAUSE.finditer(text))
    if len(clauses) < count or len(text) - clauses[-1].end() > len(lead) + 1:
        return text, [], ""
    chosen = clauses[-count:]
    return text[: chosen[0].start()], [clause[0].lstrip(",") for clause in chosen], lead
