"""``touchstone predict``: ask a trained detector about pictures."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import clean, show_json
from pipeline.runtime.errors import NoPictureError, PathMissingError
from touchstone.judged_files import Outcome, show_judgements, to_json, write_csv

if TYPE_CHECKING:
    from pipeline.asking.picture_judgement import PictureJudge
    from pipeline.asking.seen_picture import SeenPicture
    from pipeline.pictures.picture import PictureError
    from pipeline.resizing.resize_settings import Resize

#: Pictures that are scored at once. Three batches are in memory, at the model's size.
BATCH = 256


@dataclass(frozen=True, slots=True)
class Reader:
    """How files become pixels: exactly as in the stages, with the same bounds; and who judges them."""

    judge: "PictureJudge"
    size: int
    resize: "Resize"
    max_pixels: int
    max_bytes: int


def predict(  # noqa: PLR0913 - options
    *,
    paths: Annotated[list[Path], typer.Argument(help="Pictures, and folders to search for pictures.")],
    recipe: Annotated[
        str | None, typer.Option(help="Whose detector to ask; the first of params.yaml if left out.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A .keras file to ask instead; needs no project.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="From this P(FAKE) on, a score counts as FAKE; else the model's own."),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write a line per file into this CSV file, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge for each picture whether it is AI-generated.

    What may be said of the detector comes first. "Cannot tell" is an answer: the score beside it is a number, no
    conclusion. Files are taken in the order given, a folder's in the order of their names. A file that cannot be read
    is shown with its reason, and the rest goes on.

    \b
    Examples:
      touchstone predict photo.jpg
      touchstone predict holiday/ downloads/ --threshold 0.8
      touchstone predict photo.jpg --json
      touchstone predict holiday/ --csv judged.csv
      touchstone predict photo.jpg --model results/four_layer_cnn/model.keras
    """
    from collectors.http.signature import tell_strangers
    from pipeline.asking.picture_judgement import PictureJudge
    from pipeline.judgement.features import with_features
    from pipeline.models.saved_model import load_model, read_threshold, side_of

    file, resize, max_pixels, max_bytes = _settings(recipe, model)
    detector = load_model(file)
    judge = PictureJudge.open(file, read_threshold(file) if threshold is None else threshold)
    reader = Reader(judge, side_of(detector), resize, max_pixels, max_bytes)
    strangers: Counter[str] = Counter()
    outcomes = list(ask(with_features(detector), find_pictures(paths, strangers), reader))
    _require_one(outcomes)
    if csv_file is not None:
        write_csv(csv_file, outcomes)
    if as_json:
        pictures = [to_json(outcome) for outcome in outcomes]
        told = {"model": str(file), "threshold": judge.threshold, "detector": judge.detector.to_json()}
        show_json(told | {"pictures": pictures, "no_pictures": dict(sorted(strangers.items()))})
    else:
        if strangers:
            typer.echo(tell_strangers(strangers), err=True)
        show_judgements(judge.detector, outcomes)


def _settings(recipe: str | None, model: Path | None) -> tuple[Path, "Resize", int, int]:
    """Return the model's file, how pictures are resized, and the bounds; defaults for the latter outside a project."""
    from collectors.http.collect_settings import Collect
    from pipeline.config.params import load_params
    from pipeline.config.recipe import load_recipe
    from pipeline.resizing.resize_settings import Resize
    from pipeline.runtime.paths import Paths, find_root
    from pipeline.screens.screen_settings import Screen

    try:
        root = find_root()
    except PathMissingError:
        if model is None or recipe is not None:
            raise
        return model, Resize(), Screen().max_pixels, Collect().max_bytes
    paths, params = Paths(root), load_params(root)
    if model is None:
        name = recipe or params.recipes[0]
        load_recipe(paths, params, name)
        model = paths.results(name) / "model.keras"
    return model, params.resize, params.screen.max_pixels, params.collect.max_bytes


def find_pictures(paths: Iterable[Path], strangers: Counter[str]) -> Iterator[Path]:
    """Return named files as they are, and for a folder the pictures below it; a folder without any stands for itself.

    What else is below it is counted in ``strangers``, by suffix.
    """
    for path in paths:
        yield from _search(path, strangers) if _is_folder(path) else [path]


def _search(folder: Path, strangers: Counter[str]) -> list[Path]:
    from collectors.http.signature import NOT_A_PICTURE, is_litter, is_named_as_picture, judge_start
    from pipeline.pictures.picture_formats import LONGEST

    found = []
    for path in sorted(folder.rglob("*")):
        if is_litter(path.relative_to(folder).as_posix()) or not path.is_file():
            continue
        if not is_named_as_picture(path.name):
            try:
                with path.open("rb") as file:
                    unfit = judge_start(path.name, file.read(LONGEST))
            except OSError:
                unfit = None  # Reading it will say so.
            if unfit and unfit.reason == NOT_A_PICTURE:
                strangers[unfit.detail or ""] += 1
                continue
        found.append(path)
    return found or [folder]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # What may not be looked at, or has an impossible name. Reading it will say so.
        return False


def ask(network: Any, paths: Iterable[Path], reader: Reader) -> Iterator[Outcome]:
    """Judge files in their order, by what ``with_features`` made; while one batch is scored, the next is read."""
    from pipeline.asking.seen_picture import judge_seen
    from pipeline.judgement import features
    from pipeline.pictures.picture import PictureError

    asked = partial(features.ask, network, batch_size=BATCH)
    for batch in read_ahead(paths, reader):
        seen = [picture for _, picture in batch if not isinstance(picture, PictureError)]
        judgements = iter(judge_seen(reader.judge, seen, asked) if seen else ())
        for path, picture in batch:
            if isinstance(picture, PictureError):
                yield Outcome(path, reason=picture.reason, detail=picture.detail)
            else:
                yield Outcome(path, next(judgements))


def read_ahead(paths: Iterable[Path], reader: Reader) -> Iterator[list[tuple[Path, "SeenPicture | PictureError"]]]:
    """Read files batch by batch, in their order, one batch ahead of the one that is given.

    In threads, each of which waits for a child; TensorFlow scores meanwhile.
    """
    from pipeline.decoding.decoder import PLACES
    from pipeline.pictures.picture import PictureError

    def read(path: Path) -> "SeenPicture | PictureError":
        try:
            return read_picture(path, reader)
        except PictureError as error:
            return error

    waiting = iter(paths)
    with ThreadPoolExecutor(PLACES) as pool:
        ahead: deque[list[tuple[Path, Future[SeenPicture | PictureError]]]] = deque()
        while True:
            while len(ahead) < 2 and (taken := list(islice(waiting, BATCH))):
                ahead.append([(path, pool.submit(read, path)) for path in taken])
            if not ahead:
                return
            yield [(path, future.result()) for path, future in ahead.popleft()]


def read_picture(path: Path, reader: Reader) -> "SeenPicture":
    """Read one file, as the detector sees it.

    Raises:
        PictureError: there is no picture to be had from it.
    """
    from pipeline.asking.seen_picture import choose_seen, read_squares
    from pipeline.decoding.decoder import run_bounded

    data = _read_bytes(path, reader.max_bytes)
    read = run_bounded(read_squares, data, reader.max_pixels, reader.size, reader.resize)
    return choose_seen(*read, reader.judge)


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    from pipeline.pictures.picture import PictureError

    if _is_folder(path):
        raise PictureError("no-pictures", "nothing in this folder is a picture")
    try:
        if not path.exists():
            raise PictureError("missing", "no such file or folder")
        # A pipe or a device has no end, or no size to tell.
        if not path.is_file():
            raise PictureError("not-a-file", "neither a file nor a folder")
        if path.stat().st_size > max_bytes:
            raise PictureError("too-large", f"{path.stat().st_size} bytes, {max_bytes} allowed")
        return path.read_bytes()
    except OSError as error:
        raise PictureError("unreadable", error.strerror or str(error)) from error


def _require_one(outcomes: list[Outcome]) -> None:
    """Make sure that one file at least could be scored.

    Raises:
        PathMissingError: no file is there at all.
        NoPictureError: files are there, but none is a picture that can be read.
    """
    if any(outcome.judgement for outcome in outcomes):
        return
    first = next((outcome for outcome in outcomes if outcome.reason != "missing"), None)
    if first is None:
        raise PathMissingError(clean(outcomes[0].path), "file or folder", "name pictures, or folders that hold some")
    raise NoPictureError(clean(first.path), f"{first.reason}: {first.detail}", len(outcomes))
