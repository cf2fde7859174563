"""A recipe: one YAML file that says how pictures become a trained detector."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, model_validator

from pipeline.changes.augment_settings import Augment
from pipeline.config.params import Params
from pipeline.config.search_space import Range
from pipeline.models.network_settings import Model, parse_model
from pipeline.runtime.errors import MissingClassError, ParamsError, nearest
from pipeline.runtime.paths import Paths
from pipeline.runtime.section import Section, Side, parse, read_yaml, require_mapping
from pipeline.splitting.split_settings import Split
from pipeline.storage.labels import Label
from pipeline.training.train_settings import Train


class Recipe(Section):
    """All of recipes/NAME.yaml. ``sources`` is ``all`` or a list of names from params.yaml.

    ``search`` says which values `touchstone tune` may try, by their keys: ``train.epochs: {low: 5, high: 20}``.
    """

    description: str
    sources: Literal["all"] | list[str] = "all"
    size: Side = 36
    split: Split = Split()
    augment: Augment = Augment()
    model: SerializeAsAny[Model]
    train: Train = Train()
    search: dict[str, Range] = Field(default={})

    @model_validator(mode="after")
    def _units_fit_the_loss(self) -> "Recipe":
        if self.model.units != self.train.units():
            raise ValueError(
                f"`model.units: {self.model.units}` and `train.loss: {self.train.loss}` do not go together; "
                "a sigmoid (1) takes binary_crossentropy, a softmax (2) sparse_categorical_crossentropy"
            )
        return self

    @model_validator(mode="after")
    def _labels_can_be_mixed(self) -> "Recipe":
        if self.augment.online.cutmix and self.train.loss != "binary_crossentropy":
            raise ValueError("`augment.online.cutmix` should go with `train.loss: binary_crossentropy`")
        return self


def parse_recipe(file: str, content: Any) -> Recipe:
    """Turn what a recipe's file holds into a recipe, whatever project it is for.

    Raises:
        ParamsError: or one of its branches, for the first thing that is wrong.
    """
    content = dict(require_mapping(file, "", content))
    if "model" in content:
        content["model"] = parse_model(file, content["model"])
    return parse(Recipe, file, content)


def load_recipe(paths: Paths, params: Params, name: str) -> Recipe:
    """Read and check one recipe against the params of its project.

    Raises:
        ParamsError: or one of its branches, for the first thing that is wrong.
    """
    file = f"recipes/{name}.yaml"
    if name not in params.recipes:
        raise ParamsError("params.yaml", "recipes", f"no recipe {name!r}; known: {', '.join(params.recipes)}")
    recipe = parse_recipe(file, read_yaml(paths.recipe(name)))
    if recipe.size not in params.resize.sizes:
        sizes = ", ".join(map(str, params.resize.sizes))
        raise ParamsError(
            file, "size", f"{recipe.size} is not made; add it to `resize.sizes` in params.yaml ({sizes})"
        )
    if recipe.sources != "all":
        _check_names(file, "sources", recipe.sources, params.sources)
    used = sources_of(recipe, params)
    _check_names(file, "split.holdout.sources", recipe.split.holdout.sources, used)
    held = recipe.split.holdout.sources
    for key, names in (("sources", used), ("split.holdout.sources", [name for name in used if name not in held])):
        for label in Label:
            if not any(label in params.source(source).classes() for source in names):
                raise MissingClassError(file, key, label.name)
    return recipe


def _check_names(file: str, key: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise ParamsError(file, key, f"no source {name!r};{nearest(name, known)} known: {', '.join(known)}")


def sources_of(recipe: Recipe, params: Params) -> list[str]:
    """List the names of a recipe's sources in the order of params.yaml."""
    if recipe.sources == "all":
        return list(params.sources)
    return [name for name in params.sources if name in recipe.sources]
