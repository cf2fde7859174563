"""Reading YAML into frozen, validated objects, with errors that name the key and say what would be right."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from pipeline.runtime.errors import ParamsError, UnknownKeyError, WrongTypeError

#: Numbers that several sections take.
Count = Annotated[int, Field(ge=1)]
Side = Annotated[int, Field(ge=8, le=1024)]  #: pixels
Ratio = Annotated[float, Field(ge=0, le=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Part = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A part of params.yaml or of a recipe: no unknown keys, no silent conversions, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


SectionType = TypeVar("SectionType", bound=Section)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML would take the last in silence, as where a second section is pasted in."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := next((key for key in keys if keys.count(key) > 1 and key != "<<"), None):
            problem = f"the key {twice!r} stands twice; make one of both"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        ParamsError: the file cannot be read or is not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise ParamsError(path.name, "", f"cannot be read ({error})") from error
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:  # As over dates that are none.
        raise ParamsError(path.name, "", f"is not YAML ({' '.join(str(error).split())})") from error


def parse(section: type[SectionType], file: str, content: Any, prefix: str = "") -> SectionType:
    """Turn what a YAML file holds, at the key ``prefix``, into a section.

    Raises:
        ParamsError: or one of its branches, for the first thing that is wrong.
    """
    require_mapping(file, prefix, content)
    try:
        return section.model_validate(content)
    except ValidationError as error:
        # A misspelt key comes first: the right one is missing for no other reason.
        problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        raise _explain(section, file, prefix, problems[0]) from error


def require_mapping(file: str, key: str, content: Any) -> Mapping[Any, Any]:
    """Return ``content`` back when it maps keys to values.

    Raises:
        WrongTypeError: it does not.
    """
    if isinstance(content, Mapping):
        return content
    raise WrongTypeError(file, key, f"must map keys to values, not {content!r}")


def _explain(section: type[Section], file: str, prefix: str, problem: ErrorDetails) -> ParamsError:
    place = problem["loc"]
    key = ".".join(filter(None, [prefix, *map(str, place)]))
    message = problem["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if problem["type"] == "extra_forbidden":
        return UnknownKeyError(file, key, _section_at(section, place[:-1]).model_fields)
    if problem["type"] == "missing":
        return ParamsError(file, key, "is missing")
    if problem["type"].endswith("_type"):
        return WrongTypeError(file, key, f"{message}, not {problem['input']!r}")
    return ParamsError(file, key, f"{message}, not {problem['input']!r}")


def _section_at(section: type[Section], place: Sequence[int | str]) -> type[Section]:
    """Follow field names down to the section that they lead to; keys of mappings lead no further than their field."""
    for step in place:
        if step not in section.model_fields:
            continue
        annotation = section.model_fields[step].annotation
        choices = (annotation, *get_args(annotation))
        section = next(c for c in choices if isinstance(c, type) and issubclass(c, Section))
    return section
