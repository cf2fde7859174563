"""``touchstone collect``: fetch a source, search it again for what is new, or start from nothing."""

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import reasons, show_json
from pipeline.runtime.errors import ParamsError
from touchstone.commands.run_dvc import commit_collected

if TYPE_CHECKING:
    from collectors.gathering.gather import Tally
    from pipeline.config.params import Params
    from pipeline.runtime.paths import Paths


def collect(
    source: Annotated[str, typer.Argument(help="A name under `sources:` in params.yaml.")],
    again: Annotated[bool, typer.Option("--again", help="Search again and add what is new; nothing goes.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Start from nothing: what is there goes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --anew: do not ask before anything goes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Collect one source. What was collected before stays until you ask otherwise.

    Without an option, a source that was collected already is left as it is. With --again it is searched once more:
    what is new is added, what is no longer found stays, with the day on which it was last found, and no picture is
    fetched twice. With --anew all of it goes, and comes from nothing; if that fails, it stays. DVC is told what came,
    so that `dvc repro` goes on from there.

    \b
    Examples:
      touchstone collect animals
      touchstone collect animals --again
      touchstone collect animals --anew --yes --json
    """
    from pipeline.config.params import load_params
    from pipeline.runtime.paths import Paths, find_root

    if again and anew:
        raise ParamsError("--again", "", "does not go with --anew: the one keeps what is there, the other does not")
    paths = Paths(find_root())
    params = load_params(paths.root)
    params.source(source)
    before = _count(paths, params, source)
    if anew and before["pictures"] and not yes:
        lost = f"{before['pictures']:,} pictures, {before['bytes'] / 2**20:,.1f} MiB, of {source} go"
        typer.confirm(f"{lost}; what no search finds any more is lost. Start from nothing?", abort=True, err=True)
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        tally = _run(paths, source, again, anew)
    after = _count(paths, params, source)
    committed = commit_collected(paths, params, source)
    told = {"source": source, "searched": tally is not None, "pictures": after["pictures"]}
    told |= {"before": before["pictures"], "failed": dict(sorted(tally.rejected.items())) if tally else {}}
    told["no_longer_found"] = tally.merged.unseen if tally and tally.merged else 0
    if as_json:
        show_json(told | {"committed": committed})
    else:
        _show(told, committed)


def _count(paths: "Paths", params: "Params", source: str) -> dict[str, int]:
    from pipeline.readers.funnel import collected_row
    from pipeline.records.shards import shard_paths
    from pipeline.runtime.errors import StageMissingError

    try:
        shards = shard_paths(paths.collected(source))
        pictures = collected_row(paths, source, params.stated(source)).given
        return {"pictures": pictures, "bytes": sum(shard.stat().st_size for shard in shards)}
    except StageMissingError:
        return {"pictures": 0, "bytes": 0}


def _run(paths: "Paths", source: str, again: bool, anew: bool) -> "Tally | None":
    """Collect; None where what there is was left as it is."""
    from collectors.gathering.collecting import collect_source, search
    from collectors.gathering.gather import CollectionJob

    if again or anew:
        return search(CollectionJob(source, paths.root, paths.spool(source), anew))
    return collect_source(source, paths.root)


def _show(told: dict[str, Any], committed: bool) -> None:
    source, pictures = told["source"], told["pictures"]
    if not told["searched"]:
        print(f"{source}: {pictures:,} pictures, collected before; --again searches once more, --anew from nothing")
        return
    lost = f", {told['no_longer_found']:,} no longer found and kept" if told["no_longer_found"] else ""
    print(
        f"{source}: {pictures:,} pictures, {told['before']:,} before{lost}; failed: {reasons(told['failed']) or '-'}"
    )
    if not committed:
        print("DVC was not told, as this is no project of DVC's")
