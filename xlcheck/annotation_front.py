"""The place of 「审核结果」 among the sheets of a workbook: put in front, read back, taken out."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Collection, Mapping

from xlcheck.annotation_marks import deselect, position
from xlcheck.papers.markup import Element, Markup, with_prefix
from xlcheck.papers.package import BadPackage, Package, SheetEntry
from xlcheck.papers.patch import Patch

SHEET = "审核结果"
_WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_ORDER = ("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups",
          "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches",
          "smartTagPr", "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects",
          "extLst")  # fmt: skip
_HEAD = 4096
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")

Texts = Mapping[tuple[int, int], str]


def free_name(package: Package) -> str:
    """「审核结果」, with a number where the submitted workbook has a sheet of that name."""
    taken = {entry.name.lower() for entry in package.sheets()}
    name, number = SHEET, 2
    while name in taken:
        name, number = f"{SHEET}({number})", number + 1
    return name


def put_in_front(patch: Patch, name: str, sheet: bytes, title_row: int) -> None:
    """Make ``sheet`` the workbook's first and active sheet, its row ``title_row`` (from 1) repeated in print."""
    main = patch.workbook_part()
    part = patch.fresh(posixpath.join(posixpath.dirname(main), "worksheets/sheet"), ".xml")
    patch.add(part, sheet, _WORKSHEET_TYPE)
    relationship = patch.relate(main, "worksheet", part)

    markup = Markup(patch.part(main))
    root = markup.root
    prefix = root.prefix
    sheets = _sheets(markup)
    numbers = [sheet.attributes.get("sheetId", "") for sheet in sheets]
    number = max((int(taken) for taken in numbers if taken.isdecimal()), default=0) + 1
    link = next((key for sheet in sheets for key in sheet.attributes if key.endswith(":id")), None)
    if link is None:
        raise BadPackage("工作簿里没有工作表，请重新导出后报送。")
    namespace = sheets[0].attributes.get(f"xmlns:{link[:-3]}")  # which some writers declare on each sheet anew
    declared = f' xmlns:{link[:-3]}="{html.escape(namespace)}"' if namespace else ""
    line = f'<sheet{declared} name="{html.escape(name)}" sheetId="{number}" {link}="{relationship}"/>'
    markup.insert(sheets[0].start, with_prefix(line.encode(), prefix))

    title = f"'{name}'!${title_row}:${title_row}"
    title = f'<definedName name="_xlnm.Print_Titles" localSheetId="0">{html.escape(title, quote=False)}</definedName>'
    names = root.child("definedNames")
    if names is not None and names.children:
        _move_names(markup, names, 1)
        markup.insert(names.children[0].start, with_prefix(title.encode(), prefix))
    else:
        if names is not None:
            markup.drop(names)
        fragment = with_prefix(f"<definedNames>{title}</definedNames>".encode(), prefix)
        markup.place(root, "definedNames", fragment, _ORDER)
    views = root.child("bookViews")
    for view in views.children if views else []:
        for attribute in ("activeTab", "firstSheet"):
            if attribute in view.attributes:
                markup.set(view, attribute, "0")
    patch.edit(main, markup.render())


def _sheets(markup: Markup) -> list[Element]:
    holder = markup.root.child("sheets")
    return [element for element in holder.children if element.name == "sheet"] if holder else []


def _move_names(markup: Markup, names: Element, by: int, behind: int = -1) -> None:
    """Keep names that belong to one sheet with it, when the sheets behind that position move."""
    for element in names.children:
        index = element.attributes.get("localSheetId", "")
        if index.isdecimal() and int(index) > behind:
            markup.set(element, "localSheetId", str(int(index) + by))


def deselect_others(patch: Patch, done: Collection[str]) -> None:
    """Let no sheet be selected whose part is not among ``done``; a sheet is inflated only if it was."""
    for entry in patch.sheets():
        if entry.part in done or entry.part not in patch:
            continue
        head = patch.head(entry.part, _HEAD)
        told = b"sheetData" in head or b"sheetViews>" in head or len(head) < _HEAD
        if b"tabSelected" in head or not told or b"\0" in head:
            markup = Markup(patch.part(entry.part), {"sheetData": frozenset()})
            deselect(markup)
            if markup.changed():
                patch.edit(entry.part, markup.render())


def take_out(patch: Patch, entry: SheetEntry) -> None:
    """Remove a sheet, what only it used, and what the workbook says of it."""
    main = patch.workbook_part()
    markup = Markup(patch.part(main))
    targets = {relationship.id: relationship for relationship in patch.relationships(main)}
    sheets = _sheets(markup)
    ids = [next((value for key, value in sheet.attributes.items() if key.endswith(":id")), "") for sheet in sheets]
    index = next(number for number, id in enumerate(ids) if id in targets and targets[id].target == entry.part)
    markup.drop(sheets[index])
    names = markup.root.child("definedNames")
    if names is not None:
        own = [element for element in names.children if element.attributes.get("localSheetId") == str(index)]
        _move_names(markup, names, -1, behind=index)
        for element in [names] if own == names.children else own:
            markup.drop(element)
    views = markup.root.child("bookViews")
    for view in views.children if views else []:
        for attribute in ("activeTab", "firstSheet"):
            value = view.attributes.get(attribute, "")
            if value.isdecimal() and int(value) > index:
                markup.set(view, attribute, str(int(value) - 1))
    patch.edit(main, markup.render())
    patch.unrelate(main, ids[index])
    if _FORMULA.search(patch.part(entry.part)):  # somebody calculated there: the order of calculation is made anew
        for relationship in patch.relationships(main):
            if relationship.kind == "calcChain":
                patch.unrelate(main, relationship.id)
                patch.remove(relationship.target)
    for relationship in patch.relationships(entry.part):
        if not relationship.external:
            patch.remove(relationship.target)
    patch.remove(entry.part)


def sheet_texts(package: Package, entry: SheetEntry) -> Texts:
    """What the cells of a sheet say, by row and column from 0: strings as they are, numbers as they are stored."""
    shared = _shared(package)
    markup = Markup(package.part(entry.part), texts=True)
    data = markup.root.child("sheetData")
    found: dict[tuple[int, int], str] = {}
    for cell in (cell for row in data.children for cell in row.children) if data else ():
        place = position(cell.attributes.get("r", ""))
        value, inline = cell.child("v"), cell.child("is")
        if place is None:
            continue
        if inline is not None:
            found[place] = _plain(inline)
        elif value is not None and cell.attributes.get("t") == "s":
            index = int(value.text) if value.text.isdecimal() else -1
            found[place] = shared[index] if 0 <= index < len(shared) else ""
        elif value is not None:
            found[place] = _unescaped(value.text)
    return found


def _shared(package: Package) -> list[str]:
    for relationship in package.relationships(package.workbook_part()):
        if relationship.kind == "sharedStrings" and relationship.target in package:
            return [_plain(item) for item in Markup(package.part(relationship.target), texts=True).root.children]
    return []


def _plain(item: Element) -> str:
    """The text of a string item, its runs joined, without the readings of phonetic runs."""
    runs = [item, *(run for run in item.children if run.name == "r")]
    return _unescaped("".join(text.text for run in runs for text in run.children if text.name == "t"))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
