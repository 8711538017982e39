"""Folders with all units' papers side by side: whose each file is, and which unit is which on the other side."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.compare_judge import units
from tests.published_word import publish_word
from xlcheck.cli import main
from xlcheck.comparing import compare
from xlcheck.comparison import Matter, State
from xlcheck.flat import alike, matched, parted, unit_of_file
from xlcheck.folders import Folder
from xlcheck.model import Submission
from xlcheck.rules import Pack, load_pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.mark.parametrize(
    ("file", "unit"),
    [
        ("市财政局整体支出绩效自评表.xlsx", "市财政局"),
        ("财政局2024年部门整体绩效自评.pdf", "财政局"),
        ("03 岚屿市第三中学_基础数据表.xlsx", "岚屿市第三中学"),
        ("2024年度部门整体支出绩效自评报告（岚屿市中心血站）.docx", "岚屿市中心血站"),
        ("附件3：评分表-市妇幼保健院.xlsx", "市妇幼保健院"),
        ("市预算绩效评价中心整体支出绩效自评表.xlsx", "市预算绩效评价中心"),
        ("东堤街道绩效自评报告.pdf", "东堤街道"),
        ("公开/市教育局本级评价表.xlsx", "市教育局本级"),
        ("基础数据表.xlsx", ""),
        ("自评报告.docx", ""),
        ("2024年部门整体支出绩效自评报告（终稿）.docx", ""),
        ("关于市水利局的函.docx", ""),
        ("会议纪要.docx", ""),
    ],
)
def test_the_unit_in_a_files_name(file: str, unit: str) -> None:
    assert unit_of_file(file) == unit


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("市财政局", "岚屿市财政局", True),
        ("财政局", "岚屿市财政局", True),
        ("财政局", "市财政局", True),
        ("岚屿市教育局", "岚屿市教育局本级", True),
        ("岚屿市教育局（公章）", "市教育局", True),
        ("市财政局", "岚屿县财政局", False),
        ("人民医院", "市第二人民医院", False),
        ("国库支付中心", "市财政局国库支付中心", False),
        ("市财政局", "市教育局", False),
        ("", "", False),
        ("局", "财政局", False),
    ],
)
def test_names_that_can_be_one_units(left: str, right: str, same: bool) -> None:
    assert alike(left, right) is alike(right, left) is same


def test_a_short_name_that_could_be_either_is_paired_with_neither() -> None:
    assert list(matched(["财政局", "市水利局"], ["甲市财政局", "乙县财政局", "甲市水利局"])) == [(1, 2)]
    assert list(matched(["市财政局", "财政局"], ["甲市财政局"])) == []


NAMES = st.sampled_from(["市", "甲市", "乙市", "甲县", ""]).flatmap(
    lambda place: st.sampled_from(["财政局", "教育局", "中心医院"]).map(lambda name: place + name)
)


@given(st.lists(NAMES, max_size=6, unique=True), st.lists(NAMES, max_size=6, unique=True))
def test_pairs_are_the_same_either_way_round(left: list[str], right: list[str]) -> None:
    pairs = list(matched(left, right))
    assert {(to, at) for at, to in pairs} == set(matched(right, left))
    assert len({at for at, _ in pairs}) == len({to for _, to in pairs}) == len(pairs)


# --- whole folders -----------------------------------------------------------------------------


def side_by_side(numbers: tuple[int, ...], target: Path, name: str) -> Path:
    """The papers of some units in one folder; ``name`` has the places {unit} and {paper}."""
    target.mkdir()
    for number in numbers:
        for path in units()[number].iterdir():
            if path.suffix in (".xlsx", ".docx"):
                shutil.copy(path, target / (name.format(unit=units()[number].name[3:], paper=path.stem) + path.suffix))
    return target


def side_by_side_in_word(numbers: tuple[int, ...], target: Path, name: str) -> Path:
    """Some units, each in one document."""
    target.mkdir()
    for number in numbers:
        unit = units()[number].name[3:]
        short = unit.removeprefix("岚屿市")
        publish_word(units()[number], target / f"{name.format(unit=short, number=number)}.docx", apart=False)
    return target


def test_units_side_by_side_are_compared_each_with_its_own(pack: Pack, tmp_path: Path) -> None:
    filed = side_by_side((1, 5, 9, 14), tmp_path / "报送", "{unit}2024年{paper}")
    published = side_by_side_in_word((5, 9, 13, 14), tmp_path / "公开", "{unit}2024年部门整体绩效自评")
    found = compare(filed, published, pack)
    names = [units()[number].name[3:] for number in (1, 5, 9, 14)]
    assert {unit.unit for unit in found.units if unit.submitted and unit.published} == {*names} - {"岚屿市教育局本级"}
    assert all(unit.count(State.EQUAL) > 100 for unit in found.units if unit.submitted and unit.published)
    assert [
        (each.state, each.field) for unit in found.units for each in unit.different if each.matter is Matter.UNIT
    ] == [
        (State.SUBMITTED_ONLY, "岚屿市教育局本级"),
        (State.PUBLISHED_ONLY, "岚屿市博物馆"),
    ]
    assert not [each for unit in found.units for each in unit.different if each.matter is not Matter.UNIT]


def test_files_without_a_name_belong_to_the_unit_that_they_speak_of(pack: Pack, tmp_path: Path) -> None:
    filed = side_by_side((5, 9, 14), tmp_path / "报送", "{unit}{paper}")
    published = side_by_side_in_word((14, 9, 5), tmp_path / "公开", "{number}")
    (published / "9.docx").rename(published / "公开.docx")
    found = compare(filed, published, pack)
    assert sorted(unit.unit for unit in found.units if unit.submitted and unit.published) == sorted(units()[n].name[3:] for n in (5, 9, 14))  # fmt: skip


def test_a_reports_title_names_its_unit(pack: Pack, tmp_path: Path) -> None:
    filed = side_by_side((5, 9), tmp_path / "报送", "{unit}{paper}")
    (tmp_path / "公开").mkdir()
    for number in (5, 9):
        shutil.copy(units()[number] / "自评报告.docx", tmp_path / "公开" / f"公开{number}.docx")
    shutil.copy(units()[5] / "评分表.xlsx", tmp_path / "公开" / "中心评分表.xlsx")
    shutil.copy(units()[9] / "评分表.xlsx", tmp_path / "公开" / "市中心血站评分表.xlsx")
    found = compare(filed, tmp_path / "公开", pack)
    assert {unit.unit: len(unit.published.papers) for unit in found.units if unit.published} == {
        units()[5].name[3:]: 2,
        units()[9].name[3:]: 2,
    }


def test_a_units_own_folder_is_left_as_it_is(pack: Pack, tmp_path: Path) -> None:
    folder = side_by_side((5,), tmp_path / "单位", "{paper}")
    read: list[object] = []

    def never(folders: Sequence[Folder]) -> list[Submission]:
        read.append(folders)
        return []

    own = Folder(".", folder, tuple(sorted(path.name for path in folder.iterdir())))
    assert parted(own, pack, never) == [own]
    assert read == []


def test_enclosures_make_no_other_unit_of_a_units_own_folder(pack: Pack, tmp_path: Path) -> None:
    folder = side_by_side((5,), tmp_path / "单位", "{paper}")
    for name in ("会议纪要", "关于市水利局的函", "附件2 项目清单"):
        letter = docx.Document()
        for text in (name, "岚屿市水利局：", "水文站网运行项目的资金已经到位，请贵局安排验收。", "2024年3月5日"):
            letter.add_paragraph(text)
        letter.save(str(folder / f"{name}.docx"))
    (unit,) = compare(folder, folder, pack).units
    assert unit.submitted is not None
    assert (unit.unit, len(unit.submitted.papers)) == (units()[5].name[3:], 6)


def test_the_command_lists_what_has_no_partner(tmp_path: Path) -> None:
    filed = side_by_side((5, 9), tmp_path / "报送", "{unit}{paper}")
    published = side_by_side((5, 14), tmp_path / "公开", "{unit}{paper}")
    result = CliRunner().invoke(main, ["compare", str(filed), str(published), "--format", "json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)["findings"]
    assert [(each["matter"], each["state"], each["unit"]) for each in found] == [
        ("unit", "submitted-only", units()[9].name[3:]),
        ("unit", "published-only", units()[14].name[3:]),
    ]
