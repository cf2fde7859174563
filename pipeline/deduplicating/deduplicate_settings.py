"""Settings of `deduplicate`: when two pictures count as one."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.runtime.section import Section


class Deduplicate(Section):
    """When two pictures count as one. ``max_distance`` in bits of the 64-bit hash.

    With ``orientations``, pictures that are mirrored or turned by quarters count as one, too; screening then hashes
    each picture eight times.
    """

    hash: Literal["phash", "dhash", "average_hash", "whash"] = "phash"
    max_distance: Annotated[int, Field(ge=0, le=10)] = 4
    cross_label: Literal["drop", "report", "fail"] = "drop"
    orientations: bool = False
