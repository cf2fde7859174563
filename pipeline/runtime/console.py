"""How the verbs show things: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer


def show_json(value: Any) -> None:
    """Print JSON, in ASCII, so that any terminal and any file name will do."""
    typer.echo(json.dumps(value, indent=2))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table. Columns whose title ends in ``>`` hold numbers: they are set flush right and never broken.

    A terminal's width is respected; a file or a pipe gets every row on one line.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for title in columns:
        number = title.endswith(">")
        table.add_column(
            title.removesuffix(">"), justify="right" if number else "left", no_wrap=number, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else 1000, highlight=False).print(table)


def show_sentences(sentences: Iterable[str]) -> None:
    """Print sentences, each on lines of its own, and an empty line below them."""
    for sentence in sentences:
        typer.echo(clean(sentence))
    typer.echo()


def reasons(dropped: Mapping[str, int]) -> str:
    """Return reasons and their counts in one line, the most frequent first.

    >>> reasons({"blank": 1, "not-found": 12})
    'not-found 12, blank 1'
    """
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(dropped.items(), key=lambda r: (-r[1], r[0])))


def clean(value: object) -> str:
    r"""Return a value as text that is safe to print: None is a dash, numbers are grouped, no control character stays.

    >>> clean(None), clean(12345), clean("photo\x1b[31m.jpg")
    ('-', '12,345', 'photo\\x1b[31m.jpg')
    """
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))
