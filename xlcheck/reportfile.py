"""``report.yaml`` of a pack: the figures a narrative report states, as readable patterns made into expressions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from xlcheck.packfile import Item, load, nearest

_N = r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_C = "[〇零一二两三四五六七八九十百千万]+"
_UNITS = "亿元|百万元|万元|千元|元|亿|万"
SLOTS = {
    "金额": rf"(?:人民币)?(?:(?:{_N}|{_C})(?:{_UNITS})(?!次)|{_N}(?![\d.,]*[\d年月日个项名人次家%篇场户条台件套辆])|[零无〇](?=[元,。;、)]|万元|$)(?:万元|元)?)",
    "人数": rf"(?:{_N}|{_C})(?:名|人)(?!次)|[零无〇](?=[,。;、)]|$)|\d+(?=[,。;、)(]|$)",
    "比率": rf"(?:{_N})(?:%|‰)|百分之(?:{_C}(?:点{_C})?)|{_N}(?![\d.,]*[\d年月日个项名人次元万])|[零无](?=[,。;、)]|$)",
    "日期": r"\d{4}\s?[-/.年]\d{1,2}[-/.月]\d{1,2}日?",
    "未定": r"[^。;,]{0,12}?(?:尚未|还未|仍未|暂未|未(?=批复|下达)|正在|待|未获)(?:财政局|市财政局|财政部门|得|进行|予以|到)*(?:批复|公开|下达|审批|审核)",
    "等级": r"(?:优秀|优|良好|良|中等|中|合格|不合格|较好|较差|一般|差)(?=[,。;、)级等!(]|$)",
    "分数": rf"(?:{_N})分(?![之为钟])|满分|(?:一百|九十[一二三四五六七八九]?|八十[一二三四五六七八九]?)分|{_N}(?=[,。;、)(]|$)",
    "年度": r"(?:19|20)\d\d(?=年|$|[^\d])",
    "名称": r"[^,。;:\n]{2,40}",
    "文号": r"[一-龥]{1,8}[〔\[(【]20\d\d[〕\])】](?:第)?\d{1,4}号",
}
_BLANKS = {"金额": "亿元|万元|元", "人数": "名|人", "比率": "%", "分数": "分", "等级": "", "日期": "年月日"}
_HOLE = r"(?:[_＿—×Xx□*]{2,})?"
_REQUIRED_FORMS = ("form", "field", "column")
_FILLER = "[^。;]{0,24}?"


@dataclass(frozen=True)
class Expressions:
    """Regular expressions, compiled when one is first tried: tables alone need none, and all of them take 0.1 s."""

    sources: tuple[str, ...]

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(source) for source in self.sources)

    def __iter__(self) -> Iterator[re.Pattern[str]]:
        return iter(self._compiled)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report: where the forms state it, and the expressions that find it in folded text.

    ``blank`` finds the same nouns before an empty slot. ``indicator`` names a line of the scoring table,
    ``score`` its total. ``nouns`` finds a noun without its slot (for 「甲、乙分别为…」).
    """

    name: str
    kind: str
    form: str
    field: str
    column: str
    indicator: str
    score: bool
    must: bool
    hint: tuple[str, ...]
    says: Expressions
    blank: Expressions
    nouns: Expressions

    @property
    def linked(self) -> bool:
        """Whether a form states the same figure."""
        return bool(self.field or self.indicator or self.score)


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure and its parts; ``whole``: the parts are all there is."""

    total: str
    parts: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Patterns:
    """All that ``report.yaml`` says."""

    figures: tuple[Figure, ...]
    not_before: tuple[str, ...]
    sums: tuple[Sum, ...]

    def figure(self, name: str) -> Figure:
        """The figure of that name."""
        return next(figure for figure in self.figures if figure.name == name)


def fold(text: str) -> str:
    """Text as patterns see it: half width, without spaces and quotation marks, Chinese commas as ``,``."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    marks: dict[str, str | int | None] = {"“": None, "”": None, "\"": None, "「": None, "」": None, "‘": None, "’": None, "，": ",", "；": ";", "：": ":"}  # fmt: skip
    return folded.translate(str.maketrans(marks))


def load_report(path: Path, fields: dict[str, Iterable[tuple[str, str]]] | None = None) -> Patterns:
    """Read ``report.yaml``; raises :class:`~xlcheck.packfile.PackError`.

    ``fields`` maps each form's name to its (field, column) pairs; where given, every link is held against it.
    """
    keys = load(path).mapping(
        ("between", "not_before", "figures", "sums"), required=("between", "not_before", "figures")
    )
    between = "|".join(re.escape(fold(word)) for word in sorted(keys["between"].texts(), key=len, reverse=True))
    link = rf"(?:\((?:单位:)?(?:万元|元|人|名|%)\))?(?:分别)?(?:{between}|:)*"
    figures = tuple(_figure(item, link, fields) for item in keys["figures"].items())
    names = [figure.name for figure in figures]
    for item, name in zip(keys["figures"].items(), names, strict=True):
        if names.count(name) > 1:
            raise item.error(f"数字「{name}」写了两次，请合并。")
    sums = tuple(_sum(item, names) for item in keys["sums"].items()) if "sums" in keys else ()
    return Patterns(figures, tuple(fold(word) for word in keys["not_before"].texts()), sums)


def _sum(item: Item, names: list[str]) -> Sum:
    keys = item.mapping(("total", "parts", "whole"), required=("total", "parts"))
    parts = tuple(part.choice(names) for part in keys["parts"].items())
    return Sum(keys["total"].choice(names), parts, "whole" in keys and keys["whole"].flag())


def _figure(item: Item, link: str, fields: dict[str, Iterable[tuple[str, str]]] | None) -> Figure:
    keys = item.mapping(
        ("name", "kind", "form", "field", "column", "indicator", "score", "must", "hint", "says"),
        required=("name", "kind", "says"),
    )
    given = [key for key in _REQUIRED_FORMS if key in keys]
    if given and len(given) != len(_REQUIRED_FORMS):
        raise item.error("form、field、column 要一起写。")
    if given and fields is not None:
        form = keys["form"].choice(fields)
        known = list(fields[form])
        if keys["field"].text() not in [name for name, _ in known]:
            raise keys["field"].error(
                f"「{form}」没有「{keys['field'].text()}」，{nearest(keys['field'].text(), [n for n, _ in known])}"
            )
        keys["column"].choice([column for name, column in known if name == keys["field"].text()])
    kind = keys["kind"].choice(SLOTS)
    says: list[str] = []
    blank: list[str] = []
    nouns: list[str] = []
    for pattern in keys["says"].items():
        source = fold(pattern.text())
        before, slot, after = _split(pattern, source, kind)
        lead, tail = _compile(pattern, before), _compile(pattern, after)
        filler = "" if slot in ("未定", "文号") or not before else link
        says.append(f"(?P<noun>{lead})(?P<link>{filler})(?P<{slot}>{SLOTS[slot]}){tail}")
        if not after and kind in _BLANKS and before:
            unit = _BLANKS[kind]
            blank.append(f"{lead}{link}{_HOLE}(?:{unit})(?=[,。;、)]|$)" if unit else rf"{lead}(?:{link}){_HOLE}(?<=[为是:_×X])(?=[,。;]|$)")  # fmt: skip
            nouns.append(f"{lead}$")
    return Figure(
        name=keys["name"].text(),
        kind=kind,
        form=keys["form"].text() if "form" in keys else "",
        field=keys["field"].text() if "field" in keys else "",
        column=keys["column"].text() if "column" in keys else "",
        indicator=keys["indicator"].text() if "indicator" in keys else "",
        score="score" in keys and keys["score"].flag(),
        must="must" in keys and keys["must"].flag(),
        hint=keys["hint"].texts() if "hint" in keys else (),
        says=Expressions(tuple(says)),
        blank=Expressions(tuple(blank)),
        nouns=Expressions(tuple(nouns)),
    )


def _split(item: Item, source: str, kind: str) -> tuple[str, str, str]:
    """(before, slot, after) of a pattern, which holds one slot."""
    found = re.findall(r"\{([^{}]*)\}", source)
    if len(found) != 1:
        raise item.error("每种写法要有且只有一个{…}，例如「本年收入合计{金额}」。")
    if found[0] not in SLOTS:
        raise item.error(f"不认识的{{{found[0]}}}，{nearest(found[0], SLOTS)}")
    if found[0] != kind and not (kind == "日期" and found[0] == "未定"):
        raise item.error(f"{{{found[0]}}}与 kind「{kind}」不符，请改成{{{kind}}}。")
    before, _, rest = source.partition("{")
    return before, found[0], rest.partition("}")[2]


def _compile(item: Item, source: str) -> str:
    """[甲|乙]? and … made into an expression, all else literal."""
    made: list[str] = []
    rest = source
    while rest:
        if rest[0] == "[":
            inside, closed, rest = rest[1:].partition("]")
            if not closed:
                raise item.error("方括号没有合上，请写成 [甲|乙] 或 [甲|乙]?。")
            words = "|".join(_literal(word) for word in inside.split("|"))
            made.append(f"(?:{words})")
        else:
            made.append(_literal(rest[0]) if not rest.startswith("...") else _FILLER)
            rest = rest[3:] if rest.startswith("...") else rest[1:]
        if rest.startswith("?"):
            made[-1] = f"(?:{made[-1]})?"
            rest = rest[1:]
    return "".join(made)


def _literal(text: str) -> str:
    return _FILLER.join(re.escape(part) for part in text.split("..."))
