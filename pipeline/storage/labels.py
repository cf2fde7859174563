"""The two classes. Declared here and nowhere else."""

from enum import IntEnum
from typing import Literal

LabelName = Literal["REAL", "FAKE"]


class Label(IntEnum):
    """The class of a picture; its value is what models are trained on.

    FAKE is the positive class, so every score in Touchstone is P(FAKE).

    >>> Label["FAKE"].value
    1
    """

    REAL = 0
    FAKE = 1
