"""Fitting the likeness of a recipe: from the manifests of its splits, the screened files, and the network itself."""

from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.arrays.pixel_arrays import gather
from pipeline.config.params import Params
from pipeline.judgement.features import ask
from pipeline.judgement.file_facts import STORAGE
from pipeline.judgement.likeness import Likeness
from pipeline.judgement.picture_storage import PictureStorage
from pipeline.models.saved_model import side_of
from pipeline.runtime.paths import Paths
from pipeline.sampling.draws import draw
from pipeline.storage.tables import read_table

#: The network is asked for the features of so many pictures at most.
SAMPLES = {"train": 2_000, "val": 1_000}

KEY = ["source", "rank"]


def fit_likeness(network: Any, paths: Paths, params: Params, recipe: str) -> Likeness:
    """Fit how the training and validation pictures of a recipe are stored, and what its network makes of them.

    Raises:
        StageMissingError: an earlier stage has not run.
    """
    parts = {part: read_stored(paths, recipe, part) for part in SAMPLES}
    features = []
    for part, most in SAMPLES.items():
        chance = [
            draw(params.seed, "likeness", *key) for key in zip(*(parts[part][name] for name in KEY), strict=True)
        ]
        sample = parts[part].assign(chance=chance).sort_values("chance")[:most]
        places = pa.Table.from_pandas(sample[["source", "row"]], preserve_index=False)
        features.append(ask(network, gather(paths, side_of(network), places))[1])
    storage = PictureStorage.fit(pd.concat(parts.values()), equalised=params.resize.equalise is not None)
    return Likeness.fit(storage, *features)


def read_stored(paths: Paths, recipe: str, part: str) -> pd.DataFrame:
    """Read the rows of a split with how their files are stored (``STORAGE``).

    Raises:
        StageMissingError: an earlier stage has not run.
    """
    columns = [*KEY, "row", "label"]
    rows: pd.DataFrame = read_table(paths.split(recipe) / f"{part}.parquet", f"split@{recipe}", columns).to_pandas()
    screened = [
        read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", [*KEY, *STORAGE])
        for source in sorted(rows["source"].unique())
    ]
    return rows.merge(pa.concat_tables(screened).to_pandas(), on=KEY, how="left", validate="one_to_one")
