"""Find and fetch the pictures of one source. Reads the world, writes datasets/collected/SOURCE.

The out holds the original bytes with all that is known of where they came from, in shards, and what was rejected on
the way. It is raw data: as long as the source is what it was, it stays as it is, whatever became of our code or of how
one fetches. A source that is another now, as with a larger limit, is searched again, and what is new is added. A run
that was interrupted goes on where it was.
"""

import argparse

from pipeline.runtime.paths import find_root
from pipeline.runtime.stage import Stage, run_command


def main() -> None:
    """Collect the source that the command line names."""
    # Imported here, as a process that fetches imports this module and needs nothing of that.

    from collectors.gathering.collecting import collect_source
    from collectors.http.signature import tell_strangers
    from pipeline.config.params import load_params

    parser = argparse.ArgumentParser(prog="python -m pipeline.collect", description="Find and fetch one source.")
    parser.add_argument("source", help="a name under `sources:` in params.yaml")
    name, root = parser.parse_args().source, find_root()
    stage = Stage("collect", name)
    tally = collect_source(name, root)
    if tally is None:
        print(f"collect@{name}: is there already; `touchstone collect {name} --again` searches again", flush=True)
        return
    found = tally.records + tally.rejected.total()
    told = [f"{tally.size / 2**20:,.1f} MiB", tell_strangers(tally.strangers)]
    stage.summarise(found, tally.records, tally.rejected, "; ".join(filter(None, told)))
    if load_params(root).source(name).kind.fetched:
        print(tally.report(), flush=True)


if __name__ == "__main__":
    run_command(main)
