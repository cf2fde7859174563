"""A picture by its address, fetched as ``collect`` fetches: from public addresses, within bounds, by robots.txt."""

import tempfile
from pathlib import Path

from collectors.http.collect_settings import Collect

from collectors.http.context import LIVE, CollectContext, Internet
from collectors.http.fetch import fetch_all
from pipeline.pictures.picture import PictureError
from pipeline.records.record import Candidate, Record
from pipeline.storage.labels import Label

#: Seconds that somebody before a page waits for a server to say something.
PATIENCE = 5.0


def fetch_picture(url: str, settings: Collect, internet: Internet = LIVE) -> bytes:
    """Fetch one picture. What the fetcher keeps on disk meanwhile is gone afterwards.

    Raises:
        PictureError: the address is not asked, or gives no picture.
    """
    quick = settings.model_copy(update={"timeout": min(settings.timeout, PATIENCE), "workers": 1, "processes": 1})
    with tempfile.TemporaryDirectory(prefix="touchstone-") as folder:
        root = Path(folder)
        context = CollectContext(
            internet=internet,
            fetching=quick,
            root=root,
            previous=root / "previous",
            spool=root / "spool",
            ledger=root / "ledger.sqlite",
            cache=root,
        )
        # What it shows is not known; the fetcher asks for a label, and does nothing with it.
        (outcome,) = fetch_all([Candidate("app", 0, Label.REAL, "url_list", url)], context)
    if isinstance(outcome, Record):
        return outcome.data
    # What kept the fetcher from the host's rules keeps it from the picture.
    detail = (outcome.detail or outcome.reason).removeprefix("robots.txt: ")
    raise PictureError(outcome.reason, detail)
