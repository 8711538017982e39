"""How a clerk types things: numbers, nothing, percentages, dates, and the labels beside them."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.drift_unit import Item
from tests.drift_words import REQUIRED, Key

FULL_WIDTH = str.maketrans("0123456789.,%-", "０１２３４５６７８９．，％－")
NIL = (None, None, 0, 0, 0, "0", "0.00", "—", "--", "/", "无", "零", "不适用\t\n")
NIL_REQUIRED = (0, 0, 0, "0", "0.00", "无", "零")
NUMBER_FORMATS = ("General", "0.00", "#,##0.00", "#,##0.00_ ", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ')
DATE_FORMATS = ("yyyy-mm-dd", "yyyy/m/d", 'yyyy"年"m"月"d"日"')
DATE_TEXTS = (
    "{y}年{m}月{d}日",
    "{y}-{m:02d}-{d:02d}",
    "{y}/{m}/{d}",
    "{y}.{m}.{d}",
    "{y}{m:02d}{d:02d}",
    "{y}.{m:02d}.{d:02d}",
)
SYNONYMS = {
    "年末在职人数": ("{Y}年末在职人数", "{Y}年实际在职人数", "实际在职人数", "{Y}年年末在职人数"),
    "编制数": ("{Y}年编制数",),
    "公务用车购置及运行维护费": ("公务用车购置和维护经费",),
    "公务用车购置费": ("公车购置",),
    "年初结转和结余": ("{Y}年初结转和结余",),
    "年末结转和结余": ("{Y}年末结转和结余",),
    "本年收入合计": ("{Y}年本年收入合计", "{Y}年收入合计"),
    "本年支出合计": ("{Y}年本年支出合计", "{Y}年支出合计"),
    "决算数": ("{Y}年决算数", "{Y}年度决算数"),
    "年初预算数": ("{Y}年初预算数", "{Y}年年初预算数"),
    "全年预算数": ("{Y}年全年预算数", "{Y}全年预算数"),
    "上年决算数": ("{L}年决算数", "上年决算数"),
    "本年预算数": ("{Y}年预算数", "本年预算数"),
    "本年决算数": ("{Y}年决算数", "本年决算数"),
    "因公出国（境）费": ("因公出国(境)费",),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What goes into one cell: a Python value and its number format."""

    value: str | int | float | date | None
    fmt: str = "General"


@dataclass(slots=True)
class Hand:
    """One clerk's habits on one form, and the features that were actually used (``tags``)."""

    rng: random.Random
    year: int
    numbering: str = ""
    indent: str = ""
    among: str = ""
    colon: bool = False
    spaced: float = 0.0
    baked: float = 0.0
    texts: float = 0.0
    number_format: str = "General"
    date_text: str = ""
    nil: tuple[str | int | None, ...] = ()
    tags: set[str] = field(default_factory=set)

    def maybe(self, chance: float, tag: str) -> bool:
        """Whether a drift happens here; notes it if so."""
        happens = self.rng.random() < chance
        if happens:
            self.tags.add(tag)
        return happens


def hand(rng: random.Random, year: int) -> Hand:
    """A clerk."""
    found = Hand(
        rng,
        year,
        numbering=rng.choice(("", "", "{}、", "{}.", "（{}）", "({})", "中文", "圈", "{}．")),
        indent=rng.choice(("", "", "  ", "　", "　　", "    ")),
        among=rng.choice(("", "first", "first", "first:", "all", "cell")),
        colon=rng.random() < 0.1,
        spaced=rng.choice((0.0, 0.0, 0.1, 0.3)),
        baked=rng.choice((0.0, 0.3, 0.8)),
        texts=rng.choice((0.0, 0.0, 0.1, 0.5)),
        number_format=rng.choice(NUMBER_FORMATS),
        date_text=rng.choice((*DATE_FORMATS, *DATE_TEXTS)),
        nil=tuple(rng.sample(NIL, 3)),
    )
    found.tags |= {f"numbering:{found.numbering}", f"其中:{found.among}", f"format:{found.number_format[:8]}"}
    return found


def ordinal(numbering: str, number: int) -> str:
    """「1、」「（一）」「①」 and the like."""
    chinese = "一二三四五六七八九十"
    if numbering == "中文":
        return f"（{chinese[number - 1] if number <= 10 else '十' + chinese[number - 11]}）"
    return chr(0x2460 + number - 1) if numbering == "圈" else numbering.format(number)


def words(by: Hand, name: str) -> str:
    """A printed form of a row or column name: synonym, baked year, stray spaces."""
    text = name
    if name in SYNONYMS and by.maybe(by.baked, f"synonym:{name}"):
        text = by.rng.choice(SYNONYMS[name]).format(Y=by.year, L=by.year - 1)
    if "三公" in text and by.maybe(0.3, "quotes around 三公"):
        text = text.replace("三公", "“三公”")
    if str(by.year) in text and by.maybe(0.1, "full-width year"):
        text = text.translate(FULL_WIDTH)
    if by.maybe(by.spaced, "spaces inside a label"):
        space = by.rng.choice((" ", "  ", "　", "\xa0", "\n" if len(text) > 6 else " "))
        if len(text) <= 4:
            return space.replace("\n", " ").join(text)
        spots = [at for at in range(2, len(text) - 1) if not (text[at - 1].isdigit() and text[at].isdigit())]
        at = by.rng.choice(spots)
        text = text[:at] + space + text[at:]
    return text


def label(by: Hand, name: str, level: int, number: int | None, first: bool, suffix: str = "") -> str:
    """The label of a row: indentation, numbering, 其中：, name, unit."""
    text = words(by, name)
    if level and by.among in ("all", "first", "first:") and (first or by.among == "all"):
        text = "其中" + (":" if by.among == "first:" else "：") + text
    if not level and number is not None and by.numbering:
        text = ordinal(by.numbering, number) + text
    if by.colon and not suffix:
        text += "："
    return by.indent * level + text + suffix


def typed(by: Hand, key: Key, item: Item, percent_label: bool = False, inline_unit: bool = False) -> Typed:
    """The cell for a figure, in this clerk's hand."""
    if item.value is None:
        return Typed(None)
    if isinstance(item.value, date):
        return typed_date(by, item.value)
    if isinstance(item.value, str):
        return Typed(item.value)
    if item.kind in ("amount", "count") and not item.value and not item.fixed:
        choices = NIL_REQUIRED if key in REQUIRED or key[1].endswith(("合计", "总计")) else (*by.nil, 0)
        chosen = by.rng.choice(choices)
        by.tags.add(f"nil:{chosen!r}")
        return Typed(chosen, by.number_format if item.kind == "amount" else "General")
    if item.kind == "rate":
        return typed_rate(by, item, percent_label)
    if item.kind == "amount":
        return typed_amount(by, item, inline_unit)
    whole = item.value == item.value.to_integral_value()
    number = int(item.value) if whole else float(item.value)
    if by.maybe(by.texts * 0.6, f"{item.kind} as text"):
        text = str(number)
        shapes = [text, text.translate(FULL_WIDTH), f" {text} "]
        if item.kind == "count":
            shapes.append(text + "人")
        return Typed(by.rng.choice(shapes))
    return Typed(number)


def typed_amount(by: Hand, item: Item, inline_unit: bool) -> Typed:
    """An amount as a number, as text, with float noise, or with its unit in the cell."""
    number = item.number * (10000 if item.unit == "元" else 1)
    plain, comma = f"{number:.{item.digits}f}", f"{number:,.{item.digits}f}"
    if inline_unit:
        by.tags.add(f"unit in the cell:{item.unit}")
        return Typed(by.rng.choice((plain, comma, plain.translate(FULL_WIDTH))) + item.unit)
    if by.maybe(by.texts * 0.6, "amount as text"):
        wide = (plain.translate(FULL_WIDTH), comma.translate(FULL_WIDTH))
        return Typed(by.rng.choice((plain, comma, *wide, f" {comma} ", f"\xa0{plain}", f"{plain}\n")))
    value = float(number)
    fmt = by.number_format
    if item.digits > 2 and fmt == "General":
        fmt = "0.00"
    if item.digits == 2 and by.maybe(0.05, "float noise"):
        value = value * (1 + by.rng.choice((2.3e-16, -4.5e-16, 6.7e-16)))
    return Typed(value, fmt)


def typed_rate(by: Hand, item: Item, percent_label: bool) -> Typed:
    """A rate as a formatted percentage, as text, as 72.86 under (%), or as 1.00 for 100 %."""
    percent = item.number * 100
    text = f"{percent:.{item.digits}f}"
    shape = by.rng.choice(("format", "format", "text", "wide", "noise", "bare"))
    if shape == "bare" and percent_label:
        by.tags.add("72.86 under (%)")
        return Typed(by.rng.choice((float(percent), text)), "General" if by.rng.random() < 0.5 else "0.00")
    if shape == "bare" and item.number == 1:
        by.tags.add("1.00 for 100 %")
        return Typed(1, "0.00")
    fmt = f"0.{'0' * item.digits}%" if item.digits else "0%"
    if shape in ("text", "wide"):
        by.tags.add(f"percent as {shape}")
        return Typed((text + "%").translate(FULL_WIDTH) if shape == "wide" else text + "%")
    if shape == "noise":
        by.tags.add("float noise in a rate")
        single = struct.unpack("f", struct.pack("f", float(item.number)))[0]
        return Typed(by.rng.choice((single, float(item.number) + 7.62939453e-8)), fmt)
    return Typed(float(item.number), fmt)


def typed_date(by: Hand, day: date) -> Typed:
    """A real date or a text; one clerk mostly keeps to one of them."""
    shape = by.date_text if by.rng.random() < 0.8 else by.rng.choice((*DATE_FORMATS, *DATE_TEXTS))
    by.tags.add(f"date:{shape}")
    if shape in DATE_FORMATS:
        return Typed(day, shape)
    return Typed(shape.format(y=day.year, m=day.month, d=day.day))


def money(amount: Decimal) -> str:
    """An amount in 万元 as prose prints it."""
    return f"{amount:.2f}"
