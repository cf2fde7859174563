"""Settings of `screen`: thresholds that a picture must pass."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.runtime.section import Section


class Screen(Section):
    """What a picture must be to be used. Sides in pixels; ``min_deviation`` in grey levels of 0..255.

    The same bytes from ``placeholder_hosts`` or more hosts are no picture but what servers send in place of one. What
    ``deduplicate`` is to do with a picture whose metadata speaks against its label, ``label_conflict`` says.
    """

    min_side: Annotated[int, Field(ge=1)] = 32
    max_pixels: Annotated[int, Field(ge=1)] = 200_000_000
    max_aspect: Annotated[float, Field(ge=1)] = 4.0
    min_deviation: Annotated[float, Field(ge=0)] = 2.0
    placeholder_hosts: Annotated[int, Field(ge=2)] = 5
    label_conflict: Literal["report", "drop"] = "report"
