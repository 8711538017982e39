"""The words of DOMAIN.md that the drift generator prints: sections, rows, columns, sums, the scoring tree.

Written from DOMAIN.md and DESIGN.md alone, never from the product's pack: two readings of one
text catch each other's mistakes.
"""

from __future__ import annotations

from decimal import Decimal

Key = tuple[str, str, str]  # section, row, column
YEAR = 2024
BUDGET3 = ("年初预算数", "全年预算数", "决算数")
CONTROL3 = ("上年决算数", "本年预算数", "本年决算数")
COLUMNS = {"一": ("数值",), "二": BUDGET3, "三": CONTROL3, "四": BUDGET3, "五": ("数值",), "六": ("数值",)}
TITLES = {
    "一": "财政供养人员情况",
    "二": "收入支出及结转结余",
    "三": "经费控制情况",
    "四": "项目支出明细",
    "五": "资产情况",
    "六": "预决算公开与自评",
}
# (row, level): level 0 stands alone, 1 is a part of the level-0 row above it, 2 of the level-1 row above it.
ROWS: dict[str, tuple[tuple[str, int], ...]] = {
    "一": (
        ("编制数", 0),
        ("行政编制", 1),
        ("工勤编制", 1),
        ("事业编制", 1),
        ("年末在职人数", 0),
        ("离退休人数", 0),
        ("编制外长期聘用人员", 0),
        ("在职人员控制率", 0),
    ),
    "二": (
        ("本年收入合计", 0),
        ("一般公共预算财政拨款收入", 1),
        ("政府性基金预算财政拨款收入", 1),
        ("国有资本经营预算财政拨款收入", 1),
        ("事业收入", 1),
        ("其他收入", 1),
        ("使用非财政拨款结余", 0),
        ("年初结转和结余", 0),
        ("收入总计", 0),
        ("本年支出合计", 0),
        ("基本支出", 1),
        ("人员经费", 2),
        ("公用经费", 2),
        ("项目支出", 1),
        ("其他支出", 1),
        ("结余分配", 0),
        ("年末结转和结余", 0),
        ("支出总计", 0),
    ),
    "三": (
        ("三公经费合计", 0),
        ("因公出国（境）费", 1),
        ("公务用车购置及运行维护费", 1),
        ("公务用车购置费", 2),
        ("公务用车运行维护费", 2),
        ("公务接待费", 1),
        ("会议费", 0),
        ("培训费", 0),
        ("政府采购金额", 0),
    ),
    "五": (("固定资产总额", 0), ("在用", 1), ("出租出借", 1), ("闲置", 1), ("固定资产利用率", 0)),
    "六": (
        ("预算批复日期", 0),
        ("预算公开日期", 0),
        ("决算批复日期", 0),
        ("决算公开日期", 0),
        ("自评工作小组人数", 0),
    ),
}
INCOME_ROWS = ROWS["二"][:9]
SPENDING_ROWS = ROWS["二"][9:]
APPROPRIATIONS = ("一般公共预算财政拨款收入", "政府性基金预算财政拨款收入", "国有资本经营预算财政拨款收入")
SUMS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {  # rule id → (section, total, parts)
    "staffing-parts-differ-from-total": (("一", "编制数", ("行政编制", "工勤编制", "事业编制")),),
    "income-parts-differ-from-total": (("二", "本年收入合计", (*APPROPRIATIONS, "事业收入", "其他收入")),),
    "expenditure-parts-differ-from-total": (("二", "本年支出合计", ("基本支出", "项目支出", "其他支出")),),
    "basic-expenditure-parts-differ-from-total": (("二", "基本支出", ("人员经费", "公用经费")),),
    "three-public-parts-differ-from-total": (
        ("三", "三公经费合计", ("因公出国（境）费", "公务用车购置及运行维护费", "公务接待费")),
    ),
    "vehicle-parts-differ-from-total": (("三", "公务用车购置及运行维护费", ("公务用车购置费", "公务用车运行维护费")),),
    "fixed-asset-parts-differ-from-total": (("五", "固定资产总额", ("在用", "出租出借", "闲置")),),
    "grand-totals-differ": (
        ("二", "收入总计", ("本年收入合计", "使用非财政拨款结余", "年初结转和结余")),
        ("二", "支出总计", ("本年支出合计", "结余分配", "年末结转和结余")),
    ),
}
IDENTITY = (
    "本年收入合计",
    "使用非财政拨款结余",
    "年初结转和结余",
    "本年支出合计",
    "结余分配",
    "年末结转和结余",
)
REQUIRED: tuple[Key, ...] = (
    ("封面", "单位名称", "值"),
    ("封面", "单位预算编码", "值"),
    ("封面", "评价年度", "值"),
    ("一", "编制数", "数值"),
    ("一", "年末在职人数", "数值"),
    *(("二", row, "决算数") for row in ("本年收入合计", "年初结转和结余", "本年支出合计", "年末结转和结余")),
    ("三", "三公经费合计", "本年预算数"),
    ("三", "三公经费合计", "本年决算数"),
    ("五", "固定资产总额", "数值"),
)
ALWAYS_SHOWN = {row for _, row, _ in REQUIRED} | {
    "收入总计",
    "支出总计",
    "基本支出",
    "项目支出",
    "公务用车购置及运行维护费",
    "一般公共预算财政拨款收入",
}
PLACES = ("海岭市", "云汀市", "临川湾市", "白鹭洲市", "青屿县", "望舒区", "石桥港市")
BODIES = (
    "农业技术推广中心",
    "水务局",
    "图书馆",
    "第三中学",
    "卫生监督所",
    "文化馆",
    "市场监督管理局",
    "档案馆",
    "疾病预防控制中心",
    "公路事务中心",
    "交通运输局",
    "残疾人联合会",
    "司法局",
    "气象服务中心",
    "城市绿化管理所",
    "特殊教育学校",
)
PROJECTS = (
    "信息化运行维护",
    "办公楼消防改造工程",
    "基层干部培训专项",
    "乡村振兴驻点帮扶经费",
    "专用设备更新购置",
    "法律顾问服务",
    "政务新媒体运营",
    "档案数字化项目",
    "“百千万工程”专项经费",
    "业务用房修缮",
    "科普宣传活动经费",
    "安全生产隐患整治",
)
# Level 1 → level 2 → (indicator, weight). Weights are the draft of DOMAIN.md.
TREE: dict[str, dict[str, tuple[tuple[str, int], ...]]] = {
    "预算编制情况": {
        "预算编制": (("预算编制合理性", 5), ("预算编制规范性", 4), ("财政拨款收入预决算差异率", 4)),
        "目标设置": (("绩效目标合理性", 4), ("绩效指标明确性", 3)),
    },
    "预算执行情况": {
        "资金管理": (("预算完成率", 6), ("结转结余率", 5), ("政府采购执行率", 4), ("财务合规性", 6)),
        "项目管理": (("项目实施程序", 4), ("项目监管", 4)),
        "资产管理": (("资产管理安全性", 4), ("固定资产利用率", 4)),
        "人员管理": (("财政供养人员控制率", 3),),
    },
    "预算监督情况": {"信息公开": (("预决算信息公开", 5),), "绩效自评": (("绩效自评工作质量", 5),)},
    "预算使用效益": {
        "经济性": (("公用经费控制率", 4), ("三公经费控制率", 4)),
        "效率性": (("重点工作完成率", 6), ("绩效目标完成率", 5)),
        "效果性": (("社会经济环境效益", 5),),
        "公平性": (("群众信访办理", 3), ("服务对象满意度", 3)),
    },
}
WEIGHTS = {name: Decimal(weight) for groups in TREE.values() for rows in groups.values() for name, weight in rows}
FROM_BASE = (  # indicators whose value follows from the base data table
    "财政拨款收入预决算差异率",
    "预算完成率",
    "结转结余率",
    "政府采购执行率",
    "固定资产利用率",
    "财政供养人员控制率",
    "公用经费控制率",
    "三公经费控制率",
)
GRADES = ((Decimal(90), ("优", "优秀")), (Decimal(80), ("良", "良好")), (Decimal(60), ("中", "合格")))


def grade_words(total: Decimal) -> tuple[str, ...]:
    """The words that fit a total score."""
    return next((words for least, words in GRADES if total >= least), ("差",))
