"""A comparison as a workbook: both values side by side, every field compared, the sentences, and each unit's counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from xlcheck.comparison import Compared, Comparison, Matter, Printed, State, UnitComparison
from xlcheck.comparison_findings import RULE, message
from xlcheck.model import TOOL
from xlcheck.municipal import looks
from xlcheck.municipal.lists import Cell, Column, write_list
from xlcheck.render import clean, where
from xlcheck.saving import CannotSave, replacing
from xlcheck.sheets import Look, writing

Colours = tuple[tuple[str, Look], ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """The workbook's own words in one language; ``states`` in the order of :class:`State`."""

    title: str
    sheets: tuple[str, ...]
    heads: tuple[str, ...]
    texts: tuple[str, ...]
    units: tuple[str, ...]
    states: tuple[str, ...]
    empty: str
    both: str
    submitted: str
    published: str
    note: str
    whole: str

    def state(self, state: State) -> str:
        """What a state is called."""
        return self.states[list(State).index(state)]


_WORDS = {
    "zh": _Words(
        title="报送与公开比对结果",
        sheets=("比对结果", "文字差异", "单位概况", "全部字段"),
        heads=("单位", "材料", "项目", "报送", "公开", "差额", "情况", "报送处", "公开处", "说明"),
        texts=("单位", "情况", "报送", "公开", "改动", "报送处", "公开处"),
        units=("单位", "比对项", "相同", "不同", "两边未填", "相同句数", "文字差异", "正文前后的行", "未比对的材料"),
        states=("相同", "不同", "只有报送", "只有公开"),
        empty="没有发现不同。",
        both="{}（两边都没有可读的）",
        submitted="{}（报送的没有）",
        published="{}（公开的没有）",
        note="差额为公开数减报送数",
        whole="整个单位",
    ),
    "en": _Words(
        title="Submitted and published papers compared",
        sheets=("Differences", "Wording", "Units", "All fields"),
        heads=("Unit", "Paper", "Field", "Submitted", "Published", "Difference", "State", "Submitted at", "Published at", "Remark"),
        texts=("Unit", "State", "Submitted", "Published", "Change", "Submitted at", "Published at"),
        units=("Unit", "Compared", "Equal", "Different", "Blank on both", "Equal sentences", "Wording", "Page's frame", "Not compared"),
        states=("equal", "differs", "submitted only", "published only"),
        empty="Nothing differs.",
        both="{} (none that can be read on either side)",
        submitted="{} (none submitted)",
        published="{} (none published)",
        note="Difference: published less submitted",
        whole="whole unit",
    ),
}  # fmt: skip
_WRAPPED, _CENTRED, _RIGHT = looks.WRAP, looks.TOP_CENTRE, looks.TOP_RIGHT


def write_comparison(comparison: Comparison, out: Path, *, sources: Iterable[Path] = (), lang: str = "zh") -> None:
    """Write the workbook; raises :class:`~xlcheck.saving.CannotSave`, also where ``out`` is one of the ``sources``."""
    if any(out.resolve() == source.resolve() for source in sources):
        raise CannotSave(f"{out} 是比对的原文件，不予覆盖；请另起一个文件名。")
    words = _WORDS[lang]
    colours = tuple(zip(words.states, (looks.SETTLED, looks.BAD, looks.DOUBTFUL, looks.DOUBTFUL), strict=True))
    widths = (22, 12, 30, 22, 22, 12, 10, 18, 18)
    kinds = (_WRAPPED, looks.TOP, *[_WRAPPED] * 3, _RIGHT, _CENTRED, looks.TOP, looks.TOP)
    columns = _columns(words.heads[:-1], widths, kinds, colours)
    remarked = [*columns, Column(words.heads[-1], 50, _WRAPPED)]
    sentences = _columns(words.texts, (22, 10, 52, 52, 24, 10, 10), (_WRAPPED, _CENTRED, *[_WRAPPED] * 5), colours)
    counted = _columns(words.units, (26, *[10] * 7, 50), (_WRAPPED, *[_RIGHT] * 7, _WRAPPED), ())
    every = [(unit, each) for unit in comparison.units for each in unit.compared]
    fields = [(unit, each) for unit, each in every if each.matter is not Matter.TEXT]
    source = f"{TOOL} {comparison.version} {comparison.pack} {RULE}"
    with replacing(out) as temporary, writing(temporary, title=words.title, source=source) as book:
        results, wording, units, everything = words.sheets
        rows = ([*_row(unit, each, words), message(each, lang)] for unit, each in fields if each.state is not State.EQUAL)  # fmt: skip
        write_list(book, results, remarked, rows, title=words.title, empty=words.empty, note=words.note, frozen=3)
        texts = (_text(unit, each, words) for unit, each in every if each.matter is Matter.TEXT)
        write_list(book, wording, sentences, texts, title=wording, empty=words.empty)
        counts = (_counts(unit, words) for unit in comparison.units)
        write_list(book, units, counted, counts, title=units, empty=words.empty, frozen=1)
        rows = (_row(unit, each, words) for unit, each in fields)
        write_list(book, everything, columns, rows, title=everything, empty=words.empty, note=words.note, frozen=3)


def _columns(titles: Sequence[str], widths: Sequence[float], kinds: Sequence[Look], colours: Colours) -> list[Column]:
    """Columns of a list; the one that says how the sides stand to each other is coloured."""
    return [
        Column(title, width, look, colours if look is _CENTRED else ())
        for title, width, look in zip(titles, widths, kinds, strict=True)
    ]


def _row(unit: UnitComparison, each: Compared, words: _Words) -> list[Cell]:
    ours, theirs = _values(each)
    return [
        clean(unit.unit),
        each.paper or words.whole,
        clean(each.field),
        ours,
        theirs,
        _number(each.difference),
        words.state(each.state),
        _at(each.submitted),
        _at(each.published),
    ]


def _text(unit: UnitComparison, each: Compared, words: _Words) -> list[Cell]:
    changed = clean(each.difference or "")
    return [clean(unit.unit), words.state(each.state), *_values(each), changed, _at(each.submitted), _at(each.published)]  # fmt: skip


def _counts(unit: UnitComparison, words: _Words) -> list[Cell]:
    every, same = unit.count(*State), unit.count(State.EQUAL)
    wording = sum(each.matter is Matter.TEXT for each in unit.compared)
    numbers = (every, same, every - same, unit.blank, unit.sentences, wording, unit.frame)
    shapes = {"both": words.both, "submitted": words.submitted, "published": words.published}
    open_papers = [
        shapes[each.side].format(each.paper) + (f"：{clean(each.reason)}" if each.reason else "")
        for each in unit.uncompared
    ]
    return [clean(unit.unit), *(Decimal(number) for number in numbers), "\n".join(open_papers)]


def _values(each: Compared) -> tuple[str, str]:
    ours, theirs = (clean(side.text) if side is not None else "" for side in (each.submitted, each.published))
    return ours, theirs


def _number(difference: str | None) -> Cell:
    try:
        return Decimal(difference) if difference else None
    except InvalidOperation:  # a rate, in percentage points
        return difference


def _at(side: Printed | None) -> str:
    return clean(where(side.place) or side.place.file) if side is not None else ""
