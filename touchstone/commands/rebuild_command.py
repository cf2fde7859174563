"""``touchstone rebuild``: the pictures of a published list, fetched anew by their addresses."""

import shutil
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from pipeline.runtime.console import reasons, show_json
from pipeline.runtime.errors import PathMissingError, TouchstoneError


def rebuild(
    manifest: Annotated[Path, typer.Argument(help="The list: manifest.parquet of an export, or such a CSV.")],
    folder: Annotated[Path, typer.Argument(help="Where the pictures go; it must be empty, or not there yet.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fetch the pictures of a published list by their addresses, and check the hash of each.

    Those that are what they were come into folders by split and class, as `touchstone export --to imagefolder` has
    them. What became of every row, and why some are gone or others now, is in outcomes.parquet beside them. Killed, it
    goes on where it was. Inside a project, its settings under `collect` hold, and its tombstones.

    \b
    Examples:
      touchstone rebuild manifest.parquet pictures
      touchstone rebuild manifest.parquet pictures --json
    """
    from pipeline.storage.files import replacing_folder

    if not manifest.is_file():
        raise PathMissingError(manifest, "file", "name the manifest.parquet of an export")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TouchstoneError(f"{folder}: is there already and not empty; name another folder, or clear it")
    target = folder.resolve()
    fetching = target.parent / f".{target.name}.fetching"
    with replacing_folder(target) as temporary:
        outcomes = _fetch(manifest, temporary, fetching)
    shutil.rmtree(fetching, ignore_errors=True)
    same, total = outcomes.pop("same", 0), outcomes.total()
    if as_json:
        show_json({"same": same, "lost_or_changed": dict(sorted(outcomes.items()))})
    else:
        print(f"the same as they were: {same:,} of {same + total:,}")
        print(f"lost or changed: {reasons(outcomes) or 'none'}")
        print(f"one by one: {folder / 'outcomes.parquet'}")


def _fetch(manifest: Path, target: Path, fetching: Path) -> Counter[str]:
    """Fetch as the project around does; outside of one, as a new one would, from the live internet."""
    from collectors.gathering.internet import connect
    from collectors.http.collect_settings import Collect
    from collectors.http.context import LIVE, CollectContext, Internet
    from pipeline.config.params import load_params
    from pipeline.decisions.tombstones import Tombstones, read_tombstones
    from pipeline.runtime.paths import cache_folder
    from touchstone.publishing.refetch import refetch

    internet: AbstractContextManager[Internet] = nullcontext(LIVE)
    settings, tombstones = Collect(), Tombstones()
    if root := _find_project():
        params, tombstones = load_params(root), read_tombstones(root)
        internet, settings = connect(params.internet, cache_folder()), params.collect
    with internet as addresses:
        context = CollectContext(
            internet=addresses,
            fetching=settings,
            root=target,
            previous=fetching / "previous",
            spool=fetching / "spool",
            ledger=fetching / "ledger.sqlite",
            cache=cache_folder(),
        )
        return refetch(manifest, target, context, tombstones)


def _find_project() -> Path | None:
    from pipeline.runtime.paths import find_root

    try:
        return find_root()
    except PathMissingError:
        return None
