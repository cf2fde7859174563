"""What `touchstone tune` may try: a range, or some values, for a key of a recipe."""

import copy
import math
from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from pipeline.runtime.errors import ParamsError
from pipeline.runtime.section import Section

#: Only what follows from the training pictures as they are can be tried without running other stages.
SEARCHABLE = ("model.", "train.", "augment.online.")


class Range(Section):
    """From ``low`` to ``high``, whole if both are, on a logarithmic scale if ``log``; or one of ``choices``."""

    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    choices: list[str | int | float | bool] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> "Range":
        bounds = self.low is not None and self.high is not None
        if bounds == (self.choices is not None) or (self.low is None) != (self.high is None):
            raise ValueError("either `low` and `high`, or `choices`, should be given")
        if self.low is not None and self.high is not None and not -math.inf < self.low < self.high < math.inf:
            raise ValueError("`low` should be below `high`, and both finite")
        if self.log and (self.low is None or self.low <= 0):
            raise ValueError("`log` should go with a `low` above 0")
        return self


def set_values(file: str, content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a recipe's content with other values at some keys; numbers in a key count a list's entries.

    Raises:
        ParamsError: a key leads nowhere, or to what `touchstone tune` cannot change.

    >>> set_values("x.yaml", {"model": {"layers": [{"filters": 8}]}}, {"model.layers.0.filters": 16})
    {'model': {'layers': [{'filters': 16}]}}
    """
    changed = copy.deepcopy(dict(content))
    for key, value in values.items():
        if not key.startswith(SEARCHABLE):
            raise ParamsError(
                file, f"search.{key}", f"cannot be searched; what can starts with {' or '.join(SEARCHABLE)}"
            )
        *way, last = key.split(".")
        place: Any = changed
        try:
            for step in way:
                place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
            place[int(last) if isinstance(place, list) else last] = value
        except (ValueError, IndexError, TypeError, AttributeError) as error:
            raise ParamsError(file, f"search.{key}", "leads nowhere in this recipe") from error
    return changed
