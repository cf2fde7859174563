"""Trying the ways in which a classifier can be read, on a part of the pictures, where neither file nor user says.

A way is judged by the mean of its ROC-AUC and its balanced accuracy at the threshold: the former sees classes in the
wrong order and pixels that saturate a network, the latter a scale that keeps the order of scores and moves them all to
one side. One way is better than another if it is in 99 of 100 resamples of the same pictures (a paired bootstrap).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import ModelFileError
from pipeline.storage.labels import Label
from touchstone.foreign.classifier import Array
from touchstone.foreign.foreign_detector import ForeignDetector, tell_outputs, to_scores
from touchstone.foreign.model_reading import InputReading, list_ways, mirror, usual_way
from touchstone.foreign.reading_doubts import TriedReading, name_doubts

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class ReadingTrial:
    """What came of a trial on so many ``pictures``: every way with its figures, and what is doubtful, in sentences."""

    pictures: int
    rows: list[dict[str, Any]]
    doubts: list[str]


def try_ways(detector: ForeignDetector, pixels: Pixels, labels: NDArray[np.int8], seed: int) -> ReadingTrial:
    """Read a detector in every way that is left open, on uint8 (n, side, side, 3), and set the one that is chosen.

    The usual way is chosen unless another is better. Of what the file declares, none is.

    Raises:
        ModelFileError: it cannot be asked, or gives no numbers, however it is read.
    """
    reading, facts = detector.reading, detector.classifier.facts
    usual = usual_way(reading, facts)
    tried = list(_try(detector, list_ways(reading, facts), pixels, labels, seed))
    chosen = _choose(tried, usual, facts.pixels)
    others = [mirror(each.way, reading, facts) for each in ([chosen] if chosen.tells else tried)]
    mirrored = list(_try(detector, [way for way in others if way], pixels, labels, seed))
    # Many networks hardly mind which colour is which: BGR is worth a word only where it is better.
    better = [each for each in mirrored if each.beats(chosen)]
    tried += better
    chosen = _choose([chosen, *better], chosen.way, facts.pixels)
    detector.way = chosen.way
    rows = [_row(each, chosen) for each in sorted(tried, key=lambda each: -each.value)]
    return ReadingTrial(len(pixels), rows, name_doubts(tried, usual, chosen, facts.pixels))


def _choose(tried: Sequence[TriedReading], usual: InputReading, declared: str | None) -> TriedReading:
    fitting = [each for each in tried if declared is None or each.way.pixels == declared] or tried
    best = max(fitting, key=lambda each: each.value)
    first = next((each for each in fitting if each.way == usual), best)
    return best if best.beats(first) and best.tells else first


def _try(
    detector: ForeignDetector, ways: Sequence[InputReading], pixels: Pixels, labels: NDArray[np.int8], seed: int
) -> Iterator[TriedReading]:
    """Ask once for each scale and order of colours; what then gives no numbers is no way to read it."""
    outputs: dict[tuple[str, str], Array] = {}
    for way in ways:
        key = way.pixels, way.channels
        if key not in outputs:
            outputs[key] = detector.classifier.ask(pixels, *key)
    usable = {key: given for key, given in outputs.items() if np.isfinite(given).all()}
    if ways and not usable:
        raise ModelFileError(detector.path, "its scores are not numbers")
    # What it gives is the same however it is asked: where a wrong scale drives it out of 0 to 1, these are logits.
    told = tell_outputs(np.concatenate(list(usable.values()))) if usable else "auto"
    kind = told if detector.outputs == "auto" else detector.outputs
    for way in ways:
        if (way.pixels, way.channels) in usable:
            scores = to_scores(usable[way.pixels, way.channels], kind, way.fake_first)[:, 0]
            yield _measure(way, scores, labels, detector.threshold, seed)


def _measure(way: InputReading, scores: Array, labels: NDArray[np.int8], threshold: float, seed: int) -> TriedReading:
    """Measure one way, and on the resamples that all ways share: pictures of each class drawn again, as many."""
    fake, real = scores[labels == Label.FAKE], scores[labels == Label.REAL]
    above = (fake[:, None] > real) + 0.5 * (fake[:, None] == real)
    found, spared = (fake >= threshold).astype(float), (real < threshold).astype(float)
    of_fake, of_real = _draw(len(fake), len(real), seed)
    ranking = ((of_fake @ above) * of_real).sum(axis=1)
    balanced = (of_fake @ found + of_real @ spared) / 2
    return TriedReading(
        way=way,
        roc_auc=float(above.mean()),
        balanced_accuracy=float((found.mean() + spared.mean()) / 2),
        called_fake=float((scores >= threshold).mean()),
        resampled=(ranking + balanced) / 2,
    )


@cache
def _draw(fake: int, real: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw how much each picture of a class counts in each resample: (resamples, fake) and (resamples, real)."""
    draw = np.random.default_rng(seed)
    return (
        draw.multinomial(fake, np.full(fake, 1 / fake), RESAMPLES) / fake,
        draw.multinomial(real, np.full(real, 1 / real), RESAMPLES) / real,
    )


def _row(tried: TriedReading, chosen: TriedReading) -> dict[str, Any]:
    return {
        "pixels": tried.way.pixels,
        "channels": tried.way.channels,
        "classes": list(tried.way.classes),
        "roc_auc": tried.roc_auc,
        "balanced_accuracy": tried.balanced_accuracy,
        "called_fake": tried.called_fake,
        "chosen": tried is chosen,
    }
