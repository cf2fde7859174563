"""Detectors made by hand in no time: bright pictures are FAKE to them, and what is said of their test is made up."""

from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from pipeline.evaluation.breakdown import break_down, find_worst
from pipeline.evaluation.metrics import measure
from pipeline.evaluation.seed_summary import PREDICTIONS
from pipeline.judgement.detector_judgement import FILE
from pipeline.judgement.detector_rules import DetectorFacts, judge_detector
from pipeline.judgement.features import ask, with_features
from pipeline.judgement.likeness import Likeness
from pipeline.judgement.picture_storage import PictureStorage
from pipeline.models.saved_model import save_model
from pipeline.models.tensorflow_backend import start_keras
from pipeline.storage.files import write_json
from pipeline.storage.tables import write_table
from tests.factories import make_image

SIDE = 32


def make_network():
    """P(FAKE) rises with the brightness: 0.5 at a mean of 128."""
    start_keras()
    import keras

    inputs = keras.Input((SIDE, SIDE, 3))
    score = keras.layers.Dense(1, activation="sigmoid", kernel_initializer=keras.initializers.Constant(10 / 3))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    return keras.Model(inputs, score(features))


def shade(picture, label):
    """Make a picture dark (REAL) or bright (FAKE)."""
    return Image.fromarray((np.asarray(picture) * 0.35 + 150 * label).astype(np.uint8))


@cache
def make_figures(right=400, wrong=8, source="photos"):
    """Figures of a test of which so many pictures are called what they are, and so many are not; classes alternate."""
    labels = np.arange(right + wrong) % 2
    scores = np.where(np.arange(right + wrong) < right, labels, 1 - labels) * 0.8 + 0.1
    unknown = dict.fromkeys(("query", "generator", "official_split"))
    rows = pd.DataFrame({"source": source, "label": labels, "score": scores, "width": 64, "height": 64} | unknown)
    found, breakdown = measure(rows, 0.5), break_down(rows, 0.5)
    robustness = {"clean": harmed(found["accuracy"], 0), "jpeg-30": harmed(0.7, -0.25)}
    return found | {"breakdown": breakdown, "worst": find_worst(breakdown), "robustness": robustness}


def harmed(accuracy, change):
    return {
        "accuracy": accuracy, "accuracy_change": change, "recall": accuracy, "false_positive_rate": 1 - accuracy,
    }  # fmt: skip


def write_detector(results, sizes, quality, *, sandboxed=False, audit=None):
    """Write the results of a detector whose pictures are JPEGs of one quality and some sizes."""
    results.mkdir(parents=True)
    network = make_network()
    save_model(network, results / "model.keras")
    labels = np.arange(400) % 2
    pictures = [shade(make_image(number, SIDE, SIDE), label) for number, label in enumerate(labels)]
    scores, features = ask(with_features(network), np.stack([np.asarray(picture) for picture in pictures]))
    shapes = [sizes[number // 2 % len(sizes)] for number in range(400)]
    rows = pd.DataFrame(shapes, columns=["width", "height"])
    rows = rows.assign(label=labels, format="JPEG", jpeg_quality=quality)
    Likeness.fit(PictureStorage.fit(rows, equalised=False), features[:200], features[200:]).write(results)
    write_predictions(results, scores, labels)
    online = ["photos"] if sandboxed else []
    judgement = judge_detector(DetectorFacts(results.name, make_figures(), audit, ["photos"], online))
    write_json(results / FILE, judgement.to_json())
    return judgement


def write_predictions(results, scores, labels):
    """Write a test's scores as ``evaluate`` does."""
    rows = [
        {"source": "photos", "rank": rank, "id": f"{rank:064x}", "label": int(label), "score": float(score),
         "official_split": None, "repeats_test": False, "repeats_train": False}
        for rank, (score, label) in enumerate(zip(scores, labels, strict=True))
    ]  # fmt: skip
    write_table(results / "predictions.parquet", pa.Table.from_pylist(rows, PREDICTIONS.schema), PREDICTIONS.schema)
