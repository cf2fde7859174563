"""A data set from Kaggle: its zip is downloaded by the real client, kept, and read like any other zip."""

from collections.abc import Iterator
from datetime import UTC, datetime

from collectors.archives.archive import read_zip
from collectors.archives.zip_reader import ZipOnDisk
from collectors.http.context import CollectContext
from collectors.kaggle.kaggle_client import KaggleResponse, Wanted
from collectors.kaggle.kaggle_process import run_client
from collectors.kaggle.kaggle_settings import KaggleDataset
from collectors.kaggle.kaggle_store import KaggleFacts, Store
from pipeline.records.record import Record, Rejection
from pipeline.runtime.errors import (
    ArchiveError,
    CredentialsError,
    NothingFoundError,
    RefusedError,
    ServiceError,
    TouchstoneError,
)

#: The client counts as hung when nothing has come for so many timeouts. Its own pauses sum up to 62 s.
PATIENCE_TIMEOUTS = 6

GET_CREDENTIALS = (
    "make a token at https://www.kaggle.com/settings and put it into KAGGLE_API_TOKEN or ~/.kaggle/kaggle.json"
)


def collect(name: str, settings: KaggleDataset, context: CollectContext) -> Iterator[Record | Rejection]:
    """Download a data set and read the pictures in its zip, in the order of its directory.

    ``image_url`` is ``kaggle:OWNER/NAME/versions/VERSION!/`` and the path inside; ``fetched_at`` is when Kaggle says
    the zip was made; ``license`` is Kaggle's word for it. The zip from Kaggle itself is
    kept in the cache for the next time; the sandbox's is not, as it may change.

    Raises:
        CredentialsError, RefusedError, NothingFoundError, ServiceError: Kaggle does not give the data set.
        ArchiveError: what it gave is damaged, or not a zip that can be read.
    """
    live = context.internet.kaggle is None
    folder = (context.cache if live else context.spool) / "kaggle" / settings.dataset
    store = Store(folder, settings.dataset)
    with store.locked():
        facts = store.find(settings.version) or _download(settings, store, context)
    path = store.path(facts.version)
    # The client stamps the zip with Kaggle's date as if that were local time.
    dated = datetime.fromtimestamp(path.stat().st_mtime).replace(tzinfo=UTC)
    found = ZipOnDisk(path, f"kaggle:{settings.dataset}/versions/{facts.version}", dated)
    try:
        yield from read_zip(name, settings, found, context.fetching.max_bytes, facts.license)
    except ArchiveError:
        if facts.md5 is None:
            # Without a checksum, it may be the download that was damaged.
            store.discard(facts.version)
        raise


def _download(settings: KaggleDataset, store: Store, context: CollectContext) -> KaggleFacts:
    wanted = Wanted(settings.dataset, settings.version, context.internet.kaggle)
    answer = run_client(wanted, store.folder, PATIENCE_TIMEOUTS * context.fetching.timeout)
    if answer.outcome != "done":
        raise _explain(settings, answer)
    facts = store.find(answer.version)
    if facts is None:
        facts = KaggleFacts(answer.version, answer.license, answer.md5)
        store.keep(facts)
    return facts


def _explain(settings: KaggleDataset, answer: KaggleResponse) -> TouchstoneError:
    dataset = settings.dataset
    page = f"https://www.kaggle.com/datasets/{dataset}"
    what = dataset if settings.version is None else f"{dataset}, version {settings.version}"
    if answer.outcome == "status":
        if answer.anonymous and answer.status in (401, 403):
            return CredentialsError(f"Kaggle does not give {what} to everybody ({answer.status}); {GET_CREDENTIALS}")
        by_status = {
            401: CredentialsError(f"Kaggle refused the credentials (401); {GET_CREDENTIALS}"),
            403: RefusedError(f"Kaggle refuses {what} (403): it is private, or wants terms accepted at {page}"),
            404: NothingFoundError(f"Kaggle has no data set {what} (404), or it is private; see {page}"),
            429: RefusedError("Kaggle asks for a pause (429); run this again in some minutes"),
        }
        if answer.status in by_status:
            return by_status[answer.status]
    return ServiceError(f"Kaggle did not give {what}: {answer.detail}; what came so far is kept, run this again")
