"""Two versions of a project side by side, read from DVC's cache: nothing is checked out."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.lineage.lock import Lock, producers
from pipeline.lineage.manifests import Manifests, Row
from pipeline.raw_data.dvc_store import FOLDER, cached, read_listing
from pipeline.runtime.errors import TouchstoneError
from pipeline.runtime.paths import Paths

DEDUPLICATED = "datasets/deduplicated"


@dataclass(frozen=True, slots=True)
class Version:
    """A project as one dvc.lock has it. ``revision`` is None for the working tree."""

    root: Path
    cache: Path
    lock: Lock
    revision: str | None

    def recipes(self) -> list[str]:
        """Name the recipes whose pictures were divided."""
        return sorted(name.partition("@")[2] for name in self.lock if name.startswith("split@"))

    def kept(self) -> list[tuple[str, Path]]:
        """List the manifests of the pictures that deduplication kept: labels by source, and groups."""
        names = [name for name in self._listing(DEDUPLICATED) if name.startswith("keep/")]
        return [("kept", self.file(f"{DEDUPLICATED}/{name}")) for name in [*names, "groups.parquet"]]

    def divided(self, recipe: str) -> list[tuple[str, Path]]:
        """List the manifests of a recipe, each with the name of its split."""
        return [(part, self.file(f"datasets/split/{recipe}/{part}.parquet")) for part in ("train", "val", "test")]

    def dropped(self) -> list[Path]:
        """List the manifests of what was dropped before pictures were divided."""
        sources = [name.partition("@")[2] for name in self.lock if name.startswith("screen@")]
        names = [f"datasets/{stage}/{s}/rejected.parquet" for s in sources for stage in ("collected", "screened")]
        return [self.file(name) for name in [*names, f"{DEDUPLICATED}/duplicates.parquet"]]

    def file(self, path: str) -> Path:
        """Find the content that a file of an out has in this version.

        Raises:
            TouchstoneError: DVC's cache has it not.
        """
        if self.revision is None:
            return self.root / path
        _, out = next(producers(self.lock, path), (None, None))
        if out is None:
            raise self._missing(path)
        whole = out.md5.endswith(FOLDER)
        md5 = self._listing(out.path).get(path.removeprefix(out.path + "/"), "") if whole else out.md5
        if not cached(self.cache, md5).is_file():
            raise self._missing(path)
        return cached(self.cache, md5)

    def _listing(self, folder: str) -> dict[str, str]:
        if self.revision is None:
            files = (path for path in (self.root / folder).rglob("*") if path.is_file())
            return {path.relative_to(self.root / folder).as_posix(): "" for path in files}
        out = next((out for _, out in producers(self.lock, folder)), None)
        listing = read_listing(self.cache, out.md5) if out else None
        if listing is None:
            raise self._missing(folder)
        return listing

    def _missing(self, path: str) -> TouchstoneError:
        return TouchstoneError(
            f"{path} of {self.revision} is not in DVC's cache; get it from a remote with `dvc fetch --all-commits`"
        )


@dataclass(frozen=True, slots=True)
class VersionChange:
    """What differs. Rows have an ``id`` and, as ``before`` and ``after``, what the sides know of it."""

    came: list[Row] = field(default_factory=list)
    went: list[Row] = field(default_factory=list)
    relabelled: list[Row] = field(default_factory=list)
    regrouped: list[Row] = field(default_factory=list)
    moved: dict[str, list[Row]] = field(default_factory=dict)
    metrics: dict[str, dict[str, Row]] = field(default_factory=dict)


def compare(before: Version, after: Version) -> VersionChange:
    """Compare the kept pictures of two versions, their places in every recipe, and what the models made of the test.

    Raises:
        TouchstoneError: a version is not in DVC's cache as a whole.
    """
    manifests = Manifests(Paths(before.root))
    rows = manifests.compare(before.kept(), after.kept(), ("source", "label", "group"))
    both = [row for row in rows if row["before"] and row["after"]]
    shared = sorted({*before.recipes()} & {*after.recipes()})
    return VersionChange(
        came=[row for row in rows if not row["before"]],
        went=_explain(manifests, after, [row for row in rows if not row["after"]]),
        relabelled=[row for row in both if row["before"]["label"] != row["after"]["label"]],
        regrouped=[row for row in both if row["before"]["group"] != row["after"]["group"]],
        moved={recipe: _find_moved(manifests, before, after, recipe) for recipe in shared},
        metrics={recipe: _compare_metrics(before, after, recipe) for recipe in shared},
    )


def _find_moved(manifests: Manifests, before: Version, after: Version, recipe: str) -> list[Row]:
    return manifests.compare(before.divided(recipe), after.divided(recipe), ("source", "part"))


def _explain(manifests: Manifests, after: Version, went: list[Row]) -> list[Row]:
    """Add the reason for which each picture is missing in the later version."""
    ids = [row["id"] for row in went]
    rows = manifests.read(after.dropped(), "list_contains(?, id)", [ids], "id, reason") if ids else []
    reasons = {row["id"]: row["reason"] for row in rows}
    return [row | {"reason": reasons.get(row["id"], "not collected")} for row in went]


def _compare_metrics(before: Version, after: Version, recipe: str) -> dict[str, Row]:
    """Compute the figures of both versions from their predictions, with today's definitions."""
    figures = [_measure(version, recipe) for version in (before, after)]
    first, second = figures
    numbers = [name for name, value in first.items() if isinstance(value, int | float) and name in second]
    return {
        name: {"before": first[name], "after": second[name], "change": second[name] - first[name]} for name in numbers
    }


def _measure(version: Version, recipe: str) -> dict[str, Any]:
    from pipeline.evaluation.metrics import measure
    from pipeline.models.saved_model import SUFFIX, read_threshold
    from pipeline.storage.tables import read_table

    with TemporaryDirectory() as folder:
        # In the cache its name has no suffix, by which a model is known.
        model = Path(folder) / f"model{SUFFIX}"
        model.symlink_to(version.file(f"results/{recipe}/model{SUFFIX}"))
        threshold = read_threshold(model)
    predictions = read_table(version.file(f"results/{recipe}/predictions.parquet"), f"evaluate@{recipe}")
    return measure(predictions.to_pandas(), threshold)
