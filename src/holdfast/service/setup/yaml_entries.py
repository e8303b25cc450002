"""Entries of a project file's YAML, and where they end in its text."""

from typing import Any

import yaml


def entry_of(node: yaml.Node | None, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value of a mapping, by the key's name."""
    entries = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((key, value) for key, value in entries if key.value == name), None)


def end_of(node: yaml.Node) -> int:
    """Where the last word of a node ends: a block's own mark lies behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not is_flow(node) and node.value:
        last = node.value[-1]
        return end_of(last[1] if isinstance(last, tuple) else last)
    index: int = node.end_mark.index
    return index


def is_flow(node: yaml.Node) -> bool:
    """Whether a list or mapping is written in brackets."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def values_of(node: yaml.Node | None) -> Any:
    """Mappings, lists and texts of a document."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): values_of(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [values_of(value) for value in node.value]
    return node.value if isinstance(node, yaml.ScalarNode) else {}
