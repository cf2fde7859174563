"""A model as a file: saving it, loading one that nobody vouches for, and asking it."""

import json
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import ModelFileError
from pipeline.storage.files import replacing

Scores = NDArray[np.float32]

SUFFIX = ".keras"

#: What is ours in a model's archive. Keras passes over it.
FACTS, MAX_FACTS = "touchstone.json", 10_000

#: Scores from here on are called FAKE where a model says nothing of it.
THRESHOLD = 0.5

#: What a model file may unpack to. EfficientNetB6, the largest in sight, has 175 MB.
MAX_BYTES = 2 * 2**30

#: Pictures scored at once. 512 of 36x36 pixels take 250 MB while the first layer works on them.
BATCH = 512


def save_model(model: Any, path: Path, threshold: float = THRESHOLD) -> None:
    """Write a detector with its threshold; the same weights give the same bytes, whenever they are written."""
    with tempfile.TemporaryDirectory() as folder, replacing(path) as temporary:
        written = Path(folder) / f"model{SUFFIX}"
        model.save(written)
        with zipfile.ZipFile(written) as source, zipfile.ZipFile(temporary, "w") as target:
            for name in sorted(source.namelist()):
                # A ZipInfo made from a bare name is dated 1980, whatever the clock says.
                target.writestr(zipfile.ZipInfo(name), CLEANED.get(name, bytes)(source.read(name)))
            target.writestr(zipfile.ZipInfo(FACTS), json.dumps({"threshold": threshold}))


def _without_date(metadata: bytes) -> bytes:
    facts = json.loads(metadata)
    del facts["date_saved"]
    return json.dumps(facts).encode()


def _with_small_ids(config: bytes) -> bytes:
    """Number shared objects in the order of their appearance: Keras names them by their address in memory."""
    names: dict[bytes, int] = {}
    return re.sub(
        rb'(?<="shared_object_id": )\d+', lambda found: b"%d" % names.setdefault(found[0], len(names)), config
    )


#: The parts of a .keras archive that differ from one saving to the next, and what makes them alike.
CLEANED = {"metadata.json": _without_date, "config.json": _with_small_ids}


def load_model(path: Path) -> Any:
    """Load a detector: a ``keras.Model`` from (size, size, 3) pixels of 0..255 to one score.

    Raises:
        ModelFileError: it is missing, is not a Keras model, or is a model that takes or gives something else.
    """
    model = load_network(path)
    _check_shapes(path, model)
    return model


def load_network(path: Path) -> Any:
    """Load a ``keras.Model``, whatever it takes and gives.

    The file may come from anyone, so it is loaded in Keras' safe mode, which runs no code that the file brings along.

    Raises:
        ModelFileError: it is missing, or is not a Keras model.
    """
    _check_archive(path)
    start_keras()
    import keras

    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # What Keras raises for a broken file is of every kind, and documented nowhere.
        raise ModelFileError(path, _first_sentence(error)) from error


def read_threshold(path: Path) -> float:
    """Return from which score on a model calls a picture FAKE: what ``save_model`` put into its file, else 0.5.

    Raises:
        ModelFileError: it is no model file, or what it says is no score.
    """
    threshold = stored_threshold(path)
    return THRESHOLD if threshold is None else threshold


def stored_threshold(path: Path) -> float | None:
    """Return the threshold that ``save_model`` put into a model's file; None where nothing of ours is in it.

    Raises:
        ModelFileError: it is no model file, or what it says is no score.
    """
    _check_archive(path)
    with zipfile.ZipFile(path) as archive:
        if FACTS not in archive.namelist():
            return None
        with archive.open(FACTS) as file:
            content = file.read(MAX_FACTS)
    try:
        threshold = json.loads(content)["threshold"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:  # The last of ten thousand brackets.
        raise ModelFileError(path, f"its {FACTS} cannot be read") from error
    # A little above 1 is what a rule gives under which no picture is FAKE.
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold < 1.001:
        raise ModelFileError(path, f"its threshold is {str(threshold)[:40]}")
    return float(threshold)


def side_of(model: Any) -> int:
    """Return the side, in pixels, of the square pictures that a loaded model takes."""
    return int(model.input_shape[1])


def predict_scores(model: Any, pixels: Pixels, batch_size: int = BATCH) -> Scores:
    """Score pictures: uint8 (n, size, size, 3) in, P(FAKE) as float32 (n,) out, in their order.

    Raises:
        ModelFileError: what comes out is no probability.
    """
    if not len(pixels):
        return np.empty(0, dtype=np.float32)
    scores = predict_rows(model, pixels, batch_size)[:, 0]
    require_probabilities(scores, model)
    return scores


def predict_rows(model: Any, pixels: Pixels, batch_size: int = BATCH) -> NDArray[np.float32]:
    """Return all that a model makes of one picture or more, uint8 (n, size, size, 3): float32 (n, outputs)."""
    batch_size = min(batch_size, len(pixels))
    batches = [
        np.asarray(model.predict_on_batch(_padded(pixels[start : start + batch_size], batch_size)))
        for start in range(0, len(pixels), batch_size)
    ]
    return np.concatenate(batches)[: len(pixels)].astype(np.float32)


def require_probabilities(scores: Scores, model: Any) -> None:
    """Check the scores of a model.

    Raises:
        ModelFileError: some are no probabilities.
    """
    wrong = int((~((scores >= 0) & (scores <= 1))).sum())
    if wrong:
        raise ModelFileError(model.name, f"{wrong:,} of its {len(scores):,} scores are not within 0 and 1")


def _padded(batch: Pixels, batch_size: int) -> Pixels:
    """Fill the last batch up: another shape would be traced anew, and costs more than it computes."""
    missing = batch_size - len(batch)
    return np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else np.asarray(batch)


def _check_archive(path: Path) -> None:
    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    if path.suffix != SUFFIX:
        raise ModelFileError(path, f"its name does not end in {SUFFIX}")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise ModelFileError(path, _first_sentence(error)) from error
    if size > MAX_BYTES:
        raise ModelFileError(path, f"it unpacks to {size:,} bytes, more than {MAX_BYTES:,}")


def _check_shapes(path: Path, model: Any) -> None:
    shape_in, shape_out = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    match shape_in:
        case (None, int(height), int(width), 3) if height == width:
            pass
        case _:
            raise ModelFileError(path, f"it takes {shape_in}, not square pictures (None, side, side, 3)")
    if shape_out != (None, 1):
        raise ModelFileError(path, f"it gives {shape_out}, not one score per picture (None, 1)")


def _first_sentence(error: BaseException) -> str:
    first_line = (str(error).splitlines() or [type(error).__name__])[0]
    return first_line.split(". ")[0][:200]
