"""The hashes and views of many pictures as columns of the manifest and of the table beside it."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from PIL import Image

from pipeline.hashing.hashes import check_definitions, hash_grey, hash_turned
from pipeline.hashing.views import VIEWS_SCHEMA, view_columns
from pipeline.pictures.batched_resize import in_batches
from pipeline.runtime.array_types import Hashes, Pixels
from pipeline.screening.measurements import SCREENED_SCHEMA


def hash_columns(pictures: Iterable[Pixels], orientations: bool) -> dict[str, pa.Array]:
    """Hash grey pictures, uint8 (height, width), holding few at a time; where asked for, turned and mirrored too.

    Gives the columns of hashes of SCREENED_SCHEMA, and those of VIEWS_SCHEMA but for the key.
    """
    hashes: dict[str, list[Hashes]] = defaultdict(list)
    turned: dict[str, list[list[int]]] = defaultdict(list)
    views: dict[str, list[object]] = defaultdict(list)
    for number, batch in enumerate(in_batches(pictures)):
        if number == 0:
            check_definitions(Image.fromarray(batch[0]))
        for name, values in hash_grey(batch).items():
            hashes[name].append(values)
        for name, seen in view_columns(batch).items():
            views[name] += seen
        for picture in batch if orientations else ():
            for name, values in hash_turned(picture).items():
                turned[f"{name}_turned"].append(values.tolist())
    columns = {name: np.concatenate(parts) for name, parts in hashes.items()} | turned
    made = {name: pa.array(values, SCREENED_SCHEMA.field(name).type) for name, values in columns.items()}
    return made | {name: pa.array(values, VIEWS_SCHEMA.field(name).type) for name, values in views.items()}
