"""A recipe: one YAML file that says how pictures become a trained detector."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializeAsAny, model_validator

from pipeline.config.params import Params
from pipeline.config.search_space import Range
from pipeline.models.network_settings import Model, parse_model
from pipeline.runtime.errors import MissingClassError, ParamsError, nearest
from pipeline.runtime.paths import Paths
from pipeline.runtime.section import Count, Fraction, Section, Side, parse, read_yaml, require_mapping
from pipeline.storage.labels import Label
from pipeline.training.train_settings import Train

Ratio = Annotated[float, Field(ge=0, le=1)]
Quality = Annotated[int, Field(ge=1, le=100)]


class SplitCounts(Section):
    """How many pictures of each class a split gets."""

    train: Count
    val: Count
    test: Count

    def of(self, split: str) -> int:
        """Look up one split by its name."""
        return {"train": self.train, "val": self.val, "test": self.test}[split]


class Holdout(Section):
    """Sources and generators that nothing but the test may hold: how does the detector do on what it never saw?"""

    sources: list[str] = Field(default=[])
    generators: list[str] = Field(default=[])


class Split(Section):
    """Who goes where.

    ``official`` keeps the splits that a data set brings along and divides the rest by the ratios ``val`` and ``test``;
    ``ratio`` divides all alike; ``counts`` gives each split so many pictures. Both classes get as many; with
    ``balance: source`` all sources of a class get as many, too.
    """

    strategy: Literal["official", "ratio", "counts"] = "official"
    val: Fraction = 0.1
    test: Fraction = 0.1
    counts: SplitCounts | None = None
    balance: Literal["class", "source"] = "class"
    holdout: Holdout = Holdout()

    @model_validator(mode="after")
    def _fits_together(self) -> "Split":
        if self.val + self.test >= 1:
            raise ValueError("`val` and `test` should leave something to train on")
        if (self.strategy == "counts") != (self.counts is not None):
            raise ValueError("`strategy: counts` and `counts: {train: N, val: N, test: N}` should stand together")
        return self

    def shares(self) -> tuple[float, float]:
        """Give the parts of all pictures that go to val and to test."""
        if self.counts is None:
            return self.val, self.test
        total = self.counts.train + self.counts.val + self.counts.test
        return self.counts.val / total, self.counts.test / total


class Distortion(Section):
    """How pictures are distorted; each amount is the largest change, drawn evenly up to it, and 0 leaves it out.

    ``rotation`` is in degrees, ``zoom``, ``brightness`` and ``contrast`` in parts of 1. Each kind of damage befalls a
    picture with ``damage_chance``: ``rescale`` is by how much of its side it is shrunk and enlarged again, ``blur`` a
    radius in pixels, ``noise`` a standard deviation in grey levels, ``jpeg`` the lowest and the highest quality.
    """

    rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    zoom: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    brightness: Ratio = 0.0
    contrast: Ratio = 0.0
    damage_chance: Ratio = 0.5
    rescale: Annotated[float, Field(ge=0, lt=1)] = 0.0
    blur: Annotated[float, Field(ge=0, le=20)] = 0.0
    noise: Annotated[float, Field(ge=0, le=255)] = 0.0
    jpeg: list[Quality] | None = Field(default=None, min_length=2, max_length=2)

    @model_validator(mode="after")
    def _qualities_in_order(self) -> Self:
        if self.jpeg and self.jpeg[0] > self.jpeg[1]:
            raise ValueError("`jpeg` should give the lowest quality first")
        return self

    @property
    def idle(self) -> bool:
        """Tell whether nothing is to be distorted."""
        return not any((self.rotation, self.zoom, self.brightness, self.contrast, *self.damages))

    @property
    def damages(self) -> tuple[object, ...]:
        """Give the amounts of the four kinds of damage."""
        return self.rescale, self.blur, self.noise, self.jpeg


class Online(Distortion):
    """What is drawn anew for every picture in every epoch, on top of the copies. ``shift`` in pixels.

    ``horizontal_flip`` mirrors half of the pictures in the first epoch, and in each later one the other half.
    ``cutmix`` is the chance of a batch that its pictures are cut and pasted together, and their labels with them.
    """

    horizontal_flip: bool = True
    vertical_flip: bool = False
    shift: Annotated[int, Field(ge=0)] = 2
    cutmix: Ratio = 0.0


class Augment(Distortion):
    """Copies made of every training picture. ``shift`` in parts of the side."""

    copies: Annotated[int, Field(ge=0, le=20)] = 1
    horizontal_flip: bool = True
    vertical_flip: bool = False
    shift: Ratio = 0.06
    brightness: Ratio = 0.1
    contrast: Ratio = 0.1
    online: Online = Online()


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
