"""Make the square pixels that models see, in every size that params.yaml lists.

Reads datasets/collected/SOURCE and its keep-list, writes datasets/resized/SOURCE: SIZE/pixels.npy, uint8
(pictures, SIZE, SIZE, 3), and index.parquet, whose row i says which picture pixels[i] is.
"""

import sys

import pyarrow as pa

from pipeline.config.params import load_params
from pipeline.resizing.resize_source import resize
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.storage.tables import write_table

INDEX_SCHEMA = pa.schema(
    [
        ("row", pa.int32()),
        ("source", pa.string()),
        ("rank", pa.int32()),
        ("id", pa.string()),
        ("label", pa.int8()),
        ("official_split", pa.string()),
        ("generator", pa.string()),
    ]
)


def main() -> None:
    """Run the stage for the source named on the command line."""
    source = sys.argv[1]
    stage = Stage("resize", source)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    index = resize(paths, source, params).drop_columns(["row", "shard"]).rename_columns({"new_row": "row"})
    write_table(paths.resized(source) / "index.parquet", index.select(INDEX_SCHEMA.names), INDEX_SCHEMA)
    stage.summarise(index.num_rows, index.num_rows, note=f"sizes {', '.join(map(str, params.resize.sizes))}")


if __name__ == "__main__":
    run_command(main)
