"""Lay all recipes side by side, beside published systems, and test every two of them against each other.

Reads results/scores and what may be said of each detector, writes results/compare.html.
"""

from pipeline.comparing.compared_recipes import keep, make_entry, read_scores
from pipeline.comparing.comparison_page import render_comparison
from pipeline.comparing.mcnemar import compare_pairs
from pipeline.config.params import load_params
from pipeline.judgement.detector_judgement import read_judgement
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.storage.files import write_text


def main() -> None:
    """Run the stage."""
    stage = Stage("compare")
    root = find_root()
    params, paths = load_params(root), Paths(root)
    scores = read_scores(paths, params.recipes)
    entries = [make_entry(name, rows) for name, rows in scores.items()]
    pairs = compare_pairs({name: keep(rows) for name, rows in scores.items()})
    judgements = [read_judgement(paths.compared_judgement(name), name) for name in scores]
    write_text(paths.comparison, render_comparison(entries, pairs, judgements))
    stage.summarise(len(entries), len(entries), note=f"{len(pairs)} pairs; see results/compare.html")


if __name__ == "__main__":
    run_command(main)
