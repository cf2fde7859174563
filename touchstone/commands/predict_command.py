"""``touchstone predict``: ask a trained detector about pictures."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import clean, show_json, show_table
from pipeline.runtime.errors import NoPictureError, PathMissingError

if TYPE_CHECKING:
    from pipeline.pictures.picture import PictureError
    from pipeline.pictures.resize_settings import Resize
    from pipeline.runtime.array_types import Pixels

#: Pictures that are scored at once. Three batches are in memory, at the model's size.
BATCH = 256


@dataclass(frozen=True, slots=True)
class Reader:
    """How files become pixels: exactly as in the stages, with the same bounds."""

    size: int
    resize: "Resize"
    max_pixels: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: P(FAKE), or the word why there is none, with a detail for people."""

    path: Path
    score: float | None = None
    reason: str | None = None
    detail: str | None = None


def predict(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, and folders to search for pictures.")],
    recipe: Annotated[
        str | None, typer.Option(help="Whose detector to ask; the first of params.yaml if left out.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A .keras file to ask instead; needs no project.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="From this P(FAKE) on, the verdict is FAKE; else the model's own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell for each picture how likely it is AI-generated.

    Files are taken in the order given, a folder's in the order of their names. A file that cannot be read is
    shown with its reason, and the rest goes on.

    \b
    Examples:
      touchstone predict photo.jpg
      touchstone predict holiday/ downloads/ --threshold 0.8
      touchstone predict photo.jpg --json
      touchstone predict photo.jpg --model results/four_layer_cnn/model.keras
    """
    from collectors.http.signature import tell_strangers
    from pipeline.models.saved_model import load_model, read_threshold, side_of

    file, resize, max_pixels, max_bytes = _settings(recipe, model)
    detector = load_model(file)
    reader = Reader(side_of(detector), resize, max_pixels, max_bytes)
    cut = read_threshold(file) if threshold is None else threshold
    strangers: Counter[str] = Counter()
    outcomes = list(ask(detector, find_pictures(paths, strangers), reader))
    _require_one(outcomes)
    if as_json:
        pictures = [_as_json(outcome, cut) for outcome in outcomes]
        no_pictures = dict(sorted(strangers.items()))
        show_json({"model": str(file), "threshold": cut, "pictures": pictures, "no_pictures": no_pictures})
    else:
        if strangers:
            typer.echo(tell_strangers(strangers), err=True)
        show_table(("path", "P(FAKE)>", "verdict"), (_as_row(outcome, cut) for outcome in outcomes))


def _settings(recipe: str | None, model: Path | None) -> tuple[Path, "Resize", int, int]:
    """Give the model's file, how pictures are resized, and the bounds; defaults for the latter outside a project."""
    from collectors.http.collect_settings import Collect
    from pipeline.config.params import load_params
    from pipeline.config.recipe import load_recipe
    from pipeline.pictures.resize_settings import Resize
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
    """Give named files as they are, and for a folder the pictures below it; a folder without any stands for itself.

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


def ask(detector: Any, paths: Iterable[Path], reader: Reader) -> Iterator[Outcome]:
    """Score files in their order; while one batch is scored, the next is read."""
    import numpy as np

    from pipeline.models.saved_model import predict_scores
    from pipeline.pictures.picture import PictureError

    for batch in read_ahead(paths, reader):
        pixels = [picture for _, picture in batch if not isinstance(picture, PictureError)]
        scores = iter(predict_scores(detector, np.stack(pixels), BATCH) if pixels else ())
        for path, picture in batch:
            if isinstance(picture, PictureError):
                yield Outcome(path, reason=picture.reason, detail=picture.detail)
            else:
                yield Outcome(path, score=float(next(scores)))


def read_ahead(paths: Iterable[Path], reader: Reader) -> Iterator[list[tuple[Path, "Pixels | PictureError"]]]:
    """Read files batch by batch, in their order, one batch ahead of the one that is given.

    In threads, each of which waits for a child; TensorFlow scores meanwhile.
    """
    from pipeline.pictures.picture import PictureError
    from pipeline.screening.decoder import PLACES

    def read(path: Path) -> "Pixels | PictureError":
        try:
            return read_pixels(path, reader)
        except PictureError as error:
            return error

    waiting = iter(paths)
    with ThreadPoolExecutor(PLACES) as pool:
        ahead: deque[list[tuple[Path, Future[Pixels | PictureError]]]] = deque()
        while True:
            while len(ahead) < 2 and (taken := list(islice(waiting, BATCH))):
                ahead.append([(path, pool.submit(read, path)) for path in taken])
            if not ahead:
                return
            yield [(path, future.result()) for path, future in ahead.popleft()]


def read_pixels(path: Path, reader: Reader) -> "Pixels":
    """Read one file: uint8, (size, size, 3).

    Raises:
        PictureError: there is no picture to be had from it.
    """
    from pipeline.pictures.picture import PictureError
    from pipeline.screening.decoder import run_bounded
    from pipeline.screening.unscreened import read_square

    if _is_folder(path):
        raise PictureError("no-pictures", "nothing in this folder is a picture")
    try:
        if not path.exists():
            raise PictureError("missing", "no such file or folder")
        # A pipe or a device has no end, or no size to tell.
        if not path.is_file():
            raise PictureError("not-a-file", "neither a file nor a folder")
        if path.stat().st_size > reader.max_bytes:
            raise PictureError("too-large", f"{path.stat().st_size} bytes, {reader.max_bytes} allowed")
        data = path.read_bytes()
    except OSError as error:
        raise PictureError("unreadable", error.strerror or str(error)) from error
    return run_bounded(read_square, data, reader.max_pixels, reader.size, reader.resize)


def _require_one(outcomes: list[Outcome]) -> None:
    """Make sure that one file at least could be scored.

    Raises:
        PathMissingError: no file is there at all.
        NoPictureError: files are there, but none is a picture that can be read.
    """
    if any(outcome.score is not None for outcome in outcomes):
        return
    first = next((outcome for outcome in outcomes if outcome.reason != "missing"), None)
    if first is None:
        raise PathMissingError(clean(outcomes[0].path), "file or folder", "name pictures, or folders that hold some")
    raise NoPictureError(clean(first.path), f"{first.reason}: {first.detail}", len(outcomes))


def _as_row(outcome: Outcome, threshold: float) -> tuple[object, ...]:
    if outcome.score is None:
        return outcome.path, None, f"{outcome.reason}: {outcome.detail}"
    return outcome.path, f"{outcome.score:.4f}", _verdict(outcome.score, threshold)


def _as_json(outcome: Outcome, threshold: float) -> dict[str, object]:
    if outcome.score is None:
        return {"path": str(outcome.path), "error": outcome.reason, "detail": outcome.detail}
    verdict = _verdict(outcome.score, threshold)
    return {"path": str(outcome.path), "score": round(outcome.score, 6), "verdict": verdict}


def _verdict(score: float, threshold: float) -> str:
    return "FAKE" if score >= threshold else "REAL"
