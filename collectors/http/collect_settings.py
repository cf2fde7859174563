"""Settings of `collect`: how pictures are fetched over HTTP, as `params.yaml` gives them."""

import json
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.runtime.section import Section


def _in_header(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("should be one line in plain ASCII letters, as it goes into a header of every request")
    return text


class Collect(Section):
    """How pictures are fetched over HTTP.

    ``workers`` requests are under way at a time, in ``processes`` processes. A host is asked by at most ``per_host``
    at a time and ``per_second`` times a second. ``rights`` decides on pictures that are opted out of machine learning:
    ``strict`` drops them, ``research`` keeps and marks them. With ``page_opt_outs``, the page that shows a picture is
    asked as well.
    """

    contact: Annotated[str, AfterValidator(_in_header)] = ""
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    processes: Annotated[int, Field(ge=1, le=16)] = 1
    timeout: Annotated[float, Field(gt=0)] = 20.0
    max_bytes: Annotated[int, Field(ge=1)] = 50_000_000
    per_host: Annotated[int, Field(ge=1, le=64)] = 4
    per_second: Annotated[float, Field(ge=0.01)] = 10.0
    rights: Literal["strict", "research"] = "strict"
    page_opt_outs: bool = True

    def digest(self) -> str:
        """Name the settings that decide on whether an address gives a picture: what failed under others may not again.

        >>> Collect(workers=9).digest() == Collect().digest() != Collect(contact="a@example.org").digest()
        True
        """
        decisive = self.model_dump(include={"contact", "timeout", "max_bytes", "rights", "page_opt_outs"})
        return sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
