"""Describe the data set and the detector of a recipe, from facts.

Reads all earlier stages, writes datasets/cards/RECIPE.md and results/RECIPE/model_card.md.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import cards
from pipeline.parts.command import Stage, run_command
from pipeline.parts.errors import StageMissingError
from pipeline.parts.files import write_text
from pipeline.parts.funnel import Step, read_funnel
from pipeline.parts.params import Params, load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.recipe import Recipe, load_recipe, sources_of

#: Hugging Face's names for the number of pictures, by the number that each stays below.
SIZE_CATEGORIES = {10**3: "n<1K", 10**4: "1K<n<10K", 10**5: "10K<n<100K", 10**6: "100K<n<1M", 10**7: "1M<n<10M"}


def cell(value: object) -> str:
    r"""Make text safe inside a cell of a Markdown table.

    >>> cell("a|b\n<c>")
    'a\\|b &lt;c>'
    """
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")


def environment() -> Environment:
    """Make the template environment of the cards, which are Markdown: cells are escaped by the filter ``cell``."""
    templates = Environment(  # noqa: S701 - no HTML is made
        loader=FileSystemLoader(Path(cards.__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
    )
    templates.filters["cell"] = cell
    return templates


def dataset_facts(paths: Paths, params: Params, name: str, recipe: Recipe) -> dict[str, Any]:
    """Gather what the dataset card says."""
    proof = read_facts(paths.split(name) / "proof.json", f"split@{name}")
    return {
        "sources": [_describe(source, params) for source in sources_of(recipe, params)],
        "steps": [_sum(step) for step in read_funnel(paths, params, name).steps],
        "proof": proof,
        "audit": read_facts(paths.results(name) / "audit.json", f"audit@{name}"),
        "size_category": next((word for bound, word in SIZE_CATEGORIES.items() if proof["pictures"] < bound), "n>10M"),
    }


def model_facts(paths: Paths, name: str, recipe: Recipe) -> dict[str, Any]:
    """Gather what the model card says."""
    metrics = read_facts(paths.results(name) / "metrics.json", f"evaluate@{name}")
    figures = {key: value for key, value in metrics.items() if isinstance(value, int | float)}
    settings = {
        f"{section}.{key}": value
        for section in ("augment", "model", "train")
        for key, value in getattr(recipe, section).model_dump().items()
    }
    provenance = read_facts(paths.results(name) / "training" / "provenance.json", f"train@{name}")
    return {"figures": figures, "settings": settings, "provenance": provenance}


def read_facts(path: Path, stage: str) -> dict[str, Any]:
    """Read a JSON file that an earlier stage wrote.

    Raises:
        StageMissingError: it is not there, or damaged.
    """
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageMissingError(path, stage) from error
    return facts


def _describe(name: str, params: Params) -> dict[str, str]:
    source = params.source(name)
    asked = next(getattr(source, key) for key in ("query", "dataset", "path") if hasattr(source, key))
    classes = " and ".join(label.name for label in sorted(source.classes()))
    return {
        "name": name,
        "collector": source.collector,
        "asked": str(asked),
        "classes": classes,
        "license": source.license or "not stated",
    }


def _sum(step: Step) -> dict[str, Any]:
    dropped: Counter[str] = Counter()
    for row in step.rows:
        dropped.update(row.dropped)
    sums = {key: sum(getattr(row, key) for row in step.rows) for key in ("taken", "given", "real", "fake")}
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(dropped.items()))
    return {"stage": step.stage, "dropped": reasons} | sums


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("card", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    shared = {"name": name, "recipe": recipe, "sandboxed": params.sandboxed(sources_of(recipe, params))}
    written = {
        paths.cards / f"{name}.md": ("dataset_card.md.j2", dataset_facts(paths, params, name, recipe)),
        paths.results(name) / "model_card.md": ("model_card.md.j2", model_facts(paths, name, recipe)),
    }
    for path, (template, facts) in written.items():
        write_text(path, environment().get_template(template).render(shared | facts))
    stage.summarise(len(written), len(written), note="cards written")


if __name__ == "__main__":
    run_command(main)
