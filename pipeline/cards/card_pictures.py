"""What the cards count of the pictures of a recipe: rights, origins, generators, times. All read from manifests."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.decisions.reviews import read_reviews
from pipeline.records.shards import read_shard, shard_paths
from pipeline.rights.rights import Rights, rights_of
from pipeline.runtime.paths import Paths
from pipeline.statements.stated import Stated
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class LicenceGrant:
    """How many pictures of a source stand under one licence, and what follows from it."""

    source: str
    rights: Rights
    pictures: int


@dataclass(frozen=True, slots=True)
class CardPictures:
    """The pictures of a recipe, counted.

    ``version`` is the sha256 of all ids with their labels and splits; ``fetched`` the first and the last day on which
    each source was fetched; ``evidence`` and ``generators`` count pictures by label and word. People ``looked`` at so
    many of them one by one, and ``relabelled`` so many.
    """

    version: str
    fetched: Mapping[str, tuple[date, date]]
    rights: Sequence[LicenceGrant]
    evidence: Mapping[tuple[str, str], int]
    generators: Mapping[tuple[str, str], int]
    looked: int
    relabelled: int

    def shared(self) -> dict[str, int]:
        """Count what may be passed on: ``open``, ``unchanged``, ``closed``, and the sum."""
        counts = dict.fromkeys(("open", "unchanged", "closed"), 0)
        for each in self.rights:
            counts[each.rights.answer] += each.pictures
        return counts | {"pictures": sum(counts.values())}


def count_pictures(paths: Paths, recipe: str, sources: Mapping[str, Stated]) -> CardPictures:
    """Count the pictures that a recipe's splits hold, of ``sources`` with what is stated of them.

    Raises:
        ParamsError: the reviews cannot be read.
        StageMissingError: a stage has not run.
    """
    divided = {split: _read_split(paths, recipe, split) for split in SPLITS}
    kept = pa.concat_tables(divided.values())
    reviews = read_reviews(paths.root)
    fetched: dict[str, tuple[date, date]] = {}
    rights: list[LicenceGrant] = []
    evidence: Counter[tuple[str, str]] = Counter()
    relabelled = 0
    for source, stated in sources.items():
        mine = kept.filter(pc.equal(kept["source"], source))
        if len(mine):
            collected = stated.apply(_read_collected(paths, source, mine["rank"]))
            fetched[source] = _days(collected)
            screened = _read_screened(paths, source, mine)
            rights += _grant(source, collected, screened)
            evidence.update(_words(screened, "evidence"))
            relabelled += pc.sum(pc.not_equal(screened["label"], screened["found_as"])).as_py()
    generators = Counter(_words(kept, "generator"))
    looked = sum(identity in reviews for identity in kept["id"].to_pylist())
    return CardPictures(_digest(divided), fetched, rights, _sorted(evidence), _sorted(generators), looked, relabelled)


def _read_split(paths: Paths, recipe: str, split: str) -> pa.Table:
    columns = ["source", "rank", "id", "label", "generator"]
    return read_table(paths.split(recipe) / f"{split}.parquet", f"split@{recipe}", columns)


def _read_collected(paths: Paths, source: str, ranks: pa.ChunkedArray) -> pa.Table:
    columns = ["rank", "license", "http.opt_out", "fetched_at"]
    tables = [read_shard(shard, columns) for shard in shard_paths(paths.collected(source))]
    table = pa.concat_tables(tables)
    return table.filter(pc.is_in(table["rank"], value_set=ranks.combine_chunks()))


def _read_screened(paths: Paths, source: str, kept: pa.Table) -> pa.Table:
    """Read what was measured of pictures that were kept: with the ``label`` that counts, and the one ``found_as``."""
    path = paths.screened(source) / "manifest.parquet"
    table = read_table(path, f"screen@{source}", ["rank", "label", "evidence", "license_in_file"])
    table = table.rename_columns(["rank", "found_as", "evidence", "license_in_file"])
    return table.join(kept.select(["rank", "label"]), "rank", join_type="inner", use_threads=False)


def _days(collected: pa.Table) -> tuple[date, date]:
    ends = pc.min_max(collected["fetched_at"]).as_py()
    return ends["min"].date(), ends["max"].date()


def _grant(source: str, collected: pa.Table, screened: pa.Table) -> list[LicenceGrant]:
    in_files = dict(zip(screened["rank"].to_pylist(), screened["license_in_file"].to_pylist(), strict=True))
    counts: Counter[Rights] = Counter()
    for row in collected.to_pylist():
        counts[rights_of(row | {"license_in_file": in_files[row["rank"]]})] += 1
    return [
        LicenceGrant(source, rights, count)
        for rights, count in sorted(counts.items(), key=lambda item: (item[0].licence or "", item[0].reason))
    ]


def _words(table: pa.Table, column: str) -> Iterator[tuple[str, str]]:
    for label, word in zip(table["label"].to_pylist(), table[column].to_pylist(), strict=True):
        yield Label(label).name, word or "not named"


def _sorted(counts: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return dict(sorted(counts.items()))


def _digest(divided: Mapping[str, pa.Table]) -> str:
    lines = [
        f"{identity} {label} {split}\n"
        for split, table in divided.items()
        for identity, label in zip(table["id"].to_pylist(), table["label"].to_pylist(), strict=True)
    ]
    return sha256("".join(sorted(lines)).encode()).hexdigest()


def summarise(counts: Mapping[tuple[str, str], int], label: str) -> dict[str, Any]:
    """Return the counts of one label by word, the most frequent first.

    >>> summarise({("FAKE", "sd14"): 3, ("FAKE", "not named"): 5, ("REAL", "none"): 9}, "FAKE")
    {'not named': 5, 'sd14': 3}
    """
    of_label = [(word, count) for (name, word), count in counts.items() if name == label]
    return dict(sorted(of_label, key=lambda item: (-item[1], item[0])))
