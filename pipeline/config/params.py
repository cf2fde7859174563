"""params.yaml as frozen, validated objects. The only module that reads it."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated, Any, Literal

from pydantic import Field

from collectors.http.collect_settings import Collect
from collectors.registry import COLLECTORS, find_collector
from collectors.source_settings import Source
from pipeline.auditing.audit_settings import Audit
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.resizing.resize_settings import Resize
from pipeline.runtime.errors import (
    MissingClassError,
    ParamsError,
    PathMissingError,
    UnknownCollectorError,
    UnknownKeyError,
    nearest,
)
from pipeline.runtime.paths import PARAMS, Paths
from pipeline.runtime.section import Section, parse, read_yaml, require_mapping
from pipeline.screens.screen_settings import Screen
from pipeline.statements.stated import NOTHING_STATED, Stated
from pipeline.storage.labels import Label

#: Names become folders, DVC stage names and shell arguments, so they are kept to what is safe in all three.
NAME = re.compile(r"^[a-z0-9][a-z0-9_]*$")


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

    def stated(self, name: str) -> Stated:
        """Return what is stated of a source: nothing of one that params.yaml has lost."""
        return self.sources[name].stated() if name in self.sources else NOTHING_STATED

    def definition(self, name: str) -> dict[str, Any]:
        """Return what a source is: as long as that stays, what was collected stays.

        Raises:
            ParamsError: there is none of that name.
        """
        source = self.source(name)
        return source.definition() | ({"internet": self.internet} if source.kind.online else {})

    def sandboxed(self, names: Iterable[str]) -> list[str]:
        """List those of these sources whose pictures come from the sandbox in place of the internet."""
        return [name for name in names if self.internet == "sandbox" and self.source(name).kind.online]


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


def parse_source(file: str, name: str, content: Any) -> Source:
    """Turn one entry under ``sources:`` into its settings.

    Raises:
        ParamsError: or one of its branches.
    """
    key, known = f"sources.{name}", [each.name for each in COLLECTORS]
    collector = require_mapping(file, key, content).get("collector")
    if collector is None:
        for misspelt in content:
            if nearest(misspelt, ["collector"]) and misspelt != "collector":
                raise UnknownKeyError(file, f"{key}.{misspelt}", Source.model_fields)
        raise ParamsError(file, f"{key}.collector", f"is missing; known: {', '.join(known)}")
    if not isinstance(collector, str) or collector not in known:
        raise UnknownCollectorError(file, f"{key}.collector", collector, known)
    settings: type[Source] = resolve_name(find_collector(collector).settings)
    return parse(settings, file, content, key)


def _name(key: str, name: object) -> str:
    if isinstance(name, str) and NAME.match(name):
        return name
    raise ParamsError(PARAMS, key, f"{name!r} cannot be a name: use lower-case letters, digits and underscores")
