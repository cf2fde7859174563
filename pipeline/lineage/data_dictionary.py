"""All tables that stages write, with what every column means. docs/tables.md is made of this:

python -m pipeline.lineage.data_dictionary > docs/tables.md
"""

from pipeline.changes.change import AUGMENTED
from pipeline.deduplicating.deduplicated_tables import DUPLICATES, GROUPS, KEEP, PAIRS
from pipeline.evaluation.seed_summary import PREDICTIONS, SCORES
from pipeline.hashing.views import VIEWS
from pipeline.records.record import LAST_SEEN, RECORDS, REJECTED, UNFETCHED
from pipeline.resizing.resize_source import RESIZED
from pipeline.screening.measurements import SCREENED
from pipeline.splitting.split_tables import SPLIT, SPLIT_DROPPED, TEST
from pipeline.storage.columns import TableDefinition

#: In the order of the flow.
TABLES: tuple[TableDefinition, ...] = (
    RECORDS,
    UNFETCHED,
    LAST_SEEN,
    SCREENED,
    REJECTED,
    VIEWS,
    KEEP,
    GROUPS,
    PAIRS,
    DUPLICATES,
    RESIZED,
    SPLIT,
    TEST,
    SPLIT_DROPPED,
    AUGMENTED,
    PREDICTIONS,
    SCORES,
)


def describe_tables() -> str:
    """Return the data dictionary as Markdown."""
    lines = [
        "# Tables",
        "",
        "Every table is Parquet. Made by `python -m pipeline.lineage.data_dictionary`; do not edit.",
    ]
    for table in TABLES:
        lines += ["", f"## {table.file}", "", f"A row is {table.row}.", "", "| column | type | |", "|---|---|---|"]
        lines += [f"| `{each.name}` | {_name_type(each.type)} | {each.meaning} |" for each in table.columns]
    return "\n".join(lines)


def _name_type(kind: object) -> str:
    return str(kind).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    print(describe_tables())
