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
from app.checking.scoring import SIZES, Scorer
from app.checking.stability import TRIED, StabilityResult, stored_again
from pipeline.asking.picture_judgement import AskedPicture, PictureJudge, PictureJudgement
from pipeline.asking.seen_picture import MILDEST, SeenPicture, judge_seen, see
from pipeline.config.params import load_params
from pipeline.decoding.decoder import prepare, run_bounded
from pipeline.decoding.unscreened import decode_unscreened
from pipeline.evaluation.grad_cam import Heat, explain
from pipeline.evaluation.metrics import call
from pipeline.judgement.detector_judgement import FILE as JUDGEMENT
from pipeline.judgement.features import with_features
from pipeline.judgement.file_facts import FileFacts
from pipeline.lineage.manifests import Manifests
from pipeline.models.saved_model import load_model, read_threshold, side_of
from pipeline.pictures.picture import PictureError
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label


@dataclass(frozen=True, slots=True)
class ServedDetector:
    """A recipe's network, the side of the pictures that it takes, and who judges by what it says."""

    recipe: str
    model: Any
    scorer: Scorer
    size: int
    judge: PictureJudge


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture that can be looked at: the digest of its file, what that tells besides, and RGB pixels."""

    id: str
    facts: FileFacts
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class PictureCheck:
    """All that can be said of a picture on the spot."""

    opened: OpenedPicture
    detector: ServedDetector
    judgement: PictureJudgement
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
            if all((self.paths.results(name) / file).is_file() for file in ("model.keras", JUDGEMENT))
        ]

    def detector(self, recipe: str | None = None) -> ServedDetector:
        """Return a recipe's detector, the first one's if none is named.

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
        facts, pixels = run_bounded(decode_unscreened, data, self.params.screen.max_pixels, left=left)
        return OpenedPicture(hashlib.sha256(data).hexdigest(), facts, Image.fromarray(pixels))

    def judge(self, opened: OpenedPicture, recipe: str | None = None) -> PictureJudgement:
        """Ask a detector about one picture."""
        detector = self.detector(recipe)
        (judgement,) = self.judge_all([self.see(opened, detector)], detector)
        return judgement

    def see(self, opened: OpenedPicture, detector: ServedDetector) -> SeenPicture:
        """Return a picture as a detector sees it."""
        return see(opened.picture, opened.facts, detector.judge, detector.size, self.params.resize)

    def judge_all(self, seen: Sequence[SeenPicture], detector: ServedDetector) -> list[PictureJudgement]:
        """Ask a detector about pictures as it sees them, many at once."""
        judgements: list[PictureJudgement] = []
        # Each may be there twice.
        for start in range(0, len(seen), SIZES[-1] // 2):
            some = seen[start : start + SIZES[-1] // 2]
            judgements += judge_seen(detector.judge, some, detector.scorer.score)
        return judgements

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
        seen = to_pixels(opened.picture, detector.size, self.params.resize)
        scores, features = detector.scorer.score(np.concatenate([seen[np.newaxis], again]))
        others = dict(zip(TRIED, scores[1:].tolist(), strict=True))
        mine = None if features is None else features[0]
        judgement = detector.judge.judge(AskedPicture(float(scores[0]), opened.facts, mine, others[MILDEST]))
        called = call(scores[1:], judgement.threshold) == judgement.called
        held = tuple(StabilityResult(*each) for each in zip(others, others.values(), called.tolist(), strict=True))
        distance = self.params.deduplicate.max_distance
        with self._reading:
            known = find_known(self._manifests, opened.id, np.asarray(opened.picture), detector.recipe, distance)
        return PictureCheck(opened, detector, judgement, held, known)

    def locate(self, check: PictureCheck) -> Heat:
        """Return how much each place of a picture speaks for what it was called: (size, size).

        Raises:
            UnexplainableError: the network is not of a kind that can be asked.
        """
        fake = np.array([check.judgement.called == Label.FAKE])
        pixels = to_pixels(check.opened.picture, check.detector.size, self.params.resize)
        with check.detector.scorer.turn:
            heat: Heat = explain(check.detector.model, pixels[np.newaxis], fake).heat[0]
        return heat

    def _load_detector(self, name: str) -> ServedDetector:
        file = self.paths.results(name) / "model.keras"
        model = load_model(file)
        return ServedDetector(
            name, model, Scorer(with_features(model)), side_of(model), PictureJudge.open(file, read_threshold(file))
        )
