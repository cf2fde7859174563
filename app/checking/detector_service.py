"""The desk that pictures are brought to: the detectors of a project, loaded once, and what is on file."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from app.checking.membership import KnownRecord, find_known
from app.checking.picture_verdict import PictureVerdict, ScoreCalibration
from app.checking.scoring import SIZES, Scorer
from app.checking.stability import TRIED, StabilityResult, stored_again
from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.evaluation.grad_cam import Heat, explain
from pipeline.evaluation.metrics import call
from pipeline.evidence import Provenance
from pipeline.lineage.manifests import Manifests
from pipeline.models.saved_model import load_model, read_threshold, side_of
from pipeline.pictures.picture import PictureError, to_pixels
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import Paths
from pipeline.screening.decoder import prepare, run_bounded
from pipeline.screening.unscreened import decode_unscreened
from pipeline.storage.labels import Label


@dataclass(frozen=True, slots=True)
class ServedDetector:
    """A recipe's network, the side of the pictures that it takes, and how it did on its test.

    ``stand_ins``: all fakes and photographs that it knows come from the sandbox.
    """

    recipe: str
    model: Any
    scorer: Scorer
    size: int
    experience: ScoreCalibration
    stand_ins: bool


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture that can be looked at: its digest, what its header and its metadata say, and RGB pixels."""

    id: str
    format: str
    width: int
    height: int
    provenance: Provenance
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class PictureCheck:
    """All that can be said of a picture on the spot."""

    opened: OpenedPicture
    detector: ServedDetector
    verdict: PictureVerdict
    held: tuple[StabilityResult, ...]
    known: tuple[KnownRecord, ...]


class DetectorService:
    """Answers for one project. Several threads may ask at once."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self.params = load_params(root)
        self.max_bytes = self.params.collect.max_bytes
        self._manifests = Manifests(self.paths)
        self._reading = Lock()
        self._load = lru_cache(maxsize=None)(self._load_detector)
        prepare()

    def recipes(self) -> list[str]:
        """Name the recipes that have been trained and tested, in the order of params.yaml."""
        return [
            name
            for name in self.params.recipes
            if all((self.paths.results(name) / file).is_file() for file in ("model.keras", "predictions.parquet"))
        ]

    def detector(self, recipe: str | None = None) -> ServedDetector:
        """Give a recipe's detector, the first one's if none is named.

        Raises:
            PathMissingError: there is none.
        """
        known = self.recipes()
        name = recipe or next(iter(known), None)
        if name not in known:
            names = f"trained are: {', '.join(known)}" if known else "run `make repro` to train one"
            raise PathMissingError(name or "a detector", "trained recipe", names)
        return self._load(name)

    def open(self, data: bytes, left: Callable[[], bool] = bool) -> OpenedPicture:
        """Decode a picture that nobody vouches for; ``left`` tells whether whoever asked has gone.

        Raises:
            PictureError: it cannot or must not be opened.
            LeftError: who asked has gone.
        """
        if len(data) > self.max_bytes:
            raise PictureError("too-large", f"{len(data):,} bytes, {self.max_bytes:,} allowed")
        read = run_bounded(decode_unscreened, data, self.params.screen.max_pixels, left=left)
        return OpenedPicture(
            hashlib.sha256(data).hexdigest(),
            read.format,
            read.width,
            read.height,
            read.provenance,
            Image.fromarray(read.pixels),
        )

    def judge(self, opened: OpenedPicture, recipe: str | None = None) -> PictureVerdict:
        """Ask a detector about one picture."""
        detector = self.detector(recipe)
        (verdict,) = self.judge_all([self.see(opened, detector)], detector)
        return verdict

    def see(self, opened: OpenedPicture, detector: ServedDetector) -> Pixels:
        """Give a picture as a detector sees it: uint8 (size, size, 3)."""
        return to_pixels(opened.picture, detector.size, self.params.resize)

    def judge_all(self, seen: Sequence[Pixels], detector: ServedDetector) -> list[PictureVerdict]:
        """Ask a detector about pictures as it sees them, many at once."""
        verdicts: list[PictureVerdict] = []
        for start in range(0, len(seen), SIZES[-1]):
            scores = detector.scorer.score(np.stack(seen[start : start + SIZES[-1]]))
            verdicts += map(detector.experience.judge, scores)
        return verdicts

    def check(self, data: bytes, recipe: str | None = None, left: Callable[[], bool] = bool) -> PictureCheck:
        """Look at a picture from all sides; ``left`` tells whether whoever asked has gone.

        Raises:
            PathMissingError: there is no such detector.
            PictureError: it cannot or must not be opened.
            LeftError: who asked has gone.
        """
        detector = self.detector(recipe)
        return self.examine(self.open(data, left), detector.recipe)

    def examine(self, opened: OpenedPicture, recipe: str) -> PictureCheck:
        """Do as ``check`` with a picture that is open already."""
        detector = self.detector(recipe)
        again = stored_again(opened.picture, detector.size, self.params.resize)
        score, *others = detector.scorer.score(np.stack([self.see(opened, detector), *again]))
        verdict = detector.experience.judge(score)
        called = call(np.array(others), verdict.threshold)
        held = tuple(
            StabilityResult(*each) for each in zip(TRIED, others, (called == verdict.called).tolist(), strict=True)
        )
        distance = self.params.deduplicate.max_distance
        with self._reading:
            known = find_known(self._manifests, opened.id, np.asarray(opened.picture), detector.recipe, distance)
        return PictureCheck(opened, detector, verdict, held, known)

    def locate(self, check: PictureCheck) -> Heat:
        """Tell how much each place of a picture, as its detector saw it, speaks for what it was called: (size, size).

        Raises:
            UnexplainableError: the network is not of a kind that can be asked.
        """
        fake = np.array([check.verdict.called == Label.FAKE])
        with check.detector.scorer.turn:
            heat: Heat = explain(check.detector.model, self.see(check.opened, check.detector)[np.newaxis], fake).heat[
                0
            ]
        return heat

    def _load_detector(self, name: str) -> ServedDetector:
        results = self.paths.results(name)
        file = results / "model.keras"
        model = load_model(file)
        experience = ScoreCalibration.read(results / "predictions.parquet", read_threshold(file))
        sources = sources_of(load_recipe(self.paths, self.params, name), self.params)
        stand_ins = len(self.params.sandboxed(sources)) == len(sources)
        return ServedDetector(name, model, Scorer(model), side_of(model), experience, stand_ins)
