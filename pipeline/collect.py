"""Find and fetch the pictures of one source. Reads the world, writes datasets/collected/SOURCE.

The out holds the original bytes with all that is known of where they came from, in shards, and what was rejected on
the way. A run that was interrupted goes on where it was; a longer one fetches only what is new.
"""

import argparse
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from collectors.internet import connect
from collectors.registry import COLLECTORS
from collectors.surroundings import LIVE, Surroundings
from pipeline.parts.command import Stage, run_command
from pipeline.parts.errors import NothingFoundError
from pipeline.parts.files import replacing_folder
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths, cache_folder, find_root
from pipeline.parts.record import Record, Rejection
from pipeline.parts.shards import write_source


@dataclass(slots=True)
class Tally:
    """What has passed so far."""

    records: int = 0
    size: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def count(self, results: Iterator[Record | Rejection]) -> Iterator[Record | Rejection]:
        """Pass results on, counting them."""
        for result in results:
            if isinstance(result, Rejection):
                self.rejected[result.reason] += 1
            else:
                self.records += 1
                self.size += len(result.data)
            yield result


def collect(name: str, root: Path) -> Tally:
    """Collect one source of the project at ``root``.

    Raises:
        TouchstoneError: nothing was collected; the out of the last time, if there is one, stays as it is.
    """
    params, paths, tally = load_params(root), Paths(root), Tally()
    settings, spool = params.source(name), paths.spool(name)
    internet = connect(params.internet, cache_folder()) if settings.online else nullcontext(LIVE)
    with internet as addresses, replacing_folder(paths.collected(name)) as folder:
        around = Surroundings(addresses, params.collect, root, paths.collected(name), spool, cache_folder())
        write_source(folder, tally.count(COLLECTORS[settings.collector](name, settings, around)))
        if not tally.records:
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.rejected.items()))
            raise NothingFoundError(
                f"sources.{name}: not one picture; rejected: {reasons or 'none, as none was found'}"
            )
    shutil.rmtree(spool, ignore_errors=True)
    return tally


def main() -> None:
    """Collect the source that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.collect", description="Find and fetch one source.")
    parser.add_argument("source", help="a name under `sources:` in params.yaml")
    name = parser.parse_args().source
    stage = Stage("collect", name)
    tally = collect(name, find_root())
    found = tally.records + tally.rejected.total()
    stage.summarise(found, tally.records, tally.rejected, f"{tally.size / 2**20:,.1f} MiB")


if __name__ == "__main__":
    run_command(main)
