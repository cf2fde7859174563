"""Licences: which one a text means, and what it asks of whoever passes a picture on.

A text is what a source or a list says, in any of the ways it is said: an SPDX identifier, an address, Kaggle's or
Flickr's words. All of it has to be understood: "CC BY 4.0, photos excepted" is no licence that is known here.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

#: What a licence asks, in the order in which it is told.
Condition = Literal["attribution", "share-alike", "non-commercial", "no-derivatives"]
CONDITIONS: dict[str, Condition] = {
    "by": "attribution",
    "sa": "share-alike",
    "nc": "non-commercial",
    "nd": "no-derivatives",
}

#: Who may pass a picture on: everybody under the conditions; nobody, as a platform lets one use pictures but not
#: offer them as a collection; nobody, as all rights are kept.
Kind = Literal["open", "platform", "reserved"]


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence. ``name`` is its SPDX identifier where it has one, ``url`` its text."""

    name: str
    url: str | None = None
    conditions: tuple[Condition, ...] = ()
    kind: Kind = "open"


ZERO = Licence("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
MARK = Licence("CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/")
PUBLIC_DOMAIN = Licence("public domain")
US_GOVERNMENT = Licence("United States government work")

_BY: tuple[Condition, ...] = ("attribution",)
_SHARE: tuple[Condition, ...] = ("attribution", "share-alike")


def _platform(name: str, url: str) -> Licence:
    return Licence(f"{name} licence", url, kind="platform")


#: Licences that are told by a name: each with all the names, lower case, by which it goes.
_NAMED: dict[Licence, str] = {
    ZERO: "cc0|cc0-1.0|cc0 1.0|cc0 1.0 universal|cc0: public domain|cc zero|creative commons zero",
    MARK: "pdm|cc-pdm-1.0|pdm 1.0|public domain mark|public domain mark 1.0",
    PUBLIC_DOMAIN: "public domain|cc-pddc|public domain work|publicdomain",
    US_GOVERNMENT: "united states government work|u.s. government works|us-gov|pd-usgov",
    Licence("PDDL-1.0", "https://opendatacommons.org/licenses/pddl/1-0/"): (
        "pddl|pddl-1.0|odc public domain dedication and licence (pddl)|opendatacommons.org/licenses/pddl/1-0"
    ),
    Licence("Unlicense", "https://unlicense.org/"): "unlicense|the unlicense|unlicense.org",
    Licence("ODC-By-1.0", "https://opendatacommons.org/licenses/by/1-0/", _BY): (
        "odc-by|odc-by-1.0|odc attribution license (odc-by)|opendatacommons.org/licenses/by/1-0"
    ),
    Licence("ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/", _SHARE): (
        "odbl|odbl-1.0|opendatacommons.org/licenses/odbl/1-0"
    ),
    Licence("CDLA-Permissive-1.0", "https://cdla.dev/permissive-1-0/", _BY): (
        "cdla-permissive-1.0|community data license agreement - permissive - version 1.0|cdla.dev/permissive-1-0"
    ),
    Licence("CDLA-Permissive-2.0", "https://cdla.dev/permissive-2-0/", _BY): (
        "cdla-permissive-2.0|cdla.dev/permissive-2-0"
    ),
    Licence("CDLA-Sharing-1.0", "https://cdla.dev/sharing-1-0/", _SHARE): (
        "cdla-sharing-1.0|community data license agreement - sharing - version 1.0|cdla.dev/sharing-1-0"
    ),
    Licence("MIT", "https://opensource.org/license/mit", _BY): (
        "mit|mit license|opensource.org/licenses/mit|opensource.org/license/mit"
    ),
    Licence("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0", _BY): (
        "apache-2.0|apache 2.0|apache license 2.0|apache.org/licenses/license-2.0"
    ),
    Licence("BSD-3-Clause", "https://opensource.org/license/bsd-3-clause", _BY): (
        "bsd-3-clause|opensource.org/licenses/bsd-3-clause|opensource.org/license/bsd-3-clause"
    ),
    Licence("GFDL-1.3", "https://www.gnu.org/licenses/fdl-1.3.html", _SHARE): (
        "gfdl|gfdl-1.3|gfdl-1.3-or-later|gnu free documentation license 1.3|gnu.org/licenses/fdl-1.3.html"
    ),
    _platform("Unsplash", "https://unsplash.com/license"): "unsplash|unsplash license|unsplash.com/license",
    _platform("Pexels", "https://www.pexels.com/license/"): "pexels|pexels license|pexels.com/license",
    _platform("Pixabay", "https://pixabay.com/service/license-summary/"): (
        "pixabay|pixabay license|pixabay content license|pixabay.com/service/license-summary"
    ),
    Licence("all rights reserved", kind="reserved"): (
        "all rights reserved|copyright|copyrighted|data files © original authors|rightsstatements.org/vocab/inc/1.0"
    ),
}
_BY_NAME = {name: licence for licence, names in _NAMED.items() for name in names.split("|")}

_ADDRESS = re.compile(r"(?:https?:)?//(?:www\.)?([^?#]+?)(?:/(?:deed|legalcode)(?:\.[\w-]+)?)?/?(?:[?#].*)?")
_DEED = re.compile(r"creativecommons\.org/publicdomain/(zero|mark)/1\.0")
_PARTS = r"((?:by|nc|nd|sa)(?:[ -]+(?:nc|nd|sa))*)"
_COMMONS_ADDRESS = re.compile(rf"creativecommons\.org/licenses/{_PARTS}/(\d\.\d)(?:/[a-z]{{2,3}})?")
_COMMONS = re.compile(
    rf"(?:cc|creative commons)?[ -]*{_PARTS}(?:[ -]+v?(\d\.\d))?"
    r"(?:[ -]+(?:[a-z]{2}|igo|international|unported|generic))?(?: licen[cs]e)?"
)
_WORDS = (
    ("attribution", "by"),
    ("share ?-?alike", "sa"),
    ("non ?-?commercial", "nc"),
    ("no ?-?deriv(?:ative)?s?", "nd"),
)


#: No way of saying a licence has more letters.
LONGEST = 200


@lru_cache(maxsize=4096)
def recognise(text: str) -> Licence | None:
    """Return which licence a text means; None if it is none that is known here.

    A Creative Commons licence that was fitted to a country counts as the international one of its version.

    >>> recognise("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.de").name
    'CC-BY-NC-SA-4.0'
    >>> recognise("Attribution 4.0 International (CC BY 4.0)").conditions
    ('attribution',)
    >>> recognise("Other (specified in description)")
    """
    plain = " ".join(text.casefold().split()) if len(text) <= LONGEST else ""
    address = _ADDRESS.fullmatch(plain)
    if address:
        return _of_address(address[1])
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    long, _, short = plain.removesuffix(")").partition(" (")
    meant = {_of_words(each) for each in (long, short) if each}
    return meant.pop() if len(meant) == 1 else None


def _of_address(address: str) -> Licence | None:
    deed = _DEED.fullmatch(address)
    if deed:
        return ZERO if deed[1] == "zero" else MARK
    found = _COMMONS_ADDRESS.fullmatch(address)
    return _commons(found[1], found[2]) if found else _BY_NAME.get(address)


def _of_words(text: str) -> Licence | None:
    for words, part in _WORDS:
        text = re.sub(words, part, text)
    found = _COMMONS.fullmatch(text)
    return _commons(found[1], found[2]) if found else None


def _commons(parts: str, version: str | None) -> Licence | None:
    """Make the Creative Commons licence of some parts, such as by-nc-sa."""
    said = set(re.split(r"[ -]+", parts))
    if {"sa", "nd"} <= said:
        return None  # There is none: what must not be changed cannot be shared alike.
    code = "-".join(part for part in ("by", "nc", "nd", "sa") if part in said)
    conditions = tuple(condition for part, condition in CONDITIONS.items() if part in said)
    if version is None:
        return Licence(f"CC {code.upper()}", None, conditions)
    return Licence(
        f"CC-{code.upper()}-{version}", f"https://creativecommons.org/licenses/{code}/{version}/", conditions
    )
