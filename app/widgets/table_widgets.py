"""Tables as the browser's own: read out by screen readers, and wider than a phone without breaking its page.

Streamlit's would take text for Markdown, and fetch pictures that it names.
"""

from collections.abc import Iterable, Sequence

import streamlit as st
from markupsafe import Markup

STYLE = Markup("""<style>
.ledger { overflow-x: auto; }
.ledger table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
.ledger th, .ledger td { padding: .3rem 1rem .3rem 0; border-bottom: 1px solid rgb(128 128 128 / .3); text-align: left; vertical-align: top; }
.ledger th { font-weight: 600; } .ledger td { overflow-wrap: break-word; max-width: 28rem; }
.ledger .number { text-align: right; white-space: nowrap; }
</style>""")  # fmt: skip  # noqa: E501


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Show a table; the first cell of a row is its heading. Columns whose title ends in ``>`` hold numbers."""
    classes = [Markup(' class="number"') if title.endswith(">") else "" for title in columns]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(kind, title.removesuffix(">"))
        for kind, title in zip(classes, columns, strict=True)
    )
    body = Markup("").join(_row(row, classes) for row in rows)
    table = Markup('{}<div class="ledger"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>')
    st.html(table.format(STYLE, head, body))


def _row(row: Sequence[object], classes: Sequence[str]) -> Markup:
    first, *others = row
    cells = (Markup("<td{}>{}</td>").format(kind, _text(cell)) for kind, cell in zip(classes[1:], others, strict=True))
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(_text(first), Markup("").join(cells))


def _text(cell: object) -> str:
    if cell is None:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
