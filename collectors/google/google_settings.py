"""What params.yaml may say of a keyword on Google Images; filters in words of our own."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from collectors.source_settings import Source, Text
from pipeline.runtime.section import Section
from pipeline.storage.labels import LabelName

#: A month. A whole date would have to be quoted in YAML, and DVC stops at one that is not.
Month = Annotated[str, Field(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$")]


class Filters(Section):
    """What to narrow a search to: ``{type: photo, size: large, until: 2020-12}``. Google may not grant them all.

    ``larger_than`` takes Google's own steps. ``since`` and ``until`` are months, both included. ``language`` and
    ``country`` are ISO codes of the pages; quote "no" and "NO", which YAML takes for false.
    """

    size: Literal["large", "medium", "icon"] | None = None
    larger_than: (
        Literal[
            "qsvga", "vga", "svga", "xga", "2mp", "4mp", "6mp", "8mp", "10mp", "12mp", "15mp", "20mp", "40mp", "70mp"
        ]
        | None
    ) = None
    type: Literal["photo", "face", "clipart", "lineart", "animated"] | None = None
    colour: (
        Literal[
            "any-colour", "black-and-white", "transparent",
            "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "white", "gray", "black", "brown",
        ]
        | None
    ) = None  # fmt: skip
    licence: Literal["creative-commons", "commercial"] | None = None
    aspect: Literal["tall", "square", "wide", "panoramic"] | None = None
    since: Month | None = None
    until: Month | None = None
    safe_search: Literal["strict", "blur", "none"] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.size and self.larger_than:
            raise ValueError("takes one of `size` and `larger_than`")
        if self.since and self.until and self.since > self.until:
            raise ValueError("`since` must not be after `until`")
        return self


class Keyword(Source):
    """One keyword on Google Images: ``{collector: google_images, query: animals, label: REAL}``.

    ``thumbnails`` says when Google's small copies are taken: never, as ``fallback`` for pictures whose full size
    cannot be had, or in place of all. A record of one says so.
    """

    query: Text
    label: LabelName
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    filters: Filters = Filters()
    thumbnails: Literal["fallback", "only", "never"] = "never"

    def definition(self) -> dict[str, Any]:
        return super().definition() | {"limit": self.limit}

    def count_at_most(self) -> int:
        return self.limit
