"""Text of strangers, made harmless: one function per kind of output that no library escapes for us.

HTML is escaped by Jinja and MarkupSafe, tables of the terminal by ``pipeline.runtime.console.clean``.
"""

import re


def in_markdown(text: object) -> str:
    r"""Keep Markdown from reading anything into a text: a key in a PNG may be a picture on somebody's server.

    >>> in_markdown("![a](b) *c*")
    '\\!\\[a\\]\\(b\\) \\*c\\*'
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~$:<>|&])", r"\\\1", str(text))


def in_text(value: object) -> str:
    r"""Keep a sentence, in which names from outside stand, a sentence: no markup but code, no line of its own.

    >>> in_text("a <b> *c*\n# d")
    'a &lt;b> \\*c\\* # d'
    """
    return re.sub(r"([*_\[\]])", r"\\\1", " ".join(str(value).split()).replace("<", "&lt;"))


def in_cell(value: object) -> str:
    r"""Put text into a cell of a Markdown table, in a file that people also read as it is: only what would make
    something of it is escaped.

    >>> in_cell("a|b\n<c> CC-BY-4.0"), in_cell("![a](b)")
    ('a\\|b &lt;c> CC-BY-4.0', '!\\[a\\](b)')
    """
    return re.sub(r"([\\`*\[\]|])", r"\\\1", " ".join(str(value).split())).replace("<", "&lt;")
