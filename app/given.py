"""The pictures that somebody has put before the page, in this visit and no longer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.address import fetch_picture
from app.desk import Desk
from app.finding import Finding, find
from app.refusal import explain_refusal
from pipeline.parts.pictures import PictureError

#: How many of what was pasted or fetched are kept in sight.
MOST = 20


@dataclass(frozen=True, slots=True)
class Given:
    """One file under a key of this visit, read when it is looked at. If it could not be had, ``refused`` says why."""

    key: str
    name: str
    read: Callable[[], bytes]
    refused: str = ""


#: What came of a picture: a finding for each recipe that was asked, or why there is none.
Outcome = list[Finding] | str


class Visit:
    """What one visitor has been told, so that a click elsewhere on the page asks no detector again."""

    def __init__(self) -> None:
        self.kept: list[Given] = []
        self._number = 0
        self._outcomes: dict[tuple[str, tuple[str, ...]], Outcome] = {}

    def keep(self, name: str, data: bytes, refused: str = "") -> None:
        """Take in what no widget holds: what was pasted, or fetched."""
        self._number += 1
        self.kept = [Given(f"kept-{self._number}", name, lambda: data, refused), *self.kept][:MOST]

    def fetch(self, desk: Desk, url: str) -> None:
        """Take in what is at an address."""
        try:
            self.keep(url, fetch_picture(url, desk.params.collect))
        except PictureError as error:
            self.keep(url, b"", explain_refusal(error))

    def ask(self, desk: Desk, given: Given, recipes: Iterable[str]) -> Outcome:
        """Ask detectors about a picture, unless they have been asked."""
        asked = given.key, tuple(recipes)
        if asked not in self._outcomes:
            self._outcomes[asked] = given.refused or _look_at(desk, given, asked[1])
        return self._outcomes[asked]

    def forget_all_but(self, keys: Iterable[str]) -> None:
        """Forget what was found of pictures that are no longer there."""
        here = set(keys)
        self._outcomes = {asked: outcome for asked, outcome in self._outcomes.items() if asked[0] in here}


def _look_at(desk: Desk, given: Given, recipes: Iterable[str]) -> Outcome:
    try:
        opened = desk.open(given.read())
    except PictureError as error:
        return explain_refusal(error)
    return [find(desk, given.name, opened, recipe) for recipe in recipes]
