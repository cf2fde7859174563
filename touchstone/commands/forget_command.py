"""``touchstone forget``: a takedown. What is to go goes from everything, stays out, and that is proved."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import show_json
from pipeline.runtime.errors import ChainError, TouchstoneError

if TYPE_CHECKING:
    from pipeline.lineage.manifests import Manifests
    from pipeline.lineage.purge import PurgeTarget
    from pipeline.lineage.removal import Removal
    from pipeline.runtime.paths import Paths


def forget(
    what: Annotated[str, typer.Argument(help="An id or its first digits, an address, a host, or a source.")],
    why: Annotated[str, typer.Option(help="The reason, which is kept in git with the hash.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before anything is deleted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove pictures for good, build everything anew without them, and prove that they are gone.

    By an id or an address, a picture goes wherever it is: its bytes, its pixels, and what counts as the same by its
    hash. By a host or a source goes what came from there. A tombstone with hash and reason is written to
    datasets/forgotten.json, which belongs into git; it keeps the picture out of later collections. No other picture
    moves from one split to another.

    What holds the picture in DVC's cache, of whatever version, is deleted there; all else of older versions stays.

    \b
    Examples:
      touchstone forget 1f0c5d0f9a3b --why "asked for by the photographer"
      touchstone forget https://example.org/photo.jpg --why "no licence" --yes
      touchstone forget example.org --why "the host opted out"
    """
    from pipeline.config.params import load_params
    from pipeline.lineage.manifests import Manifests
    from pipeline.lineage.removal import plan_removal
    from pipeline.runtime.paths import Paths, find_root

    paths = Paths(find_root())
    params, manifests = load_params(paths.root), Manifests(paths)
    removal = plan_removal(manifests, params, what, why)
    _require_current(paths.root, list(params.sources))
    counted = (
        f"{len(removal.records):,} records, in {', '.join(sorted({r[0] for r in removal.records})) or 'no source'}"
    )
    print(f"to be forgotten: {counted}", file=sys.stderr)
    if not yes:
        question = "Remove them, build everything anew, and delete what holds them in DVC's cache?"
        typer.confirm(question, abort=True, err=True)
    wanted = _note(manifests, removal)
    lost = {record[0] for record in removal.records} - params.sources.keys()
    _bury(paths, removal, lost | ({what} & {*params.sources, *manifests.sources()}))
    proof = _prove(paths, wanted)
    paths.forgetting.unlink()
    if as_json:
        show_json({"forgotten": sorted(wanted.ids), "sources": counted} | proof)
    else:
        _show(counted, proof)


def _note(manifests: "Manifests", removal: "Removal") -> "PurgeTarget":
    """Describe what to look for until it is proved gone, and keep that on file: once it is gone, nothing else tells.

    With what an earlier call was stopped over.
    """
    from pipeline.lineage.purge import look_for, read_wanted, write_wanted

    path = manifests.paths.forgetting
    stopped = read_wanted(path)
    if stopped.contents:
        print("going on with what was stopped before, too", file=sys.stderr)
    wanted = look_for(manifests, removal.records) | stopped
    write_wanted(path, wanted)
    return wanted


def _show(counted: str, proof: dict[str, Any]) -> None:
    print(f"forgotten: {counted}")
    print(f"deleted from DVC's cache: {len(proof['deleted']):,} files of older versions")
    print(f"proved: {proof['outs']:,} files of outs and {proof['cached']:,} in DVC's cache hold none of them")
    print("\nWhat is left to do")
    print("".join(f"- {step}\n" for step in proof["to_do"]), end="")


def _require_current(root: Path, sources: list[str]) -> None:
    """Check that all collections are what params.yaml asks for: they are about to be declared so.

    Raises:
        TouchstoneError: one is not.
    """
    stages = [f"collect@{source}" for source in sources]
    if _dvc(root, "status", "--quiet", *stages, check=False).returncode:
        raise TouchstoneError("a source was not collected as params.yaml and the code have it; run `dvc repro` first")


def _bury(paths: "Paths", removal: "Removal", sources: set[str]) -> None:
    """Set the tombstones, take whole sources out, rewrite what was collected of others, build everything anew.

    A source that params.yaml has lost goes whole: nothing would build it anew without the picture.
    """
    from collectors.gathering.tombstone_filter import bury_kept, rewrite
    from pipeline.config.params import load_params
    from pipeline.decisions.reviews import read_reviews, write_reviews
    from pipeline.decisions.tombstones import Tombstones, read_tombstones, write_tombstones

    root, before = paths.root, read_tombstones(paths.root)
    stones = {(stone.kind, stone.sha256): stone for stone in (*before.stones, *removal.stones)}
    gone = {stone.sha256 for stone in stones.values()}
    groups = {
        name: tuple(sorted({*before.groups.get(name, ()), *removal.groups.get(name, ())} - gone))
        for name in {*before.groups, *removal.groups}
    }
    tombstones = Tombstones(tuple(stones.values()), {name: left for name, left in groups.items() if left})
    write_tombstones(root, tombstones)
    reviews = read_reviews(root)
    if not gone.isdisjoint(reviews):
        # What was said of a picture goes with it: its tombstone says why.
        write_reviews(root, (review for review in reviews.values() if review.id not in gone))
    for each in sorted(sources):
        _take_out(paths, each)
    for each in sorted({record[0] for record in removal.records} - sources):
        rewrite(paths.collected(each), tombstones)
    for kept in sorted(paths.removed("x").parent.glob("*")):
        bury_kept(kept, root)
    _dvc(root, "commit", "--quiet", "--force", *(f"collect@{name}" for name in load_params(root).sources))
    _dvc(root, "repro")
    for left in (paths.spool("x").parent, paths.retry_spool("x").parent):
        shutil.rmtree(left, ignore_errors=True)


def _take_out(paths: "Paths", source: str) -> None:
    """Take a source out of params.yaml and dvc.lock, and what was made of it alone."""
    from dvc.utils.serialize import modify_yaml

    from pipeline.lineage.lock import PER_SOURCE
    from pipeline.runtime.paths import PARAMS

    with modify_yaml(str(paths.root / PARAMS)) as content:
        content["sources"].pop(source, None)
    with modify_yaml(str(paths.root / "dvc.lock")) as content:
        for stage in PER_SOURCE:
            content["stages"].pop(f"{stage}@{source}", None)
    for folder in (paths.collected(source), paths.screened(source), paths.resized(source)):
        shutil.rmtree(folder, ignore_errors=True)


def _prove(paths: "Paths", wanted: "PurgeTarget") -> dict[str, Any]:
    """Delete what holds the pictures from DVC's cache, then look for them in all of it and in all outs.

    Raises:
        ChainError: something still holds one of them.
    """
    from pipeline.config.params import load_params
    from pipeline.lineage.lock import drop_lost, read_lock
    from pipeline.lineage.manifests import Manifests
    from pipeline.lineage.purge import cache_files, clear_cache, find_traces, out_files
    from pipeline.raw_data.dvc_store import find_cache

    sources = load_params(paths.root).sources
    # What dvc.lock still has of sources that params.yaml has lost counts as an older version.
    lock = drop_lost(read_lock(paths.root), sources)
    manifests, cache = Manifests(paths), find_cache(paths.root)
    deleted = clear_cache(manifests, cache, lock, wanted)
    outs, cached = out_files(paths, lock), cache_files(cache)
    for trace in find_traces(manifests, [*outs, *cached], wanted):
        raise ChainError(f"{trace}: still holds one of them, or cannot be read; it is not forgotten yet")
    return {"outs": len(outs), "cached": len(cached), "deleted": deleted, "to_do": _list_duties(paths)}


def _list_duties(paths: "Paths") -> list[str]:
    """Describe what only people can do: commit, clear remotes, delete what the pictures came from."""
    remotes = [line.split() for line in _dvc(paths.root, "remote", "list").stdout.split("\n") if line.strip()]
    duties = ["git: commit datasets/*.json, dvc.lock and params.yaml; git itself never held the pictures"]
    duties += [
        f"remote {name}: `dvc push --remote {name}`, then delete the same files under {where[0]} (`deleted` of --json "
        f"names them), or all older versions: `dvc gc --workspace --cloud --remote {name}`"
        for name, *where in remotes
    ]
    duties.append("models of older versions, which may have learned from them, are still in DVC's cache")
    duties.append("datasets/ledgers still names the addresses that were tried; it holds no picture")
    duties.append("other clones: git pull, dvc pull, and the same deletions, or `dvc gc --workspace`")
    duties.append("archives and folders that you collect from, and Kaggle's archives in the cache, still hold them")
    duties.append("so does what was exported before, here and wherever it was passed on")
    return duties


def _dvc(root: Path, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run DVC; what a long build says of its progress goes to the terminal, beside our own output."""
    # The stages are `python -m pipeline.STAGE`: this python.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "dvc", *words]
    out = sys.__stderr__ if words[0] == "repro" else subprocess.PIPE
    run = subprocess.run(command, cwd=root, stdout=out, env=environment, text=True, check=False)  # noqa: S603
    if check and run.returncode:
        raise TouchstoneError(f"`dvc {' '.join(words)}` failed, see above; nothing is proved yet, run it again")
    return run
