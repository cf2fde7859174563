"""From candidates to records over HTTP: many at a time, in the order given, nothing twice."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from collectors.download import Downloader
from collectors.outcome import PASSING, Failure, Fetched
from collectors.previous import Previous
from collectors.spool import Spool
from collectors.surroundings import Internet, Surroundings
from pipeline.parts.record import Candidate, Record, Rejection, reject


def fetch_all(candidates: Sequence[Candidate], around: Surroundings) -> Iterator[Record | Rejection]:
    """Load every candidate's picture and give one record or rejection each, in the order of the candidates.

    What an interrupted collection fetched comes from the spool, what the last whole one fetched from its shards.
    Pictures wait on disk, so memory does not grow with their number.
    """
    previous = Previous(around.previous)
    downloader = Downloader(around.fetching, around.internet)
    strict = around.fetching.rights == "strict"
    with Spool(around.spool, PASSING if strict else PASSING | {"opted-out"}) as spool:

        def settle(candidate: Candidate) -> None:
            url = candidate.image_url
            if url not in previous and not spool.is_settled(url):
                spool.keep(url, _load(url, downloader, around.internet))

        pool = ThreadPoolExecutor(around.fetching.workers, thread_name_prefix="fetch")
        try:
            for candidate, _ in zip(candidates, pool.map(settle, candidates), strict=True):
                outcome = previous.find(candidate.image_url) or spool.get(candidate.image_url)
                yield _result(candidate, outcome, strict)
        finally:
            pool.shutdown(cancel_futures=True)


def _load(url: str, downloader: Downloader, internet: Internet) -> Fetched | Failure:
    outcome = downloader.load(internet.current(url))
    if isinstance(outcome, Failure):
        return outcome
    return replace(outcome, http=replace(outcome.http, final_url=internet.lasting(outcome.http.final_url)))


def _result(candidate: Candidate, outcome: Fetched | Failure, strict: bool) -> Record | Rejection:
    if isinstance(outcome, Failure):
        return reject(candidate, outcome.reason, outcome.detail)
    if outcome.http.opt_out and strict:
        # It was fetched when `rights` said otherwise.
        return reject(candidate, "opted-out", outcome.http.opt_out)
    return Record(candidate, outcome.data, outcome.fetched_at, outcome.http)
