"""From what is found to a source's out on disk, in one step, with a count of all that passes."""

import shutil
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from collectors.archives.archive_settings import LabelledSource
from collectors.gathering.internet import connect
from collectors.gathering.merging import Merged, merge
from collectors.gathering.tombstone_filter import filter_forgotten, refuse_forgotten
from collectors.http.context import LIVE, CollectContext
from collectors.http.signature import NOT_A_PICTURE
from collectors.source_settings import Source
from pipeline.config.params import load_params
from pipeline.decisions.tombstones import read_tombstones
from pipeline.records.record import Record, Rejection
from pipeline.records.shards import DEFINITION, write_source
from pipeline.runtime.errors import NothingFoundError, TouchstoneError
from pipeline.runtime.paths import Paths, cache_folder
from pipeline.storage.files import read_json, replacing_folder, write_json

Find = Callable[[CollectContext], Iterator[Record | Rejection]]


@dataclass(slots=True)
class Tally:
    """What has passed so far. ``fetched`` and ``fetched_size`` count what came over HTTP in this run.

    ``merged`` says what became of what was there before, if anything was; ``strangers`` are files of a folder or an
    archive that are no pictures, by suffix.
    """

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    records: int = 0
    size: int = 0
    fetched: int = 0
    fetched_size: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    merged: Merged | None = None
    strangers: Counter[str] = field(default_factory=Counter)

    def count(self, results: Iterator[Record | Rejection]) -> Generator[Record | Rejection, None, None]:
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

    def _merged(self) -> str:
        return f", found {self.merged.unseen:,} no longer and kept them" if self.merged else ""

    def report(self) -> str:
        """Describe what the source yielded in this run."""
        seconds = (datetime.now(UTC) - self.started).total_seconds()
        failed = {reason: count for reason, count in sorted(self.rejected.items()) if reason != "opted-out"}
        causes = ", ".join(f"{reason} {count:,}" for reason, count in failed.items())
        return (
            f"  found {self.records + self.rejected.total():,}: fetched {self.fetched:,} "
            f"({self.fetched_size / 2**20:,.1f} MiB, {self.fetched / max(seconds, 1e-9):,.1f}/s), "
            f"had {self.records - self.fetched:,} from before{self._merged()}, "
            f"opted out {self.rejected['opted-out']:,}, failed {sum(failed.values()):,}"
            + (f" ({causes})" if causes else "")
        )


@dataclass(frozen=True, slots=True)
class CollectionJob:
    """One collection of the source ``name`` of the project at ``root``.

    ``spool`` keeps what was fetched until it is sharded, and goes once that is done. What was collected before is kept
    and added to, unless it is done ``anew``. Where it is no ``search``, nothing is noted as seen again.
    """

    name: str
    root: Path
    spool: Path
    anew: bool = False
    search: bool = True


def gather(job: CollectionJob, find: Find) -> Tally:
    """Write what ``find`` gives, and what there is already, as the source's out.

    Raises:
        ForgottenError: a tombstone names the source.
        TouchstoneError: there is no picture; the out of the last time, if there is one, stays as it is. What the
            source yielded until then is printed.
    """
    name, root = job.name, job.root
    params, paths, tally, tombstones = load_params(root), Paths(root), Tally(), read_tombstones(root)
    refuse_forgotten(root, name)
    source, before = params.source(name), paths.collected(name)
    internet = connect(params.internet, cache_folder()) if source.kind.online else nullcontext(LIVE)
    reporting = _reporting(tally) if source.kind.fetched else nullcontext()
    with reporting, internet as addresses, replacing_folder(before) as folder:
        context = CollectContext(
            internet=addresses,
            fetching=params.collect,
            root=root,
            # Where there is nothing, nothing is known from before.
            previous=folder if job.anew else before,
            spool=job.spool,
            ledger=paths.ledger(name),
            cache=cache_folder(),
        )
        # Stopped here, between two pictures, it ends before what it asks does: the sandbox.
        with closing(tally.count(filter_forgotten(find(context), tombstones))) as results:
            if job.anew or not before.exists():
                write_source(folder, results)
                _require_pictures(tally, name, source)
            else:
                tally.merged = merge(before, folder, results, tally.started if job.search else None)
        # What was tried again is what was found then.
        same = not job.search and (before / DEFINITION).exists()
        write_json(folder / DEFINITION, read_json(before / DEFINITION) if same else params.definition(name))
    shutil.rmtree(job.spool, ignore_errors=True)
    return tally


def _require_pictures(tally: Tally, name: str, source: Source) -> None:
    if tally.records:
        return
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.rejected.items()))
    if tally.rejected["no-label"] and isinstance(source, LabelledSource):
        raise NothingFoundError(f"{source.explain_no_label(name)}; rejected: {reasons}")
    remedy = f"; once the cause is mended: `touchstone retry {name}`" if source.kind.fetched and reasons else ""
    raise NothingFoundError(
        f"sources.{name}: not one picture; rejected: {reasons or 'none, as none was found'}{remedy}"
    )


@contextmanager
def _reporting(tally: Tally) -> Iterator[None]:
    """Let no source end without a report of what it yielded."""
    try:
        yield
    except TouchstoneError:
        print(tally.report(), flush=True)
        raise
