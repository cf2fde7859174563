"""Changing single words of a YAML file by their place in it: comments, order and layout stay byte for byte."""

from collections.abc import Iterable, Iterator, Sequence

import yaml

#: Where a word stands: its first byte, and the one behind it, counted in characters.
Span = tuple[int, int]


def find_key(text: str, path: Sequence[str]) -> list[Span]:
    """Find the key at the end of a path of keys.

    >>> find_key("a:\\n  b: 1 # c\\n", ["a", "b"])
    [(5, 6)]
    """
    *outer, last = path
    return [_span(key) for node in _follow(text, outer) for key, _ in _pairs(node) if key.value == last]


def find_items(text: str, path: Sequence[str], value: str) -> list[Span]:
    """Find the items of the list at a path of keys that have a value.

    >>> find_items("a: [b, c, b]", ["a"], "b")
    [(4, 5), (10, 11)]
    """
    lists = (node for node in _follow(text, path) if isinstance(node, yaml.SequenceNode))
    return [_span(item) for node in lists for item in node.value if item.value == value]


def replace_spans(text: str, spans: Iterable[Span], word: str) -> str:
    """Put a word, which needs no quotes, in place of others."""
    for start, stop in sorted(set(spans), reverse=True):
        text = text[:start] + word + text[stop:]
    return text


def _follow(text: str, path: Sequence[str]) -> list[yaml.Node]:
    nodes = [node for node in [yaml.compose(text, Loader=yaml.SafeLoader)] if node is not None]
    for name in path:
        nodes = [value for node in nodes for key, value in _pairs(node) if key.value == name]
    return nodes


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def _span(node: yaml.Node) -> Span:
    return node.start_mark.index, node.end_mark.index
