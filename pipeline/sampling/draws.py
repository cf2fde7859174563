"""Chance that depends on names alone: the same draw for the same name, in whatever order and process it is made."""

import hashlib

import numpy as np
from numpy.typing import NDArray


def draw(*names: object) -> float:
    """Draw one number in [0, 1), evenly, for a name.

    >>> draw(42, "a") == draw(42, "a") != draw(42, "b")
    True
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def draws(count: int, *names: object) -> NDArray[np.float64]:
    """Draw ``count`` numbers in [0, 1), evenly, for one name: at most 8."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode()).digest()
    return np.frombuffer(digest, dtype=">u8", count=count) / 2**64
