"""Measure a recipe's model on its test pictures, and say what came of it in a report for people.

Reads results/RECIPE/model.keras, the val and test manifests of datasets/split/RECIPE, the original pictures, to damage
them, and for the report the manifests of all stages; writes predictions.parquet, metrics.json, plots and report.html
in results/RECIPE, and the scores of all seeds in results/scores. judgement.json is what may be said of the detector;
likeness.npz tells which pictures are like those that it was trained on.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.arrays.pixel_arrays import gather, labels_of, require_classes
from pipeline.config.params import Params, load_params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.evaluation.breakdown import break_down, find_worst, measure_held_out
from pipeline.evaluation.calibration import fit_temperature, measure_calibration
from pipeline.evaluation.damages import DAMAGES
from pipeline.evaluation.metric_curves import list_tables, write_tables
from pipeline.evaluation.metrics import measure, measure_mirrored, measure_without_repeats
from pipeline.evaluation.operating_points import bound_ranking, freeze_thresholds, measure_at, measure_ranking
from pipeline.evaluation.placebo import measure_placebo
from pipeline.evaluation.robustness import measure_robustness, score_damaged
from pipeline.evaluation.seed_summary import PREDICTIONS, SCORES, Run, average_accuracy, measure_seeds, stack_scores
from pipeline.evaluation.test_facts import join_facts
from pipeline.judgement.detector_judgement import FILE as JUDGEMENT
from pipeline.judgement.detector_rules import DetectorFacts, judge_detector
from pipeline.judgement.features import with_features
from pipeline.judgement.fit_likeness import fit_likeness
from pipeline.models.saved_model import load_model, predict_scores, read_threshold, side_of
from pipeline.models.tensorflow_backend import make_deterministic
from pipeline.report.grad_cam_examples import look
from pipeline.report.plot_files import list_charts, write_charts
from pipeline.report.report_page import Findings, read_audit, render_report
from pipeline.runtime.errors import ModelFileError
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.splitting.split_settings import Holdout
from pipeline.storage.files import write_json, write_text
from pipeline.storage.tables import read_table, write_table


def open_detector(path: Path, size: int) -> Any:
    """Load a recipe's detector, a ``keras.Model``.

    Raises:
        ModelFileError: the file is no detector, or takes pictures of another size.
    """
    model = load_model(path)
    side = side_of(model)
    if side != size:
        raise ModelFileError(path, f"it takes {side} pixels a side, and the recipe makes {size}")
    return model


def score(model: Any, paths: Paths, name: str, split: str) -> pd.DataFrame:
    """Score the pictures of a split of a recipe: the rows of its manifest, with ``score``.

    Raises:
        EmptySplitError: the pictures are all of one class, or none.
        ModelFileError: the model gives scores that are no probabilities.
    """
    manifest = read_table(paths.split(name) / f"{split}.parquet", f"split@{name}")
    require_classes(labels_of(manifest), split)
    scores = predict_scores(model, gather(paths, side_of(model), manifest))
    scored: pd.DataFrame = manifest.to_pandas().assign(score=scores)
    return scored


def score_test(model: Any, paths: Paths, name: str) -> pd.DataFrame:
    """Score the test as ``score`` does; ``score_mirrored`` is the mean of that and of the mirrored picture's score.

    Raises:
        EmptySplitError: the pictures are all of one class, or none.
        ModelFileError: the model gives scores that are no probabilities.
    """
    scored = score(model, paths, name, "test")
    places = pa.Table.from_pandas(scored[["source", "row"]], preserve_index=False)
    of_mirrored = predict_scores(model, gather(paths, side_of(model), places)[:, :, ::-1])
    return scored.assign(score_mirrored=(scored["score"] + of_mirrored) / 2)


def examine(model: Any, paths: Paths, params: Params, predictions: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Damage the test pictures and put them through the other class's storage: how do the verdicts hold?"""
    scores = score_damaged(model, paths, predictions, params)
    labels, clean = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    damaged, stored = scores[:, : len(DAMAGES)], scores[:, len(DAMAGES) :]
    return {
        "robustness": measure_robustness(labels, clean, damaged, threshold),
        "placebo": measure_placebo(labels, clean, stored, threshold),
    }


def measure_parts(predictions: pd.DataFrame, threshold: float, holdout: Holdout) -> dict[str, Any]:
    """Measure parts of the test, name the worst, and measure what was held out."""
    breakdown = break_down(predictions, threshold)
    return {
        "breakdown": breakdown,
        "worst": find_worst(breakdown),
        "held_out": measure_held_out(predictions, threshold, holdout),
    }


def measure_all(validation: pd.DataFrame, predictions: pd.DataFrame, threshold: float, seed: int) -> dict[str, Any]:
    """Measure test predictions; what is chosen for it, is chosen on validation."""
    chosen, chosen_scores = validation["label"].to_numpy(), validation["score"].to_numpy()
    labels, scores = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    frozen = freeze_thresholds(chosen, chosen_scores)
    return {
        **measure(predictions, threshold),
        **measure_ranking(labels, scores),
        "intervals": bound_ranking(labels, scores, seed),
        "repeats": measure_without_repeats(predictions, threshold),
        "mirrored": measure_mirrored(predictions, threshold),
        "thresholds": {name: measure_at(labels, scores, cut) for name, cut in frozen.items()},
        "calibration": measure_calibration(labels, scores, fit_temperature(chosen, chosen_scores)),
    }


def run_seeds(paths: Paths, name: str, kept: pd.DataFrame, params: Params, size: int) -> list[Run]:
    """Judge the test by the models of all seeds: ``kept`` are the predictions of the recipe's own.

    Raises:
        ModelFileError: a model of another seed cannot be used.
    """
    threshold = read_threshold(paths.results(name) / "model.keras")
    try:
        found = json.loads(paths.seed_list(name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [Run(params.seed, True, threshold, kept)]
    runs = []
    for seed in (each["seed"] for each in found["seeds"]):
        if seed == found["kept"]:
            runs.append(Run(seed, True, threshold, kept))
        else:
            file = paths.seed_model(name, seed)
            scored = score_test(open_detector(file, size), paths, name)
            runs.append(Run(seed, False, read_threshold(file), scored))
    return runs


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("evaluate", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe, results = load_recipe(paths, params, name), paths.results(name)
    make_deterministic(params.seed)
    model = open_detector(results / "model.keras", recipe.size)
    predictions = join_facts(paths, score_test(model, paths, name))
    threshold = read_threshold(results / "model.keras")
    figures = measure_all(score(model, paths, name, "val"), predictions, threshold, params.seed)
    figures |= measure_parts(predictions, threshold, recipe.split.holdout)
    figures |= examine(model, paths, params, predictions, threshold)
    runs = run_seeds(paths, name, predictions, params, recipe.size)
    if len(runs) > 1:
        figures["seeds"] = measure_seeds(runs) | {"mean_accuracy": average_accuracy(runs)}
    write_table(paths.scores(name), stack_scores(runs), SCORES.schema)
    table = pa.Table.from_pandas(predictions[PREDICTIONS.schema.names], PREDICTIONS.schema, preserve_index=False)
    write_table(results / "predictions.parquet", table, PREDICTIONS.schema)
    write_json(results / "metrics.json", figures)
    sources, audit = sources_of(recipe, params), read_audit(results / "audit.json", name)
    judgement = judge_detector(DetectorFacts(name, figures, audit, sources, params.sandboxed(sources)))
    for file in (results / JUDGEMENT, paths.compared_judgement(name)):
        write_json(file, judgement.to_json())
    fit_likeness(with_features(model), paths, params, name).write(results)
    tables = list_tables(predictions, figures, results / "training", name)
    charts = list_charts(tables)
    write_tables(results / "plots", tables)
    write_charts(results / "plots", charts)
    findings = Findings(predictions, figures, charts, look(model, paths, predictions, threshold), judgement)
    write_text(results / "report.html", render_report(paths, params, name, findings))
    note = f"{judgement.headline} See results/{name}/report.html"
    stage.summarise(len(predictions), len(predictions), note=note)


if __name__ == "__main__":
    run_command(main)
