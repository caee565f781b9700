"""JSON as tables: any JSON, for any shape that numbers come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

MOST_ROWS = 200
MOST_ITEMS = 12  # of a list that is shown in one cell


@attrs.frozen
class Block:
    """One table.

    Attributes
    ----------
    title : str
        Where in the JSON it was, "curves › b vs light"; empty at the top.
    header : list of str
        Empty for names and values.
    rows : list of list
    left_out : int
        Rows that are only in the JSON.
    """

    title: str
    header: list[str]
    rows: list[list[Any]]
    left_out: int = 0


def blocks(content: Any, title: str = "") -> list[Block]:
    """Tables that show all of a JSON's content, but for the ends of long lists."""
    return list(_blocks(content, title))


def _blocks(content: Any, title: str) -> Iterator[Block]:
    if isinstance(content, dict):
        yield from _of_dict(content, title)
    elif isinstance(content, list) and content:
        yield from _of_list(content, title)
    elif content not in ({}, []):
        yield Block(title, [], [["", content]])


def _of_dict(content: dict[str, Any], title: str) -> Iterator[Block]:
    if len(content) > 1 and _same_keys(list(content.values())):
        keys = list(next(iter(content.values())))
        yield _block(title, ["", *keys], [[name, *(x[k] for k in keys)] for name, x in content.items()])
        return
    columns = _columns(content)
    simple = {k: v for k, v in content.items() if k not in columns and _is_cell(v)}
    if simple:
        yield _block(title, [], [[k, v] for k, v in simple.items()])
    if columns:
        yield _block(title, list(columns), [list(row) for row in zip(*columns.values(), strict=True)])
    for key, value in content.items():
        if key not in columns and key not in simple:
            yield from _blocks(value, f"{title} › {key}" if title else key)


def _of_list(content: list[Any], title: str) -> Iterator[Block]:
    if _same_keys(content):
        keys = list(content[0])
        yield _block(title, keys, [[x[k] for k in keys] for x in content])
    elif all(isinstance(x, list) and all(_is_cell(y) for y in x) for x in content):
        width = max(len(x) for x in content)
        rows = [[k, *x, *[None] * (width - len(x))] for k, x in enumerate(content)]
        yield _block(title, ["", *map(str, range(width))], rows)
    elif all(_is_cell(x) for x in content):
        yield _block(title, ["", "value"], [[k, x] for k, x in enumerate(content)])
    else:
        for k, x in enumerate(content[:MOST_ITEMS]):
            yield from _blocks(x, f"{title} › {k}" if title else str(k))


def _block(title: str, header: list[str], rows: list[list[Any]]) -> Block:
    return Block(title, header, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS))


def _same_keys(values: list[Any]) -> bool:
    """Whether these are several dicts that make the rows of one table."""
    return (
        len(values) > 0
        and all(isinstance(x, dict) and x and x.keys() == values[0].keys() for x in values)
        and all(_is_cell(y) for x in values for y in x.values())
    )


def _columns(content: dict[str, Any]) -> dict[str, list[Any]]:
    """The lists of simple values that are as long as most others: columns of one table."""
    lists = {k: v for k, v in content.items() if isinstance(v, list) and v and all(_is_interval(x) for x in v)}
    lengths = [len(v) for v in lists.values()]
    if not lengths:
        return {}
    usual = max(set(lengths), key=lambda n: (lengths.count(n), n))
    chosen = {k: v for k, v in lists.items() if len(v) == usual}
    return chosen if len(chosen) > 1 else {}


def _is_simple(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _is_interval(value: Any) -> bool:
    """Whether something is a simple value, or one with the ends of its interval."""
    return _is_simple(value) or (isinstance(value, list) and len(value) == 3 and all(_is_simple(x) for x in value))


def _is_cell(value: Any) -> bool:
    """Whether something fits into one cell of a table."""
    return _is_simple(value) or (
        isinstance(value, list) and len(value) <= MOST_ITEMS and all(_is_simple(x) for x in value)
    )


def cell(value: Any) -> str:
    """A value as text: numbers with four digits.

    >>> cell(0.123456), cell(1234567), cell([1, 2.5]), cell(None), cell(True)
    ('0.1235', '1\u2009234\u2009567', '1, 2.5', '–', 'yes')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\N{THIN SPACE}") if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(cell(x) for x in value)
    return str(value)


def is_number(value: Any) -> bool:
    """Whether a cell is set to the right."""
    return isinstance(value, int | float) and not isinstance(value, bool)
