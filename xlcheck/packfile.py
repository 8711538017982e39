"""A pack's YAML files, read strictly: every scalar is text, and a mistake names file, line and remedy.

YAML's own guesses are never used (it reads 0201 as 129 and no as false, and keeps the last of two
equal keys without a word).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import yaml


class PackError(Exception):
    """A rule file is wrong; the message is ``file:line: what. remedy``."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the nearest known word, or with all of them where they are few."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"是否指「{close[0]}」？"
    return f"可用的有：{'、'.join(names)}。" if len(names) <= 12 else "请对照 docs/rules.md 中的名称。"


@dataclass(frozen=True, slots=True)
class Item:
    """A node of a YAML file that knows where it stands."""

    node: yaml.Node
    path: Path

    @property
    def line(self) -> int:
        """The node's line, from 1."""
        return int(self.node.start_mark.line) + 1

    def error(self, message: str) -> PackError:
        """A :class:`PackError` at this node."""
        return PackError(f"{self.path.parent.name}/{self.path.name}:{self.line}: {message}")

    def mapping(self, known: Iterable[str] | None = None, required: Iterable[str] = ()) -> dict[str, Item]:
        """The node's keys; unknown (unless ``known`` is None), repeated and missing ones are refused."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("这里应当是「键: 值」的列表。")
        allowed = None if known is None else list(known)
        found: dict[str, Item] = {}
        for key_node, value_node in self.node.value:
            key = Item(key_node, self.path)
            name = key.text()
            if name in found:
                raise key.error(f"键「{name}」写了两次，请删去一个。")
            if allowed is not None and name not in allowed:
                raise key.error(f"不认识的键「{name}」，{nearest(name, allowed)}")
            found[name] = Item(value_node, self.path)
        for name in required:
            if name not in found:
                raise self.error(f"缺少键「{name}」，请补上。")
        return found

    def items(self) -> Iterator[Item]:
        """The elements of a sequence."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("这里应当是列表（每项以 - 开头，或写成 [甲, 乙]）。")
        for node in self.node.value:
            yield Item(node, self.path)

    def is_sequence(self) -> bool:
        """Whether the node is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    def text(self) -> str:
        """The scalar as written."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("这里应当是一个值。")
        return str(self.node.value)

    def texts(self) -> tuple[str, ...]:
        """A sequence of scalars."""
        return tuple(item.text() for item in self.items())

    def number(self) -> Decimal:
        """A decimal; 20% is 0.2."""
        text = self.text().strip()
        try:
            return Decimal(text[:-1]).scaleb(-2) if text.endswith("%") else Decimal(text)
        except InvalidOperation:
            raise self.error(f"「{text}」不是数，请写成 12、0.5 或 20%。") from None

    def whole(self) -> int:
        """A whole number."""
        number = self.number()
        if number != number.to_integral_value():
            raise self.error(f"「{self.text()}」不是整数。")
        return int(number)

    def flag(self) -> bool:
        """true or false, written so."""
        return self.choice(("true", "false")) == "true"

    def choice(self, allowed: Iterable[str]) -> str:
        """One of the allowed words."""
        words = list(allowed)
        if self.text() not in words:
            raise self.error(f"不认识的「{self.text()}」，{nearest(self.text(), words)}")
        return self.text()


def load(path: Path) -> Item:
    """The root node of a YAML file; raises :class:`PackError` where it is missing or not YAML."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(
            f"{path.parent.name}/{path.name}:1: 无法读取（{type(error).__name__}），请确认文件存在且为 UTF-8。"
        ) from error
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise PackError(
            f"{path.parent.name}/{path.name}:{line}: 不是合格的 YAML（{getattr(error, 'problem', None) or '格式错误'}），请检查缩进、冒号和引号。"
        ) from error
    if node is None:
        raise PackError(f"{path.parent.name}/{path.name}:1: 文件是空的。")
    return Item(node, path)
