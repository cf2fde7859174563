"""Train a recipe's network and keep the weights that did best on the validation pictures.

Reads datasets/augmented/RECIPE and the val manifest of datasets/split/RECIPE, writes results/RECIPE/model.keras and
results/RECIPE/training (the curves, and what they follow from), and logs for TensorBoard.
"""

import sys

from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.training.provenance import collect_facts
from pipeline.training.seed_runs import Job, train_seeds
from pipeline.training.training_sets import read_sets


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("train", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    sets = read_sets(paths, name, recipe.size)
    facts = collect_facts((sets.training, sets.validation))
    best = train_seeds(Job(paths, name, recipe, sets, facts), params.seed)
    epochs, seeds = recipe.train.epochs, recipe.train.seeds
    note = f"best of {epochs} epochs: {best.epoch}, validation accuracy {best.accuracy:.2%}"
    note += f"; of {seeds} seeds, {best.seed} did best and is kept" if seeds > 1 else ""
    stage.summarise(len(sets.training) * epochs * seeds, seeds, note=note)


if __name__ == "__main__":
    run_command(main)
