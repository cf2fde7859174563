"""Which pictures a search in the sandbox finds."""

import re
from hashlib import sha256

from collectors.sandbox.pool import ListedPicture, PicturePool

#: A query with one of these words asks for generated pictures.
GENERATED = frozenset(
    re.findall(
        r"\w+",
        """ai aigc artificial dall dalle dalle2 dalle3 deepfake deepfakes diffusion fake firefly flux gan gans
        generated generator imagen midjourney sdxl stylegan synthetic""",
    )
)

NOTHING = "noresults"

#: How many pictures a query finds that is no topic.
DRAWN = 120

#: What hosts of pictures do on demand, to every fourth picture: sandbox:slow, and so on.
FAULTS = ("slow", "reset", "wrongtype", "endless")

#: Generations of the result page, and one whose scripts nobody can read: only what it shows is left.
GENERATIONS = ("2024", "grid", "bare")

_INSTRUCTION = re.compile(r"\bsandbox:(\w+)")


def find(pool: PicturePool, query: str) -> list[ListedPicture]:
    """Find pictures: a topic's own, else some of the reserve, always the same ones for the same query."""
    query = normalise(query)
    words = set(re.findall(r"[a-z0-9]+", query))
    if not words or NOTHING in words:
        return []
    if query in pool.by_topic:
        return pool.by_topic[query]
    reserve = pool.by_topic.get("reserve fake" if words & GENERATED else "reserve real", [])
    return sorted(reserve, key=lambda picture: sha256(f"{query}\0{picture.name}".encode()).digest())[:DRAWN]


def normalise(query: str) -> str:
    """Reduce a query to what is searched for.

    >>> normalise("  AI  generated images sandbox:consent")
    'ai generated images'
    """
    return " ".join(_INSTRUCTION.sub(" ", query).lower().split())


def instructions(query: str) -> set[str]:
    """Return which pages a query asks for on demand.

    >>> instructions("cats sandbox:captcha")
    {'captcha'}
    """
    return set(_INSTRUCTION.findall(query))


def fault(asked: set[str], number: int) -> str | None:
    """Return what the host of a query's n-th picture does, if that is asked for.

    >>> [fault({"slow"}, number) for number in range(4)]
    [None, None, None, 'slow']
    """
    return next((each for each in FAULTS if each in asked), None) if number % 4 == 3 else None


def generation(asked: set[str]) -> str:
    """Return which generation of the result page is asked for: that of 2026 unless another is named."""
    return next((each for each in GENERATIONS if each in asked), "2026")
