"""XMP: its properties by their names, whatever prefix and whichever of RDF's ways of writing a file uses."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from pipeline.evidence.origin_evidence import MAX_BYTES

#: What only holds other things, and attributes that are RDF's and XML's own.
_FRAMES = frozenset({"xmpmeta", "xapmeta", "RDF", "Description", "Alt", "Bag", "Seq", "li"})
_OWN = frozenset({"about", "parseType", "lang", "nodeID", "ID", "xmptk"})


class PropertyReader:
    """Collects names and texts while a packet is read: in a time that grows with its length, unlike a tree of it."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._names: list[str] = []
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element: it belongs to the property around it, if it is a frame."""
        self._flush()
        local = _local(tag)
        name = (self._names[-1] if self._names else "") if local in _FRAMES else local
        self._names.append(name)
        for key, value in attributes.items():
            attribute = _local(key)
            if attribute in ("resource", "value"):
                self.found.append((name, value))
            elif attribute not in _OWN and not key.startswith("xmlns"):
                self.found.append((attribute, value))

    def end(self, _: str) -> None:
        """Close an element."""
        self._flush()
        self._names.pop()

    def data(self, text: str) -> None:
        """Take a piece of text."""
        self._text.append(text)

    def _flush(self) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if text and self._names and self._names[-1]:
            self.found.append((self._names[-1], text))


def read_properties(packet: bytes) -> Iterator[tuple[str, str]]:
    """Return the name, without namespace, and the text of each property, structures and lists included.

    A packet that is no XML says nothing, one that breaks off what stands in front; one that declares entities ends
    there.

    >>> rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    >>> text = f'<r:RDF xmlns:r="{rdf}"><r:Description xmlns:x="u" x:a="1"><x:b>2</x:b></r:Description></r:RDF>'
    >>> list(read_properties(text.encode()))
    [('a', '1'), ('b', '2')]
    """
    reader, parser = PropertyReader(), expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.EntityDeclHandler = _refuse
    with suppress(expat.ExpatError, ValueError):
        parser.Parse(packet[:MAX_BYTES].strip(b"\0 \t\r\n"), True)
    yield from reader.found


def _refuse(*_: Any) -> None:
    raise ValueError("XMP declares no entities")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
