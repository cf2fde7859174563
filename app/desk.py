"""The desk that pictures are brought to: the detectors of a project, loaded once, and what is on file."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from app.membership import Known, find_known
from app.stability import TRIED, Held, stored_again
from app.verdict import Experience, Verdict
from pipeline.evaluation.explain import Heat, explain
from pipeline.evaluation.figures import call
from pipeline.evidence import find_evidence
from pipeline.evidence.finding import Kind
from pipeline.models.saved import load_model, predict_scores, read_threshold, side_of
from pipeline.parts.errors import PathMissingError
from pipeline.parts.labels import Label
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths
from pipeline.parts.pictures import PictureError, Pixels, open_picture, to_pixels, to_rgb
from pipeline.parts.recipe import load_recipe, sources_of
from touchstone.lineage.manifests import Manifests

#: A picture and what is tried on it are scored together.
BATCH = 1 + len(TRIED)


@dataclass(frozen=True, slots=True)
class Detector:
    """A recipe's network, the side of the pictures that it takes, and how it did on its test.

    ``stand_ins``: all fakes and photographs that it knows come from the sandbox.
    """

    recipe: str
    model: Any
    size: int
    experience: Experience
    stand_ins: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture that can be looked at: its digest, what its header says, its evidence of origin, and RGB pixels."""

    id: str
    format: str
    width: int
    height: int
    evidence: Kind
    evidence_field: str | None
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class Check:
    """All that can be said of a picture on the spot."""

    opened: Opened
    detector: Detector
    verdict: Verdict
    held: tuple[Held, ...]
    known: tuple[Known, ...]


class Desk:
    """Answers for one project. Several threads may ask at once."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self.params = load_params(root)
        self.max_bytes = self.params.collect.max_bytes
        self._manifests = Manifests(self.paths)
        self._scoring, self._reading = Lock(), Lock()
        self._load = lru_cache(maxsize=None)(self._load_detector)

    def recipes(self) -> list[str]:
        """Name the recipes that have been trained and tested, in the order of params.yaml."""
        return [
            name
            for name in self.params.recipes
            if all((self.paths.results(name) / file).is_file() for file in ("model.keras", "predictions.parquet"))
        ]

    def detector(self, recipe: str | None = None) -> Detector:
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

    def open(self, data: bytes) -> Opened:
        """Decode a picture that nobody vouches for.

        Raises:
            PictureError: it cannot or must not be opened.
        """
        if len(data) > self.max_bytes:
            raise PictureError("too-large", f"{len(data):,} bytes, {self.max_bytes:,} allowed")
        image = open_picture(data, self.params.screen.max_pixels)
        evidence, field = find_evidence(image, data)
        width, height, kind = image.width, image.height, image.format or "unknown"
        return Opened(hashlib.sha256(data).hexdigest(), kind, width, height, evidence, field, to_rgb(image))

    def judge(self, opened: Opened, recipe: str | None = None) -> Verdict:
        """Ask a detector about one picture."""
        detector = self.detector(recipe)
        (score,) = self._score(detector, self._as_seen(detector, opened))
        return detector.experience.judge(score)

    def check(self, data: bytes, recipe: str | None = None) -> Check:
        """Look at a picture from all sides.

        Raises:
            PathMissingError: there is no such detector.
            PictureError: it cannot or must not be opened.
        """
        detector = self.detector(recipe)
        return self.examine(self.open(data), detector.recipe)

    def examine(self, opened: Opened, recipe: str) -> Check:
        """Do as ``check`` with a picture that is open already."""
        detector = self.detector(recipe)
        again = stored_again(opened.picture, detector.size, self.params.resize)
        score, *others = self._score(detector, np.concatenate([self._as_seen(detector, opened), again]))
        verdict = detector.experience.judge(score)
        called = call(np.array(others), verdict.threshold)
        held = tuple(Held(*each) for each in zip(TRIED, others, (called == verdict.called).tolist(), strict=True))
        distance = self.params.deduplicate.max_distance
        with self._reading:
            known = find_known(self._manifests, opened.id, np.asarray(opened.picture), detector.recipe, distance)
        return Check(opened, detector, verdict, held, known)

    def locate(self, check: Check) -> Heat:
        """Tell how much each place of a picture, as its detector saw it, speaks for what it was called: (size, size).

        Raises:
            UnexplainableError: the network is not of a kind that can be asked.
        """
        fake = np.array([check.verdict.called == Label.FAKE])
        with self._scoring:
            heat: Heat = explain(check.detector.model, self._as_seen(check.detector, check.opened), fake).heat[0]
        return heat

    def _as_seen(self, detector: Detector, opened: Opened) -> Pixels:
        return to_pixels(opened.picture, detector.size, self.params.resize)[np.newaxis]

    def _score(self, detector: Detector, pixels: Pixels) -> list[float]:
        """Score up to ``BATCH`` pictures at once: their P(FAKE)."""
        # Of one shape, whatever is asked, so that the network is traced once.
        filled = np.zeros((BATCH, *pixels.shape[1:]), np.uint8)
        filled[: len(pixels)] = pixels
        with self._scoring:
            return [float(score) for score in predict_scores(detector.model, filled)[: len(pixels)]]

    def _load_detector(self, name: str) -> Detector:
        results = self.paths.results(name)
        file = results / "model.keras"
        model = load_model(file)
        experience = Experience.read(results / "predictions.parquet", read_threshold(file))
        sources = sources_of(load_recipe(self.paths, self.params, name), self.params)
        stand_ins = len(self.params.sandboxed(sources)) == len(sources)
        return Detector(name, model, side_of(model), experience, stand_ins)
