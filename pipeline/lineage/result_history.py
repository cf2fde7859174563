"""What a recipe's figures were in past revisions, read from git and DVC's cache: nothing is checked out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipeline.lineage.lock import git, producers, read_lock
from pipeline.raw_data.dvc_store import LOCK, cached, hash_file
from pipeline.runtime.errors import ChainError

#: Of so many commits that changed dvc.lock the figures are looked for: each costs some 20 ms.
MOST = 30


@dataclass(frozen=True, slots=True)
class ResultHistory:
    """What ``evaluate`` measured, and the first commit that has it; no ``revision``: no commit has it yet.

    There are no ``figures`` where DVC's cache has them not.
    """

    revision: str | None
    date: str
    subject: str
    md5: str
    figures: dict[str, float] | None


def read_history(root: Path, cache: Path, recipe: str, most: int = MOST) -> list[ResultHistory]:
    """Read a recipe's figures as they are now and as the last ``most`` commits have them, the newest first.

    Commits between which they did not change are told once.

    Raises:
        TouchstoneError: the project is in no git repository, or has no commit.
    """
    now = root / "results" / recipe / "metrics.json"
    past = [*_read_now(now), *_read_commits(root, cache, recipe, most)]
    # Of those that agree the last one stays: the oldest, which made it so.
    return [list(same)[-1] for _, same in groupby(past, key=lambda each: each.md5)]


def _read_now(file: Path) -> Iterator[ResultHistory]:
    if file.is_file():
        yield ResultHistory(None, "", "not committed yet", hash_file(file), _read_figures(file))


def _read_commits(root: Path, cache: Path, recipe: str, most: int) -> Iterator[ResultHistory]:
    log = git(root, "log", f"--max-count={most}", "--format=%H%x00%cs%x00%s", "--", LOCK).decode(errors="replace")
    for line in log.splitlines():
        revision, date, subject = line.split("\0", 2)
        try:
            made = next(producers(read_lock(root, revision), f"results/{recipe}/metrics.json"), None)
        except ChainError:
            continue  # Damaged then: it says nothing.
        if made:
            md5 = made[1].md5
            yield ResultHistory(revision, date, subject, md5, _read_figures(cached(cache, md5)))


def _read_figures(file: Path) -> dict[str, float] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {name: value for name, value in content.items() if isinstance(value, int | float)}
    except (OSError, ValueError, AttributeError):
        return None
