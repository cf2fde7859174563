"""Say what every source is, and what is stated of it: what later stages depend on. Runs before all others.

Reads params.yaml, so that what is wrong in it is said before anything is fetched. Writes datasets/sources/SOURCE.json:
what the source is (collector, query, filters, data set, version, path, layout, limit, which internet), on which alone
it depends whether it is collected again; and datasets/stated/SOURCE.json: the label and the generator that people
state, on which it depends whether it is screened again.

What the workspace still has of sources that params.yaml has lost is taken out of it; raw data are kept.
"""

import shutil
from pathlib import Path

from pipeline.config.params import NAME, Params, load_params
from pipeline.raw_data.kept_sources import put_away
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.storage.files import replacing_folder, write_json


def write_definitions(paths: Paths, params: Params) -> None:
    """Write what every source is, and what is stated of it."""
    folders = paths.definition("x").parent, paths.stated("x").parent
    with replacing_folder(folders[0]) as defined, replacing_folder(folders[1]) as stated:
        for name, source in params.sources.items():
            label = source.stated_label
            said = {"label": None if label is None else label.name, "generator": source.generator}
            write_json(defined / f"{name}.json", params.definition(name))
            write_json(stated / f"{name}.json", said)


def tidy(paths: Paths, params: Params) -> list[str]:
    """Take out of the workspace what it has of sources that params.yaml has lost; tell of each what became of it."""
    lost = [name for name in _folders(paths.collected("x").parent) if name not in params.sources]
    told = [_tell(paths, name, put_away(paths, name)) for name in lost]
    for place in (paths.screened, paths.resized):
        for name in _folders(place("x").parent):
            if name not in params.sources:
                shutil.rmtree(place(name))
    return told


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.is_dir() and NAME.match(path.name))


def _tell(paths: Paths, name: str, kept: Path | None) -> str:
    where = "DVC's cache" if kept is None else kept.relative_to(paths.root).as_posix()
    return f"  {name}: no longer in params.yaml; what was collected is kept in {where}"


def main() -> None:
    """Run the stage."""
    stage, root = Stage("sources"), find_root()
    params, paths = load_params(root), Paths(root)
    write_definitions(paths, params)
    for line in tidy(paths, params):
        print(line, flush=True)
    stage.summarise(len(params.sources), len(params.sources))


if __name__ == "__main__":
    run_command(main)
