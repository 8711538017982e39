"""Who filed: submissions held against the roster, repeated filings, and which of them is counted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from xlcheck.labels import name_key
from xlcheck.model import Class, Finding, Place, Related, Severity, Submission, Tally
from xlcheck.municipal.words import Say, words
from xlcheck.roster import Entry, Roster

MISSING, DUPLICATE, UNKNOWN = "submission-missing", "submission-duplicate", "unit-not-on-roster"
FILING_TITLES = {MISSING: "应报未报", DUPLICATE: "重复报送", UNKNOWN: "单位不在名录"}

_FOLDER = re.compile(r"(?P<code>\d[0-9A-Za-z.]*)?[\s_\-－—、.]*(?P<name>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Filed:
    """A submission with the unit that it stands for.

    Code, name and department are the roster's where the unit is on it. Of the submissions of one
    unit exactly one is ``counted``. ``conflict`` is the roster's owner of the code that was filed,
    where the name filed is another unit's.
    """

    submission: Submission
    entry: Entry | None
    code: str
    name: str
    department: str
    counted: bool = True
    conflict: Entry | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """All submissions in the order of the sheets, the units that filed more than once, and those that did not."""

    roster: Roster | None
    filed: tuple[Filed, ...]
    repeated: tuple[tuple[Filed, ...], ...]  # the counted one first
    missing: tuple[Entry, ...]

    @property
    def counted(self) -> tuple[Filed, ...]:
        """One submission a unit."""
        return tuple(filed for filed in self.filed if filed.counted)

    @property
    def due(self) -> int | None:
        """How many units must file (应报); None without a roster."""
        return sum(entry.due for entry in self.roster.entries) if self.roster is not None else None

    @property
    def arrived(self) -> int:
        """How many units filed (实报): of those that must where there is a roster, else of all."""
        if self.roster is None:
            return len(self.counted)
        return sum(filed.entry is not None and filed.entry.due for filed in self.counted)


class _Index:
    """Looks units up on a roster: by code, then by code without leading zeros, then by name."""

    def __init__(self, roster: Roster | None) -> None:
        entries = roster.entries if roster is not None else ()
        self.codes = _unique((entry.code, entry) for entry in entries)
        self.stripped = _unique((entry.code.lstrip("0"), entry) for entry in entries)
        self.names = _unique((name_key(entry.name), entry) for entry in entries)

    def code(self, code: str) -> Entry | None:
        return self.codes.get(code) or self.stripped.get(code.lstrip("0"))

    def find(self, submission: Submission) -> tuple[Entry | None, Entry | None]:
        """The unit of a submission, and the owner of its code where the name is another unit's."""
        code = name_key(submission.code)
        by_code, by_name = self.code(code), self.names.get(name_key(submission.unit))
        if by_code is not None and by_name is not None and by_code is not by_name:
            return by_name, by_code
        found = by_code or by_name
        if found is None and not code:
            match = _FOLDER.fullmatch(submission.folder.rpartition("/")[2])
            if match is not None:
                found = self.code(match["code"] or "") or self.names.get(name_key(match["name"]))
        return found, None


def _unique(pairs: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    """Key → entry for the keys that name exactly one entry."""
    found: dict[str, Entry] = {}
    ambiguous = {""}
    for key, entry in pairs:
        if found.setdefault(key, entry) is not entry:
            ambiguous.add(key)
    return {key: entry for key, entry in found.items() if key not in ambiguous}


def place_submissions(submissions: Iterable[Submission], roster: Roster | None) -> Filing:
    """Hold submissions against the roster.

    A unit is found by its code, else by its name, else (where its papers hold no code) by its
    folder's name; a code whose name belongs to another unit on the roster yields to the name. Off
    the roster, submissions with one code are one unit, and one without a code joins its namesake.
    Of a unit's submissions the one is counted that has a readable 基础数据表, then the one whose name
    is the roster's, then that with the latest 填报日期, then the last by folder name (with numbers in
    it as numbers). Order: the roster's, then code, name and folder.
    """
    index = _Index(roster)
    placed = [_place(submission, index) for submission in submissions]
    coded = sorted((filed for filed in placed if filed.entry is None and filed.code), key=lambda filed: filed.code)
    code_of_name = {name_key(filed.name): filed.code for filed in reversed(coded)}
    groups: dict[object, list[Filed]] = {}
    for filed in placed:
        name = name_key(filed.submission.unit)
        key = filed.entry or filed.code or code_of_name.get(name) or (name, "" if name else filed.submission.folder)
        groups.setdefault(key, []).append(filed)
    ranked: list[tuple[Filed, ...]] = []
    for group in groups.values():
        first, *others = sorted(group, key=_preference, reverse=True) if len(group) > 1 else group
        ranked.append((first, *(replace(filed, counted=False) for filed in others)))
    entries = roster.entries if roster is not None else ()
    position = {entry: number for number, entry in enumerate(entries)}

    def order(group: tuple[Filed, ...]) -> tuple[object, ...]:
        first = group[0]
        at = position[first.entry] if first.entry is not None else len(position)
        return at, not first.code, first.code, first.name, natural(first.submission.folder)

    ranked.sort(key=order)
    present = {filed.entry for filed in placed}
    return Filing(
        roster=roster,
        filed=tuple(filed for group in ranked for filed in group),
        repeated=tuple(group for group in ranked if len(group) > 1),
        missing=tuple(entry for entry in entries if entry.due and entry not in present),
    )


def _place(submission: Submission, index: _Index) -> Filed:
    entry, conflict = index.find(submission)
    code = name_key(submission.code)
    if entry is None:
        name = submission.unit.strip() or submission.folder.rpartition("/")[2]
        return Filed(submission, None, code, name, submission.department.strip())
    # A roster typed as numbers has lost its zeros; the form may still have them.
    if len(code) <= len(entry.code) or code.lstrip("0") != entry.code.lstrip("0"):
        code = entry.code or code
    department = entry.department or submission.department.strip()
    return Filed(submission, entry, code, entry.name, department, conflict=conflict)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts 「第2次」 before 「第10次」."""
    pieces = re.split(r"([0-9]+)", text)
    return tuple((0, int(piece), "") if piece[:1].isdigit() and piece.isascii() else (1, 0, piece) for piece in pieces)


def _preference(filed: Filed) -> tuple[bool, bool, Decimal, tuple[tuple[int, int, str], ...]]:
    base = filed.submission.document("基础数据表")
    date = base.fields.get(("填报日期", "数值")) if base is not None else None
    named = filed.entry is not None and name_key(filed.entry.name) == name_key(filed.submission.unit)
    day = date.number if date is not None and date.number is not None else Decimal(0)
    return base is not None, named, day, natural(filed.submission.folder)


def filing_findings(filing: Filing, *, lang: str = "zh") -> tuple[Finding, ...]:
    """Findings of units that did not file, filed more than once, or are not on the roster.

    Without a roster only repeated filings can be told. A finding about a submission is placed on
    its folder, one about a missing unit on its cell in the roster.
    """
    say = words(lang)
    return (
        *(_missing(entry, say) for entry in filing.missing),
        *(_repeated(group, say) for group in filing.repeated),
        *(_unknown(filed, filing.roster, say) for filed in filing.filed if filing.roster is not None
          if filed.entry is None or filed.conflict is not None),
    )  # fmt: skip


def filing_tallies(filing: Filing) -> tuple[Tally, ...]:
    """How often the three rules of the filing passed, failed and could not be decided."""
    units, repeated = len(filing.counted), len(filing.repeated)
    twice = Tally(DUPLICATE, passed=units - repeated, failed=repeated)
    if filing.roster is None:
        return Tally(MISSING, undecided=units), twice, Tally(UNKNOWN, undecided=len(filing.filed))
    unknown = sum(filed.entry is None or filed.conflict is not None for filed in filing.filed)
    return (
        Tally(MISSING, passed=filing.arrived, failed=len(filing.missing)),
        twice,
        Tally(UNKNOWN, passed=len(filing.filed) - unknown, failed=unknown),
    )


def roster_findings(submissions: Sequence[Submission], roster: Roster | None, *, lang: str = "zh") -> tuple[Finding, ...]:  # fmt: skip
    """What the roster says of the submissions: :func:`filing_findings` of :func:`place_submissions`."""
    return filing_findings(place_submissions(submissions, roster), lang=lang)


def missing_fingerprint(entry: Entry) -> str:
    """The fingerprint of the finding that this unit has not filed."""
    return _fingerprint(MISSING, entry.code, entry.name)


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _named(name: str, code: str) -> str:
    return f"{name}（{code}）" if code else name


def _missing(entry: Entry, say: Say) -> Finding:
    text = say("{unit} 应报未报（应报 1 份，实报 0 份）。请催报；若不需报送，请在名录「应报」列填「否」。")
    return Finding(
        rule=MISSING, cls=Class.LOGIC, severity=Severity.ERROR, unit=entry.name, folder="", place=entry.place,
        field="单位名称", message=text.format(unit=_named(entry.name, entry.code)),
        fingerprint=missing_fingerprint(entry), expected="1", actual="0", difference="-1",
    )  # fmt: skip


def _repeated(group: tuple[Filed, ...], say: Say) -> Finding:
    kept, *others = group
    folders = [filed.submission.folder for filed in others]
    text = say("{unit} 报送 {n} 份，应为 1 份（多 {more}）。汇总只计文件夹「{kept}」，不计「{others}」；请与单位核对，删去或退回多余的一份。")  # fmt: skip
    message = text.format(
        unit=_named(kept.name, kept.code), n=len(group), more=len(others), kept=kept.submission.folder,
        others="」「".join(folders),
    )  # fmt: skip
    return Finding(
        rule=DUPLICATE, cls=Class.LOGIC, severity=Severity.ERROR, unit=kept.submission.unit,
        folder=kept.submission.folder, place=Place(kept.submission.folder), field="单位名称", message=message,
        fingerprint=_fingerprint(DUPLICATE, kept.code, kept.name, kept.submission.folder, *folders),
        expected="1", actual=str(len(group)), difference=str(len(others)),
        related=tuple(Related(Place(filed.submission.folder), "单位名称", filed.submission.unit) for filed in others),
    )  # fmt: skip


def _unknown(filed: Filed, roster: Roster | None, say: Say) -> Finding:
    submission = filed.submission
    unit = _named(submission.unit, submission.code)
    if filed.conflict is not None and filed.entry is not None:
        text = say("填报 {unit}，名录中编码 {code} 是「{owner}」，「{name}」的编码应为 {expected}。汇总按单位名称归属；请核对后改正编码。")  # fmt: skip
        message = text.format(
            unit=unit, code=submission.code, owner=filed.conflict.name,
            name=filed.entry.name, expected=filed.entry.code or "—",
        )  # fmt: skip
        expected: str | None = filed.entry.code or None
    else:
        text = say("填报 {unit}，不在单位名录内（名录共 {n} 个单位）。请核对单位预算编码和单位名称，或补入名录。")
        size = len(roster.entries) if roster is not None else 0
        message = text.format(unit=unit, n=size)
        expected = None
    return Finding(
        rule=UNKNOWN, cls=Class.LOGIC, severity=Severity.ERROR, unit=submission.unit, folder=submission.folder,
        place=Place(submission.folder), field="单位预算编码", message=message,
        fingerprint=_fingerprint(UNKNOWN, submission.code, submission.unit, submission.folder),
        expected=expected, actual=submission.code or submission.unit,
    )  # fmt: skip
