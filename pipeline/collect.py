"""Find and fetch the pictures of one source. Reads the world, writes datasets/collected/SOURCE.

The out holds the original bytes with all that is known of where they came from, in shards, and what was rejected on
the way. A run that was interrupted goes on where it was; a longer one fetches only what is new.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command

if TYPE_CHECKING:
    from collectors.gather import Tally


def collect(name: str, root: Path) -> "Tally":
    """Collect one source of the project at ``root``.

    Raises:
        TouchstoneError: nothing was collected; the out of the last time, if there is one, stays as it is.
    """
    # Imported here, as a process that fetches imports this module and needs nothing of that.
    from collectors.gather import gather
    from collectors.registry import COLLECTORS
    from pipeline.config.params import load_params

    settings = load_params(root).source(name)
    return gather(
        name, root, Paths(root).spool(name), lambda context: COLLECTORS[settings.collector](name, settings, context)
    )


def main() -> None:
    """Collect the source that the command line names."""
    from collectors.http.signature import tell_strangers
    from pipeline.config.params import load_params

    parser = argparse.ArgumentParser(prog="python -m pipeline.collect", description="Find and fetch one source.")
    parser.add_argument("source", help="a name under `sources:` in params.yaml")
    name, root = parser.parse_args().source, find_root()
    stage = Stage("collect", name)
    tally = collect(name, root)
    found = tally.records + tally.rejected.total()
    told = [f"{tally.size / 2**20:,.1f} MiB", tell_strangers(tally.strangers)]
    stage.summarise(found, tally.records, tally.rejected, "; ".join(filter(None, told)))
    if load_params(root).source(name).fetched:
        print(tally.report(), flush=True)


if __name__ == "__main__":
    run_command(main)
