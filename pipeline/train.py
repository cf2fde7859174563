"""Train a recipe's network and keep the weights that did best on the validation pictures.

Reads datasets/augmented/RECIPE and the val manifest of datasets/split/RECIPE, writes results/RECIPE/model.keras and
results/RECIPE/training (the curves, and what they follow from), and logs for TensorBoard.
"""

import sys

from pipeline.models.drawing import describe
from pipeline.models.saved import save_model
from pipeline.parts.backend import make_deterministic
from pipeline.parts.command import Stage, run_command
from pipeline.parts.files import write_json
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.recipe import load_recipe
from pipeline.training.callbacks import log_figures
from pipeline.training.checkpoint import Checkpoint, fingerprint
from pipeline.training.loop import train
from pipeline.training.provenance import collect_facts
from pipeline.training.sets import read_sets


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("train", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    sets = read_sets(paths, name, recipe.size)
    make_deterministic(params.seed, recipe.train.deterministic)
    results = paths.results(name)
    loggers = log_figures(results / "training", paths.logs(name))
    facts = collect_facts((sets.training, sets.validation))
    checkpoint = Checkpoint(paths.checkpoint(name), fingerprint(recipe, facts, params.seed))
    trained = train(recipe, sets, params.seed, loggers, checkpoint)
    save_model(trained.model, results / "model.keras", trained.threshold)
    describe(trained.model, results / "training")
    write_json(results / "training" / "provenance.json", facts)
    checkpoint.remove()
    note = f"best of {recipe.train.epochs} epochs: {trained.epoch}, validation accuracy {trained.accuracy:.2%}"
    stage.summarise(len(sets.training) * recipe.train.epochs, 1, note=note)


if __name__ == "__main__":
    run_command(main)
