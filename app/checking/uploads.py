"""The pictures that somebody has put before the page, in this visit and no longer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.checking.detector_service import DetectorService
from app.checking.findings import PictureFinding, find
from app.checking.picture_address import fetch_picture
from app.checking.refusals import explain_refusal
from pipeline.pictures.picture import PictureError

#: How many of what was pasted or fetched are kept in sight.
MOST = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """One file under a key of this visit, read when it is looked at. If it could not be had, ``refused`` says why."""

    key: str
    name: str
    read: Callable[[], bytes]
    refused: str = ""


#: What came of a picture: a finding for each recipe that was asked, or why there is none.
Outcome = list[PictureFinding] | str


class UploadSession:
    """What one visitor has been told, so that a click elsewhere on the page asks no detector again."""

    def __init__(self) -> None:
        self.kept: list[Upload] = []
        self._number = 0
        self._outcomes: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def keep(self, name: str, data: bytes, refused: str = "") -> None:
        """Take in what no widget holds: what was pasted, or fetched."""
        self._number += 1
        self.kept = [Upload(f"kept-{self._number}", name, lambda: data, refused), *self.kept][:MOST]

    def fetch(self, detectors: DetectorService, url: str) -> None:
        """Take in what is at an address."""
        try:
            self.keep(url, fetch_picture(url, detectors.params.collect))
        except PictureError as error:
            self.keep(url, b"", explain_refusal(error))

    def ask(
        self, detectors: DetectorService, given: Upload, recipes: Iterable[str], left: Callable[[], bool] = bool
    ) -> Outcome:
        """Ask detectors about a picture, unless they have been asked; ``left`` tells whether the visitor has gone.

        Raises:
            LeftError: so it is.
        """
        asked = given.key, tuple(recipes)
        if asked not in self._outcomes:
            self._outcomes[asked] = given.refused or _look_at(detectors, given, asked[1], left)
        return self._outcomes[asked]

    def forget_all_but(self, keys: Iterable[str]) -> None:
        """Forget what was found of pictures that are no longer there."""
        here = set(keys)
        self._outcomes = {asked: outcome for asked, outcome in self._outcomes.items() if asked[0] in here}


def _look_at(detectors: DetectorService, given: Upload, recipes: Iterable[str], left: Callable[[], bool]) -> Outcome:
    try:
        opened = detectors.open(given.read(), left)
    except PictureError as error:
        return explain_refusal(error)
    return [find(detectors, given.name, opened, recipe) for recipe in recipes]
