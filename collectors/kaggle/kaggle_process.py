"""Runs the ``kaggle`` client in its own process, and ends it when nothing comes any more."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

from collectors.kaggle.kaggle_client import KaggleResponse, Wanted, download

#: Seconds in which a client that has answered can tidy up before it is killed.
GOODBYE = 10.0


def run_client(wanted: Wanted, folder: Path, patience: float) -> KaggleResponse:
    """Let the client download into a folder. It counts as hung when nothing has come for ``patience`` seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    client = context.Process(target=download, args=(wanted, folder, theirs), daemon=True)
    client.start()
    theirs.close()
    try:
        answer = _await(ours, folder, patience)
        if answer is None:
            return KaggleResponse("failed", 0, f"nothing came for {patience:g} s")
        client.join(GOODBYE)
        return answer
    finally:
        client.kill()
        client.join()


def _await(answers: Connection, folder: Path, patience: float) -> KaggleResponse | None:
    """Wait for the client's answer as long as its files grow. None when it hangs."""
    size, deadline = -1, 0.0
    while True:
        now = sum(_size(path) for path in folder.rglob("*"))
        if now != size:
            size, deadline = now, time.monotonic() + patience
        if answers.poll(0.2):
            try:
                return answers.recv()  # type: ignore[no-any-return]
            except EOFError:
                return KaggleResponse("failed", 0, "the client ended without a word")
        if time.monotonic() > deadline:
            return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
