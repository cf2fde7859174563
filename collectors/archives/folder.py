"""Pictures in a folder on disk: labels and official splits by the names of the folders inside it."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from collectors.archives.archive_settings import Folder
from collectors.archives.folder_layout import Sorter, folder_places
from collectors.http.context import CollectContext
from collectors.http.signature import Unfit, is_litter, is_named_as_picture, judge_start
from pipeline.pictures.picture_formats import LONGEST
from pipeline.records.record import Record, Rejection, reject
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import locate


def collect(name: str, settings: Folder, context: CollectContext) -> Iterator[Record | Rejection]:
    """Read the pictures in a folder and those below it, sorted by path.

    ``image_url`` is the folder's path as in params.yaml and the path inside; ``fetched_at`` is the file's own date.
    Links are followed where they stay inside.

    Raises:
        PathMissingError: there is no such folder.
    """
    folder = locate(context.root, settings.path)
    if not folder.is_dir():
        raise PathMissingError(settings.path, "folder", f"`sources.{name}.path` must name one")
    sorter = Sorter(
        name, settings.collector, lambda inside: f"{settings.path}/{_text(inside)}", folder_places(settings)
    )
    for path in walk(folder):
        if is_litter(path.relative_to(folder).as_posix()):
            continue
        max_bytes = context.fetching.max_bytes
        candidate = sorter.sort(path.relative_to(folder).as_posix(), _problem(path, folder, max_bytes))
        if isinstance(candidate, Rejection):
            yield candidate
            continue
        try:
            data = path.read_bytes()
            dated = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except (OSError, ValueError, OverflowError) as error:  # Not all dates of files are dates.
            yield reject(candidate, "unreadable", getattr(error, "strerror", None) or str(error))
            continue
        yield Record(candidate, data, dated) if data else reject(candidate, "empty")


def walk(folder: Path) -> Iterator[Path]:
    """List the files below a folder, sorted. Links to folders are listed, too, and not followed.

    Last come the folders that cannot be read.
    """
    unreadable: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        links = [name for name in folders if _is_link(Path(place, name))]
        yield from (Path(place, name) for name in sorted([*files, *links]))
    yield from (Path(error.filename) for error in unreadable)


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # Its name is too long, and it cannot be read either.
        return False


def _problem(path: Path, folder: Path, max_bytes: int) -> Unfit | None:
    try:
        facts = path.stat()
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return Unfit("unreadable")
    if not inside:
        return Unfit("link")
    if stat.S_ISDIR(facts.st_mode) and not path.is_symlink():
        return Unfit("unreadable")
    if not stat.S_ISREG(facts.st_mode):
        return Unfit("not-a-file")
    return _look_into(path) or (Unfit("too-large") if facts.st_size > max_bytes else None)


def _look_into(path: Path) -> Unfit | None:
    if is_named_as_picture(path.name):
        return None
    try:
        with path.open("rb") as file:
            return judge_start(path.name, file.read(LONGEST))
    except OSError as error:
        return Unfit("unreadable", error.strerror)


def _text(name: str) -> str:
    """Spell out the bytes of a file name that are not UTF-8; Arrow holds nothing else."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
