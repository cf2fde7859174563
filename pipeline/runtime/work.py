"""How work is spread: the one module that knows. A piece of work is a pure, picklable function of plain values."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
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
    with _pool(function, workers) as pool:
        yield from pool.map(function, pieces)


def try_pieces(function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result | None]:
    """Apply ``function`` to every piece in other processes; give None for a piece on which its process dies."""
    while pieces:
        workers = min(cores(), len(pieces))
        done = 0
        try:
            with _pool(function, workers) as pool:
                for future in [pool.submit(function, piece) for piece in pieces]:
                    yield future.result()
                    done += 1
            return
        except BrokenProcessPool:
            pass
        # One death ends a pool, and among several workers does not say whose it was: those next in turn go alone.
        suspects, pieces = pieces[done : done + workers], pieces[done + workers :]
        if workers == 1:
            yield None
        else:
            for piece in suspects:
                yield from try_pieces(function, [piece])


def start_server(module: str) -> None:
    """Start what workers will be forked from: it imports ``module``, theirs, while this process imports its own.

    Not fork itself: the parent may hold Arrow's or TensorFlow's threads, and forking those can hang. The server has
    imported what is needed, and has done nothing. Where there is one already, it stays.
    """
    # A worker has one processor: more threads for its matrices would only take turns with the other workers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if os.name == "posix":
        from multiprocessing import forkserver  # which Windows has not

        forkserver.set_forkserver_preload([module])
        forkserver.ensure_running()


def _pool(function: Callable[[Piece], Result], workers: int) -> ProcessPoolExecutor:
    start_server(function.__module__)
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    # What is imported stays, so that the collector need not look through it again and again.
    return ProcessPoolExecutor(workers, mp_context=context, initializer=gc.freeze)
