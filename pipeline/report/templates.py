"""How templates are opened: they escape what they are given, and fail over what they are not given."""

from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

#: Where the page's style lies, and its template.
HERE = Path(__file__).parent


def open_template(
    name: str,
    folder: Path = HERE,
    filters: Mapping[str, Callable[..., object]] | None = None,
    tests: Mapping[str, Callable[..., bool]] | None = None,
) -> Template:
    """Open a template of a folder; it may include what lies in this one. ``filters`` and ``tests`` are its own."""
    environment = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": lambda share: f"{share:.1%}", "count": lambda number: f"{number:,}"}
    environment.filters["code"] = mark_code
    environment.filters |= filters or {}
    environment.tests |= tests or {}
    return environment.get_template(name)


def mark_code(text: str) -> Markup:
    """Mark what stands in backticks as code.

    >>> mark_code("set `a < b`")
    Markup('set <code>a &lt; b</code>')
    """
    pieces = text.split("`")
    marked = [
        Markup("<code>{}</code>").format(each) if place % 2 else escape(each) for place, each in enumerate(pieces)
    ]
    return Markup("").join(marked)
