"""A project for pictures that belong to none: the stages find in it what they find in ours."""

import re
from dataclasses import dataclass
from pathlib import Path

from collectors.http.collect_settings import Collect
from collectors.source_settings import Source
from pipeline.config.params import Params, load_params
from pipeline.resizing.resize_settings import Resize
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import Paths, find_root
from pipeline.screens.screen_registry import SCREENS
from pipeline.screens.screen_settings import Screen


@dataclass(frozen=True, slots=True)
class DataLocation:
    """Folders and params of a project without a recipe."""

    paths: Paths
    params: Params


def make_place(folder: Path, sources: dict[str, Source], side: int) -> DataLocation:
    """Make a project in an empty folder, whose pictures become squares of one side.

    How they do, and how large a file may be, is as in the project that this is called in, if there is one. Screening
    drops nothing that can be decoded: somebody's test is taken as it is.
    """
    resize, collect, screen = Resize(), Collect(), Screen()
    try:
        context = load_params(find_root())
    except PathMissingError:
        pass
    else:
        resize, collect, screen = context.resize, context.collect, context.screen
    everything = {setting: value for check in SCREENS for setting, value in check.lenient.items()}
    params = Params(
        sources=sources,
        recipes=["none"],
        collect=collect,
        resize=resize.model_copy(update={"sizes": [side]}),
        screen=screen.model_copy(update=everything),
    )
    return DataLocation(Paths(folder), params)


def name_source(path: Path) -> str:
    """Make of a path what can be the name of a source.

    >>> name_source(Path("down/My Pictures (2).zip"))
    'my_pictures_2'
    """
    return re.sub(r"[^a-z0-9]+", "_", path.resolve().stem.lower()).strip("_") or "pictures"
