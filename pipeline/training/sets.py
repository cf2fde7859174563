"""What a recipe is trained and validated on."""

from dataclasses import dataclass

from pipeline.parts.arrays import gather, labels_of, open_pixels
from pipeline.parts.balance import require_classes
from pipeline.parts.paths import Paths
from pipeline.parts.tables import read_table
from pipeline.training.feeding import Pictures


@dataclass(frozen=True, slots=True)
class Sets:
    """What a network is trained on, and what it is validated on."""

    training: Pictures
    validation: Pictures


def read_sets(paths: Paths, name: str, size: int) -> Sets:
    """Read what a recipe trains on, memory-mapped, and what it is validated on.

    Raises:
        EmptySplitError: either lacks a class.
        StageMissingError: an earlier stage has not run.
    """
    folder = paths.augmented(name)
    index = read_table(folder / "index.parquet", f"augment@{name}", ["label"])
    manifest = read_table(paths.split(name) / "val.parquet", f"split@{name}")
    training = Pictures(open_pixels(folder, f"augment@{name}"), labels_of(index))
    validation = Pictures(gather(paths, size, manifest), labels_of(manifest))
    require_classes(training.labels, "train")
    require_classes(validation.labels, "val")
    return Sets(training, validation)
