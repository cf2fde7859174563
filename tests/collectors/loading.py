"""Addresses fetched as a collection fetches them, and what comes of each."""

import tempfile
from pathlib import Path

from collectors.http.collect_settings import Collect

from collectors.http.context import CollectContext, Internet
from collectors.http.fetch import fetch_all
from collectors.http.fetched import Fetched
from collectors.http.outcome import Failure
from pipeline.records.record import Candidate, Rejection
from pipeline.storage.labels import Label
from tests.collectors.local_server import RUNNING


def here(*more):
    """The servers that the test runs, and more names of theirs, with the limits per host that other hosts have."""
    return Internet(google="http://127.0.0.1", kaggle=None, local=(*RUNNING, *more))


def load_all(urls, internet=None, **settings):
    """Fetch in order, one at a time unless ``workers`` says otherwise."""
    settings = {"workers": 1, "timeout": 10.0, "max_bytes": 100_000, "per_second": 1000.0} | settings
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        context = CollectContext(
            internet=internet or here(),
            fetching=Collect(**settings),
            root=root,
            previous=root / "previous",
            spool=root / "spool",
            ledger=root / "ledger.sqlite",
            cache=root / "cache",
        )
        found = [Candidate("here", rank, Label.REAL, "url_list", url) for rank, url in enumerate(urls)]
        return [_outcome(result) for result in fetch_all(found, context)]


def load_one(url, internet=None, **settings):
    """Fetch one address."""
    return load_all([url], internet, **settings)[0]


def _outcome(result):
    if isinstance(result, Rejection):
        return Failure(result.reason, result.detail)
    return Fetched(result.data, result.fetched_at, result.http)
