"""The pictures of one domain, out of a recipe's split: what one domain trains on, another is never tested on."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.arrays.pixel_arrays import gather, open_pixels
from pipeline.runtime.paths import Paths
from pipeline.sampling.draws import draw
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table
from pipeline.training.feeding import TrainingPictures
from touchstone.crossing.domains import Domain

KEY = ["source", "rank", "label"]


class DomainSplit:
    """A recipe's split, of which domains take their part: both classes as many, chosen by chance."""

    def __init__(self, paths: Paths, recipe: str, size: int, seed: int) -> None:
        self._paths, self._recipe, self._size, self._seed = paths, recipe, size, seed

    def training(self, domain: Domain) -> TrainingPictures:
        """Return the training pictures of a domain, with their copies."""
        folder, stage = self._paths.augmented(self._recipe), f"augment@{self._recipe}"
        index = read_table(folder / "index.parquet", stage, KEY).to_pandas()
        rows = self._choose(index, domain)
        return TrainingPictures(open_pixels(folder, stage)[rows], index["label"].to_numpy(np.int8)[rows])

    def part(self, split: str, domain: Domain) -> TrainingPictures:
        """Return the pictures of a domain in ``val`` or ``test``."""
        manifest = read_table(self._paths.split(self._recipe) / f"{split}.parquet", f"split@{self._recipe}")
        rows = self._choose(manifest.select(KEY).to_pandas(), domain)
        chosen = manifest.take(rows)
        return TrainingPictures(gather(self._paths, self._size, chosen), chosen["label"].to_numpy().astype(np.int8))

    def _choose(self, rows: pd.DataFrame, domain: Domain) -> NDArray[np.int64]:
        mine = rows[rows["source"].isin(domain.sources)]
        pictures = mine.drop_duplicates(KEY)
        chance = [draw(self._seed, "cross", *key) for key in zip(pictures["source"], pictures["rank"], strict=True)]
        in_turn = pictures.assign(chance=chance).sort_values("chance").groupby("label", group_keys=False)
        each = min((pictures["label"] == label).sum() for label in Label)
        chosen = in_turn.head(each)[KEY]
        kept = mine.reset_index(names="place").merge(chosen, on=KEY, how="inner")["place"]
        return np.sort(kept.to_numpy(np.int64))
