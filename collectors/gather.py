"""From what is found to a source's out on disk, in one step, with a count of all that passes."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from collectors.http.context import LIVE, CollectContext
from collectors.http.signature import NOT_A_PICTURE
from collectors.internet import connect
from collectors.tombstone_filter import filter_forgotten
from pipeline.config.params import load_params
from pipeline.decisions.tombstones import read_tombstones
from pipeline.records.record import Record, Rejection
from pipeline.records.shards import write_source
from pipeline.runtime.errors import ForgottenError, NothingFoundError, TouchstoneError
from pipeline.runtime.paths import Paths, cache_folder
from pipeline.storage.files import replacing_folder

Find = Callable[[CollectContext], Iterator[Record | Rejection]]


@dataclass(slots=True)
class Tally:
    """What has passed so far. ``fetched`` and ``fetched_size`` count what came over HTTP in this run.

    ``strangers`` are files of a folder or an archive that are no pictures, by suffix.
    """

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    records: int = 0
    size: int = 0
    fetched: int = 0
    fetched_size: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)

    def count(self, results: Iterator[Record | Rejection]) -> Iterator[Record | Rejection]:
        """Pass results on, counting them."""
        for result in results:
            if isinstance(result, Rejection):
                self.rejected[result.reason] += 1
                if result.reason == NOT_A_PICTURE and result.candidate is None and result.detail:
                    self.strangers[result.detail] += 1
            else:
                self.records += 1
                self.size += len(result.data)
                if result.http is not None and result.fetched_at >= self.started:
                    self.fetched += 1
                    self.fetched_size += len(result.data)
            yield result

    def report(self) -> str:
        """Say what the source yielded in this run."""
        seconds = (datetime.now(UTC) - self.started).total_seconds()
        failed = {reason: count for reason, count in sorted(self.rejected.items()) if reason != "opted-out"}
        causes = ", ".join(f"{reason} {count:,}" for reason, count in failed.items())
        return (
            f"  found {self.records + self.rejected.total():,}: fetched {self.fetched:,} "
            f"({self.fetched_size / 2**20:,.1f} MiB, {self.fetched / max(seconds, 1e-9):,.1f}/s), "
            f"had {self.records - self.fetched:,} from before, opted out {self.rejected['opted-out']:,}, "
            f"failed {sum(failed.values()):,}" + (f" ({causes})" if causes else "")
        )


def gather(name: str, root: Path, spool: Path, find: Find) -> Tally:
    """Write what ``find`` gives as the source's out. ``spool`` goes once that is done.

    Raises:
        ForgottenError: a tombstone names the source.
        TouchstoneError: nothing was found; the out of the last time, if there is one, stays as it is. What the source
            yielded until then is printed.
    """
    params, paths, tally, tombstones = load_params(root), Paths(root), Tally(), read_tombstones(root)
    if stone := tombstones.against_source(name):
        raise ForgottenError(f"sources.{name}: it is to be forgotten ({stone.why}); take it out of params.yaml")
    source = params.source(name)
    internet = connect(params.internet, cache_folder()) if source.online else nullcontext(LIVE)
    reporting = _reporting(tally) if source.fetched else nullcontext()
    with reporting, internet as addresses, replacing_folder(paths.collected(name)) as folder:
        context = CollectContext(
            internet=addresses,
            fetching=params.collect,
            root=root,
            previous=paths.collected(name),
            spool=spool,
            ledger=paths.ledger(name),
            cache=cache_folder(),
        )
        write_source(folder, tally.count(filter_forgotten(find(context), tombstones)))
        if not tally.records:
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.rejected.items()))
            raise NothingFoundError(
                f"sources.{name}: not one picture; rejected: {reasons or 'none, as none was found'}"
            )
    shutil.rmtree(spool, ignore_errors=True)
    return tally


@contextmanager
def _reporting(tally: Tally) -> Iterator[None]:
    """Let no source end without a report of what it yielded."""
    try:
        yield
    except TouchstoneError:
        print(tally.report(), flush=True)
        raise
