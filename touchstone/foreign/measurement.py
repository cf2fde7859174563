"""The evaluation of ours, of detectors and pictures that are not: the same figures, by the same code."""

import hashlib
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from collectors.http.signature import NOT_A_PICTURE
from collectors.source_settings import Source
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
from touchstone.foreign.data_location import DataLocation, make_place, name_source
from touchstone.foreign.evaluation_page import render_foreign
from touchstone.foreign.evaluation_set import EvaluationSet, LabelledPictures, choose_part, leave_out, take
from touchstone.foreign.foreign_detector import ForeignDetector
from touchstone.foreign.model_reading import list_ways
from touchstone.foreign.reading_doubts import doubt_order
from touchstone.foreign.reading_trial import ReadingTrial, try_ways

#: Pictures of a class that a trial takes: at most, at least, and of the test's own no more than one in so many.
MOST, FEWEST, SHARE = 50, 6, 3

TOO_FEW = (
    "How it is to be read was not tried out: that takes {} pictures of each class. It is read as is usual; --pixels "
    "and --classes say how it is meant."
)


def score(detector: ForeignDetector, taken: EvaluationSet) -> pd.DataFrame:
    """Score pictures: their rows, with ``score``. The first that are scored tell whether outputs are logits.

    Raises:
        ModelFileError: the detector gives what is no number.
    """
    places = taken.rows.index.to_numpy()
    batches = (places[start : start + BATCH] for start in range(0, len(places), BATCH))
    outputs = np.concatenate([detector.ask(taken.pixels[batch]) for batch in batches])
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
        pictures, *validating = (take(each, place, key) for key, each in data.items())
        trial, judged = find_way(detector, pictures, next(iter(validating), None), place.params.seed)
        predictions, *validation = (score(detector, each) for each in (judged, *validating))
        predictions = join_facts(place.paths, predictions)
        found = measure(detector, place, predictions, *validation)
        found = describe(detector, judged, trial, found) | found
        files = judged.files.merge(predictions[["rank", "label", "score"]], on="rank", how="left")
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


def find_way(
    detector: ForeignDetector, tested: EvaluationSet, validation: EvaluationSet | None, seed: int
) -> tuple[ReadingTrial | None, EvaluationSet]:
    """Set the way in which a detector is read, by a trial on a part of the pictures where that is not declared.

    The part is of the validation pictures, else of the test's own, which then goes without it. There is no trial, and
    the way is the usual, where all is declared or the pictures are too few to spare some.

    Raises:
        ModelFileError: the detector cannot be asked.
    """
    if len(list_ways(detector.reading, detector.classifier.facts)) == 1:
        return None, tested
    source = tested if validation is None else validation
    part = choose_part(source.rows, FEWEST, MOST, 1 if validation is not None else SHARE)
    if not len(part):
        return ReadingTrial(0, [], [TOO_FEW.format(FEWEST * (1 if validation is not None else SHARE))]), tested
    labels = source.rows["label"].to_numpy()[part]
    trial = try_ways(detector, source.pixels[part], labels, seed)
    return trial, tested if validation is not None else leave_out(tested, part)


def describe(
    detector: ForeignDetector, taken: EvaluationSet, trial: ReadingTrial | None, found: dict[str, Any]
) -> dict[str, Any]:
    """Describe which file was asked, how it was read, what of that is in doubt, and what was not judged, by reason.

    ``no_pictures`` are the files that are none, by suffix.
    """
    facts, way = detector.classifier.facts, detector.way
    files = taken.files
    reasons = Counter(files["reason"].dropna())
    strangers = Counter(files.loc[files["reason"] == NOT_A_PICTURE, "detail"].dropna())
    doubts = doubt_order(found["roc_auc"], found["intervals"]["roc_auc"][1], way)
    return {
        "model": {
            "file": detector.path.name,
            "sha256": hashlib.sha256(detector.path.read_bytes()).hexdigest(),
            "format": facts.format,
            "size": detector.side,
            "pixels": way.takes,
            "output": facts.output,
            "outputs": detector.outputs,
            "classes": list(way.classes),
            **explain(detector, trial),
            "doubts": (trial.doubts if trial else []) + doubts,
            "tried_on": trial.pictures if trial else 0,
            "readings": trial.rows if trial else [],
        },
        "not_judged": dict(sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))),
        "no_pictures": dict(sorted(strangers.items())),
    }


def explain(detector: ForeignDetector, trial: ReadingTrial | None) -> dict[str, str]:
    """Describe where the scale of pixels and the order of classes are from."""
    reading, facts = detector.reading, detector.classifier.facts
    tried = f"found out on {trial.pictures} pictures" if trial and trial.rows else "taken for granted, not declared"
    pixels = "as --pixels says" if reading.pixels else "its file declares it" if facts.pixels else tried
    ours = "as our training writes it"
    classes = "as --classes says" if reading.fake_first is not None else ours if facts.is_ours else tried
    return {"pixels_from": pixels, "classes_from": classes}
