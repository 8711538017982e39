"""The roll-up's own words, in Chinese and English; field names and names of sheets stay as printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Say = Callable[[str], str]

ENGLISH: Mapping[str, str] = {
    # 概览
    "部门整体支出绩效自评汇总": "Self-evaluation of departments' overall spending: roll-up",
    "{year}年度部门整体支出绩效自评汇总": "Self-evaluation of departments' overall spending {year}: roll-up",
    "规则包：{pack}　　金额单位：万元": "Pack: {pack}    Amounts in 万元",
    "应报单位": "Units due",
    "实报单位": "Units filed",
    "缺报单位": "Units missing",
    "错误": "Error",
    "需说明": "To be explained",
    "已说明": "Explained",
    "提示": "Note",
    "核实性问题共{n}条，涉及{units}个单位；已说明{explained}条，尚需说明{open}条。":
        "{n} 核实性 findings on {units} units: {explained} explained, {open} still to be explained.",
    "核实性问题共{n}条，涉及{units}个单位；已说明{explained}条，尚需说明{open}条（其中{stale}条说明已失效，数据有变动）。":
        "{n} 核实性 findings on {units} units: {explained} explained, {open} still to be explained "
        "({stale} of them have an explanation that is stale because numbers moved).",
    "基本平衡、逻辑性问题共{n}条，涉及{units}个单位；已报单位中{clean}个没有错误。":
        "{n} 基本平衡 and 逻辑性 findings on {units} units; {clean} of the units that filed have no error.",
    "未提供单位名录，无法核对应报与缺报；报送单位{arrived}个，重报{twice}个（只计一份）。":
        "No roster was given, so missing units cannot be told; {arrived} units filed, {twice} more than once (counted once).",
    "应报{due}个单位，实报{arrived}个，缺报{missing}个；重报{twice}个（只计一份），名录外{unknown}个（计入汇总）。":
        "{due} units due, {arrived} filed, {missing} missing; {twice} filed more than once (counted once), "
        "{unknown} not on the roster (counted).",
    "因数据缺失等未能判定{undecided}项，规则自身出错{broken}项：未判定不等于通过。":
        "{undecided} verdicts undecided for want of data, {broken} rules broken: undecided is not passed.",
    "问题清单共{n}条，超出一张工作表的容量，分列于：{sheets}；用 --parquet 可另存为完整的数据表。":
        "The {n} findings are more than one sheet holds; they stand on: {sheets}. --parquet writes them as one table.",
    "另有{n}个指标只在个别评分表中出现，指标得分表未列。":
        "{n} more indicators occur on a few scoring tables only and are not shown on 指标得分.",
    "全市主要数据": "City's figures",
    "合计": "Total",
    "已填单位": "Stated",
    "未填单位": "Blank",
    "图表数据": "Charts' data",
    "条数": "Findings",
    "单位数": "Units",
    "问题最多的规则（条）": "Rules with most findings",
    "主管部门问题数（条）": "Findings by 主管部门",
    "自评得分等级分布（单位数）": "Self-scores by grade (units)",
    "预算完成率分布（单位数）": "预算完成率 (units)",
    "未评分": "No score",
    "无法计算": "Unknown",
    "60%以下": "<60%",
    "60–80%": "60–80%",
    "80–90%": "80–90%",
    "90–95%": "90–95%",
    "95–100%": "95–100%",
    "超100%": ">100%",
    "第 &P 页，共 &N 页": "Page &P of &N",
    "打印日期 &D": "Printed &D",
    # 单位汇总, 部门汇总, 指标得分
    "单位汇总": "Units",
    "部门汇总": "Departments",
    "指标得分": "Indicators",
    "金额单位：万元；未注明的为本年决算数；灰底为未填": "Amounts in 万元; 决算 unless stated; grey: blank",
    "金额单位：万元；未注明的为本年决算数；黄底填调整数，可为负":
        "Amounts in 万元; 决算 unless stated; yellow: adjustments, may be negative",
    "{n} 个单位": "{n} units",
    "缺{items}": "wanting: {items}",
    "缺{items}等 {n} 项": "wanting {n}: {items} …",
    "{title}：{stating} 个单位之和，另有 {gap} 个单位未填或不适用。":
        "{title}: the sum of {stating} units; {gap} more left it blank or not applicable.",
    "节点检查：上级与下级单位之间调拨的金额在此填调整数（可为负），右侧的调整后合计随之变动；本程序不代填。":
        "Node check: type what cancels transfers between parent and children (may be negative); the adjusted "
        "totals to the right follow. Nothing is filled in for you.",
    "与单位汇总的合计相差": "Difference from the total of 单位汇总",
    "调整数": "Adjustment",
    "请填数字（万元），可为负数。": "A number (万元), which may be negative.",
    "颜色按得分率：60%及以下为红，80%为黄，满分为绿；分值取多数单位所填":
        "Colours by score rate: red to 60 %, yellow 80 %, green full; weights as most units print them",
    "一级指标": "Level 1",
    "二级指标": "Level 2",
    "三级指标": "Level 3",
    "分值": "Weight",
    "自评得分": "Self-score",
    "自评等级": "Grade",
    "平均得分": "Mean score",
    "平均得分率": "Mean score rate",
    # 问题清单, 缺报与重报, 审核说明, 来源
    "问题清单": "Findings",
    "缺报与重报": "Missing and repeated filings",
    "审核说明": "Explanation",
    "来源": "Sources",
    "单位": "Unit",
    "单位名称": "Unit",
    "级别": "Severity",
    "类别": "Class",
    "规则": "Rule",
    "规则名称": "Rule's title",
    "文件": "File",
    "工作表": "Sheet",
    "单元格": "Cell",
    "项目": "Field",
    "问题": "Message",
    "填报数": "Stated",
    "应为": "Should be",
    "差额": "Difference",
    "状态": "State",
    "审核底稿": "Annotated copy",
    "打开": "open",
    "第 {n} 段": "paragraph {n}",
    "没有发现问题。": "Nothing was found.",
    "待改正": "to be mended",
    "待改正（连带）": "to be mended (consequence)",
    "待说明": "to be explained",
    "说明已失效": "explanation stale",
    "供参考": "for information",
    "文件夹或文件": "Folder or file",
    "情况": "What",
    "说明": "Remark",
    "缺报": "missing",
    "重报": "repeated",
    "名录不符": "not on the roster",
    "报件缺失": "paper missing",
    "报件无法读取": "paper unreadable",
    "表样不符": "wrong form",
    "未提供单位名录，无法核对应报与缺报；以下只列重报和报件不全的单位。":
        "No roster was given, so missing units cannot be told; only repeated and incomplete filings are listed.",
    "重报的单位只计一份：先取有可读基础数据表的，再取单位名称与名录一致的，再取填报日期最近的，最后取文件夹名排序在后的。":
        "A unit that filed more than once is counted once: the filing with a readable 基础数据表, then the one named "
        "as on the roster, then the one with the latest 填报日期, then the last by folder name.",
    "应报单位均已报送，没有重报，报件齐全。": "Every unit due has filed, once and completely.",
    "有效": "valid",
    "已失效（数据已变动）": "stale (numbers moved)",
    "本次没有收到审核说明。": "No explanation was received.",
    "表种": "Form",
    "可读": "Readable",
    "计入汇总": "Counted",
    "规则包": "Pack",
    "程序版本": "Version",
    "单位名录": "roster",
    "未识别": "not recognised",
    "是": "yes",
    "否": "no",
    "没有读到文件。": "No file was read.",
    # messages of the filing's findings
    "{unit} 应报未报（应报 1 份，实报 0 份）。请催报；若不需报送，请在名录「应报」列填「否」。":
        "{unit} has not filed (1 due, 0 filed). Ask for it, or write 否 in the roster's column 应报.",
    "{unit} 报送 {n} 份，应为 1 份（多 {more}）。汇总只计文件夹「{kept}」，不计「{others}」；请与单位核对，删去或退回多余的一份。":
        "{unit} filed {n} times, should be once ({more} too many). Folder 「{kept}」 is counted, 「{others}」 is not; "
        "ask the unit, and remove or send back what is too many.",
    "填报 {unit}，名录中编码 {code} 是「{owner}」，「{name}」的编码应为 {expected}。汇总按单位名称归属；请核对后改正编码。":
        "says {unit}; on the roster {code} is 「{owner}」, and the code of 「{name}」 is {expected}. It is "
        "counted by its name; have the code mended.",
    "填报 {unit}，不在单位名录内（名录共 {n} 个单位）。请核对单位预算编码和单位名称，或补入名录。":
        "says {unit}, which is not on the roster (of {n} units). Check code and name, or add it to the "
        "roster.",
}  # fmt: skip


def words(lang: str) -> Say:
    """How the roll-up says a thing in ``lang`` (zh or en); a word without an English is a :class:`KeyError`."""
    return (lambda text: text) if lang == "zh" else ENGLISH.__getitem__
