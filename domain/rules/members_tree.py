"""YAML and JSON into one tree whose nodes know their line; hostile input is bounded here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

import yaml
from msgspec import Struct

Format = Literal["yaml", "json"]

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 16
MAX_NODES = 2_000_000


class Scalar(Struct, frozen=True):
    """`text` is the value as written, `value` what it means in JSON's types."""

    line: int
    text: str
    value: str | int | float | bool | None


class Sequence(Struct, frozen=True):
    line: int
    items: tuple[Node, ...]


class Mapping(Struct, frozen=True):
    """Pairs in the file's order, repeated keys included."""

    line: int
    pairs: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Sequence | Mapping


class Unreadable(Exception):
    """The bytes are no document that we read; `line` counts from 1."""

    def __init__(self, line: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.code = code
        self.detail = detail


def read(data: bytes, format: Format | None = None) -> Node:
    """The document as a tree; without a format, JSON is what begins with a bracket.

    Raises:
        Unreadable: not UTF-8, not well-formed, or beyond a bound; never anything else.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(1, "too_large", f"the file is larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "not_utf8", "the file is not UTF-8") from None
    if format is None:
        format = "json" if text.lstrip()[:1] in ("[", "{") else "yaml"
    tree = _Tree()
    if format == "json":
        _json(text, tree)
    else:
        _yaml(text, tree)
    if tree.root is None:
        raise Unreadable(1, "empty", "the file is empty")
    return tree.root


class _Open(Struct):
    line: int
    mapping: bool
    before: int
    anchor: str | None
    children: list[Node] = []


class _Tree:
    """Grows from a flat stream of tokens, so that no nesting can exhaust the stack."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._nodes = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}

    def open(self, line: int, *, mapping: bool, anchor: str | None = None) -> None:
        if len(self._stack) == MAX_DEPTH:
            raise Unreadable(line, "too_deep", f"nested deeper than {MAX_DEPTH} levels")
        self._stack.append(_Open(line, mapping, self._nodes, anchor))

    def close(self) -> None:
        done = self._stack.pop()
        if done.mapping:
            keys = [_key(node) for node in done.children[::2]]
            pairs = zip(keys, done.children[1::2], strict=True)
            node: Node = Mapping(done.line, tuple(pairs))
        else:
            node = Sequence(done.line, tuple(done.children))
        self.add(node, anchor=done.anchor, before=done.before)

    def add(self, node: Node, *, anchor: str | None = None, before: int | None = None) -> None:
        before = self._nodes if before is None else before
        self._count(node.line, 1)
        if anchor is not None:
            self._anchors[anchor] = node, self._nodes - before
        self._place(node)

    def alias(self, line: int, anchor: str) -> None:
        # An anchor is known once its node is complete, so a node can never contain itself.
        if anchor not in self._anchors:
            raise Unreadable(line, "alias", "an alias without a complete anchor before it")
        node, weight = self._anchors[anchor]
        self._count(line, weight)
        self._place(node)

    def _count(self, line: int, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise Unreadable(line, "too_large", f"the file holds more than {MAX_NODES} values")

    def _place(self, node: Node) -> None:
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.root = node


def _key(node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        raise Unreadable(node.line, "key", "a key must be text")
    return node


def _yaml(text: str, tree: _Tree) -> None:
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            _yaml_event(event, tree)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        detail = error.problem or "not well-formed"
        raise Unreadable(mark.line + 1 if mark else 1, "yaml", f"not YAML: {detail}") from None
    except yaml.reader.ReaderError as error:
        # libyaml counts bytes here, and does not say the line.
        line = text.encode()[: error.position].count(b"\n") + 1
        raise Unreadable(line, "yaml", f"not YAML: {error.reason}") from None


def _yaml_event(event: yaml.Event, tree: _Tree) -> None:
    line = event.start_mark.line + 1 if event.start_mark else 1
    match event:
        case yaml.DocumentStartEvent() if tree.root is not None:
            raise Unreadable(line, "documents", "more than one YAML document")
        case yaml.AliasEvent():
            tree.alias(line, event.anchor or "")
        case yaml.ScalarEvent():
            tree.add(_yaml_scalar(event, line), anchor=event.anchor)
        case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
            if event.tag not in (None, "!", _TAG + "map", _TAG + "seq"):
                raise Unreadable(line, "tag", "a YAML tag that the file must not use")
            mapping = isinstance(event, yaml.MappingStartEvent)
            tree.open(line, mapping=mapping, anchor=event.anchor)
        case yaml.CollectionEndEvent():
            tree.close()
        case _:
            pass


_TAG = "tag:yaml.org,2002:"
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# Longer numbers stay text: no field takes them, and int() refuses thousands of digits.
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def _yaml_scalar(event: yaml.ScalarEvent, line: int) -> Scalar:
    """YAML 1.2's core schema, not PyYAML's 1.1: there `NO` is false and 2024-03-05 no text."""
    if event.tag not in (None, "!", _TAG + "str"):
        raise Unreadable(line, "tag", "a YAML tag that the file must not use")
    text: str = event.value
    if event.tag is not None or not event.implicit[0]:
        return Scalar(line, text, text)
    if text in _NULL:
        return Scalar(line, text, None)
    if text in _BOOL:
        return Scalar(line, text, _BOOL[text])
    return Scalar(line, text, _number(text))


def _number(text: str) -> int | float | str:
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s,:\[\]{}"]+')


def _json(text: str, tree: _Tree) -> None:
    try:
        # The standard parser judges, with its line; it keeps no positions, so what it has found
        # valid is read again as tokens. Numbers stay text: int() refuses thousands of digits.
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise Unreadable(error.lineno, "json", f"not JSON: {error.msg}") from None
    except RecursionError:
        raise Unreadable(1, "too_deep", f"nested deeper than {MAX_DEPTH} levels") from None
    for line, token in _json_tokens(text):
        if token in ("[", "{"):
            tree.open(line, mapping=token == "{")
        elif token in ("]", "}"):
            tree.close()
        else:
            tree.add(_json_scalar(line, token))


def _json_tokens(text: str) -> Iterator[tuple[int, str]]:
    line, seen = 1, 0
    for found in _JSON_TOKEN.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        yield line, found.group()


def _json_scalar(line: int, token: str) -> Scalar:
    if token.startswith('"'):
        value: str = json.loads(token)
        return Scalar(line, value, value)
    if token in ("NaN", "Infinity", "-Infinity"):
        raise Unreadable(line, "json", f"not JSON: {token} is no number")
    if token in ("true", "false", "null"):
        return Scalar(line, token, {"true": True, "false": False, "null": None}[token])
    return Scalar(line, token, _number(token))
