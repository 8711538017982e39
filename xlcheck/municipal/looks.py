"""How the roll-up looks: fonts, fills and number formats, each made once."""

from __future__ import annotations

from decimal import Decimal

from xlcheck.sheets import Look, text_width

INK, PALE, GREY = "#1F3864", "#DCE6F1", "#F2F2F2"
RED, ORANGE, GREEN, BLUE = "#C00000", "#C55A11", "#548235", "#2F75B5"

_CELL = Look({"border": 1, "border_color": "#BFBFBF"})
PLAIN = _CELL
CENTRE = _CELL.but(align="center")
WRAP = _CELL.but(text_wrap=True, valign="top")
TOP = _CELL.but(valign="top")
TOP_CENTRE = TOP.but(align="center")
TOP_RIGHT = TOP.but(align="right")
NAME = _CELL.but(text_wrap=True)
LINK = TOP_CENTRE.but(font_color="#0563C1", underline=1)
HEADER = _CELL.but(bold=True, font_name="黑体", bg_color=PALE, align="center", text_wrap=True)
INPUT_HEADER = HEADER.but(bg_color="#FFF2CC")

NUMBERS = {"money": "#,##0.00", "count": "#,##0", "score": "0.00", "rate": "0.00%"}
NUMBER = {kind: _CELL.but(num_format=code, align="right") for kind, code in NUMBERS.items()}
NOTHING = _CELL.but(align="right", font_color="#7F7F7F")  # 「—」
MISSING = _CELL.but(bg_color="#E7E6E6")
INPUT = _CELL.but(num_format=NUMBERS["money"], bg_color="#FFF2CC", locked=False)

_TOTAL = _CELL.but(bold=True, bg_color=GREY, top=2)
TOTAL = _TOTAL
TOTAL_NUMBER = {kind: _TOTAL.but(num_format=code, align="right") for kind, code in NUMBERS.items()}
TOTAL_AVERAGE = _TOTAL.but(num_format='"平均 "0.00', align="right")
CHECK = Look(
    {"font_size": 9, "italic": True, "font_color": "#7F7F7F", "align": "right", "num_format": NUMBERS["money"]}
)
CHECK_LABEL = Look({"font_size": 9, "italic": True, "font_color": "#7F7F7F"})

BAD = Look({"font_color": RED, "bold": True})  # for conditional formats
DOUBTFUL = Look({"font_color": ORANGE, "bold": True})
SETTLED = Look({"font_color": GREEN})

_DECIMALS = tuple(TOP_RIGHT.but(num_format="#,##0" + ("." + "0" * n if n else "")) for n in range(7))


def figure_width(total: Decimal, kind: str) -> float:
    """A column wide enough for a figure's total in bold."""
    return max(9 if kind == "money" else 8, text_width(f"{total:,.2f}" if kind == "money" else f"{total:,.0f}") + 2)


def decimals(places: int) -> Look:
    """A right-aligned number with thousands separators and so many decimals, six at most."""
    return _DECIMALS[min(places, 6)]
