"""Labelled pictures of anybody's, taken through the stages of a project that lies in a folder of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from collectors.archives.archive_settings import Archive, Folder, FolderLayout
from collectors.gathering.find_pictures import find_pictures
from collectors.http.context import LIVE, CollectContext
from pipeline.arrays.pixel_arrays import open_pixels
from pipeline.records.record import Record, Rejection
from pipeline.records.shards import REJECTED, read_shard, shard_paths, write_source
from pipeline.resizing.resize_source import resize
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import EmptySplitError, PathMissingError
from pipeline.runtime.paths import Paths
from pipeline.screening.measurements import SCREENED_SCHEMA
from pipeline.screening.screen_source import screen
from pipeline.splitting.repeats import mark_repeats
from pipeline.storage.files import replacing_folder
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table, write_table
from touchstone.foreign.data_location import DataLocation

#: What is known of a picture before it is scored.
KNOWN = ["source", "rank", "id", "label", "official_split", "generator", "repeats_test", "repeats_train"]

#: The reason of pictures that are left out of the figures since they have told how a detector is read.
READ_FIRST = "read-first"


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """A folder or a zip, the names of the folders in it that tell the labels, and the ``split`` that is wanted."""

    path: Path
    real: str = "REAL"
    fake: str = "FAKE"
    split: str | None = None

    def source(self) -> Archive | Folder:
        """Return it as a source of params.yaml, to be found beside itself.

        Raises:
            PathMissingError: there is nothing of that name.
        """
        if not self.path.exists():
            raise PathMissingError(self.path, "file or folder", "name a folder of pictures, or a zip of one")
        layout, name = FolderLayout(real=self.real, fake=self.fake), self.path.resolve().name
        if self.path.is_dir():
            return Folder(collector="folder", path=name, layout=layout)
        return Archive(collector="archive", path=name, layout=layout)


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """What became of labelled pictures.

    ``rows`` are those that are judged, as in a test's manifest; their index is the place of each in ``pixels``, uint8
    (n, side, side, 3).
    ``files`` are all, by ``rank``: their ``path``, and ``reason`` and ``detail`` where they cannot be judged.
    """

    rows: pd.DataFrame
    pixels: Pixels = field(repr=False)
    files: pd.DataFrame


def take(data: LabelledPictures, place: DataLocation, name: str) -> EvaluationSet:
    """Collect, screen and resize pictures, which are the source ``name`` of a project with one size.

    Raises:
        PathMissingError: there is no such folder or file.
        ArchiveError: or one of its branches: it is no zip that can be read.
        EmptySplitError: the pictures that can be read are of one class, or none.
    """
    paths, params = place.paths, place.params
    with replacing_folder(paths.collected(name)) as folder:
        write_source(folder, _collect(data, place, name))
    screened = screen(paths, name, params)
    _require_both(data, screened.passed["label"].to_numpy())
    for file in (paths.screened(name) / "manifest.parquet", paths.keep_list(name)):
        write_table(file, screened.passed, SCREENED_SCHEMA)
    resize(paths, name, params)
    rows = screened.passed.to_pandas().rename(columns={"phash": "hash", "phash_turned": "turned"})
    # Nothing is known of what its detector has seen, so no picture counts as a repeat of that.
    nothing = rows[:0].astype({"official_split": object})
    rows = mark_repeats(rows.reset_index(drop=True), nothing, params.deduplicate.max_distance)
    files = _list_files(paths, name, screened.rejected)
    return EvaluationSet(
        rows[KNOWN].assign(placed_by="draw"),
        open_pixels(paths.resized(name) / str(params.resize.sizes[0]), name),
        files,
    )


def choose_part(rows: pd.DataFrame, fewest: int, most: int, share: int) -> NDArray[np.int64]:
    """Choose the index of pictures of both classes, as many of each: no more than ``most``, nor one in ``share``.

    Nothing is chosen where that comes to less than ``fewest``. The SHA-256 of a file decides, not its name or place.
    """
    classes = [group.sort_values(["id", "rank"]).index.to_numpy() for _, group in rows.groupby("label")]
    count = min(most, *(len(each) // share for each in classes))
    return np.sort(np.concatenate([each[: count if count >= fewest else 0] for each in classes]))


def leave_out(taken: EvaluationSet, part: NDArray[np.int64]) -> EvaluationSet:
    """Leave pictures out, by index, for that they have told how a detector is read; ``files`` say so."""
    ranks = taken.rows["rank"].to_numpy()[part]
    left = taken.files["rank"].isin(ranks) & taken.files["reason"].isna()
    files = taken.files.astype({"reason": object, "detail": object})
    files.loc[left, ["reason", "detail"]] = READ_FIRST, "asked first, to find out how the detector is to be read"
    return EvaluationSet(taken.rows.drop(part), taken.pixels, files)


def _collect(data: LabelledPictures, place: DataLocation, name: str) -> Iterator[Record | Rejection]:
    settings, nearby = place.params.source(name), data.path.resolve().parent
    context = CollectContext(LIVE, place.params.collect, nearby, nearby, nearby, nearby, nearby)
    for result in find_pictures(name, settings, context):
        if data.split is None or isinstance(result, Rejection) or result.candidate.official_split == data.split:
            yield result


def _require_both(data: LabelledPictures, labels: NDArray[np.int8]) -> None:
    for label, named in ((Label.REAL, data.real), (Label.FAKE, data.fake)):
        if not (labels == label).any():
            within = f" in a folder called {data.split!r}" if data.split else ""
            raise EmptySplitError(
                f"{data.path}: of its {len(labels)} pictures that can be read and have a label{within}, none is "
                f"{label.name}; what lies in a folder called {named!r}, upper or lower case, is (other names: "
                "--real, --fake)"
            )


def _list_files(paths: Paths, name: str, screened_out: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["rank", "image_url"]
    found = [read_shard(shard, columns).to_pandas() for shard in shard_paths(paths.collected(name))]
    unfetched = read_table(paths.collected(name) / REJECTED, name, [*columns, "reason", "detail"]).to_pandas()
    reasons = pd.DataFrame(screened_out, columns=["rank", "reason", "detail"])
    files: pd.DataFrame = pd.concat([*(rows.merge(reasons, on="rank", how="left") for rows in found), unfetched])
    return files.sort_values("rank").rename(columns={"image_url": "path"}).reset_index(drop=True)
