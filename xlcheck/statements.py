"""The figures that a narrative report states: which, how much, and in which sentence.

A figure is read where its noun stands right before the number; 「上年」, 「预算」 and the like before
the noun make it another figure, and another year before it is kept with the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from xlcheck.model import Kind, Paragraph, Place, Prose, Value
from xlcheck.papers import numbers
from xlcheck.reportfile import SLOTS, Figure, Patterns, fold

_SENTENCE = re.compile(r"[^。；;！!\n]+[。；;！!]*")
_YEAR_BEFORE = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:$|年度?)(?:年?[末底初]|全年)?(?:我|本|全)?(?:单位|部门|部|局|委|院|所|中心|馆|校|年)?(?:的|实际|共|已|,)*$"
)
_LEAD = re.compile(r"(?:的|为|我部|我局|我单位|本单位|本部门|[:,、])+$")
_LAST_YEAR_CLAUSE = re.compile(r"(?:^|[,;:])(?:上年度?|去年|前年|上一年度?)(?:末|底)?,?$")
_RANGE = re.compile(r"分别(?:为|是|达|有|共)?")
_BETWEEN = re.compile(r"(?:、|,|和|及|与|以及)$")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_HALF = Decimal("0.5")
_MONEY_ZERO, _RATE_ZERO = Decimal("0.005"), Decimal("0.00005")  # what 「零」 leaves open, in 万元 and as a ratio


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is printed (``quote``) and as patterns see it (``text``), and where it stands."""

    text: str
    quote: str
    paragraph: Paragraph


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure stated in a sentence.

    ``value`` is in 万元, a ratio, a count, a day's ordinal, points or a year; grades and names are its
    text. ``year`` is the year printed right before the noun, None where there is none. ``printed`` is
    the number as the report writes it, ``start`` its place in the sentence's folded text.
    """

    figure: str
    value: Value
    place: Place
    year: int | None
    printed: str
    sentence: Sentence
    start: int


def sentences(prose: Prose) -> Iterator[Sentence]:
    """The sentences of a paper; the cells of one table row are one sentence."""
    paragraphs = list(prose.paragraphs)
    index = 0
    while index < len(paragraphs):
        first = paragraphs[index]
        index += 1
        if first.row:
            cells = [first.text.strip()]
            while index < len(paragraphs) and paragraphs[index].row == first.row:
                cells.append(paragraphs[index].text.strip())
                index += 1
            yield Sentence(fold(":".join(cells)), " ".join(cells), first)
            continue
        for match in _SENTENCE.finditer(first.text):
            if match[0].strip():
                yield Sentence(fold(match[0]), match[0].strip(), first)


def statements(prose: Prose, patterns: Patterns) -> tuple[Statement, ...]:
    """Every figure of ``patterns`` that the paper states, in reading order."""
    found: list[Statement] = []
    for sentence in sentences(prose):
        found.extend(_in_sentence(prose.name, sentence, patterns))
    return tuple(found)


def _in_sentence(file: str, sentence: Sentence, patterns: Patterns) -> list[Statement]:
    candidates: list[tuple[int, int, int, Figure, str, str]] = []  # slot start, -length of the noun, …
    for figure in patterns.figures:
        for pattern in figure.says:
            for match in pattern.finditer(sentence.text):
                slot = next(name for name in match.groupdict() if name in SLOTS)
                start = match.start("noun")
                candidates.append((match.start(slot), start - match.end("noun"), start, figure, slot, match[slot]))
    candidates.extend(_respectively(sentence.text, patterns))
    candidates.sort(key=lambda entry: entry[:2])
    made: list[Statement] = []
    taken: set[int] = set()
    for slot_start, _, start, figure, slot, printed in candidates:
        if slot_start in taken:
            continue  # a longer noun before the same number decides
        taken.add(slot_start)
        before = sentence.text[:start]
        if _refused(before, patterns):
            continue
        place = Place(file, paragraph=sentence.paragraph.number, quote=sentence.quote)
        value = read_slot(slot, printed, place)
        if value is not None:
            year = _YEAR_BEFORE.search(before)
            made.append(Statement(figure.name, value, place, int(year["year"]) if year else None, printed, sentence, slot_start))  # fmt: skip
    return made


def _refused(before: str, patterns: Patterns) -> bool:
    """Whether the words before a noun make it another figure: last year's, the budget's, another body's."""
    if _LAST_YEAR_CLAUSE.search(before):
        return True
    bare = _LEAD.sub("", before) if not before.endswith((",", "、", ":", ";")) else ""
    return bare.endswith(patterns.not_before)


def _respectively(text: str, patterns: Patterns) -> Iterator[tuple[int, int, int, Figure, str, str]]:
    """「本年收入、本年支出分别为100万元和90万元」: nouns and numbers in the same order."""
    for match in _RANGE.finditer(text):
        left, nouns = text[: match.start()], []
        while True:
            best: tuple[int, Figure] | None = None
            for figure in patterns.figures:
                for noun in figure.nouns:
                    hit = noun.search(left)
                    if hit is not None and (best is None or hit.start() < best[0]):
                        best = hit.start(), figure
            if best is None:
                break
            nouns.append((best[0], len(left), best[1]))
            left = left[: best[0]]
            joint = _BETWEEN.search(left)
            if joint is None:
                break
            left = left[: joint.start()]
        nouns.reverse()
        position = match.end()
        values: list[tuple[int, Figure, str]] = []
        for _, _, figure in nouns if len(nouns) > 1 else ():
            hit = re.compile(rf"(?:、|,|和|及|与)?({SLOTS[figure.kind]})").match(text, position)
            if hit is None:
                break
            values.append((hit.start(1), figure, hit[1]))
            position = hit.end()
        if values and len(values) == len(nouns):
            for (start, end, _), (at, figure, printed) in zip(nouns, values, strict=True):
                yield at, start - end - len(text), start, figure, figure.kind, printed  # before any single noun


def read_slot(slot: str, printed: str, place: Place) -> Value | None:
    """The value of what stands in a slot, or None where it is none after all."""
    if slot == "金额":
        return _amount(printed, place)
    if slot in ("人数", "分数"):
        if printed == "满分":
            return Value(Decimal(100), printed, Kind.NUMBER, Decimal(0), place)
        number = numbers.from_text(printed)
        value = number.value if number is not None else chinese_number(printed.rstrip("名人分"))
        return Value(value, printed, Kind.NUMBER, Decimal(0), place) if value is not None else None
    if slot == "比率":
        return _rate(printed, place)
    if slot == "日期":
        ordinal = numbers.date_ordinal(printed.rstrip("日") if "年" not in printed else printed)
        return Value(Decimal(ordinal), printed, Kind.DATE, Decimal(0), place) if ordinal is not None else None
    if slot == "未定":
        return Value(None, printed, Kind.NOT_APPLICABLE, Decimal(0), place)
    if slot == "年度":
        return Value(Decimal(printed), printed, Kind.NUMBER, Decimal(0), place)
    return Value(None, printed, Kind.TEXT, Decimal(0), place)


def _amount(printed: str, place: Place) -> Value | None:
    text = printed.removeprefix("人民币")
    number = numbers.from_text(text)
    if number is None:
        match = re.match(r"([〇零无一二两三四五六七八九十百千]+?)(亿元|百万元|万元|千元|元|亿|万)?$", text)
        value = chinese_number(match[1]) if match is not None else None
        if match is None or value is None:
            return None
        unit = {"亿": "亿元", "万": "万元"}.get(match[2] or "", match[2] or "万元")
        number = numbers.Number(value, 2, unit)
    factor = numbers.MONEY_UNITS[number.unit or "万元"] / numbers.MONEY_UNITS["万元"]
    half = _HALF.scaleb(-number.decimals) * factor if number.value else _MONEY_ZERO
    return Value(number.value * factor, printed, Kind.NUMBER, half, place, factor)


def _rate(printed: str, place: Place) -> Value | None:
    if printed.startswith("百分之"):
        whole, _, part = printed.removeprefix("百分之").partition("点")
        value = chinese_number(whole)
        digits = "".join(str(_DIGITS.get(c, "")) for c in part)
        if value is None:
            return None
        return Value((value + Decimal(f"0.{digits or 0}")).scaleb(-2), printed, Kind.NUMBER, _HALF.scaleb(-len(digits) - 2), place)  # fmt: skip
    number = numbers.from_text(printed)
    if number is None or not number.value:
        return Value(Decimal(0), printed, Kind.NUMBER, _RATE_ZERO, place)
    shift = 2 if number.unit == "%" else 3 if number.unit == "‰" else 0 if abs(number.value) <= 2 else 2
    return Value(number.value.scaleb(-shift), printed, Kind.NUMBER, _HALF.scaleb(-number.decimals - shift), place)


def chinese_number(text: str) -> Decimal | None:
    """十三 → 13, 一百零二 → 102, 二〇 → 20, 零 and 无 → 0; None where it is no number."""
    if text in ("零", "无", "〇"):
        return Decimal(0)
    if not text or not all(c in _DIGITS or c in _TENS or c == "万" for c in text):
        return None
    if "万" in text:
        high, _, low = text.partition("万")
        above, below = chinese_number(high), chinese_number(low) if low else Decimal(0)
        return above * 10_000 + below if above is not None and below is not None else None
    if not any(c in _TENS for c in text):
        return Decimal("".join(str(_DIGITS[c]) for c in text))
    total = digit = 0
    for c in text:
        if c in _TENS:
            total += (digit or (0 if total else 1)) * _TENS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return Decimal(total + digit)


def agree(left: Value, right: Value) -> bool:
    """Whether two printed numbers can be one: they differ by no more than the coarser one's rounding."""
    assert left.number is not None
    assert right.number is not None
    return abs(left.number - right.number) <= max(left.half_width, right.half_width)
