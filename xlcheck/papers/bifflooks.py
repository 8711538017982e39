"""The looks of an old workbook (.xls, .et), by xlrd."""

from __future__ import annotations

import io
from typing import Any

from xlcheck.papers.looks import FONT, SIDES, BookLooks, Looks, Style, style

_ACROSS = ("", "left", "center", "right", "fill", "justify", "center_across", "distributed")
_DOWN = ("top", "vcenter", "", "vjustify", "vdistributed")
_BOLD = 600  # the weight of a bold font; Excel writes the flag as well, others do not
_CHARACTER = 5.25  # points that a character of a column's width takes
_AUTOMATIC = 64  # colour numbers from here on are the window's own
_SCRIPTS = {1: 1, 2: 2}
_UNDERLINES = frozenset({1, 2, 33, 34})


def biff_looks(data: bytes) -> BookLooks | None:
    """The looks of a BIFF workbook, or None where xlrd cannot read its styles."""
    import xlrd

    try:
        source = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=True, on_demand=True, ragged_rows=True, ignore_workbook_corruption=True)  # fmt: skip
        styles = [_style(source, xf) for xf in source.xf_list]
        fonts = [_font(source, index) for index in range(len(source.font_list))]
        made = BookLooks(usual=tuple(pair for pair in fonts[0] if pair[0] in ("font_name", "font_size")), runs=True)
        for index in range(source.nsheets):
            sheet = source.sheet_by_index(index)
            made.sheets[sheet.name] = _looks(sheet, styles, fonts)
            source.unload_sheet(index)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  xlrd leaks AssertionError, IndexError, struct.error and more on damaged styles
        return None
    return made


def _looks(sheet: Any, styles: list[Style], fonts: list[Style]) -> Looks:
    made = Looks(gridlines=bool(sheet.show_grid_lines))
    for row, indexes in enumerate(sheet._cell_xf_indexes, 1):
        for column, index in enumerate(indexes, 1):
            if 0 < index < len(styles) and styles[index]:
                made.styles[row, column] = styles[index]
    for (row, column), runs in sheet.rich_text_runlist_map.items():
        found = [(start, fonts[font]) for start, font in runs if font < len(fonts)]
        if len(found) == 1 and found[0][0] == 0:
            own = made.styles.get((row + 1, column + 1), ())
            made.styles[row + 1, column + 1] = style(
                dict(pair for pair in own if pair[0] not in FONT) | dict(found[0][1])
            )
        else:
            made.runs[row + 1, column + 1] = found
    for column, info in sheet.colinfo_map.items():
        if column < 256:
            made.columns[column + 1] = (info.width / 256 * _CHARACTER, styles[info.xf_index] if 0 < info.xf_index < len(styles) else ())  # fmt: skip
    for row, info in sheet.rowinfo_map.items():
        if not info.has_default_height and info.height:
            made.heights[row + 1] = info.height / 20
    if sheet.panes_are_frozen and (sheet.horz_split_pos or sheet.vert_split_pos):
        made.frozen = (sheet.horz_split_pos, sheet.vert_split_pos)
    return made


def _font(source: Any, index: int) -> Style:
    if not 0 <= index < len(source.font_list):
        return ()
    font = source.font_list[index]
    return style(
        {
            "font_name": font.name,
            "font_size": font.height / 20,
            "bold": bool(font.bold) or font.weight >= _BOLD,
            "italic": bool(font.italic),
            "font_strikeout": bool(font.struck_out),
            "underline": font.underline_type if font.underline_type in _UNDERLINES else 0,
            "font_script": _SCRIPTS.get(font.escapement, 0),
            "font_color": _colour(source, font.colour_index),
        }
    )


def _colour(source: Any, index: int) -> str | None:
    known = source.colour_map.get(index) if index < _AUTOMATIC else None
    return "#{:02X}{:02X}{:02X}".format(*known) if known else None


def _style(source: Any, xf: Any) -> Style:
    properties: dict[str, Any] = dict(_font(source, xf.font_index))
    for side in SIDES:
        line = getattr(xf.border, f"{side}_line_style")
        if 0 < line <= 13:
            properties[side] = line
            properties[f"{side}_color"] = _colour(source, getattr(xf.border, f"{side}_colour_index"))
    if 0 < xf.background.fill_pattern <= 18:
        properties["pattern"] = xf.background.fill_pattern
        properties["fg_color"] = _colour(source, xf.background.pattern_colour_index)
        properties["bg_color"] = _colour(source, xf.background.background_colour_index)
        if xf.background.fill_pattern == 1:  # a solid fill is its pattern colour, which xlsxwriter calls bg_color
            properties["bg_color"] = properties.pop("fg_color")
    across, down = xf.alignment.hor_align, xf.alignment.vert_align
    properties["align"] = _ACROSS[across] if across < len(_ACROSS) else ""
    properties["valign"] = _DOWN[down] if down < len(_DOWN) else ""
    properties["text_wrap"] = bool(xf.alignment.text_wrapped)
    properties["shrink"] = bool(xf.alignment.shrink_to_fit) and not xf.alignment.text_wrapped
    properties["indent"] = xf.alignment.indent_level if _ACROSS[across % 8] in ("left", "right", "distributed") else 0
    properties["rotation"] = _turned(xf.alignment.rotation)
    return style(properties)


def _turned(rotation: int) -> int:
    """BIFF's rotation (91 to 180 is clockwise, 255 stacked) as xlsxwriter's."""
    if rotation <= 90:
        return rotation
    return 270 if rotation == 255 else 90 - rotation if rotation <= 180 else 0
