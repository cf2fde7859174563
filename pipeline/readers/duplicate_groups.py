"""The groups that ``deduplicate`` found: who belongs together, who stayed, and why the others went."""

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.runtime.paths import Paths
from pipeline.similarity.neighbour_graph import measure_groups, stack_hashes
from pipeline.storage.tables import read_table


def read_groups(paths: Paths) -> pd.DataFrame:
    """Read all pictures that share a group with another one, the largest groups first, in each those kept first.

    Besides what the stage wrote of each, a row tells its group's ``members``, its ``diameter`` and whether that is
    ``exact``; ``reason`` is missing where the picture stayed.

    Raises:
        StageMissingError: the stage has not run.
    """
    tables = [read_table(paths.deduplicated / f"{name}.parquet", "deduplicate") for name in ("groups", "duplicates")]
    # Types that can be missing, as those who stayed have no survivor.
    kinds = {pa.uint8(): pd.UInt8Dtype(), pa.int32(): pd.Int32Dtype()}
    rows: pd.DataFrame = pd.concat([table.to_pandas(types_mapper=kinds.get) for table in tables], ignore_index=True)
    numbers, _ = rows["group"].factorize()
    members, diameter, exact = measure_groups(numbers.astype(np.int64), stack_hashes(rows))
    rows = rows.assign(members=members, diameter=diameter, exact=exact)
    return rows[rows["members"] > 1].sort_values(["members", "group"], ascending=[False, True], kind="stable")


def read_unconfirmed(paths: Paths) -> pd.DataFrame:
    """Read the pairs of pictures that might be copies, and that the pixels did not confirm.

    Raises:
        StageMissingError: the stage has not run.
    """
    pairs: pd.DataFrame = read_table(paths.deduplicated / "pairs.parquet", "deduplicate").to_pandas()
    return pairs[~pairs["confirmed"]]
