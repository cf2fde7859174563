"""From what an address or a person names to a picture's passport, in the words of ``touchstone why``."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.browsing.catalogue import Catalogue
from pipeline.lineage.lookup import Match, describe, find_address, find_id
from pipeline.lineage.manifests import Manifests, Row
from pipeline.lineage.passport_text import Line, list_lines

#: A record as a page names it, and an id or its beginning.
_RECORD, _ID = re.compile(r"([\w.-]+):(\d{1,9})"), re.compile(r"[0-9a-f]{6,64}")

#: How many records of one name are shown, and relatives of one record.
MOST, RELATIVES = 4, 12


@dataclass(frozen=True, slots=True)
class PassportView:
    """A record's passport: its row in the catalogue, what is told of it, and the rows of its relatives, with words."""

    row: Row
    lines: list[Line]
    relatives: list[tuple[Row, str]]


def find_passports(manifests: Manifests, text: str) -> list[PassportView]:
    """Find the pictures that a text names: as SOURCE:RANK, an id or its first six digits or more, or an address."""
    catalogue = Catalogue(manifests, None)
    return [told for match in _find(manifests, text.strip())[:MOST] if (told := _tell(manifests, catalogue, match))]


def _find(manifests: Manifests, text: str) -> list[Match]:
    record = _RECORD.fullmatch(text)
    if record:
        # Only what is a source becomes part of a path.
        known = record[1] in manifests.sources()
        return [Match(record[1], int(record[2]), "number")] if known else []
    return find_id(manifests, text.lower()) if _ID.fullmatch(text.lower()) else find_address(manifests, text)


def _tell(manifests: Manifests, catalogue: Catalogue, match: Match) -> PassportView | None:
    found = catalogue.find([(match.source, match.rank)])
    if not found:
        return None
    passport = describe(manifests, match)
    near = dict(islice(_name_relatives(passport).items(), RELATIVES))
    rows = {(row["source"], row["rank"]): row for row in catalogue.find(list(near))}
    return PassportView(
        found[0], list_lines(passport), [(rows[key], words) for key, words in near.items() if key in rows]
    )


def _name_relatives(passport: dict[str, Any]) -> dict[tuple[str, int], str]:
    """Describe of each relative what it is, its nearest tie first."""
    named: dict[tuple[str, int], str] = {}
    ties = (
        ([passport["survivor"]] if passport["survivor"] else [], "stayed in its place"),
        (passport["replaced"], "went in its favour"),
        (passport["near"], "near"),
        (passport["others"], "in its group"),
    )
    for relatives, tie in ties:
        for other in relatives:
            bits = "" if other["distance"] is None else f", {other['distance']} bits away"
            named.setdefault((other["source"], other["rank"]), f"{tie}{bits}")
    return named
