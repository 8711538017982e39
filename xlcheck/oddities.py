"""What may be odd about a paper that no rule judges: a name for each, the sentence that is said, why it matters."""

from __future__ import annotations

from dataclasses import dataclass

TWICE = "label-found-twice"


@dataclass(frozen=True, slots=True)
class Oddity:
    """A notice's code, its title, and what is said of the cells ({many} lists the further ones).

    ``error`` marks the one that must be mended: the others are notes, to be read.
    """

    code: str
    title: str
    title_en: str
    says: str
    says_en: str
    error: bool = False


ODDITIES: tuple[Oddity, ...] = (
    Oddity(
        TWICE,
        "同一栏次出现两次",
        "A field stands twice with different values",
        "「{name}」在 {cells} 填了不同的数，无法判断以哪个为准，请只保留一处。",
        "{name} stands in {cells} with different values; keep one of them.",
        error=True,
    ),
    Oddity(
        "error-cell",
        "公式出错",
        "A cell shows an error",
        "{many}显示 {shown}，是公式出错，不是空白也不是 0；请修正公式或改填正确内容。",
        "{many}shows {shown}: an error, neither blank nor 0. Mend the formula or fill in what belongs there.",
    ),
    Oddity(
        "formula-without-result",
        "公式没有结果",
        "A formula has no stored result",
        "{many}只有公式、没有存下结果，审核读不到数；请用 Excel 或 WPS 打开、保存一次后重新报送。",
        "{many}holds a formula without a stored result, so there is no number to check. Open the file in Excel or WPS, save it, and file it again.",
    ),
    Oddity(
        "formula-result-computed",
        "公式结果由审核代算",
        "A formula's result was computed for the check",
        "{many}只有公式、没有存下结果，审核用的是 {program} 代算的数，原文件没有改动；请用 Excel 或 WPS 打开、保存一次。",
        "{many}holds a formula without a stored result; the check used what {program} computed, and the file is unchanged. Open it in Excel or WPS and save it.",
    ),
    Oddity(
        "constant-over-formula",
        "公式被数字覆盖",
        "A number is typed where its neighbours have formulas",
        "{many}是直接填的数（{shown}），其他同类的格都是公式；请核对，公式被误删的请恢复。",
        "{many}holds a typed number ({shown}) where all its like hold formulas. Check it, and restore the formula if it was overwritten.",
    ),
    Oddity(
        "stored-digits-not-shown",
        "存的数比显示的多几位",
        "More digits are stored than shown",
        "{many}显示 {shown}，实际存的是 {stored}；按显示的数相加可能对不上合计，请用 ROUND 取到显示的位数。",
        "{many}shows {shown} and stores {stored}: what is shown may not add up. Round the number to the digits shown.",
    ),
    Oddity(
        "number-as-text",
        "数字存成了文本",
        "A number is stored as text",
        "{many}的「{shown}」存成了文本，Excel 的 SUM 会漏掉它（审核按数字读）；请改成数值格式后重新输入。",
        "{many}holds {shown} as text: Excel's SUM leaves it out (the check reads it as a number). Enter it again as a number.",
    ),
    Oddity(
        "placeholder-left",
        "占位符没有替换",
        "A placeholder was left in",
        "{many}还留着「{shown}」，像是没有填的占位符；请填上实际内容。",
        "{many}still has {shown}, which looks like a placeholder. Fill in what belongs there.",
    ),
    Oddity(
        "sequence-gap",
        "序号不连续",
        "A number is missing from a sequence",
        "编号「{shown}」前面缺「{lost}」；请核对是否漏了内容或删了行。",
        "Number {shown} stands here, but {lost} is missing before it. Check whether something was left out or a row deleted.",
    ),
    Oddity(
        "hidden-sheet-with-figures",
        "隐藏工作表里有数字",
        "A hidden sheet holds figures",
        "隐藏工作表「{cells}」里有 {n} 个数字，{used}；请确认不是填报内容{how}。",
        "Hidden: {cells}, with {n} figure(s), which {used_en}. Make sure that nothing was overlooked{how_en}.",
    ),
    Oddity(
        "hidden-row-with-figures",
        "隐藏行里有数字",
        "A hidden row holds figures",
        "{many}在隐藏的行里，其中 {used} 个数字参加了审核；请取消隐藏并核对。",
        "{many}stands in a hidden row; {used} of the figures took part in the check. Unhide the row and look at it.",
    ),
    Oddity(
        "hidden-column-with-figures",
        "隐藏列里有数字",
        "A hidden column holds figures",
        "{many}在隐藏的列里，其中 {used} 个数字参加了审核；请取消隐藏并核对。",
        "{many}stands in a hidden column; {used} of the figures took part in the check. Unhide the column and look at it.",
    ),
    Oddity(
        "workbook-open-elsewhere",
        "文件可能正在编辑",
        "The workbook may be open elsewhere",
        "旁边有 Office 或 WPS 的锁文件（~$ 开头），这份表可能正在别处打开，报送的也许不是最后保存的内容；请保存并关闭后重新报送。",
        "A lock file of Office or WPS (~$…) lies beside it: the workbook may be open elsewhere, and this may not be what was saved last. Save and close it, then file it again.",
    ),
    Oddity(
        "read-in-part",
        "文件只能读出一部分",
        "The file could be read only in part",
        "文件内部已损坏，只读出了数值：数字格式、公式和隐藏的行列读不到，公式出错的格（#REF! 等）可能读成空白；请用 Excel 或 WPS 打开、另存为 .xlsx 后重新报送。",
        "The file is damaged inside and only its values could be read: number formats, formulas and hidden rows are unknown, and error cells may have been read as blank. Open it in Excel or WPS, save it as .xlsx, and file it again.",
    ),
)

BY_CODE = {oddity.code: oddity for oddity in ODDITIES}
