"""Which column of a form a number belongs to, and the further numbers of a noun: 「预算5万元，决算4万元（上年6万元）」."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from xlcheck.expressions import expression
from xlcheck.reportfile import Column, Figure, Patterns
from xlcheck.reportgrammar import fold
from xlcheck.reportnouns import mentioned, named, titled
from xlcheck.reportscope import heads
from xlcheck.reportsentences import Sentence

REFUSED = Column("", ())  # words that contradict each other, or speak of an earlier year's budget
_ASIDE = expression(r"\([^()]*\)")
_CLAUSE = expression(r"[^,;:()、]*$")
_LAST_YEAR_CLAUSE = expression(r"(?:^|[,;:])(?:上年度?|去年|上一年度?),$")
_YEAR = expression(r"((?:19|20)\d\d)(?=年|决|预|:|$)")
_LEAD = expression(
    r"(?:的|为|我|本|该|全)?(?:市|县|区)?(?:单位|部门|部|局|委|办|院|所|会|队|支队|中心|馆|校|站|处|镇|街道)?(?:实际|财政拨款|一般公共预算|安排|支出|发生|列支|共|的|:)*$"
)
_THOUSANDS = expression(r"(?<=\d),(?=\d{3})")
# A clause with an amount, behind which its parts are told.
_PARTS = expression(r"(?P<whole>[^,;:()、]*[元亿万名人])(?:[,(:]*其中[,:]?|[,:(]?(?:包括|包含)[:,]?|[(])[^;]*$")
_AMOUNT = expression(r"(\d+(?:\.\d+)?)(亿元|百万元|万元|千元|元)")
_OPENS = expression(r"其中|[(包]|[中里][,:]")
_WITHIN = expression(r"(?:.*[,;:])?(?P<whole>[^,;:()\d]*)[中里][,:][^;]*$")  # 「年初预算中，」
_BESIDE = expression(r"完成|占|[比较]|增加|减少|节约|%")
_NEAR = 40  # characters before a noun in which a word that tells its column stands
_AGAIN = expression(r"[,(]即(?:为|是)?")  # the same amount in another unit
_SHORT = 8  # characters before an amount that name nothing
_FAR = 3  # characters of a word that tells a column from anywhere in its clause
_CARRIED = expression(r"结转|结余|相比|比较")
_NUMBER = expression(
    r"(?P<money>[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:亿元|百万元|万元|千元|元|亿|万)(?![人次亩户平条件台家]))"
    r"|(?P<count>\d+[名人个])|\d[\d,]*(?:\.\d+)?[%‰]?(?![\d年月日号])"
)
_GROUPS = {"金额": "money", "人数": "count"}
_MORE = expression(r"(?:19|20)\d\d(?:年|决|预|:|$)|[由从]")  # else there is no further number to be found
_FROM = expression(r"[由从][^由从]{0,12}$")
_TO = expression(r"[^\d;(]{0,14}[增减降升到至为变调]")
_ASIDES = expression(
    r"[,、(]*(?:[比较与同](?:上|去|前|年初|预算)[^,、(]{0,8}|同比|环比)?(?:增加|减少|增长|下降|上升|降低|提高|节约|压减|超支|增幅|降幅|占)[^,;:(]{0,10}[,、]?$"
)
_OUTCOME = expression(r"决算|实际|执行|完成")
_OWN = expression(rf"本年|当年|今年|{_OUTCOME.pattern}")
_TOTAL = expression(r"合计|共计|总计|合共|相加|之和|加总|小计|总数|加起来|合起来|两者|[两三]项|构成")
_COUNTING = expression(
    r"\((?:折合|约合|合)[^()]*\)|\((?![^()]*[元万亿名人个])[^()]*\d[^()]*\)"
)  # a remark whose numbers are none of these: (3批次)
_PLAIN = re.sub(r"\?P<\w+>", "", _NUMBER.pattern)
_SIDE_BY_SIDE = expression(rf"(?:{_PLAIN})(?:[/→](?:{_PLAIN}))+")


@dataclass(frozen=True, slots=True)
class Owner:
    """The figure that a number belongs to, the column, None for the figure's own, and whether that is but a guess.

    ``listed``: it is one of the parts of a whole, told in the whole's column.
    """

    figure: Figure
    column: Column | None
    loose: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Further:
    """A further number of a noun: where it stands, its figure in its column, as printed, the year told with it."""

    at: int
    figure: Figure
    printed: str
    year: int | None
    loose: bool


def column_told(before: str, own: str, link: str, patterns: Patterns) -> Column | None:
    """The column that the words around a noun tell: before it, in it (全年预算收入) and between it and its number."""
    near = _LEAD.sub("", before[-_NEAR:])
    clause = _CLAUSE.search(before)
    told = [column for column, _, end in patterns.columns_in(near) if end == len(near)]
    if clause is not None and not _CARRIED.search(clause[0]):
        told += [column for column, start, end in patterns.columns_in(clause[0]) if end - start >= _FAR]
    if _LAST_YEAR_CLAUSE.search(before):
        told += [column for column, _, _ in patterns.columns_in(before[-5:])]
    told += [column for column, _, _ in patterns.columns_in(own)]
    if near.endswith("年初") and (opening := patterns.columns.get("年初预算")) is not None:
        told.append(opening)  # 「年初财政拨款收入」
    return one_column([*told, *_in_link(link, patterns)])


def column_behind(text: str, end: int, patterns: Patterns) -> Column | None:
    """The column that the words behind an amount tell: 「控制在5万元的预算之内」."""
    if not text.startswith("的", end):
        return None
    return one_column([told for told, start, _ in patterns.columns_in(text[end + 1 : end + _NEAR]) if start == 0])


def whole_before(before: str) -> re.Match[str] | None:
    """The amount whose parts are told right before a noun: 「年初预算支出100万元，其中：基本支出」, 「年初预算中，」."""
    if not _OPENS.search(before):
        return None
    text = _ASIDE.sub("", _THOUSANDS.sub("", before))
    return _PARTS.search(text) or _WITHIN.match(text)


def column_of_whole(parts: re.Match[str], link: str, rest: str, patterns: Patterns) -> Column | None:
    """The column that the amount of :func:`whole_before` is told in, and its parts with it; None where it tells none.

    ``rest`` is the text from the part on: where all parts add up to the amount before that one, they are its.
    """
    if _OUTCOME.search(parts[0]) or _OUTCOME.search(link) or _are_of_the_former(parts, rest):
        return None
    if _BESIDE.search(parts["whole"]):
        return None
    return one_column([told for told, _, _ in patterns.columns_in(parts["whole"])])


def _are_of_the_former(parts: re.Match[str], rest: str) -> bool:
    """Whether the parts told behind two amounts are the first one's: 「三公经费9万元，预算12万元，其中接待费4万元、车辆5万元」."""
    wholes = _AMOUNT.findall(parts.string, 0, parts.end("whole"))[-2:]
    told = parts.string[parts.end("whole") :] + _THOUSANDS.sub("", _ASIDE.sub("", rest))
    listed = _AMOUNT.findall(re.split("[;。]", told)[0])
    if len(wholes) < 2 or not listed or len({unit for _, unit in (*wholes, *listed)}) > 1:
        return False
    former, latter = (Decimal(number) for number, _ in wholes)
    rounded = Decimal("0.5").scaleb(int(former.as_tuple().exponent)) * (len(listed) + 1)
    total = sum((Decimal(number) for number, _ in listed), Decimal(0))
    return abs(former - total) <= rounded < abs(latter - total)


def _in_link(link: str, patterns: Patterns) -> list[Column]:
    """The columns that the words between a noun and its number tell; a remark tells one where it is nothing else."""
    bare = _ASIDE.sub(lambda remark: remark[0] if patterns.column_words.fullmatch(remark[0][1:-1].removesuffix("数")) else "", link)  # fmt: skip
    return [column for column, _, _ in patterns.columns_in(bare)]


def one_column(told: list[Column]) -> Column | None:
    """The one column that all words can mean, the narrowest; REFUSED where there is none."""
    distinct = sorted(dict.fromkeys(told), key=lambda column: len(column.columns))
    if not distinct:
        return None
    first = distinct[0]
    return first if all(set(first.columns) <= set(other.columns) for other in distinct) else REFUSED


Totals = Callable[[int, str], Owner | None]


def further(sentence: Sentence, owners: Mapping[int, Owner | None], columns: Mapping[int, Column | None], first: Owner | None, totals: Totals, patterns: Patterns) -> Iterator[Further]:  # fmt: skip
    """The amounts that are told without their own noun: by words for their columns alone, by ``columns``, as ``totals``.

    ``first`` is whom a number belongs to that only such words stand before from the sentence's beginning;
    ``totals`` tells whose total a number is, from its place and the words before it.
    """
    text = sentence.text
    if (
        owners
        and first is None
        and not (columns or patterns.column_words.search(text) or _MORE.search(text) or _TOTAL.search(text))
    ):
        return
    owner: Owner | None = None
    seen: list[tuple[int, Owner | None]] = []
    told: set[tuple[str, str]] = set()  # the columns and years of the current noun that have their number
    end = 0
    remarks = [remark.span() for remark in _COUNTING.finditer(text)]
    for match in _NUMBER.finditer(text):
        if any(begin < match.start() < stop for begin, stop in remarks):
            continue
        lead, start, end = text[end : match.start()], match.start(), match.end()
        lead = _COUNTING.sub("", lead) if remarks else lead
        if lead.startswith(")"):  # back to whom the remark was about
            opened = text.rfind("(", 0, start)
            owner = next((each for at, each in reversed(seen) if at < opened), owner)
            lead = lead[1:]
        elif len(seen) > 1 and all(each is not None and each.listed for _, each in seen[-2:]):
            owner = None  # behind a list, it may be the last part's or the whole's
        if start in owners:
            if owner is not None and (rate := owners[start]) is not None and rate.figure.kind == "比率":
                continue  # 「支出15万元，完成预算的75%，较上年的18万元」
            owner = owners[start]
            seen.append((start, owner))
            told = {_key(owner, lead)} if owner is not None else set()
            continue
        total = totals(start, lead) if match.lastgroup and _TOTAL.search(lead) else None
        opening = start == len(lead)
        if opening and not patterns.passage.fullmatch(lead):
            lead, first = _behind_title(lead, first, patterns)
        budget = column_behind(text, end, patterns)
        whose = owner or (first if opening else None)
        if whose is not None and whose.figure.kind == "比率" and whose.figure.behind:
            # 「控制率87%，即预算26万元，决算23万元」
            whose = Owner(patterns.figure(whose.figure.behind[0]), None, loose=True)
        again = owner is not None and _AGAIN.fullmatch(lead) is not None
        if total is not None:
            following: tuple[Owner, bool] | None = total, True
        elif budget is not None and whose is not None and len(lead) <= _SHORT and mentioned(patterns, lead) is None:
            following = Owner(whose.figure, budget, whose.loose), True  # 「，未突破5万元的预算」
        elif _TOTAL.search(lead) and not opening:
            following = None
        else:
            following = _follows(lead, text[end:], whose, patterns, opening=opening)
            if following is not None and opening and owner is None and lead:
                following = following[0], True
        if following is None:
            owner = None
            continue
        came, outcome = following
        seen.append((start, came))
        if start in columns:
            came, outcome = Owner(came.figure, columns[start], came.loose), True
        if owner is None or came.figure is not owner.figure:
            told = set()
        owner = came
        key = _key(owner, lead)
        bare = sentence.row and match[0][-1].isdigit() and owner.figure.kind == "金额"  # a table's cell
        if (
            not (bare or match.lastgroup == _GROUPS.get(owner.figure.kind))
            or owner.column is REFUSED
            or (not again and (key in told or not (outcome or any(key))))
        ):
            continue
        told.add(key)
        meant = owner.figure if owner.column is None else patterns.variants.get((owner.figure.name, owner.column.name))
        if meant is not None:
            printed = match[0] + sentence.unit if bare else match[0]
            yield Further(start, meant, printed, int(key[1]) if key[1] else None, owner.loose)


def _behind_title(lead: str, first: Owner | None, patterns: Patterns) -> tuple[str, Owner | None]:
    """The words behind a title at the beginning of a sentence, and whose the number is then: 「支出方面，年初预算」."""
    mark = next((mark for mark in ":=," if mark in lead), "")
    title, _, rest = lead.partition(mark) if mark == "," else lead.rpartition(mark) if mark else ("", "", lead)
    figure = titled(patterns, title) if mark else None
    if figure is not None and figure.kind != "金额":
        figure = patterns.figure(figure.behind[0]) if figure.behind else None
    if figure is not None:
        return rest, Owner(figure, None, loose=mark == "=")
    return (rest, first) if mark == ":" else (lead, first)


def side_by_side(sentence: Sentence, patterns: Patterns) -> dict[int, Column | None]:
    """The column of each number of 「100万元／110万元／90万元」, by the heads above; REFUSED where there are none."""
    if "/" not in sentence.text and "→" not in sentence.text:
        return {}
    found: dict[int, Column | None] = {}
    for run in _SIDE_BY_SIDE.finditer(sentence.text):
        starts = [run.start()] + [run.start() + at + 1 for at, sign in enumerate(run[0]) if sign in "/→"]
        words = heads(sentence.text, sentence.paragraph, len(starts))
        for start, word in zip_longest(starts, words, fillvalue=""):
            told = one_column(_in_link(fold(word), patterns)) if word else REFUSED
            found[int(start)] = REFUSED if told is None and not _OWN.search(word) else told
    return found


def _key(owner: Owner, lead: str) -> tuple[str, str]:
    """The column and the year of a number; a year beside a column of its own is that column's."""
    year = _YEAR.search(lead)
    column = owner.column.name if owner.column is not None else ""
    return column, year[1] if year is not None and not column else ""


def _follows(lead: str, behind: str, owner: Owner | None, patterns: Patterns, *, opening: bool) -> tuple[Owner, bool] | None:  # fmt: skip
    """Whose number follows these words, and whether they tell the outcome; None for nobody's known here.

    The words stand between two numbers, or at the ``opening`` of a sentence.
    """
    if (
        owner is not None
        and _ASIDES.fullmatch(lead)
        and not (patterns.passage.fullmatch(lead) and _in_link(lead, patterns))
    ):
        return Owner(owner.figure, REFUSED, owner.loose), False
    since = _FROM.search(lead) if _TO.match(behind) else None
    figure = named(lead[: since.start()], patterns) if since is not None else None
    if figure is None and (patterns.passage.fullmatch(lead) or (opening and patterns.before.fullmatch(lead))):
        figure, words = owner.figure if owner is not None else None, lead
    else:
        words = since[0] if since is not None else ""
        if figure is not None and not patterns.columns_in(words):
            earlier = patterns.columns.get("上年", REFUSED)  # 「由3万元变为2万元」
            return Owner(figure, earlier), False
    if figure is None or figure.kind != "金额":
        return None
    loose = owner is not None and owner.loose and figure is owner.figure
    return Owner(figure, one_column(_in_link(words, patterns)), loose), patterns.actual.search(words) is not None
