"""A table's row in a narrative report as one text: each number behind its label and its column's title."""

from __future__ import annotations

import re
from itertools import pairwise

from xlcheck.expressions import expression
from xlcheck.reportgrammar import fold

_NUMBER = expression(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:%|亿元|万元|千元|元|名|人|个|辆|分)?|[-—/]|零|无")
_SAID = expression(r"[〇零一二三四五六七八九十百千万点]+(?:亿元|万元|元|名|人|个|分)|百分之.+")
_PERIOD = expression(r"(?:19|20)\d\d年?")
_MONEY = frozenset({"亿元", "万元", "千元", "元"})
_FIGURES = expression(r"(?<!\d)(?!(?:19|20)\d\d(?!\d))\d")
_UNITS = _MONEY | {"人", "名", "个", "位", "%", "辆", "分", "平方米"}
_COUNTED = frozenset({"序号", "编号", "行次", "栏次"})
_OTHER_COLUMN = expression(
    r"上年|去年|预算|计划|目标|分值|得分|\d{4}"
)  # a lone column with another title tells the row's figure
_COLUMN = expression(
    r"^(?:(?:19|20)\d\d年?度?[末底]?|上年|去年|本年|年初|全年|年末|调整后?)?(?:预算|决算|实际|执行|支出)?(?:数|额)?$|^(?:人数|金额|数值|数量|数额|数据|合计|指标值)(?:\([^()]*\))?$"
)
_PAIR = expression(
    r"(?:名称|全称|年度|年份|代码|编码|电话|部门|单位|级次|地址|负责人|联系人|填报人|性质)$"
)  # a label, no head
_GOAL = expression(r"(?:[≥≤<>]=?|不[低高少多]于|不超过|[大小]于(?:等于)?)\d.*|\d[\d.]*%?(?:及?以[内上下])")
_FORMULA = expression(r"\((?:%|[A-Z①-⑩\d][A-Z/÷×*\d%=①-⑩+-]*)\)$")  # behind a column's title: (%), (B/A)
_NO_MONEY = expression(r"人|编制|率|辆|名|个")

_BETWEEN_CELLS = expression(r"[ 　]*[|\t][ 　]*|[ 　]{2,}|　")
_RUNNING = expression(r"[。；;：:？?！!]")
_LONE = expression(r"[一-龥·•●■◆○▪－-]|\d{1,2}(?:\.\d{1,2})+")  # a letter of a spaced word, a bullet, an item's number
_WIDEST = 24


def is_value(cell: str) -> bool:
    """Whether a folded cell is a number with or without its unit."""
    if _SAID.fullmatch(cell):
        return True
    return bool(re.search(r"\d", cell)) and _NUMBER.fullmatch(cell) is not None and _PERIOD.fullmatch(cell) is None


def _filled(cell: str) -> bool:
    """Whether a folded cell holds a number or the sign of none."""
    return _NUMBER.fullmatch(cell) is not None or _SAID.fullmatch(cell) is not None


class Table:
    """The rows of one table as they come; ``unit`` is the money unit that the lines above it declare."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.header: list[str] = []
        self._in_header = True

    def row(self, cells: list[str]) -> str:
        """A row's text; folded cells, the blank ones too."""
        labels, values = cells[::2], cells[1::2]
        if len(labels) == len(values) and all(map(_PAIR.search, labels)) and not any(map(_PAIR.search, values[:-1])):
            return ";".join(":".join(filter(None, pair)) for pair in zip(labels, values, strict=True))
        if any(is_value(cell) for cell in cells):
            self._in_header = False
            return self._numbers(cells)
        if not self._in_header and len(cells) > 1 and all(cells) and not any(_FIGURES.search(cell) for cell in cells):
            self._in_header, self.header = True, []
        if self._in_header and len(cells) > 1:
            same = len(cells) == len(self.header)
            self.header = [above + below for above, below in zip(self.header, cells, strict=True)] if same else cells
        return ":".join(filter(None, cells))

    def _numbers(self, cells: list[str]) -> str:
        header = self.header if len(self.header) == len(cells) else []
        counted = [i for i, title in enumerate(header) if title in _COUNTED]
        unit = next((cell for cell in cells if cell in _UNITS), self.unit)
        cells = ["" if cell in _UNITS or _GOAL.fullmatch(cell) else cell for cell in cells]
        values = [i for i, cell in enumerate(cells) if _filled(cell) and i not in counted]
        labels = {i: self._label(cells, i) for i in values}
        made: list[str] = []
        if values and header and all(at < 0 for at in labels.values()):
            made += [f"{header[i]}:{cell}" for i, cell in enumerate(cells) if cell and i not in values and header[i]]
        for i in values:
            label, title = labels[i], header[i] if header else ""
            shared = sum(other == label for other in labels.values())
            if label < 0 and not title:
                continue
            if shared > 1 and not title and label >= 0:
                made.append(cells[label])  # which of several columns is not known
                continue
            name = cells[label] if label >= 0 else ""
            if name and not _OTHER_COLUMN.search(title) and not (shared > 1 or _COLUMN.fullmatch(title)):
                title = ""
            per_cent = title.endswith("(%)")
            title = _FORMULA.sub("", title)
            words = [title, name] if _COLUMN.fullmatch(name) and not _COLUMN.fullmatch(title) else [name, title]
            made.append(
                ":".join([*filter(None, words), self._printed(cells[i], name or title, "%" if per_cent else unit)])
            )
        used = {*values, *labels.values()}
        made += [f"{left}:{right}" for (i, left), (j, right) in pairwise(enumerate(cells)) if left and right and not {i, j} & used]  # fmt: skip
        return ";".join(made) if made else ":".join(filter(None, cells))

    @staticmethod
    def _label(cells: list[str], at: int) -> int:
        """The cell that names a number: the nearest words on its left, -1 where there are none."""
        return next((i for i in range(at - 1, -1, -1) if cells[i] and not _filled(cells[i])), -1)  # fmt: skip

    @staticmethod
    def _printed(cell: str, name: str, unit: str) -> str:
        if not is_value(cell) or not cell[-1].isdigit() or unit in ("", "万元"):
            return cell
        return cell + unit if unit not in _MONEY or not _NO_MONEY.search(name) else cell


def typed_row(text: str, following: str, *, open_: bool) -> list[str]:
    """The cells of a line that is typed as a table's row, with bars, tabs or wide gaps; none where it is not.

    A row without numbers is one where a table is ``open_`` or the line behind it has as many cells, with numbers.
    """
    cells = _typed(text)
    values = sum(is_value(fold(cell)) for cell in cells)
    if values > 1 or (values and (open_ or "|" in text or "\t" in text)):
        return cells
    below = _typed(following) if cells and not any(_FIGURES.search(cell) for cell in cells) else []
    return cells if below and len(below) == len(cells) and any(is_value(fold(cell)) for cell in below) else []


def _typed(text: str) -> list[str]:
    bare = text.strip(" |\t　")
    if _BETWEEN_CELLS.search(bare) is None or _RUNNING.search(bare):
        return []
    cells = [cell.strip() for cell in _BETWEEN_CELLS.split(bare)]
    fewest = 2 if "|" in bare or "\t" in bare else 3
    short = len(cells) >= fewest and all(len(cell) <= _WIDEST and not _LONE.fullmatch(cell) for cell in cells)
    return cells if short else []
