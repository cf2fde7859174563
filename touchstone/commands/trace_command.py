"""``touchstone trace``: what a model or a figure was made of."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import clean, show_json, show_table

if TYPE_CHECKING:
    from pipeline.lineage.origin import Origin

#: Files of changed code that are named. JSON has them all.
FILES = 5


def trace(
    path: Annotated[
        Path | None, typer.Argument(help="A file that a stage wrote, such as results/RECIPE/model.keras.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_prov: Annotated[
        bool, typer.Option("--prov", help="Print W3C PROV (JSON-LD); without a file, that of the whole build.")
    ] = False,
) -> None:
    """Trace a model, a figure or any other out back to all that it was made of.

    That is: the revision that recorded it, whether the code was that revision's, the params, the environment of the
    training, the version of every data set on the way, and every source with its counts.

    \b
    Examples:
      touchstone trace results/four_layer_cnn/model.keras
      touchstone trace results/four_layer_cnn/metrics.json --json
      touchstone trace --prov
    """
    from pipeline.lineage.origin import find_origin
    from pipeline.runtime.paths import find_root

    root = find_root()
    if as_prov:
        show_json(_describe(root, path))
        return
    if path is None:
        raise typer.BadParameter("name a file that a stage wrote, or ask for --prov of the whole build")
    origin = find_origin(root, path)
    sources = _count_sources(root, origin)
    if as_json:
        show_json(asdict(origin) | {"sources": sources})
    else:
        _show(origin, sources)


def _describe(root: Path, path: Path | None) -> dict[str, Any]:
    """Write the provenance of the whole build, or of what is behind one file."""
    from pipeline.lineage.lock import read_lock
    from pipeline.lineage.origin import find_origin
    from pipeline.lineage.prov import describe_build

    lock = read_lock(root)
    return describe_build(root, lock, lock.values() if path is None else find_origin(root, path).stages)


def _count_sources(root: Path, origin: "Origin") -> list[dict[str, Any]]:
    """Count what each source behind an out collected and what came through; an out of one recipe has its sources."""
    from pipeline.config.params import load_params
    from pipeline.readers.funnel import collected_row, read_funnel
    from pipeline.runtime.paths import Paths

    paths = Paths(root)
    recipe = origin.stage.partition("@")[2]
    collected = [stage.name.partition("@")[2] for stage in origin.stages if stage.name.startswith("collect@")]
    params = load_params(root)
    if recipe not in params.recipes:
        rows = [collected_row(paths, source, params.stated(source)) for source in collected]
        return [{"source": row.source, "collect": row.given} for row in rows]
    counts: dict[str, dict[str, Any]] = {}
    for step in read_funnel(paths, params, recipe).steps:
        for row in step.rows:
            counts.setdefault(row.source, {"source": row.source})[step.stage] = row.given
    return list(counts.values())


def _show(origin: "Origin", sources: list[dict[str, Any]]) -> None:
    state = "as it was recorded" if origin.intact else "CHANGED since dvc.lock recorded it"
    print(f"{origin.path}, by {origin.stage}: {state}, md5 {origin.md5}")
    print(f"revision     {origin.revision or 'none: dvc.lock is not committed as it is'}")
    print(f"code         {_tell_code(origin)}")
    if origin.environment:
        print(f"environment  {', '.join(f'{name} {value}' for name, value in origin.environment.items())}")
    print("\nParams\n")
    for file, values in origin.params.items():
        for key, value in sorted(values.items()):
            # `sources` tells all that `sources.animals` does.
            if not any(key.startswith(f"{other}.") for other in values):
                _show_param(f"{file}: {key}", value)
    print("\nVersions of data\n")
    data = [(stage.name, out.path, out.md5) for stage in origin.stages for out in stage.outs]
    show_table(("stage", "out", "md5"), data)
    print("\nSources\n")
    columns = list(sources[0]) if sources else ["source"]
    show_table([columns[0], *(f"{c}>" for c in columns[1:])], [[row[c] for c in columns] for row in sources])


def _tell_code(origin: "Origin") -> str:
    place = "at that revision" if origin.revision else "in the working tree"
    if not origin.changed_code:
        return f"the same as {place}"
    more = f" and {len(origin.changed_code) - FILES} more" if len(origin.changed_code) > FILES else ""
    return f"other than {place}: {', '.join(origin.changed_code[:FILES])}{more}"


def _show_param(name: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _show_param(f"{name}.{key}", each)
    else:
        print(clean(f"{name} = {value}"))
