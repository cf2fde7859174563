"""Describe the data set and the detector of a recipe, from facts.

Reads all earlier stages, writes datasets/cards/RECIPE.md, datasets/RECIPE.croissant.json and
results/RECIPE/model_card.md.
"""

import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import cards
from pipeline.cards.card_facts import dataset_facts, model_facts
from pipeline.cards.card_pictures import count_pictures
from pipeline.cards.croissant import describe_files
from pipeline.cards.escaping import in_cell, in_text
from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.storage.files import write_json, write_text


def environment() -> Environment:
    """Make the template environment of the cards, which are Markdown: cells are escaped by the filter ``cell``."""
    templates = Environment(  # noqa: S701 - no HTML is made
        loader=FileSystemLoader(Path(cards.__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["cell"] = in_cell
    templates.filters["text"] = in_text
    return templates


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("card", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    sources = sources_of(recipe, params)
    pictures = count_pictures(paths, name, {source: params.stated(source) for source in sources})
    data = dataset_facts(paths, params, name, recipe, pictures)
    shared = {"name": name, "recipe": recipe, "sandboxed": params.sandboxed(sources)}
    written = {
        paths.cards / f"{name}.md": ("dataset_card.md.j2", data),
        paths.results(name) / "model_card.md": ("model_card.md.j2", model_facts(paths, name, recipe)),
    }
    for path, (template, facts) in written.items():
        write_text(path, environment().get_template(template).render(shared | facts))
    write_json(paths.croissant(name), describe_files(paths, name, shared | data))
    stage.summarise(3, 3, note="cards written")


if __name__ == "__main__":
    run_command(main)
