"""``touchstone retry``: try again what a source could not fetch."""

import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import reasons, show_json
from pipeline.runtime.errors import ParamsError
from touchstone.commands.run_dvc import commit_collected

if TYPE_CHECKING:
    from pipeline.runtime.paths import Paths


def retry(
    source: Annotated[str, typer.Argument(help="A name under `sources:` in params.yaml.")],
    cause: Annotated[
        list[str] | None, typer.Option(help="Only what failed for this reason; may be given more than once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try again what the last collection of a source could not fetch, and nothing else.

    There is no new search, unless nothing of the source could be fetched so far. What was fetched stays as it is. DVC
    is told of the changed out, so that `dvc repro` goes on from there.

    \b
    Examples:
      touchstone retry animals
      touchstone retry animals --cause timeout --cause connection
      touchstone retry animals --json
    """
    from pipeline.config.params import load_params
    from pipeline.runtime.paths import PARAMS, Paths, find_root

    paths, causes = Paths(find_root()), frozenset(cause or [])
    params = load_params(paths.root)
    if not params.source(source).kind.fetched:
        raise ParamsError(PARAMS, f"sources.{source}.collector", "its pictures are not fetched one by one")
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        run = _retry_failed if paths.collected(source).exists() else _collect_again
        found = {"source": source} | run(paths, source, causes)
        committed = bool(found["tried"]) and commit_collected(paths, params, source)
    if as_json:
        show_json(found | {"committed": committed})
    else:
        print(
            f"{source}: tried {found['tried']:,} again, fetched {found['fetched']:,}; "
            f"failed: {reasons(found['failed']) or '-'}"
        )
        if found["tried"] and not committed:
            print("DVC was not told, as the source is another in params.yaml now; `dvc repro` searches it again")


def _retry_failed(paths: "Paths", source: str, causes: frozenset[str]) -> dict[str, Any]:
    """Try again what failed in a collection that gave pictures."""
    from collectors.gathering.gather import CollectionJob, gather
    from collectors.http.fetch_again import fetch_again, is_chosen, read_failed

    before = read_failed(paths.collected(source))
    tried = sum(is_chosen(row, causes) for row in before)
    if tried:
        job = CollectionJob(source, paths.root, paths.retry_spool(source), search=False)
        gather(job, lambda context: fetch_again(causes, context))
    after = read_failed(paths.collected(source))
    return {"tried": tried, "fetched": len(before) - len(after), "failed": _count(row["reason"] for row in after)}


def _collect_again(paths: "Paths", source: str, causes: frozenset[str]) -> dict[str, Any]:
    """Collect a source of which nothing passed so far: what failed is asked again.

    Raises:
        StageMissingError: it was never tried.
        TouchstoneError: still nothing passes.
    """
    from collectors.gathering.collecting import collect_source
    from collectors.http.ledger import Ledger
    from pipeline.runtime.errors import StageMissingError

    if not paths.ledger(source).exists():
        raise StageMissingError(paths.collected(source), f"collect@{source}")
    with Ledger(paths.ledger(source), "") as ledger:
        tried = ledger.reopen(causes)
    tally = collect_source(source, paths.root)
    fetched, failed = (tally.fetched, _count(tally.rejected.elements())) if tally else (0, {})
    return {"tried": tried, "fetched": fetched, "failed": failed}


def _count(found: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(found).items()))
