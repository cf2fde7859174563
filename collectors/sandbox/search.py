"""Which pictures a search in the sandbox finds."""

import re
from hashlib import sha256

from collectors.sandbox.pool import Listed, Pool

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

_INSTRUCTION = re.compile(r"\bsandbox:(\w+)")


def find(pool: Pool, query: str) -> list[Listed]:
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
    """Tell which pages a query asks for on demand.

    >>> instructions("cats sandbox:captcha")
    {'captcha'}
    """
    return set(_INSTRUCTION.findall(query))
