from pathlib import Path

import pytest

from collectors.http.collect_settings import Collect
from collectors.http.context import CollectContext, Internet
from tests.collectors.local_server import serving


@pytest.fixture
def site():
    with serving() as server:
        yield server


@pytest.fixture
def context(site, tmp_path) -> CollectContext:
    return surroundings(tmp_path, Internet(google=site.url, kaggle=site.url, local=(site.url,)))


def surroundings(root: Path, internet: Internet) -> CollectContext:
    return CollectContext(
        internet=internet,
        fetching=Collect(workers=4, timeout=30.0, max_bytes=1_000_000),
        root=root,
        previous=root / "previous",
        spool=root / "spool",
        ledger=root / "ledgers" / "here.sqlite",
        cache=root / "cache",
    )
