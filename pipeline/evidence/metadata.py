"""All that a file says of a picture, in one shape, whatever the container."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from PIL import Image

from pipeline.evidence.containers import find_container
from pipeline.evidence.exif import list_texts, read_exif, read_tiff
from pipeline.evidence.iptc import as_text, read_datasets
from pipeline.evidence.origin_evidence import MAX_BYTES
from pipeline.evidence.xmp import read_properties

#: Texts beyond this many are not looked at: no program writes so many for people.
MAX_TEXTS = 5_000


@dataclass(slots=True)
class Metadata:
    """Texts by the field that they stand in, in the order of the file; EXIF's tags; a manifest of C2PA as JUMBF."""

    media_type: str = ""
    texts: list[tuple[str, str]] = field(default_factory=list)
    exif: Mapping[str, Any] = field(default_factory=dict)
    manifest: bytes = b""

    def named(self, *fields: str) -> Iterator[tuple[str, str]]:
        """Return the texts of some fields, in the order of these."""
        for wanted in fields:
            yield from (pair for pair in self.texts if pair[0] == wanted)


def read_metadata(image: Image.Image, data: bytes) -> Metadata:
    """Read the metadata of a picture that was opened from ``data``: at most MAX_BYTES, and nothing is decoded."""
    container = find_container(data)
    if container is None:
        return Metadata()
    found, left = Metadata(container.media_type), MAX_BYTES
    found.exif = read_tiff(image)
    for block in container.walk(image, data):
        body = block.data[:left]
        left -= len(body)
        if block.kind == "exif":
            found.exif = found.exif or read_exif(body)
        elif block.kind == "c2pa":
            found.manifest += body
        elif block.kind == "text":
            found.texts.append((block.field, as_text(body)))
        else:
            read = read_properties if block.kind == "xmp" else read_datasets
            more = ((f"{block.kind}:{name}"[:64], text) for name, text in read(body))
            found.texts += islice(more, MAX_TEXTS - len(found.texts))
        if len(found.texts) >= MAX_TEXTS:
            break
    found.texts += [(f"exif:{name}", text) for name, text in list_texts(found.exif)]
    return found
