"""What a data set's own splits have in common: training pictures that repeat one of the test."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from pipeline.auditing.attributes import KEY
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table

SURVIVOR = ["survivor_source", "survivor_rank"]


def count_overlaps(paths: Paths, recipe: str, sources: Sequence[str]) -> dict[str, int]:
    """Count, by reason, the pictures dropped because one in another of the official splits is like them.

    Raises:
        StageMissingError: an earlier stage has not run.
    """
    columns = [*KEY, "official_split"]
    screened = [
        read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", columns) for source in sources
    ]
    official = pa.concat_tables(screened).to_pandas().set_index(KEY)["official_split"]
    dropped = read_table(paths.deduplicated / "duplicates.parquet", "deduplicate").to_pandas()
    dropped = dropped[dropped["source"].isin(sources) & dropped["survivor_source"].isin(sources)]
    mine = official.reindex(pd.MultiIndex.from_frame(dropped[KEY])).to_numpy()
    other = official.reindex(pd.MultiIndex.from_frame(dropped[SURVIVOR])).to_numpy()
    across = dropped[pd.notna(mine) & pd.notna(other) & (mine != other)]
    leaks = read_table(paths.split(recipe) / "dropped.parquet", f"split@{recipe}", ["reason"]).to_pandas()
    found = pd.concat([across["reason"], leaks.loc[leaks["reason"].str.startswith("leaks-into-"), "reason"]])
    return {str(reason): int(count) for reason, count in sorted(found.value_counts().items())}
