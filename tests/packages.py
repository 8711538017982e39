"""A package taken apart, put together, compared, and searched for what Excel would stumble over."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping

from xlcheck.annotation_marks import WORKSHEET
from xlcheck.papers.markup import Markup
from xlcheck.papers.package import BadPackage, Package, local
from xlcheck.papers.patch import CONTENT_TYPES


def parts(data: bytes) -> dict[str, bytes]:
    """Every part of a package, inflated."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A package of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in files.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def rewritten(data: bytes, changes: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """The package with some parts changed; each must really change, or be left out of ``changes``."""
    return zipped({name: changes[name](part) if name in changes else part for name, part in parts(data).items()})


def added(data: bytes, more: Mapping[str, bytes]) -> bytes:
    """The package with more parts."""
    return zipped({**parts(data), **more})


def first_difference(old: bytes, new: bytes) -> str | None:
    """Where two parts first differ, in words one can read; None where they are equal."""
    if old == new:
        return None
    at = next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    at = at if old[:at] == new[:at] and at else min(len(old), len(new))
    start = max(0, at - 60)

    def near(part: bytes) -> str:
        return part[start : at + 80].decode("utf-8", "replace")

    return f"at byte {at} of {len(old)} and {len(new)}:\n  was: …{near(old)}…\n  is:  …{near(new)}…"


def faults(data: bytes) -> list[str]:
    """What Excel would stumble over in a package: this is no validation of a schema, but knows the usual reasons."""
    package = Package(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        stored = archive.namelist()
        found = [f"stored twice: {name}" for name in {name for name in stored if stored.count(name) > 1}]
        found += [f"damaged: {archive.testzip()}"] if archive.testzip() else []
    found += _faults_of_types(package)
    shapes: list[bytes] = []
    for name in package.names():
        if name.endswith((".xml", ".rels")):
            try:
                Markup(package.part(name))
            except BadPackage as error:
                found.append(f"{name}: {error}")
        if name.endswith(".rels"):
            source = posixpath.join(posixpath.dirname(posixpath.dirname(name)), posixpath.basename(name)[:-5])
            ids = [relationship.id for relationship in package.relationships(source)]
            found += [f"{name}: id twice" for _ in ids[len(set(ids)) :]]
            found += [
                f"{name}: nothing at {relationship.target}"
                for relationship in package.relationships(source)
                if not relationship.external and relationship.target not in package
            ]
        if name.endswith(".vml"):
            shapes += re.findall(rb'<v:shape id="(_x0000_s\d+)"', package.part(name))
    found += ["two shapes of one number" for _ in shapes[len(set(shapes)) :]]
    return found + _faults_of_sheets(package)


def _faults_of_types(package: Package) -> list[str]:
    types = Markup(package.part(CONTENT_TYPES)).root.children
    defaults = {element.attributes.get("Extension", "").lower() for element in types}
    overrides = [element.attributes["PartName"] for element in types if element.name == "Override"]
    found = [f"type of nothing: {name}" for name in overrides if name not in package]
    found += [f"type twice: {name}" for name in set(overrides) if overrides.count(name) > 1]
    typed = {name.lstrip("/").lower() for name in overrides}
    return found + [
        f"no type: {name}"
        for name in package.names()
        if name.lower() not in typed and name.rpartition(".")[2].lower() not in defaults and name != CONTENT_TYPES
    ]


def _faults_of_sheets(package: Package) -> list[str]:
    main = package.workbook_part()
    root = Markup(package.part(main)).root
    listed = root.child("sheets")
    sheets = listed.children if listed else []
    found = []
    for attribute in ("name", "sheetId"):
        values = [sheet.attributes[attribute].lower() for sheet in sheets]
        found += [f"two sheets of one {attribute}" for _ in values[len(set(values)) :]]
    names = root.child("definedNames")
    for name in names.children if names else []:
        if int(name.attributes.get("localSheetId", "0")) >= len(sheets):
            found.append(f"name {name.attributes['name']} of no sheet")
    counts = _style_counts(package)
    selected = 0
    for entry in package.sheets():
        markup = Markup(package.part(entry.part))
        ids = {relationship.id for relationship in package.relationships(entry.part)}
        ranks = [WORKSHEET.index(child.name) for child in markup.root.children if child.name in WORKSHEET]
        if entry.kind == "worksheet" and ranks != sorted(ranks):
            found.append(f"{entry.part}: elements out of order: {[child.name for child in markup.root.children]}")
        priorities = []
        for element in markup.root.walk():
            selected += element.name == "sheetView" and element.attributes.get("tabSelected") in ("1", "true")
            for name, value in element.attributes.items():
                if name.endswith(":id") and local(name) == "id" and value.startswith("rId") and value not in ids:
                    found.append(f"{entry.part}: {element.name} points at {value}")
            if element.name == "c" and int(element.attributes.get("s", "0")) >= max(counts["cellXfs"], 1):
                found.append(f"{entry.part}: {element.attributes.get('r')} has no format")
            if element.name == "cfRule":
                priorities.append(element.attributes.get("priority"))
                if int(element.attributes.get("dxfId", "-1")) >= counts["dxfs"]:
                    found.append(f"{entry.part}: a conditional format without a format")
        found += [f"{entry.part}: a priority twice" for _ in priorities[len(set(priorities)) :]]
        found += _faults_of_comments(package, entry.part)
    return found + (["two sheets selected"] if selected > 1 else [])


def _faults_of_comments(package: Package, sheet: str) -> list[str]:
    links = [link for link in package.relationships(sheet) if not link.external and link.target in package]
    comments = next((link.target for link in links if link.kind == "comments"), None)
    if comments is None:
        return []
    root = Markup(package.part(comments)).root
    authors, listed = root.child("authors"), root.child("commentList")
    refs = [comment.attributes["ref"] for comment in listed.children] if listed else []
    found = [f"{sheet}: two comments on a cell" for _ in refs[len(set(refs)) :]]
    for comment in listed.children if listed else []:
        if int(comment.attributes["authorId"]) >= len(authors.children if authors else []):
            found.append(f"{sheet}: a comment without an author")
    drawn = b"".join(package.part(link.target) for link in links if link.kind == "vmlDrawing")
    cells = re.findall(rb"<x:Row>\s*\d+\s*</x:Row>\s*<x:Column>\s*\d+", drawn)
    return found + ([f"{sheet}: {len(refs)} comments, {len(cells)} drawn"] if len(cells) != len(refs) else [])


def _style_counts(package: Package) -> dict[str, int]:
    for relationship in package.relationships(package.workbook_part()):
        if relationship.kind == "styles" and relationship.target in package:
            root = Markup(package.part(relationship.target)).root
            sections = {name: root.child(name) for name in ("cellXfs", "dxfs")}
            return {name: len(section.children) if section else 0 for name, section in sections.items()}
    return {"cellXfs": 0, "dxfs": 0}
