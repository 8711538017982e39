"""What can be wrong inside the text of a report itself: sums, rates, growth, empty slots; and its problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.model import Paragraph, Place, Prose, Value
from xlcheck.reportfile import Patterns, fold
from xlcheck.statements import Sentence, Statement, read_slot

_NUMBER = r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MONEY = rf"{_NUMBER}(?:亿元|百万元|万元|千元|元|亿|万)"
_GAP = r"[^。;\d]{0,18}?"
_BASE = r"(?:上年度?|去年|上一年度?|20\d\d年度?|年初预算|全年预算|调整预算|预算)(?:决算|预算|实际|同期|支出|收入|执行|完成|批复|安排)*数?"
_UP, _DOWN = "增加|增长|上升|提高|增", "减少|下降|降低|压减|减|节约"
_GROWTH = re.compile(
    rf"(?P<now>{_MONEY}),?[^。;\d]{{0,12}}?(?:比|较|与|相比){_BASE}(?:\(?(?P<base>{_MONEY})\)?)?(?:相比)?,?(?:相比,?)?"
    rf"(?P<way>{_UP}|{_DOWN})了?(?P<change>{_MONEY}),?(?:(?:增|降|减)?幅?(?:增长|上升|下降|降低|减少|增加|提高|增幅|降幅|减幅|幅度)?(?:率|比例)?)?(?:约|为|达)*(?P<rate>[-−]?\d+(?:\.\d+)?)%"
)
_TWO_YEARS = re.compile(
    rf"(?:上年度?|去年|20\d\d年度?)[^。;\d]{{0,18}}?(?P<base>{_MONEY}),?(?:本年度?|今年|20\d\d年度?){_GAP}(?P<now>{_MONEY}),?[^。;\d]{{0,8}}?"
    rf"(?P<way>{_UP}|{_DOWN})了?(?P<change>{_MONEY}),?[^。;\d,]{{0,8}}?(?P<rate>[-−]?\d+(?:\.\d+)?)%"
)
_DONE = re.compile(
    rf"预算(?:数|安排|下达|资金|批复|总额|合计)*(?:为|共|是|:)*(?P<base>{_MONEY}),?(?:实际|全年|本年|已)*(?:支出|执行|完成|使用|决算|支付)(?:数|合计|金额|支出|决算)*(?:为|共|了|是|:)*(?P<now>{_MONEY}),?"
    r"(?:预算|支出|资金)?(?:执行率|完成率|支出率|支付率|使用率)(?:为|达到?|:)*(?P<rate>\d+(?:\.\d+)?)%"
)
_EMPTY = re.compile(
    r"[×✕]{2,}|(?<![A-Za-z])[Xx]{2,}(?![A-Za-z])|[_＿]{2,}|[□▁]{2,}"
    r"|(?:占|占比|为|率|率为|达|达到|约)[\s　]+[%％]|(?:为|共|共计|合计|得分|分数|于|金额)[\s　]+(?:万元|亿元|元|分|名|人|年\s*月)"
    r"|(?<=[一-龥])(?:占|率为|比例为|增长|下降)[%％]|年[\s　]{1,}月[\s　]+日"
)
_PROBLEM_HEADING = re.compile(r"问题")
_NOT_PROBLEMS = re.compile(r"^(?:无|没有|暂无|不存在|未发现|未有|无存在|无明显|基本无|没有发现|未存在)")
_CURES = re.compile(r"(?:措施|建议|打算|计划|方向|思路|安排)$|^(?:下一步|改进)")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong in a sentence: what is printed, what it should be, and in words why."""

    sentence: Sentence
    field: str
    printed: str
    expected: str
    words: str


def sums(stated: Iterable[Statement], patterns: Patterns) -> Iterator[Trouble]:
    """Totals of a sentence that the parts named after 「其中」 do not make."""
    by_sentence: dict[tuple[int, str], list[Statement]] = {}
    for statement in stated:
        by_sentence.setdefault((statement.sentence.paragraph.number, statement.sentence.text), []).append(statement)
    for group in by_sentence.values():
        for rule in patterns.sums:
            total = next((s for s in group if s.figure == rule.total and s.value.number is not None), None)
            if total is None:
                continue
            cut = total.sentence.text.find("其中", total.start)
            parts = [s for s in group if s.figure in rule.parts and s.start > cut and s.value.number is not None]
            kinds = {s.figure for s in parts}
            if cut < 0 or len(parts) < 2 or len(kinds) < len(parts) or not rule.whole:
                continue
            if rule.total != "编制数" and len(kinds) < len(rule.parts):
                continue
            if rule.total == "编制数" and _unknown_part(total.sentence.text[cut:], len(parts)):
                continue
            found = sum((s.value.number or Decimal(0) for s in parts), Decimal(0))
            slack = max([total.value.half_width, *(s.value.half_width for s in parts)]) * (len(parts) + 1)
            if abs(found - (total.value.number or Decimal(0))) > slack:
                yield Trouble(total.sentence, rule.total, total.printed, f"{found}", "、".join(f"{s.figure}{s.printed}" for s in parts))  # fmt: skip


def _unknown_part(text: str, known: int) -> bool:
    """Whether more kinds of posts are listed than were understood."""
    return len(re.findall(r"编制[^,。;、]{0,6}?\d+", text)) > known


def rates(every: Iterable[Sentence]) -> Iterator[Trouble]:
    """Growth and completion rates that the figures beside them do not give."""
    for sentence in every:
        spans: list[tuple[int, int]] = []
        for pattern in (_TWO_YEARS, _GROWTH):
            for match in pattern.finditer(sentence.text):
                if not any(match.start() < end and start < match.end() for start, end in spans):
                    spans.append(match.span())
                    yield from _growth(sentence, match)
        for match in _DONE.finditer(sentence.text):
            now, base = _money(match["now"]), _money(match["base"])
            if base.number and not _near(now, base, Decimal(match["rate"]), _decimals(match["rate"])):
                right = (now.number or Decimal(0)) / base.number * 100
                yield Trouble(
                    sentence, "执行率", match["rate"] + "%", f"{right:.2f}%", f"{match['now']}÷{match['base']}"
                )


def _growth(sentence: Sentence, match: re.Match[str]) -> Iterator[Trouble]:
    now, change, rate = _money(match["now"]), _money(match["change"]), Decimal(match["rate"].replace("−", "-"))
    assert now.number is not None
    assert change.number is not None
    sign = -1 if re.fullmatch(_DOWN, match["way"]) else 1
    base = now.number - sign * change.number
    slack = now.half_width + change.half_width
    if match["base"]:
        given = _money(match["base"])
        assert given.number is not None
        if abs(given.number - base) > slack + given.half_width:
            right = abs(now.number - given.number)
            why = "写成了基数本身" if change.number == given.number else f"{match['now']}与{match['base']}之差"
            yield Trouble(sentence, "增减额", match["change"], f"{right}万元", why)
            return
        base, slack = given.number, given.half_width
    if abs(base) <= slack:
        if change.number:
            yield Trouble(sentence, "增减率", match["rate"] + "%", "不可比", "基数为 0，不能计算增减率")
        return
    half = Decimal("0.5").scaleb(-_decimals(match["rate"]))
    right = abs(change.number / base) * 100
    room = half + (change.half_width / abs(base) + abs(change.number) * slack / (base * base)) * 100
    if abs(right - abs(rate)) > room:
        yield Trouble(sentence, "增减率", match["rate"] + "%", f"{right:.2f}%", f"{match['change']}÷{abs(base)}万元")


def _near(now: Value, base: Value, rate: Decimal, decimals: int) -> bool:
    assert now.number is not None
    assert base.number
    right = now.number / base.number * 100
    room = Decimal("0.5").scaleb(-decimals) + (now.half_width + abs(right) / 100 * base.half_width) / base.number * 100
    return abs(right - rate) <= room


def _money(text: str) -> Value:
    value = read_slot("金额", text.replace("−", "-"), Place(""))
    assert value is not None
    return value


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def blank_slots(every: Sequence[Sentence]) -> Iterator[tuple[Sentence, str]]:
    """Sentences with a slot that nobody filled, with the slot as printed."""
    for sentence in every:
        match = _EMPTY.search(sentence.quote)
        if match is not None:
            yield sentence, match[0].strip()


def problems(prose: Prose) -> list[Paragraph]:
    """The paragraphs of the section on problems that name one; 「无」 and 「不存在…」 are none."""
    found: list[Paragraph] = []
    for paragraph in prose.paragraphs:
        at = next((i for i, title in enumerate(paragraph.headings) if _PROBLEM_HEADING.search(title)), None)
        if at is None or any(
            _CURES.search(title) and not _PROBLEM_HEADING.search(title) for title in paragraph.headings[at:]
        ):
            continue
        text = fold(paragraph.text)
        text = re.sub(r"^(?:\d{1,2}[.、]|[(]?[一二三四五六七八九十\d]{1,3}[)、.])", "", text)
        title = fold(paragraph.headings[at])
        body = text.removeprefix(title).lstrip("。:,;.")
        if len(body) >= 6 and not _NOT_PROBLEMS.match(body) and not re.match(r"^(?:改进措施|下一步|整改措施)", body):
            found.append(paragraph)
    return found
