"""``touchstone sources``: what is configured, and what each source gave."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import reasons, show_json, show_table
from pipeline.runtime.errors import StageMissingError

if TYPE_CHECKING:
    from collectors.source_settings import Source
    from pipeline.runtime.paths import Paths
    from pipeline.statements.stated import Stated

COLUMNS = ("source", "collector", "what", "label", "collected>", "MiB>", "screened>", "kept>")


def sources(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show where pictures come from, and what each source gave so far.

    A dash stands for a stage that has not run yet. `kept` is what deduplication left.

    \b
    Examples:
      touchstone sources
      touchstone sources --json
    """
    from pipeline.config.params import load_params
    from pipeline.runtime.paths import Paths, find_root

    root = find_root()
    found = [describe(Paths(root), name, source) for name, source in load_params(root).sources.items()]
    if as_json:
        show_json({"sources": found})
    else:
        show_table(COLUMNS, map(_as_row, found))
        _show_rejected(found)


def describe(paths: "Paths", name: str, source: "Source") -> dict[str, Any]:
    """Return what a source is and what it gave; None where a stage has not run."""
    settings = source.model_dump(exclude_none=True, exclude_defaults=True)
    classes = sorted(source.classes())
    described: dict[str, Any] = {
        "name": name,
        "collector": settings.pop("collector"),
        "labels": [label.name for label in classes],
        "settings": {key: value for key, value in settings.items() if key != "label"},
    }
    return described | _counts(paths, name, source.stated())


def _counts(paths: "Paths", name: str, stated: "Stated") -> dict[str, Any]:
    from pipeline.readers.funnel import collected_row, screened_row
    from pipeline.records.shards import read_shard, shard_paths
    from pipeline.storage.tables import read_table

    columns = ("collected", "bytes", "found_by", "rejected", "screened", "screened_out", "kept")
    counts: dict[str, Any] = dict.fromkeys(columns)
    try:
        collected, shards = collected_row(paths, name, stated), shard_paths(paths.collected(name))
        counts |= {"collected": collected.given, "bytes": sum(shard.stat().st_size for shard in shards)}
        rules = [rule for shard in shards for rule in read_shard(shard, ["found_by"])["found_by"].to_pylist()]
        counts |= {"found_by": dict(sorted(Counter(filter(None, rules)).items())), "rejected": dict(collected.dropped)}
        screened = screened_row(paths, name)
        counts |= {"screened": screened.given, "screened_out": dict(screened.dropped)}
        counts["kept"] = read_table(paths.keep_list(name), "deduplicate", ["label"]).num_rows
    except StageMissingError:
        pass  # What has not run stays None.
    return counts


def _as_row(found: dict[str, Any]) -> tuple[object, ...]:
    from collectors.registry import find_collector

    size = found["bytes"]
    return (
        found["name"],
        found["collector"],
        found["settings"].get(find_collector(found["collector"]).asks),
        " + ".join(found["labels"]),
        found["collected"],
        None if size is None else f"{size / 2**20:,.1f}",
        found["screened"],
        found["kept"],
    )


def _show_rejected(found: list[dict[str, Any]]) -> None:
    columns = {"collect": "rejected", "screen": "screened_out"}
    rows = [(each["name"], stage, reasons(each[key])) for each in found for stage, key in columns.items() if each[key]]
    if rows:
        print("\nRejected, and why\n")
        show_table(("source", "stage", "reasons"), rows)
