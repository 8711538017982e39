"""Growth and completion that a sentence states, recomputed from the amounts beside them."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from xlcheck.expressions import expression
from xlcheck.model import Place, Value
from xlcheck.reportdoubts import doubtful
from xlcheck.reportfile import Figure, Patterns
from xlcheck.reportknown import HUNDRED, Held, Known
from xlcheck.reportnouns import mentioned, named, plainly_named, titled
from xlcheck.reportsentences import Sentence
from xlcheck.slotvalues import read_slot
from xlcheck.statements import Statement

_NUMBER = r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_TOKEN = expression(
    rf"(?P<money>{_NUMBER}(?:亿元|百万元|万元|千元|元|亿|万)|(?<=为)零(?:万?元)?(?=[,;、)]|$))|(?P<rate>{_NUMBER})%|(?P<bare>{_NUMBER})(?=[,;)]|$)"
)
_UP = "增加|增长|上升|提高|超支|增支|增|多支出|多花"
_DOWN = (
    "减少|下降|降低|压减|压缩|节约|节省|节支|省下|减支|(?<![审核扣])减|(?<![至不缺减])少(?:支出?|花|用|开支|列支)?|降"
)
_CHANGE = expression(
    rf"(?:(?P<either>增减|变动|变化)|(?P<up>{_UP})|(?P<down>{_DOWN}))(?:了|额|数|金额|支出|收入|资金|为|约|共|:)*\(?$"
)
_DIFFERENCE = expression(r"(?:增减|变动|变化)(?:额|数|金额)?(?:\([^()]*\))?:$")
_COMPARES = expression(rf"%|{_UP}|{_DOWN}|结余|节余|剩余")
_LEFT = expression(r"[,、(]?(?:结余|节余|剩余)(?:了|为|共)?")
_GROWTH = expression(
    rf"(?:(?P<up>{_UP}|增幅|升幅|增速|涨幅)|(?P<down>{_DOWN}|降幅|减幅)|变动率|变化率|(?:变动|变化)?幅度|增减率|增减幅度?)(?:了|为|达到?|约|到|比例|比率|幅度?|率|:|\()*$"
)
_DONE = expression(
    r"(?:预算|支出|资金)?(?:执行|完成|支出|支付|使用)率(?:为|达到?|是|约|:|\()*$|^\)?的(?:比例)?$"
    r"|(?:完成|占|达|达到|相当于|为)(?:了)?(?:年初|全年|当年|本年|调整后?)?预算(?:数|额|安排)?的?(?:比例|比重)?(?:为|达到?)?:?$"
)
_COUNTED = expression(r"\d+(?:批次?|人次?|次|辆|个|户|项|台|件|场|期)")  # what grew is a number of these
_SAVED = expression(r"节约|节省|节支|审减|核减")
_EARLIER = expression(r"上年|去年|上一年|同期|(?:19|20)\d\d年")
_BUDGET = expression(r"(?<!公共)(?<!基金)(?<!经营)预算(?![单内外])|(?:调整|追加|调增|调减)[为到至]")
_THAT_IS = expression(r"(?:的|(?:是|为|系)[^,;。:\d]{0,14})预算")  # behind an amount
_CLAIM = expression(rf"(?P<budget>预算)|同比|{_EARLIER.pattern}")
_SPENT = expression(r"预算(?:支出)?(?:执行|完成)|执行|决算|实际")
_AGAINST = expression(r"比|较|与|同|相比")
_GOES_ON = expression(r"(?:支出)?(?:决算|实际)?(?:支出)?数?(?:比|较|与|同|相比)")
_AGAINST_ANY = expression(r"(?:比|较|与|同)(?:上年|去年|预算|年初|全年|20\d\d年)[^,;:]*$")
_OTHER_YEAR = expression(r"前年|往年|(?:19|20)\d\d年")
_WHOLE = expression(r"(?:整体|部门|单位|总体|全部|本年|全年)(?:支出)?(?:总体)?(?:预算)?(?:执行|完成|支出)率[^,;]{0,4}$")
_FROM = expression(r"(?:^|[,:(])[^,:(]*[由从][^,:(]{0,10}$")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong in a sentence: what is printed, what it should be, and in words why."""

    sentence: Sentence
    field: str
    printed: str
    expected: str
    words: str


@dataclass(slots=True)
class _Group:
    """The amounts of one comparison, as far as a sentence has told them.

    ``figure`` is that of the amount that is compared, ``of_base`` the one whose base was told; ``waiting`` growth told before its base.
    """

    now: Value | None = None
    base: Value | None = None
    budget: bool = False
    change: Value | None = None
    way: int = 0  # up 1, down -1, either 0
    waiting: list[tuple[str, int]] = field(default_factory=list)
    figure: Figure | None = None
    first: bool = False  # the amount was told before its base
    of_base: Figure | None = None
    claim: bool | None = None  # the words call the base a budget, or last year's


def rates(every: Iterable[Sentence], stated: Sequence[Statement], patterns: Patterns, held: Held = lambda figure: None, year: int | None = None) -> Iterator[Trouble]:  # fmt: skip
    """Growth and completion rates that the figures beside them do not give.

    Where a sentence tells a change without the amount that changed or without its base, it is the one that the
    report states for that noun, else that of the forms.
    """
    known = Known(stated, patterns, held, year)
    before: Sentence | None = None
    for sentence in every:
        if _COMPARES.search(sentence.text):
            yield from _in_sentence(sentence, known, _goes_on(sentence, before, known))
        before = sentence


def _goes_on(sentence: Sentence, before: Sentence | None, known: Known) -> _Group:
    """What a sentence that begins with 「较上年…」 compares: the amount of the sentence before it, alone or with its parts."""
    if before is None or before.paragraph is not sentence.paragraph or not _GOES_ON.match(sentence.text):
        return _Group()
    told = [(known.patterns.figure(each.figure), each.value) for each in known.within(before)]
    amounts = [(figure, value) for figure, value in told if not figure.columns]
    if not amounts or mentioned(known.patterns, re.split(r"\d", sentence.text)[0]) is not None:
        return _Group()
    figure, value = amounts[0]
    totals = known.patterns.totals_of(figure.name)
    if any(each.figure in totals for each in known.beside(sentence)):
        return _Group()  # a part, told in a list: its total may be meant
    alone = all(figure.name in known.patterns.totals_of(other.name) for other, _ in amounts[1:])
    return _Group(now=value, figure=figure, first=True) if alone else _Group()


def _in_sentence(sentence: Sentence, known: Known, group: _Group) -> Iterator[Trouble]:
    end, against = 0, ""
    years = [int(year) for year in re.findall(r"((?:19|20)\d\d)年", sentence.text)]
    for match in _TOKEN.finditer(sentence.text):
        lead, end = sentence.text[end : match.start()], match.end()
        if match["rate"]:
            if (grown := _GROWTH.search(lead)) is not None:
                group, against = yield from _claimed(sentence, group, against, lead, known)
                if group.change is None:
                    _told(sentence, group, match, lead[: grown.start()], known)
            against += lead
            yield from _rate(sentence, group, lead, match["rate"], known)
            continue
        statement = known.at(sentence, match.start())
        if match["money"]:
            value = _money(match["money"])
        elif statement is not None:
            value = statement.value
        elif sentence.row and _DIFFERENCE.search(lead):
            value = _money(match["bare"] + (sentence.unit or "万元"))
        else:
            continue
        change = _CHANGE.search(lead)
        if change is None and group.budget and group.now is not None and _LEFT.fullmatch(lead):
            change = _CHANGE.search("节约")  # what is left of a budget
        told = _THAT_IS.match(sentence.text, end)
        piece = re.split(r"[,;:]", lead.rstrip(",;:"))[-1] + (told[0] if told is not None else "")
        figure = known.patterns.figure(statement.figure) if statement is not None else None
        if change is not None:
            group, against = yield from _claimed(sentence, group, against, lead, known)
            noun = named(_AGAINST_ANY.sub("", lead[: change.start()].rsplit(",", 1)[-1]), known.patterns)
            if noun is not None and group.figure is not None and noun is not group.figure:
                yield from _by_forms(sentence, group, against, known)
                group, against = _Group(claim=group.claim), ""  # 「会议费、培训费分别为…，会议费比上年增加…」
            against += lead
            if group.change is None:
                _told(sentence, group, match, lead[: change.start()], known)
                group.change, group.way = value, 0 if change["either"] else 1 if change["up"] else -1
                yield from _changed(sentence, group)
        elif _is_base(piece, years) or (figure is not None and figure.columns):
            if group.base is None and (compared := _AGAINST.search(piece)) is not None:
                _told(sentence, group, match, piece[: compared.start()], known)
            group = _based(group, value, piece)
            group.of_base = known.patterns.own(figure) if figure is not None and figure.columns else None
            if lead.startswith("("):
                for printed, way in group.waiting:
                    yield from _growth(sentence, group, printed, way)
                yield from _changed(sentence, group)
            group.waiting.clear()
        elif group.now is None:
            group.now, group.figure, group.first = value, figure, group.base is None
        else:
            yield from _by_forms(sentence, group, against, known)
            group, against = _Group(now=value, figure=figure, first=True), ""
    yield from _by_forms(sentence, group, against, known)


def _claimed(sentence: Sentence, group: _Group, against: str, lead: str, known: Known) -> Generator[Trouble, None, tuple[_Group, str]]:  # fmt: skip
    """The comparison that the words before a change speak of, and the words that told it so far.

    Where they name another base than those before (「比预算减少…，比上年下降」), it begins anew with the same amount.
    """
    claims = list(_CLAIM.finditer(lead))
    if not claims:
        return group, against
    budget = claims[-1]["budget"] is not None
    before = group.budget if group.base is not None else group.claim
    if before is not None and before is not budget:
        yield from _by_forms(sentence, group, against, known)
        group, against = _Group(now=group.now, figure=group.figure, first=True), ""
    group.claim = budget
    return group, against


def _by_forms(sentence: Sentence, group: _Group, against: str, known: Known) -> Iterator[Trouble]:
    """Changes whose base the sentence does not tell, held against what is known of it elsewhere."""
    if group.now is None or group.base is not None or group.figure is None or not (group.change or group.waiting):
        return
    budget = _BUDGET.search(against) is not None if group.claim is None else group.claim
    if not budget and not _since_last_year(against, known.year):
        return
    bases = known.bases(group.figure, budget=budget)
    if len({base.number for base in bases}) != 1:
        return
    group.base, group.budget = bases[0], budget
    yield from _changed(sentence, group)
    if group.base is not None:
        for printed, way in group.waiting:
            yield from _growth(sentence, group, printed, way)


def _since_last_year(words: str, year: int | None) -> bool:
    """Whether words compare with the year before: 「比上年」, 「较2023年」, 「同比」, not 「比2012年」, 「按上年标准」."""
    years = [int(each) for each in re.findall(r"((?:19|20)\d\d)年", words)]
    return _AGAINST.search(words) is not None and (year is None or all(each in (year, year - 1) for each in years))


def _told(sentence: Sentence, group: _Group, match: re.Match[str], lead: str, known: Known) -> None:
    """Where the amount is not told yet: what is known for the noun before a change, or beside the base that was told.

    「本年收入比上年增加…」, 「上年决算16.33万元，本年减少…」
    """
    if group.now is not None:
        return
    noun = _AGAINST_ANY.sub("", re.split(r"[,;:]", lead)[-1].removesuffix("同比"))
    figure = (plainly_named(noun, known.patterns) or titled(known.patterns, noun)) if noun else None
    if figure is not None and doubtful(
        sentence.text, match.start(), match.start(), match.end(), figure, known.patterns
    ):
        return
    if figure is None and group.base is not None and not _OTHER_YEAR.search(lead):
        figure = group.of_base or known.beside_base(group.base, budget=group.budget)
    told = known.of(figure) if figure is not None and figure.kind == "金额" else None
    if told is not None:
        group.now, group.figure = told[1], figure


def _is_base(piece: str, years: list[int]) -> bool:
    """Whether the words before an amount make it last year's or the budget's."""
    stated = [int(year) for year in re.findall(r"((?:19|20)\d\d)年", piece)]
    if stated and years and stated[-1] == max(years) and not _AGAINST.search(piece):
        return bool(_BUDGET.search(piece)) and not _SPENT.search(piece)
    if _FROM.search(piece) or (
        _EARLIER.search(piece) and (not stated or stated[-1] < max(years) or _AGAINST.search(piece))
    ):
        return True
    return bool(_BUDGET.search(piece)) and not _SPENT.search(_BUDGET.split(piece)[-1])


def _based(group: _Group, value: Value, piece: str) -> _Group:
    """The comparison once its base is told: of the amount before it, or of one still to come."""
    compared = _AGAINST.search(piece) is not None
    budget = _BUDGET.search(piece) is not None
    again = group.budget != budget or (group.first and budget)  # 「决算…，年初预算…，调整后预算…，上年…」
    if group.now is not None and group.base is not None and not compared and not again:
        return _Group(base=value, budget=budget)
    waiting = group.waiting if group.base is None else []
    change, way = (group.change, group.way) if group.base is None and not compared else (None, 0)
    return _Group(group.now, value, budget, change, way, list(waiting), group.figure, group.first, claim=group.claim)


def _changed(sentence: Sentence, group: _Group) -> Iterator[Trouble]:
    """A change that is not the difference of the two amounts beside it."""
    if group.now is None or group.base is None or group.change is None:
        return
    now, base, change = number(group.now), number(group.base), number(group.change)
    slack = group.now.half_width + group.base.half_width + group.change.half_width
    right = now - base
    if abs(right - group.way * abs(change)) <= slack or (not group.way and abs(right - change) <= slack):
        return
    printed = group.change.text
    if abs(abs(right) - abs(change)) <= slack:
        yield Trouble(
            sentence,
            "增减额",
            printed,
            f"{'增加' if right > 0 else '减少'}{abs(right)}万元",
            f"{group.now.text}与{group.base.text}之差",
        )
    else:
        why = "写成了基数本身" if change == base else f"{group.now.text}与{group.base.text}之差"
        yield Trouble(sentence, "增减额", printed, f"{abs(right)}万元", why)
    group.base = group.change = None  # what is told on top of it would be wrong for the same reason


def _rate(sentence: Sentence, group: _Group, lead: str, printed: str, known: Known) -> Iterator[Trouble]:
    grown = _GROWTH.search(lead)
    if grown is not None and _COUNTED.search(lead):
        return
    if grown is not None and _SAVED.search(lead) and _is_saved(group, printed):
        return
    if grown is not None:
        way = 1 if grown["up"] else -1 if grown["down"] else 0
        if group.now is not None and group.base is None and group.change is None:
            group.waiting.append((printed, way))
        else:
            yield from _growth(sentence, group, printed, way)
    elif _DONE.search(lead) and group.now is not None and not (_WHOLE.search(lead) and known.is_part(group.figure)):
        if group.base is not None:
            bases = [group.base] if group.budget else []
        else:
            bases = known.bases(group.figure, budget=True) if group.figure is not None else []
        wrong = [trouble for base in bases if (trouble := completion(sentence, group.now, base, printed)) is not None]
        if wrong and len(wrong) == len(bases):
            yield wrong[0]


def _is_saved(group: _Group, printed: str) -> bool:
    """Whether a rate is the share of an amount that was saved of it: 「计划100万元，节约5万元，节约率5%」."""
    if group.base is not None or group.now is None or group.change is None or not group.now.number:
        return False
    share = number(group.change) / group.now.number * 100
    return abs(share - abs(decimal(printed))) <= half(printed) + group.change.half_width / group.now.number * 100


def completion(sentence: Sentence, now: Value, base: Value, printed: str) -> Trouble | None:
    """A completion rate that an amount and a budget do not give."""
    if not base.number:
        return None
    right = number(now) / base.number * 100
    room = half(printed) + (now.half_width + abs(right) / 100 * base.half_width) / base.number * 100
    if abs(right - decimal(printed)) <= room:
        return None
    return Trouble(sentence, "执行率", printed + "%", f"{right:.2f}%", f"{now.text}÷{base.text}")


def _growth(sentence: Sentence, group: _Group, printed: str, way: int) -> Iterator[Trouble]:
    """A growth rate against its base, or against the base that the amount and its change imply."""
    if group.now is None:
        return
    now = number(group.now)
    if group.base is not None:
        base, slack = number(group.base), group.base.half_width
        change, loose = now - base, group.now.half_width + slack
    elif group.change is not None:
        change, loose = (group.way or 1) * number(group.change), group.change.half_width
        base, slack = now - change, group.now.half_width + loose
    else:
        return
    if abs(base) <= slack:
        if change:
            yield Trouble(sentence, "增减率", printed + "%", "不可比", "基数为 0，不能计算增减率")
        return
    right = abs(change / base) * 100
    room = half(printed) + (loose / abs(base) + abs(change) * slack / (base * base)) * 100
    if abs(right - abs(decimal(printed))) > room:
        yield Trouble(sentence, "增减率", printed + "%", f"{right:.2f}%", f"{abs(change)}万元÷{abs(base)}万元")
    elif way and change and (way > 0) != (change > 0) and right > room:
        word = "增长" if change > 0 else "下降"
        yield Trouble(sentence, "增减率", printed + "%", f"{word}{right:.2f}%", f"{group.now.text}比{base}万元{word}")


def number(value: Value) -> Decimal:
    """The number of a value that has one."""
    assert value.number is not None
    return value.number


def _money(text: str) -> Value:
    """An amount; one in 元 that is round in hundreds was printed from a table in 万元 with two decimals."""
    value = read_slot("金额", text.replace("−", "-"), Place(""))
    assert value is not None
    assert value.number is not None
    if value.number % (2 * HUNDRED) == 0 and re.search(r"\d元$", text):
        return msgspec.structs.replace(value, half_width=max(value.half_width, HUNDRED))
    return value


def decimal(text: str) -> Decimal:
    """A printed number."""
    return Decimal(text.replace("−", "-").replace(",", ""))


def half(text: str) -> Decimal:
    """Half a unit of the last printed digit."""
    return Decimal("0.5").scaleb(-len(text.partition(".")[2]))
