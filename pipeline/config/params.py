"""params.yaml as frozen, validated objects. The only module that reads it."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.config.source_settings import Source, parse_source
from pipeline.runtime.errors import MissingClassError, ParamsError, PathMissingError
from pipeline.runtime.paths import PARAMS, Paths
from pipeline.runtime.section import Section, parse, read_yaml, require_mapping
from pipeline.storage.labels import Label

Fraction = Annotated[float, Field(gt=0, lt=1)]
Side = Annotated[int, Field(ge=8, le=1024)]

#: What the audit asks of every original file.
Attribute = Literal[
    "format", "mode", "width", "height", "bytes", "has_exif", "has_icc", "has_xmp",
    "jpeg_quality", "jpeg_tables", "jpeg_subsampling", "aspect", "bytes_per_pixel",
    "name_shape", "name_number", "host", "fetched_month", "source",
]  # fmt: skip

#: Names become folders, DVC stage names and shell arguments, so they are kept to what is safe in all three.
NAME = re.compile(r"^[a-z0-9][a-z0-9_]*$")


def _in_header(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("should be one line in plain ASCII letters, as it goes into a header of every request")
    return text


class Collect(Section):
    """How pictures are fetched over HTTP.

    ``workers`` requests are under way at a time, in ``processes`` processes. A host is asked by at most ``per_host``
    at a time and ``per_second`` times a second. ``rights`` decides on pictures that are opted out of machine learning:
    ``strict`` drops them, ``research`` keeps and marks them. With ``page_opt_outs``, the page that shows a picture is
    asked as well.
    """

    contact: Annotated[str, AfterValidator(_in_header)] = ""
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    processes: Annotated[int, Field(ge=1, le=16)] = 1
    timeout: Annotated[float, Field(gt=0)] = 20.0
    max_bytes: Annotated[int, Field(ge=1)] = 50_000_000
    per_host: Annotated[int, Field(ge=1, le=64)] = 4
    per_second: Annotated[float, Field(ge=0.01)] = 10.0
    rights: Literal["strict", "research"] = "strict"
    page_opt_outs: bool = True


class Screen(Section):
    """What a picture must be to be used. Sides in pixels; ``min_deviation`` in grey levels of 0..255.

    The same bytes from ``placeholder_hosts`` or more hosts are no picture but what servers send in place of one. What
    ``deduplicate`` is to do with a picture whose metadata speaks against its label, ``label_conflict`` says.
    """

    min_side: Annotated[int, Field(ge=1)] = 32
    max_pixels: Annotated[int, Field(ge=1)] = 200_000_000
    max_aspect: Annotated[float, Field(ge=1)] = 4.0
    min_deviation: Annotated[float, Field(ge=0)] = 2.0
    placeholder_hosts: Annotated[int, Field(ge=2)] = 5
    label_conflict: Literal["report", "drop"] = "report"


class Deduplicate(Section):
    """When two pictures count as one. ``max_distance`` in bits of the 64-bit hash.

    With ``orientations``, pictures that are mirrored or turned by quarters count as one, too; screening then hashes
    each picture eight times.
    """

    hash: Literal["phash", "dhash", "average_hash", "whash"] = "phash"
    max_distance: Annotated[int, Field(ge=0, le=10)] = 4
    cross_label: Literal["drop", "report", "fail"] = "drop"
    orientations: bool = False


class Equalise(Section):
    """One JPEG for all: every picture is compressed like this before it is resized."""

    quality: Annotated[int, Field(ge=1, le=100)] = 90
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = "4:2:0"


class Resize(Section):
    """The square sizes that are made of every picture, in pixels a side, and Pillow's name of the filter.

    What is no square becomes one: ``squash`` it, cut its middle out (``centre-crop``), or ``pad`` it with black.
    ``equalise`` compresses all alike first, so that how a file was compressed does not tell its class.
    """

    sizes: list[Side] = Field(default=[36, 64], min_length=1)
    filter: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] = "lanczos"
    mode: Literal["squash", "centre-crop", "pad"] = "squash"
    equalise: Equalise | None = None


#: Where params.yaml sets no other bound, an attribute that tells the label better than this raises the alarm.
DEFAULT_GATE = 0.6


class Audit(Section):
    """When a data set is too easy: an attribute of the files tells the label with a ROC-AUC above ``fail_above``.

    The build then fails; with ``null`` the report raises the alarm at 0.6 and no more. Attributes in ``ignore`` are
    measured, but raise none.
    """

    fail_above: Annotated[float, Field(ge=0.5, le=1)] | None = None
    ignore: list[Attribute] = Field(default=[])

    @property
    def gate(self) -> float:
        """Give the AUC above which an attribute raises the alarm."""
        return DEFAULT_GATE if self.fail_above is None else self.fail_above


class Params(Section):
    """All of params.yaml."""

    internet: Literal["sandbox", "live"] = "sandbox"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    sources: dict[str, Source]
    collect: Collect = Collect()
    screen: Screen = Screen()
    deduplicate: Deduplicate = Deduplicate()
    resize: Resize = Resize()
    audit: Audit = Audit()
    recipes: Annotated[list[str], Field(min_length=1)]

    def source(self, name: str) -> Source:
        """Look up one source.

        Raises:
            ParamsError: there is none of that name.
        """
        if name not in self.sources:
            raise ParamsError(PARAMS, "sources", f"no source {name!r}; known: {', '.join(self.sources)}")
        return self.sources[name]

    def sandboxed(self, names: Iterable[str]) -> list[str]:
        """List those of these sources whose pictures come from the sandbox in place of the internet."""
        return [name for name in names if self.internet == "sandbox" and self.source(name).online]


def load_params(root: Path) -> Params:
    """Read and check params.yaml.

    Raises:
        ParamsError: or one of its branches, for the first thing that is wrong.
        PathMissingError: a recipe that it names has no file.
    """
    content = dict(require_mapping(PARAMS, "", read_yaml(root / PARAMS)))
    if isinstance(content.get("sources"), Mapping):
        content["sources"] = {_name("sources", n): parse_source(PARAMS, n, s) for n, s in content["sources"].items()}
    params = parse(Params, PARAMS, content)
    for label in Label:
        if not any(label in source.classes() for source in params.sources.values()):
            raise MissingClassError(PARAMS, "sources", label.name)
    for recipe in params.recipes:
        path = Paths(root).recipe(_name("recipes", recipe))
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
            raise PathMissingError(f"recipes/{recipe}.yaml", "recipe", f"recipes in this project: {known}")
    return params


def _name(key: str, name: object) -> str:
    if isinstance(name, str) and NAME.match(name):
        return name
    raise ParamsError(PARAMS, key, f"{name!r} cannot be a name: use lower-case letters, digits and underscores")
