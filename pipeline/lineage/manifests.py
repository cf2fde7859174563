"""The stages' manifests, asked with DuckDB: the one module of the lineage that reads Parquet.

Rows are dictionaries with all columns that a file has, so a column that a stage adds is there without a change here.
What a stage has not written yet gives no rows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.lineage.collected_reader import STATED, list_stated, reader, select
from pipeline.records.shards import SEEN
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths

Row = dict[str, Any]

#: The stages that write per source or recipe, by the folder that theirs lie in.
STAGES = {
    "collected": "collect",
    "screened": "screen",
    "resized": "resize",
    "split": "split",
    "augmented": "augment",
    "results": "evaluate",
}

#: What a query reads, by the name that it has there.
Tables = Mapping[str, Sequence[Path]]

#: Files of one version, each with the word that stands for it.
Sides = Sequence[tuple[str, Path]]


class Manifests:
    """The manifests of one project."""

    def __init__(self, paths: Paths) -> None:
        # The engine itself. The package duckdb around it, of which nothing is used, takes 0.1 s more to import.
        import _duckdb as duckdb

        self.paths = paths
        self._connection = duckdb.connect()
        self._connection.execute(STATED)
        for row in list_stated(paths):
            self._connection.execute("INSERT INTO stated VALUES (?, ?, ?, ?, ?)", row)
        self._broken = duckdb.Error

    def sources(self) -> list[str]:
        """Name the sources that were collected, those that params.yaml has lost included."""
        return _folders(self.paths.datasets / "collected")

    def recipes(self) -> list[str]:
        """Name the recipes whose pictures were divided."""
        return _folders(self.paths.datasets / "split")

    def shards(self, source: str) -> list[Path]:
        """List the shards of a source in order."""
        return sorted(self.paths.collected(source).glob("shard-*.parquet"))

    def collected(self, source: str) -> list[Path]:
        """List all that ``collect`` wrote of a source: its shards, and what could not be fetched."""
        return [*self.shards(source), self.paths.collected(source) / "rejected.parquet"]

    def last_seen(self, source: str, rank: int) -> str | None:
        """Return when a record was last found again, None if its source was searched but once."""
        file = self.paths.collected(source) / SEEN
        row = first(self.read([file], "rank = ?", [rank], "last_seen"))
        return None if row is None else str(row["last_seen"])

    def screened(self, source: str) -> list[Path]:
        """List all that ``screen`` wrote of a source: the pictures that passed, and those that did not."""
        folder = self.paths.screened(source)
        return [folder / "manifest.parquet", folder / "rejected.parquet"]

    def divided(self, recipe: str) -> list[Path]:
        """List all that ``split`` wrote of a recipe: train, val, test, and what is in none of them."""
        return [self.paths.split(recipe) / f"{part}.parquet" for part in ("train", "val", "test", "dropped")]

    def read(self, files: Iterable[Path], where: str, values: Sequence[Any] = (), columns: str = "*") -> list[Row]:
        """Return the rows of some files that fulfil a condition, each with the name of its file under ``file``.

        ``where`` and ``columns`` are SQL of ours; whatever comes from outside goes into ``values``.

        Raises:
            StageMissingError: a file is damaged.
        """
        there = [file for file in files if file.is_file()]
        if not there:
            return []
        query = (
            f"SELECT to_json(found) FROM (SELECT {columns}, filename AS file "  # noqa: S608 - see above
            f"FROM {reader(there)} WHERE {where}) found"
        )
        try:
            rows = self._connection.execute(query, [[_literal(str(file)) for file in there], *values]).fetchall()
        except self._broken as error:
            raise _missing(there[0]) from error
        return [_without_filename(json.loads(row)) for (row,) in rows]

    def ask(self, query: str, tables: Tables, empty: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query over tables: names, each with the files that it is made of.

        ``query`` begins behind WITH, where the tables stand, and is SQL of ours as ``empty`` is, which stands for a
        table without files. A row's file is in its table's column ``file``.

        Raises:
            StageMissingError: a file is damaged.
        """
        named = ", ".join(f"{name} AS ({select(files) if files else empty})" for name, files in tables.items())
        lists = [[_literal(str(file)) for file in files] for files in tables.values() if files]
        try:
            answer = self._connection.execute(f"WITH {named}, {query}", [*lists, *values])
            columns = [name for name, *_ in answer.description]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
        except self._broken as error:
            raise _missing(self._find_damaged(tables)) from error

    def _find_damaged(self, tables: Tables) -> Path:
        files = [file for listed in tables.values() for file in listed]
        for file in files:
            try:
                self._connection.execute(select([file]), [[_literal(str(file))]])
            except self._broken:
                return file
        return files[0]

    def read_pictures(self, shard: Path, ranks: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Return the original bytes of some records of a shard, each with its rank.

        Raises:
            StageMissingError: the shard is damaged.
        """
        query = "SELECT rank, image.bytes FROM read_parquet(?) WHERE list_contains(?, rank)"
        try:
            yield from self._connection.execute(query, [_literal(str(shard)), list(ranks)]).fetchall()
        except self._broken as error:
            raise _missing(shard) from error

    def compare(self, before: Sides, after: Sides, columns: Sequence[str]) -> list[Row]:
        """Return the pictures that differ between two sets of manifests: ``id``, ``before`` and ``after``.

        Each file comes with a word that its rows have in the column ``part``. What several files say of a picture is
        put together; a side that does not know it is None.
        """
        query = f"""
            WITH before AS ({_merged(before, columns)}), after AS ({_merged(after, columns)})
            SELECT to_json(found) FROM (
                SELECT coalesce(b.id, a.id) AS id, b.told AS before, a.told AS after
                FROM before b FULL JOIN after a ON a.id = b.id WHERE a.told IS DISTINCT FROM b.told ORDER BY 1
            ) found"""  # noqa: S608 - columns are ours
        values = [value for part, file in (*before, *after) for value in (part, [_literal(str(file))])]
        return [json.loads(row) for (row,) in self._connection.execute(query, values).fetchall()]

    def holds(self, file: Path, ids: Iterable[str]) -> bool:
        """Return whether a file holds the bytes of a picture with one of some ids, or lists it among those in use.

        Raises:
            StageMissingError: the file is damaged.
        """
        name = [_literal(str(file))]
        try:
            described = self._connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [name]).fetchall()
            columns = {column for column, *_ in described}
            if "reason" in columns and "survivor_id" not in columns:
                return False
            wanted = [
                f'"{column}"' for column in columns if column == "id" or column.startswith(("id_", "survivor_id"))
            ]
            wanted += ["sha256(image.bytes)"] if "image" in columns else []
            where = " OR ".join(f"{each} IN (SELECT unnest(?))" for each in wanted) or "false"
            query = f"SELECT count(*) FROM read_parquet(?) WHERE {where}"  # noqa: S608 - columns are ours
            counted = self._connection.execute(query, [name, *[sorted(ids)] * len(wanted)]).fetchone()
        except self._broken as error:
            raise StageMissingError(file, "deduplicate") from error
        return bool(counted and counted[0])

    def find_strangers(self, later: Iterable[Path], earlier: Iterable[Path]) -> list[Row]:
        """Return some records that stand in later manifests and not, with the same id, in earlier ones."""
        there = [file for file in earlier if file.is_file()]
        where, names = "true", [_literal(str(file)) for file in there]
        if there:
            known = f"SELECT (source, rank, id) FROM {reader(there)}"  # noqa: S608 - all ours
            where = f"id IS NOT NULL AND (source, rank, id) NOT IN ({known})"
        return self.read(later, f"{where} LIMIT 1", [names] if names else [], "source, rank, id")


def _missing(file: Path) -> StageMissingError:
    """Name the stage that writes a file."""
    folder = file.parent
    stage = STAGES.get(folder.parent.name)
    return StageMissingError(folder, f"{stage}@{folder.name}" if stage else "deduplicate")


def _merged(files: Sides, columns: Sequence[str]) -> str:
    """Return SQL for one row per id of some files: ``told`` has columns, each the least of several values."""
    union = " UNION ALL BY NAME ".join("SELECT *, ? AS part FROM read_parquet(?)" for _ in files)
    told = ", ".join(f'"{name}" := min("{name}")' for name in columns)
    return f"SELECT id, struct_pack({told}) AS told FROM ({union}) GROUP BY id"  # noqa: S608 - columns are ours


def _without_filename(row: Row) -> Row:
    row.pop("filename", None)
    return row


def part_of(row: Row) -> str:
    """Return which file of its stage a row is from: ``train``, ``dropped`` and so on."""
    return Path(row["file"]).stem


def first(rows: list[Row]) -> Row | None:
    """Return the first of some rows, None where there are none."""
    return rows[0] if rows else None


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def _literal(name: str) -> str:
    """Spell a path so that DuckDB takes none of it for a pattern.

    >>> _literal("a[1]*.parquet")
    'a[[]1][*].parquet'
    """
    return "".join(f"[{c}]" if c in "[*?" else c for c in name)
