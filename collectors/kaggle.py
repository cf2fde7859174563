"""A data set from Kaggle: its zip is downloaded by the real client, kept, and read like any other zip."""

import multiprocessing
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from collectors.archive import read_zip
from collectors.kaggle_client import Answer, download
from collectors.surroundings import Surroundings
from collectors.zipped import ZipOnDisk
from pipeline.parts.errors import (
    ArchiveError,
    CredentialsError,
    NothingFoundError,
    RefusedError,
    ServiceError,
    TouchstoneError,
)
from pipeline.parts.record import Record, Rejection
from pipeline.parts.sources import KaggleDataset

#: The client counts as hung when nothing has come for so many timeouts. Its own pauses sum up to 62 s.
PATIENCE_TIMEOUTS = 6

#: Seconds in which a client that has answered can tidy up before it is killed.
GOODBYE = 10.0

GET_CREDENTIALS = (
    "make a token at https://www.kaggle.com/settings and put it into KAGGLE_API_TOKEN or ~/.kaggle/kaggle.json"
)


def collect(name: str, settings: KaggleDataset, around: Surroundings) -> Iterator[Record | Rejection]:
    """Download a data set and read the pictures in its zip, in the order of its directory.

    ``image_url`` is ``kaggle:OWNER/NAME!/`` and the path inside; ``fetched_at`` is when Kaggle says the zip was
    made. The zip from Kaggle itself is kept in the cache for the next time; the sandbox's is not, as it may change.

    Raises:
        CredentialsError, RefusedError, NothingFoundError, ServiceError: Kaggle does not give the data set.
        ArchiveError: what it gave is not a zip that can be read.
    """
    live = around.internet.kaggle is None
    folder = (around.cache if live else around.spool) / "kaggle" / settings.dataset
    path = folder / f"{settings.dataset.partition('/')[2]}.zip"
    answer = _run_client(settings.dataset, folder, around)
    if answer.outcome != "done":
        raise _explain(settings.dataset, answer)
    try:
        # The client stamps the zip with Kaggle's date as if that were local time.
        dated = datetime.fromtimestamp(path.stat().st_mtime).replace(tzinfo=UTC)
        found = ZipOnDisk(path, f"kaggle:{settings.dataset}", dated)
        yield from read_zip(name, settings, found, around.fetching.max_bytes)
    except ArchiveError:
        path.unlink(missing_ok=True)
        raise


def _run_client(dataset: str, folder: Path, around: Surroundings) -> Answer:
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    client = context.Process(target=download, args=(dataset, folder, around.internet.kaggle, theirs), daemon=True)
    client.start()
    theirs.close()
    patience = PATIENCE_TIMEOUTS * around.fetching.timeout
    try:
        answer = _await(ours, folder, patience)
        if answer is None:
            return Answer("failed", 0, f"nothing came for {patience:g} s")
        client.join(GOODBYE)
        return answer
    finally:
        client.kill()
        client.join()


def _await(answers: Connection, folder: Path, patience: float) -> Answer | None:
    """Wait for the client's answer as long as its files grow. None when it hangs."""
    size, deadline = -1, 0.0
    while True:
        now = sum(path.stat().st_size for path in folder.iterdir())
        if now != size:
            size, deadline = now, time.monotonic() + patience
        if answers.poll(0.2):
            try:
                return answers.recv()  # type: ignore[no-any-return]
            except EOFError:
                return Answer("failed", 0, "the client ended without a word")
        if time.monotonic() > deadline:
            return None


def _explain(dataset: str, answer: Answer) -> TouchstoneError:
    if answer.outcome == "credentials":
        return CredentialsError(f"Kaggle wants credentials, and there are none that work; {GET_CREDENTIALS}")
    if answer.outcome == "status":
        page = f"https://www.kaggle.com/datasets/{dataset}"
        by_status = {
            401: CredentialsError(f"Kaggle refused the credentials (401); {GET_CREDENTIALS}"),
            403: RefusedError(f"Kaggle refuses {dataset} (403): it is private, or wants terms accepted at {page}"),
            404: NothingFoundError(f"Kaggle has no data set {dataset} (404), or it is private; see {page}"),
            429: RefusedError("Kaggle asks for a pause (429); run this again in some minutes"),
        }
        if answer.status in by_status:
            return by_status[answer.status]
    return ServiceError(f"Kaggle did not give {dataset}: {answer.detail}; what came so far is kept, run this again")
