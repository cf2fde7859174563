"""Many ask one detector at once: whoever's turn it is scores for all that wait."""

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from pipeline.judgement.features import ask
from pipeline.judgement.likeness import Features
from pipeline.models.saved_model import Scores
from pipeline.runtime.array_types import Pixels

#: Pictures that are scored together, filled up to one of these numbers, so that the network is traced for no others.
#: What is tried on one picture is 8. At 36x36 pixels 1, 8 and 32 cost 1.1, 3.7 and 9.9 ms of CPU.
SIZES = (1, 8, 32)


@dataclass(frozen=True, slots=True)
class _Asked:
    pixels: Pixels
    answer: "Future[tuple[Scores, Features | None]]" = field(default_factory=Future)


class Scorer:
    """Asks one network, of ``with_features``, for several threads at once, together; none waits for company."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._waiting: deque[_Asked] = deque()
        #: Held by who has the network to himself.
        self.turn = Lock()

    def score(self, pixels: Pixels) -> tuple[Scores, Features | None]:
        """Score up to 32 pictures, uint8 (n, size, size, 3): their P(FAKE), (n,), and their features, (n, m)."""
        asked = _Asked(pixels)
        self._waiting.append(asked)
        with self.turn:
            while not asked.answer.done():
                self._answer(self._take())
        return asked.answer.result()

    def _take(self) -> list[_Asked]:
        """Take those that have waited longest, as many as fit."""
        taken = [self._waiting.popleft()]
        rows = len(taken[0].pixels)
        # Only who has the turn takes away, so that what was there is there still.
        while self._waiting and rows + len(self._waiting[0].pixels) <= SIZES[-1]:
            taken.append(self._waiting.popleft())
            rows += len(taken[-1].pixels)
        return taken

    def _answer(self, taken: list[_Asked]) -> None:
        try:
            pixels = np.concatenate([asked.pixels for asked in taken])
            filled = np.zeros((next(size for size in SIZES if size >= len(pixels)), *pixels.shape[1:]), np.uint8)
            filled[: len(pixels)] = pixels
            scores, features = ask(self._network, filled)
        except Exception as error:  # Whatever it is, those who wait are to hear of it.
            for asked in taken:
                asked.answer.set_exception(error)
            return
        start = 0
        for asked in taken:
            rows = slice(start, start + len(asked.pixels))
            asked.answer.set_result((scores[rows], None if features is None else features[rows]))
            start = rows.stop
