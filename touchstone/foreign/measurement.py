"""The evaluation of ours, of detectors and pictures that are not: the same figures, by the same code."""

import hashlib
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config.source_settings import Source
from pipeline.evaluation import metrics as figures
from pipeline.evaluation.breakdown import break_down, find_worst
from pipeline.evaluation.calibration import fit_temperature, measure_calibration
from pipeline.evaluation.damages import DAMAGES
from pipeline.evaluation.operating_points import bound_ranking, freeze_thresholds, measure_at, measure_ranking
from pipeline.evaluation.placebo import measure_placebo
from pipeline.evaluation.robustness import measure_robustness, score_damaged
from pipeline.evaluation.test_facts import join_facts
from pipeline.judgement.detector_judgement import FILE as JUDGEMENT
from pipeline.judgement.detector_judgement import DetectorJudgement
from pipeline.judgement.detector_rules import DetectorFacts, judge_detector
from pipeline.models.saved_model import BATCH, THRESHOLD
from pipeline.storage.files import write_json, write_text
from touchstone.foreign.classifier import PIXELS
from touchstone.foreign.data_location import DataLocation, make_place, name_source
from touchstone.foreign.evaluation_page import render_foreign
from touchstone.foreign.evaluation_set import EvaluationSet, LabelledPictures, take
from touchstone.foreign.foreign_detector import ForeignDetector


def score(detector: ForeignDetector, taken: EvaluationSet) -> pd.DataFrame:
    """Score pictures: their rows, with ``score``. The first that are scored tell whether outputs are logits.

    Raises:
        ModelFileError: the detector gives what is no number.
    """
    pixels = taken.pixels
    outputs = np.concatenate([detector.ask(pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)])
    detector.show(outputs)
    return taken.rows.assign(score=detector.to_scores(outputs)[:, 0].astype(np.float32))


def evaluate_foreign(
    detector: ForeignDetector, out: Path, tested: LabelledPictures, validated: LabelledPictures | None
) -> tuple[dict[str, Any], DetectorJudgement]:
    """Measure and judge a detector on labelled pictures: figures, judgement, report and scores go into a folder.

    What the stages of a project would keep lies in ``out`` meanwhile.

    Raises:
        TouchstoneError: or one of its branches: there are no pictures of both classes, or it cannot be asked.
    """
    name = name_source(tested.path)
    data = {name: tested} if validated is None else {name: tested, f"{name}_validation": validated}
    sources: dict[str, Source] = {key: each.source() for key, each in data.items()}
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".touchstone-", dir=out) as folder:
        place = make_place(Path(folder), sources, detector.side)
        taken = {key: take(each, place, key) for key, each in data.items()}
        predictions, *validation = (score(detector, each) for each in taken.values())
        predictions = join_facts(place.paths, predictions)
        found = describe(detector, taken[name]) | measure(detector, place, predictions, *validation)
        files = taken[name].files.merge(predictions[["rank", "label", "score"]], on="rank", how="left")
        judgement = judge_foreign(detector, found, name)
        page = render_foreign(place, predictions, found, judgement, files)
    write_text(out / "files.csv", files.drop(columns="rank").to_csv(index=False, lineterminator="\n"))
    write_json(out / "metrics.json", found)
    write_json(out / JUDGEMENT, judgement.to_json())
    write_text(out / "report.html", page)
    return found, judgement


def judge_foreign(detector: ForeignDetector, figures: dict[str, Any], source: str) -> DetectorJudgement:
    """Judge a detector by what was measured of it."""
    return judge_detector(DetectorFacts(detector.path.name, figures, None, [source], ours=False))


def measure(
    detector: ForeignDetector, place: DataLocation, predictions: pd.DataFrame, validation: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Measure what ``pipeline.evaluate`` measures of a recipe's model; of thresholds also the one in use.

    What is chosen for the test, is chosen on validation; without that, nothing is.
    """
    threshold = detector.threshold
    labels, scores = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    frozen, temperature = {"half": THRESHOLD}, None
    if validation is not None:
        chosen = validation["label"].to_numpy(), validation["score"].to_numpy()
        frozen, temperature = freeze_thresholds(*chosen), fit_temperature(*chosen)
    used = {} if threshold == THRESHOLD else {"used": threshold}
    breakdown = break_down(predictions, threshold)
    return {
        **figures.measure(predictions, threshold),
        **measure_ranking(labels, scores),
        "intervals": bound_ranking(labels, scores, place.params.seed),
        "repeats": figures.measure_without_repeats(predictions, threshold),
        "thresholds": {name: measure_at(labels, scores, cut) for name, cut in (used | frozen).items()},
        "calibration": measure_calibration(labels, scores, temperature),
        "breakdown": breakdown,
        "worst": find_worst(breakdown),
        **_examine(detector, place, predictions),
    }


def _examine(detector: ForeignDetector, place: DataLocation, predictions: pd.DataFrame) -> dict[str, Any]:
    """Damage the pictures and put them through the other class's storage."""
    scores = score_damaged(detector, place.paths, predictions, place.params)
    labels, clean = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    damaged, stored = scores[:, : len(DAMAGES)], scores[:, len(DAMAGES) :]
    return {
        "robustness": measure_robustness(labels, clean, damaged, detector.threshold),
        "placebo": measure_placebo(labels, clean, stored, detector.threshold),
    }


def describe(detector: ForeignDetector, taken: EvaluationSet) -> dict[str, Any]:
    """Say which file was asked, how it was read, and how many pictures could not be judged, by reason."""
    reasons = Counter(taken.files["reason"].dropna())
    return {
        "model": {
            "file": detector.path.name,
            "sha256": hashlib.sha256(detector.path.read_bytes()).hexdigest(),
            "format": detector.classifier.format,
            "size": detector.side,
            "pixels": PIXELS[detector.pixels].words,
            "pixels_from": detector.pixels_from,
            "outputs": detector.scores,
            "classes": ["FAKE", "REAL"] if detector.fake_first else ["REAL", "FAKE"],
        },
        "not_judged": dict(sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))),
    }
