"""What a recipe is trained and validated on."""

from dataclasses import dataclass

from pipeline.arrays.pixel_arrays import gather, labels_of, open_pixels, require_classes
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table
from pipeline.training.feeding import TrainingPictures


@dataclass(frozen=True, slots=True)
class Sets:
    """What a network is trained on, and what it is validated on."""

    training: TrainingPictures
    validation: TrainingPictures


def read_sets(paths: Paths, name: str, size: int) -> Sets:
    """Read what a recipe trains on, memory-mapped, and what it is validated on.

    Raises:
        EmptySplitError: either lacks a class.
        StageMissingError: an earlier stage has not run.
    """
    folder = paths.augmented(name)
    index = read_table(folder / "index.parquet", f"augment@{name}", ["label"])
    manifest = read_table(paths.split(name) / "val.parquet", f"split@{name}")
    training = TrainingPictures(open_pixels(folder, f"augment@{name}"), labels_of(index))
    validation = TrainingPictures(gather(paths, size, manifest), labels_of(manifest))
    require_classes(training.labels, "train")
    require_classes(validation.labels, "val")
    return Sets(training, validation)
