"""SQL that reads Parquet: manifests as they are, and what was collected with what params.yaml states of its source."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.config.params import load_params
from pipeline.records.shards import SEEN
from pipeline.runtime.errors import TouchstoneError
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label

READ = "read_parquet(?, union_by_name => true, filename => true)"

_FOLDER = r"regexp_extract(filename, '([^/\\]+)[/\\][^/\\]+$', 1)"

#: The same of what was collected: under the name of its folder, with what params.yaml states of the source. What else
#: there is differs from version to version, so it is told by what it is not.
READ_COLLECTED = f"""(
    SELECT COLUMNS(lambda c: c NOT IN ('source', 'label', 'generator', 'license') AND NOT starts_with(c, 'stated_')),
        {_FOLDER} AS source,
        coalesce(stated_label, label) AS label,
        CASE coalesce(stated_label, label) WHEN {int(Label.FAKE)} THEN coalesce(stated_generator, generator) END
            AS generator,
        CASE WHEN stated_singly THEN coalesce(license, stated_license) ELSE coalesce(stated_license, license) END
            AS license
    FROM {READ} LEFT JOIN stated ON stated_name = {_FOLDER}
)"""  # noqa: S608 - all ours

#: The table that READ_COLLECTED joins.
STATED = """
    CREATE TABLE stated (
        stated_name VARCHAR, stated_label TINYINT, stated_generator VARCHAR, stated_license VARCHAR,
        stated_singly BOOLEAN
    )
"""


def list_stated(paths: Paths) -> Iterator[tuple[object, ...]]:
    """List what params.yaml states of each source; nothing where there is none that can be read."""
    try:
        params = load_params(paths.root)
    except TouchstoneError:
        return
    for name in params.sources:
        stated = params.stated(name)
        label = None if stated.label is None else int(stated.label)
        yield name, label, stated.generator, stated.license, stated.licensed_singly


def reader(files: Sequence[Path]) -> str:
    """Return SQL that reads some files: all of them records and failures that were collected, or none."""
    collected = files[0].parent.parent.name == "collected" and files[0].name != SEEN
    return READ_COLLECTED if collected else READ


def select(files: Sequence[Path]) -> str:
    """Return SQL for all rows of some files, each with the name of its file."""
    return f"SELECT *, filename AS file FROM {reader(files)}"  # noqa: S608 - all ours
