"""``touchstone rename``: another name for a source, which keeps all its pictures."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import show_json
from pipeline.runtime.errors import ParamsError, TouchstoneError

if TYPE_CHECKING:
    from pipeline.config.params import Params
    from pipeline.runtime.paths import Paths
    from touchstone.commands.yaml_edit import Span


def rename(
    old: Annotated[str, typer.Argument(help="A name under `sources:` in params.yaml.")],
    new: Annotated[str, typer.Argument(help="Its new name: lower-case letters, digits and underscores.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Return a source another name. Its pictures stay, and nothing is fetched.

    The name is changed in params.yaml and in the recipes that name the source, and nothing else in these files. The
    folder of what was collected, what is on file of failures, and the entry in dvc.lock move along. What is made of
    the pictures names their source, so `dvc repro` makes it again.

    \b
    Examples:
      touchstone rename dalle2_generated_images dalle2
      touchstone rename animals creatures --json
    """
    from pipeline.config.params import load_params
    from pipeline.runtime.paths import Paths, find_root
    from touchstone.commands.run_dvc import run_dvc

    paths = Paths(find_root())
    params = load_params(paths.root)
    params.source(old)
    _require_free(paths, params, old, new)
    recipes = _edit_recipes(paths, old, new)
    _move_folders(paths, old, new)
    _rename_stage(paths.root, old, new)
    # Last, so that a call that is stopped before can be repeated.
    changed = [_edit_params(paths, old, new), *recipes]
    if (paths.root / ".dvc").is_dir():
        run_dvc(paths.root, "repro", "--quiet", "sources")
    if as_json:
        show_json({"old": old, "new": new, "changed": changed})
    else:
        print(f"{old} is {new} now, in {', '.join([*changed, 'dvc.lock'])}; its pictures stayed")
        print("`dvc repro` goes on from there")


def _require_free(paths: "Paths", params: "Params", old: str, new: str) -> None:
    from pipeline.config.params import NAME
    from pipeline.decisions.tombstones import read_tombstones
    from pipeline.runtime.paths import PARAMS

    if not NAME.match(new):
        raise ParamsError(PARAMS, "sources", f"{new!r} cannot be a name: use lower-case letters, digits, underscores")
    if new in params.sources:
        raise ParamsError(PARAMS, "sources", f"there is a source {new!r} already")
    if read_tombstones(paths.root).against_source(new):
        raise ParamsError(PARAMS, "sources", f"a source {new!r} was forgotten; take another name")
    for place in (paths.collected, paths.spool, paths.ledger):
        # Where only the new one is there, an earlier call was stopped half way.
        if place(new).exists() and place(old).exists():
            raise TouchstoneError(f"{place(new)}: is there of an earlier source {new!r}; move it away first")


def _edit_recipes(paths: "Paths", old: str, new: str) -> list[str]:
    """Change the name in recipes; list those that had it."""
    from touchstone.commands.yaml_edit import find_items

    changed = []
    for file in sorted((paths.root / "recipes").glob("*.yaml")):
        text = _read(file)
        spans = [s for path in (["sources"], ["split", "holdout", "sources"]) for s in find_items(text, path, old)]
        if spans:
            _write(file, text, spans, new)
            changed.append(file.relative_to(paths.root).as_posix())
    return changed


def _edit_params(paths: "Paths", old: str, new: str) -> str:
    """Change the name in params.yaml; give the name of that file."""
    from pipeline.runtime.paths import PARAMS
    from touchstone.commands.yaml_edit import find_key

    text = _read(paths.root / PARAMS)
    _write(paths.root / PARAMS, text, find_key(text, ["sources", old]), new)
    return PARAMS


def _read(file: Path) -> str:
    # As bytes, so that the ends of lines stay what they are.
    return file.read_bytes().decode("utf-8")


def _write(file: Path, text: str, spans: "list[Span]", new: str) -> None:
    from pipeline.storage.files import replacing
    from touchstone.commands.yaml_edit import replace_spans

    with replacing(file) as temporary:
        temporary.write_bytes(replace_spans(text, spans, new).encode("utf-8"))


def _move_folders(paths: "Paths", old: str, new: str) -> None:
    for place in (paths.collected, paths.spool, paths.retry_spool, paths.removed, paths.ledger):
        if place(old).exists():
            place(old).rename(place(new))
    for folder in (paths.screened(old), paths.resized(old)):
        shutil.rmtree(folder, ignore_errors=True)


def _rename_stage(root: Path, old: str, new: str) -> None:
    """Let dvc.lock say of the new source what it says of the old one's pictures."""
    from dvc.utils.serialize import modify_yaml

    from pipeline.raw_data.dvc_store import LOCK

    if not (root / LOCK).exists():
        return
    with modify_yaml(str(root / LOCK)) as content:
        stages: dict[str, Any] = content["stages"]
        for stage in ("screen", "resize"):
            stages.pop(f"{stage}@{old}", None)
        if entry := stages.pop(f"collect@{old}", None):
            entry["cmd"] = f"python -m pipeline.collect {new}"
            for kind, place in (("deps", "datasets/sources/{}.json"), ("outs", "datasets/collected/{}")):
                for each in entry.get(kind, []):
                    if each["path"] == place.format(old):
                        each["path"] = place.format(new)
            stages[f"collect@{new}"] = entry
