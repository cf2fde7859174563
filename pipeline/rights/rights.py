"""Rights: may a picture be passed on, and why or why not. One verdict per record, from what its record says.

This is no legal advice. It says what follows if the record is right: a licence that stands there was stated by a
source, a list or params.yaml, and nobody has asked whether they had the right to state it. Where nothing that is
known is stated, the answer is no: such a picture is published by its address and hash alone. What stands in the file
itself (``license_in_file``, which ``screen`` reads) counts where a record states nothing, and where it allows less.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pipeline.rights.licences import Licence, recognise

#: The picture may be passed on: ``open``, also changed (resized, cut, augmented); ``unchanged``, its original bytes
#: only; ``closed``, not at all.
Answer = Literal["open", "unchanged", "closed"]

#: The columns of a record that `rights_of` and `attribute` read.
COLUMNS = ("license", "title", "author", "image_url", "page_url", "http")

#: What each reason means, in words.
MEANINGS = {
    "public-domain": "nothing is asked in return",
    "licensed": "under the conditions of its licence",
    "opted-out": "its server or page says that machines shall not learn from it",
    "no-licence": "its record names no licence",
    "unknown-licence": "what its record names is no licence that is known here",
    "platform-licence": "the platform lets one use its pictures, not offer a collection of them",
    "all-rights-reserved": "its licence is that there is none",
}

#: What each condition of a licence asks.
ASKED = {
    "attribution": "name the author and the licence",
    "share-alike": "put changed pictures under the same licence",
    "non-commercial": "for non-commercial purposes only",
    "no-derivatives": "the original file only, nothing resized or augmented",
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with a picture.

    ``reason`` is one of MEANINGS; ``licence`` the name of the licence, or what is stated where that is not known;
    ``conditions`` are of ASKED.
    """

    answer: Answer
    reason: str
    licence: str | None
    url: str | None = None
    conditions: tuple[str, ...] = ()

    def allow(self, changed: bool) -> bool:
        """Return whether the picture may be passed on: its original bytes, or ``changed`` pixels made of them."""
        return self.answer == "open" or (self.answer == "unchanged" and not changed)

    def explain(self) -> str:
        """Describe it in words.

        >>> judge("CC BY-ND 4.0", None).explain().partition(": ")[2]
        'name the author and the licence; the original file only, nothing resized or augmented'
        """
        return ": ".join(filter(None, [MEANINGS[self.reason], "; ".join(ASKED[each] for each in self.conditions)]))


@lru_cache(maxsize=4096)
def judge(licence: str | None, opt_out: str | None, in_file: str | None = None) -> Rights:
    """Judge by what a record states as its licence, by the words with which its server opts out, and by the file.

    >>> judge("CC0-1.0", None).answer, judge("CC BY-ND 4.0", None).answer, judge(None, None).answer
    ('open', 'unchanged', 'closed')
    >>> judge("CC0-1.0", "noai").reason
    'opted-out'
    >>> judge(None, None, "CC BY 4.0").answer, judge("CC0-1.0", None, "all rights reserved").answer
    ('open', 'closed')
    """
    stated = _judge(licence, opt_out)
    if in_file is None or opt_out:
        return stated
    found = _judge(in_file, None)
    if licence is None:
        return found
    # A notice that nobody here understands takes nothing away.
    return min(stated, found, key=lambda each: _OPENNESS.index(each.answer)) if recognise(in_file) else stated


#: From what allows least to what allows most.
_OPENNESS: tuple[Answer, ...] = ("closed", "unchanged", "open")


def _judge(licence: str | None, opt_out: str | None) -> Rights:
    known = recognise(licence) if licence else None
    name, url = (known.name, known.url) if known else (licence, None)
    if opt_out:
        return Rights("closed", "opted-out", name, url)
    if known is None:
        return Rights("closed", "unknown-licence" if licence else "no-licence", name)
    if known.kind != "open":
        return Rights("closed", "platform-licence" if known.kind == "platform" else "all-rights-reserved", name, url)
    return _grant(known)


def _grant(licence: Licence) -> Rights:
    answer: Answer = "unchanged" if "no-derivatives" in licence.conditions else "open"
    reason = "licensed" if licence.conditions else "public-domain"
    return Rights(answer, reason, licence.name, licence.url, licence.conditions)


def rights_of(record: Mapping[str, Any]) -> Rights:
    """Judge a row of RECORD_SCHEMA, of which ``license``, ``http`` and, where known, ``license_in_file`` are read."""
    return judge(record.get("license"), (record.get("http") or {}).get("opt_out"), record.get("license_in_file"))


def attribute(record: Mapping[str, Any]) -> str | None:
    """Write the line that has to go with a picture whose licence asks for attribution; None where none is asked.

    Title, author, source, licence, as far as the record has them.
    (https://wiki.creativecommons.org/wiki/Recommended_practices_for_attribution)
    """
    rights = rights_of(record)
    if "attribution" not in rights.conditions:
        return None
    title = f'"{_line(record["title"])}"' if record.get("title") else "Picture"
    author = f" by {_line(record['author'])}" if record.get("author") else ""
    place = record.get("page_url") or record["image_url"]
    text = f" ({rights.url})" if rights.url else ""
    return f"{title}{author}, {_line(place)}, licensed under {rights.licence}{text}"


def _line(text: str) -> str:
    return " ".join(text.split())
