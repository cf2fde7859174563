"""Settings of `resize`: the squares that are made of every picture."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.runtime.section import Section, Side


class Equalise(Section):
    """One JPEG for all: every picture is compressed like this before it is resized."""

    quality: Annotated[int, Field(ge=1, le=100)] = 90
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = "4:2:0"


class Resize(Section):
    """The square sizes that are made of every picture, in pixels a side, and Pillow's name of the filter.

    What is no square becomes one: ``squash`` it, cut its middle out (``centre-crop``), or ``pad`` it with black.
    ``equalise`` compresses all alike first, so that how a file was compressed does not tell its class.
    """

    sizes: list[Side] = Field(default=[36, 64], min_length=1)
    filter: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] = "lanczos"
    mode: Literal["squash", "centre-crop", "pad"] = "squash"
    equalise: Equalise | None = None
