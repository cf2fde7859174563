"""What is on file of test pictures besides their label: how each is stored, and what it was found by."""

import pandas as pd
import pyarrow as pa

from pipeline.evaluation.placebo import STORED
from pipeline.records.shards import read_shard, shard_paths
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table

KEY = ["source", "rank"]


def join_facts(paths: Paths, rows: pd.DataFrame) -> pd.DataFrame:
    """Join to rows, known by source and rank, how their files are stored (``STORED``) and the keyword, ``query``.

    Raises:
        StageMissingError: a source is not collected or screened.
    """
    names = rows["source"].unique()
    stored = [
        read_table(paths.screened(name) / "manifest.parquet", f"screen@{name}", [*KEY, *STORED]) for name in names
    ]
    shards = [shard for name in names for shard in shard_paths(paths.collected(name))]
    found = [read_shard(shard, [*KEY, "query"]) for shard in shards]
    for tables in (stored, found):
        rows = rows.merge(pa.concat_tables(tables).to_pandas(), on=KEY, how="left", validate="one_to_one")
    return rows
