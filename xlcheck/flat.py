"""A folder with the papers of many units side by side → a folder for each unit, by the names that files and papers say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from xlcheck.folders import PROSE, Folder
from xlcheck.labels import name_key
from xlcheck.model import Submission
from xlcheck.reportidentity import is_organisation, own_name
from xlcheck.rules import Pack

# What a file's name says besides its unit: years, the paper, the number of an annex.
_PAPERS = re.compile(
    r"(?:部门|单位)?(?:\(单位\))?(?:预算|本级)?整体(?:支出)?|绩效(?:自评|自我评价|评价(?!中心|院|所))|自评|自我评价|基础数据|评[分价]表|打分表"
    r"|报告|报表|公开|附[件表]|(?:19|20)\d\d年?度?|[\d\s._\-－—–、,()\[\]【】《》+&]+"
)
_TAIL = re.compile(r"\((?:公章|盖章|章|本级|机关|本部)\)$|(?:本级|机关|本部)$")
_PLACE = re.compile(r"[一-龥]{0,12}[省市县区州旗盟]")
_LOCAL = ("政府", "街道", "镇", "乡")
_TELLING = 3  # characters of a name's end that two names must share


def parted(folder: Folder, pack: Pack, read: Callable[[Sequence[Folder]], Sequence[Submission]]) -> list[Folder]:
    """The folder as it is, or one for each unit where its files are those of several.

    Files whose own names tell no unit are ``read``, each alone, only where others do, or where there are more texts or
    files than a unit has. A file that no unit is known of stands alone, under its own name.
    """
    if folder.lone:
        return [folder]
    named = {file: unit_of_file(file) for file in folder.files}
    unnamed = [file for file, name in named.items() if not name]
    texts = [file for file in unnamed if PurePosixPath(file).suffix.lower() in PROSE]
    if unnamed and (any(named.values()) or len(texts) > 1 or len(unnamed) > len(pack.papers)):
        alone = [replace(folder, name=file, files=(file,)) for file in unnamed]
        named |= {file: _said(one, pack) for file, one in zip(unnamed, read(alone), strict=True)}
    units = _grouped(filter(None, named.values()))
    if len(set(units.values())) < 2:
        return [folder]
    files: dict[str, list[str]] = {}
    for file, name in named.items():
        files.setdefault(units[name] if name else PurePosixPath(file).stem, []).append(file)
    return [replace(folder, name=unit, files=tuple(own)) for unit, own in files.items()]


def unit_of_file(file: str) -> str:
    """The unit that a file's name tells: 「市财政局整体支出绩效自评表.xlsx」 → 市财政局; else the empty string."""
    stem = name_key(PurePosixPath(file).stem)
    if _PAPERS.search(stem) is None:
        return ""
    told = [
        part
        for part in _PAPERS.split(stem)
        if len(part) >= _TELLING and (is_organisation(part) or part.endswith(_LOCAL))
    ]
    return max(told, key=len, default="")


def alike(left: str, right: str) -> bool:
    """Whether two names can be one unit's: the same but for the place before it, 「（公章）」 and 「本级」."""
    one, other = sorted((_core(left), _core(right)), key=len)
    if one == other:
        return bool(one)
    lead = one[0] if one and _PLACE.fullmatch(one[0]) else ""  # 市财政局 is of a 市, and 财政局 of any
    rest = one.removeprefix(lead)
    place = other[: -len(rest)] if len(rest) >= _TELLING and other.endswith(rest) else ""
    return _PLACE.fullmatch(place) is not None and place.endswith(lead)


def matched(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of names, by their indexes, that can be one unit's and no other's."""
    ours, theirs = _by_end(left), _by_end(right)
    for at, name in enumerate(left):
        found = [to for to in theirs[_end(name)] if alike(name, right[to])]
        if len(found) == 1 and sum(alike(left[each], right[found[0]]) for each in ours[_end(name)]) == 1:
            yield at, found[0]


def _by_end(names: Sequence[str]) -> defaultdict[str, list[int]]:
    """Names, by their indexes, under the characters that they must share to be alike."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        found[_end(name)].append(at)
    return found


def _end(name: str) -> str:
    return _core(name)[-_TELLING:]


def _core(name: str) -> str:
    return _TAIL.sub("", name_key(name))


def _said(read: Submission, pack: Pack) -> str:
    """The unit that a paper names; the empty string where it names none."""
    if read.documents and read.unit != read.folder.rpartition("/")[2]:
        return read.unit
    return own_name(read.prose, pack) if read.prose is not None else ""


def _grouped(names: Iterable[str]) -> dict[str, str]:
    """Each name → the fullest name of its unit; one that could be short for several stands alone."""
    units: dict[str, str] = {}
    full: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(dict.fromkeys(names), key=lambda name: (-len(_core(name)), name)):
        found = [each for each in full[_end(name)] if alike(name, each)]
        if len(found) != 1:
            full[_end(name)].append(name)
        units[name] = found[0] if len(found) == 1 else name
    return units
