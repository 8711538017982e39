"""The 自评报告 of a sample unit: its paragraphs, and the .docx or .txt that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from tests.sample_units.figures import Filing, cents, percent, shown_day

NOTICE = "《岚屿市财政局关于开展2025年市级财政资金绩效自评工作的通知》（岚财绩〔2025〕6号）"
STAMP = datetime(2025, 7, 28, 9, 0, 0)
FACES = {
    "title": ("方正小标宋简体", 22),
    "heading": ("黑体", 16),
    "sub": ("楷体", 16),
    "body": ("仿宋", 16),
    "cover": ("仿宋", 16),
}

STOCK: dict[str, tuple[str, str, str]] = {  # what units write in nearly the same words, in three wordings
    "team": (
        "单位成立自评工作小组共{team}人，由分管财务的领导任组长，办公室、财务和业务科室人员参加。",
        "由主要负责人牵头成立自评工作小组，成员{team}人，职责分工明确。",
        "自评工作小组由{team}人组成，财务、业务、资产管理岗位均有人员参加。",
    ),
    "process": (
        "财务科室填写基础数据表，各业务科室对照评分表收集佐证材料并逐项打分，办公室汇总后撰写自评报告。",
        "自评分为布置、收集资料、逐项评分、集体审核四步，评分结果经办公会议研究确定。",
        "各科室按职责提供数据和佐证材料，财务人员核对账表，工作小组集中评分，形成自评结论。",
    ),
    "result": (
        "年度绩效目标总体完成较好。",
        "2024年各项履职目标基本实现，资金使用规范。",
        "年度重点任务按计划推进，整体支出绩效情况较好。",
    ),
    "budget": (
        "预算编制与职责、任务相匹配，按要求编报项目预算和绩效目标。",
        "按照先有项目、后有预算的要求编制预算，绩效目标经集体研究后报送。",
        "预算编制依据充分，绩效指标较为清晰。",
    ),
    "spending": (
        "资金支付和项目实施符合有关制度规定，资产账与财务账相符，",
        "严格执行财务制度，未发现截留、挪用等情形，资产处置规范，",
        "项目按程序实施，费用标准符合规定，资产管理安全，",
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph and how it looks: title, cover, heading, sub or body."""

    look: str
    text: str


def report_lines(filing: Filing) -> list[Line]:
    """The report's paragraphs, in the order of the city's outline, with the true figures."""
    unit = filing.unit
    wording = int(unit["report"].get("wording", "0"))
    story = {**{name: texts[wording] for name, texts in STOCK.items()}, **unit["report"]}

    def money(section: str, row: str, column: str = "决算数") -> str:
        return f"{cents(filing.amount(section, row, column, true=True)):f}"

    def count(row: str, section: str = "一") -> str:
        return f"{filing.amount(section, row, '数值', true=True):f}"

    name, when = unit["name"], filing.true
    posts = "，".join(
        f"{row}{count(row)}名"
        for row in ("行政编制", "工勤编制", "事业编制")
        if filing.amount("一", row, "数值", true=True)
    )
    parts = f"，其中：{posts}" if "posts" not in story else ""
    staff = (
        f"核定编制{count('编制数')}名{parts}。2024年末在职人数{count('年末在职人数')}人，离退休人数{count('离退休人数')}人。",
        f"截至2024年12月31日，总编制{count('编制数')}名{parts}；年末在职人员{count('年末在职人数')}人，离退休人员{count('离退休人数')}人。",
        f"单位编制数为{count('编制数')}名{parts}。2024年末实际在职{count('年末在职人数')}人，另有离退休人员{count('离退休人数')}人。",
    )[wording]
    income, opening = money("二", "本年收入合计"), money("二", "年初结转和结余")
    spending, closing = money("二", "本年支出合计"), money("二", "年末结转和结余")
    flows = (
        f"本年收入合计{income}万元，年初结转和结余{opening}万元，本年支出合计{spending}万元，年末结转和结余{closing}万元。",
        f"2024年度总收入中，本年收入{income}万元、年初结转结余{opening}万元；本年支出{spending}万元，年末结转结余{closing}万元。",
        f"年初结转和结余为{opening}万元，本年收入合计为{income}万元；本年支出合计为{spending}万元，年末结转和结余为{closing}万元。",
    )[wording]
    values = {line.name: line.value for line in filing.lines}
    gap = values["财政拨款收入预决算差异率"]
    variance = gap if isinstance(gap, str) else percent(gap)
    use = filing.true["五", "固定资产利用率", "数值"]
    shown_use = percent(use) if isinstance(use, Decimal) else str(use)
    accounts = when["六", "决算公开日期", "数值"]
    opened = (
        f"部门决算于{shown_day(when['六', '决算批复日期', '数值'])}批复，于{shown_day(accounts)}公开。"
        if isinstance(accounts, date)
        else "截至填报日，2024年部门决算尚未批复。"
    )
    score = f"{filing.score_total.normalize():f}"
    grade = {"优": "优秀", "良": "良好", "中": "合格"}.get(filing.grade, filing.grade)
    result = (
        f"自评分数为{score}分，自评等级为{story.get('grade', grade)}。",
        f"经综合评定，自评得分{score}分，等级为{story.get('grade', filing.grade)}。",
        f"对照评分表逐项打分，自评总分{score}分，评定等级为{story.get('grade', grade)}。",
    )[wording]
    team = count("自评工作小组人数", "六")
    lines = [
        Line("title", f"{name}\n2024年度部门整体支出绩效自评报告"),
        Line("cover", "评价年度：2024年度"),
        Line("cover", f"评价单位：{name}"),
        Line("cover", f"市级预算部门（公章）：{unit['department']}"),
        Line("cover", f"填报日期：{filing.printed['封面', '填报日期', '数值']}"),
        Line(
            "body",
            f"根据{NOTICE}要求，我单位成立自评工作小组，查阅账务和项目资料，对照评分表逐项评价，现将2024年度部门整体支出绩效自评情况报告如下：",
        ),
        Line("heading", "一、单位基本情况"),
        Line("body", f"（一）机构设置、部门职能情况。{name}{story['duty']}{staff}"),
        Line("body", f"（二）年度总体工作和重点工作任务。{story['work']}"),
        Line(
            "body", "（三）部门整体支出绩效目标。" + "".join(f"{n}.{goal}" for n, goal in enumerate(story["goals"], 1))
        ),
        Line("heading", "二、自评工作开展情况"),
        Line("body", f"（一）评价小组情况。{story['team'].format(team=team)}"),
        Line("body", f"（二）自评工作过程。{story['process']}"),
        Line(
            "body",
            "（三）自评材料报送及公开一致情况。我单位所报送的自评报告、基础数据表、评分表与公开的内容一致，并对其真实性、完整性负责。",
        ),
        Line("heading", "三、绩效自评情况"),
        Line("sub", "（一）自评结果"),
        Line("body", f"{story['result']}{result}"),
        Line("sub", "（二）部门整体支出绩效指标分析"),
        Line("body", f"1.预算编制情况。{story['budget']}财政拨款收入预决算差异率为{variance}。"),
        Line("body", f"2.预算执行情况。{flows}{story['spending']}固定资产利用率为{shown_use}。"),
        Line("body", f"3.预算监督情况。2024年部门预算于{shown_day(when['六', '预算公开日期', '数值'])}公开。{opened}"),
        Line("body", f"4.预算使用效益。{story['benefit']}"),
        Line("sub", "（三）部门整体支出绩效管理存在问题"),
        *(Line("body", f"{n}.{problem}") for n, problem in enumerate(story["problems"], 1)),
        Line("sub", "（四）改进措施"),
        *(Line("body", f"{n}.{measure}") for n, measure in enumerate(story["measures"], 1)),
        Line("heading", "四、其他自评情况"),
        Line("body", "无。"),
    ]
    for pattern, new in story.get("slips", ()):
        old = pattern.format(score=score)
        if not any(old in line.text for line in lines):
            raise ValueError(f"{name}: the report does not say {old!r}")
        lines = [Line(line.look, line.text.replace(old, new)) for line in lines]
    return lines


def write_report(filing: Filing, folder: Path) -> Path:
    """Write 自评报告.docx, or .txt where the YAML says so; returns its path."""
    lines = report_lines(filing)
    if filing.unit["report"].get("format") == "txt":
        path = folder / "自评报告.txt"
        path.write_text("".join(f"{line.text}\n\n" for line in lines), encoding="utf-8", newline="\n")
        return path
    path = folder / "自评报告.docx"
    document = docx.Document()
    lighten(document)
    core = document.core_properties
    core.author, core.title, core.comments = "财务科", "部门整体支出绩效自评报告", ""
    core.created = core.modified = STAMP
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.top_margin, page.bottom_margin = Cm(3.7), Cm(3.5)
    page.left_margin, page.right_margin = Cm(2.8), Cm(2.6)
    for line in lines:
        paragraph = document.add_paragraph()
        for number, text in enumerate(line.text.split("\n")):
            run = paragraph.add_run(text)
            if number + 1 < len(line.text.split("\n")):
                run.add_break()
        dress(paragraph, line.look)
    document.save(str(path))
    return path


def lighten(document: Document) -> None:
    """Drop what the template brings and no report uses: its many styles, effects and thumbnail."""
    kept = {"Normal", "Default Paragraph Font", "Normal Table", "No List"}
    for style in list(document.styles):
        if style.name not in kept:
            style.delete()
    for part in (document.part, document.part.package):
        for name, relation in list(part.rels.items()):
            if relation.reltype.endswith(("/stylesWithEffects", "/thumbnail", "/customXml")):
                del part.rels[name]


def dress(paragraph: Paragraph, look: str) -> None:
    """Fonts, spacing and indent of a paragraph, as offices set their papers."""
    face, size = FACES[look]
    shape = paragraph.paragraph_format
    shape.line_spacing, shape.space_after = Pt(28), Pt(0)
    if look == "title":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shape.line_spacing, shape.space_after = Pt(36), Pt(18)
    else:
        shape.first_line_indent = Pt(size * 2)
    for run in paragraph.runs:
        run.font.name, run.font.size = face, Pt(size)
        run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
