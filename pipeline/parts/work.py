"""How work is spread: the one module that knows. A piece of work is a pure, picklable function of plain values."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def cores() -> int:
    """Count the processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_pieces(function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """Apply ``function`` to every piece, in processes where that pays, and give the results in order."""
    workers = min(cores(), len(pieces))
    if workers <= 1:
        yield from map(function, pieces)
        return
    # Not fork: the parent may hold Arrow's or TensorFlow's threads, and forking those can hang.
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(function, pieces)
