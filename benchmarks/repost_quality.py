"""Which reposts are known again, and which strangers are taken for copies: as ``deduplicate`` finds them.

Of each photograph and each change, the changed one stands among all originals; it is found where ``deduplicate``
confirms it as a copy of its own, and proposed where it would share its group. Strangers are pairs of different
originals, as they are and changed in any way, and pairs of drawn pictures that are alike by their kind.
"""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from reposted import CHANGES, STRANGERS, TURNED

from pipeline.deduplicating.copies import Pairs, find_copies
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.deduplicating.viewed import MOST_PARTS, WHOLES, Viewed, to_side
from pipeline.hashing.hashes import hash_grey
from pipeline.hashing.views import view_columns
from pipeline.pictures.picture import to_rgb
from pipeline.runtime.array_types import Pixels
from pipeline.screening.measurements import digest_pixels

SEED = 42
#: Photographs of one scene from many sides are neither copies nor strangers.
ONE_SCENE = "monstree"
LONGEST = 720


@dataclass(frozen=True, slots=True)
class Seen:
    """What ``screen`` would keep of a picture: its hash, the name of its pixels, and its views."""

    phash: int
    pixels: str
    views: dict[str, object]


def read_photographs(archive: Path, half: int) -> list[Image.Image]:
    """Read one half of the photographs of an archive, 0 or 1, as chance divides their names."""
    with zipfile.ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if name.startswith("REAL/") and not name.endswith("/"))
        mine = [name for name in names if hashlib.sha256(name.encode()).digest()[-1] % 2 == half]
        pictures = [to_rgb(Image.open(io.BytesIO(opened.read(name)))) for name in mine if ONE_SCENE not in name]
    for picture in pictures:
        picture.thumbnail((LONGEST, LONGEST))
    return pictures


def see(pictures: Sequence[Image.Image]) -> list[Seen]:
    """Make of pictures what ``screen`` keeps of them."""
    grey: list[Pixels] = [np.asarray(picture.convert("L")) for picture in pictures]
    columns = view_columns(grey)
    views = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    names = [digest_pixels(np.asarray(picture)) for picture in pictures]
    hashes = hash_grey(grey)["phash"].tolist()
    return [Seen(*each) for each in zip(hashes, names, views, strict=True)]


def lay_views(seen: Sequence[Seen]) -> Viewed:
    """Lay views as ``deduplicate`` reads them."""
    count = len(seen)
    hashes, there = np.zeros((count, WHOLES + MOST_PARTS), np.uint64), np.zeros((count, WHOLES + MOST_PARTS), bool)
    squares = np.zeros((count, WHOLES, 64, 64), np.uint8)
    for row, picture in enumerate(seen):
        for start, name in ((0, "wholes"), (WHOLES, "parts")):
            values = picture.views[name]
            hashes[row, start : start + len(values)] = values
            there[row, start : start + len(values)] = True
        for number, square in enumerate(picture.views["squares"]):
            squares[row, number] = to_side(square)
    frames, aspects = (np.array([picture.views[name] for picture in seen], np.float32) for name in ("frame", "aspect"))
    return Viewed(hashes, there, frames, aspects, lambda rows: squares[rows])


def find(seen: Sequence[Seen], settings: Deduplicate) -> Pairs:
    """Find the pairs among pictures as ``deduplicate`` does."""
    hashes = np.array([picture.phash for picture in seen], np.uint64)[:, None]
    pixels = pd.Series([picture.pixels for picture in seen])
    return find_copies(hashes, pixels, lay_views(seen), np.arange(len(seen)), settings).pairs


def measure_changes(photographs: Sequence[Image.Image], settings: Deduplicate) -> tuple[pd.DataFrame, list[Seen]]:
    """Measure each change: rows of change, and the shares found by 4 bits of pHash, proposed and confirmed.

    Also gives all that was seen, change by change, the originals first.
    """
    originals, rows = see(photographs), []
    every = list(originals)
    count = len(originals)
    for change, make in CHANGES.items():
        rng = np.random.default_rng(SEED)
        changed = see([make(photograph, rng) for photograph in photographs])
        every += changed
        pairs = find([*originals, *changed], settings)
        own = pairs.second - pairs.first == count
        bits = np.array([(a.phash ^ b.phash).bit_count() for a, b in zip(originals, changed, strict=True)])
        # Where a picture's pixels did not change at all, one of two stands for both.
        rows.append(
            {
                "change": change,
                "phash": float((bits <= settings.max_distance).mean()),
                "proposed": own.sum() / count,
                "confirmed": (own & pairs.confirmed).sum() / count,
            }
        )
    return pd.DataFrame(rows), every


def summarise_changes(rows: pd.DataFrame) -> pd.Series:
    """Average the changes but for turns."""
    mean: pd.Series = rows[~rows["change"].isin(TURNED)][["phash", "proposed", "confirmed"]].mean()
    return mean


def count_strangers(seen: Sequence[Seen], owner: NDArray[np.int64], settings: Deduplicate) -> dict[str, int]:
    """Count the pairs of pictures of different owners: all, proposed and confirmed."""
    pairs = find(seen, settings)
    strange = owner[pairs.first] != owner[pairs.second]
    counts = np.bincount(owner)
    total = (len(owner) ** 2 - (counts**2).sum()) // 2
    confirmed = strange & pairs.confirmed
    return {"pairs": int(total), "proposed": int(strange.sum()), "confirmed": int(confirmed.sum())}


def measure_strangers(every: Sequence[Seen], count: int, settings: Deduplicate, drawn: int) -> pd.DataFrame:
    """Measure strangers: photographs and all that was made of them, and each kind that is drawn."""
    rows = [{"kind": "photographs, changed", **count_strangers(every, np.arange(len(every)) % count, settings)}]
    for kind, make in STRANGERS.items():
        seen = see(list(make(np.random.default_rng(SEED), drawn)))
        rows.append({"kind": kind, **count_strangers(seen, np.arange(len(seen)), settings)})
    return pd.DataFrame(rows)


def print_reposts(archive: Path, half: int, drawn: int) -> dict[str, float]:
    """Measure one half of an archive's photographs, print tables, and give the figures."""
    settings = Deduplicate()
    photographs = read_photographs(archive, half)
    rows, every = measure_changes(photographs, settings)
    mean = summarise_changes(rows)
    print(f"\n{len(photographs)} photographs, recall in %: 4 bits of pHash; proposed; confirmed")
    print((100 * rows.set_index("change")).round(1).to_markdown())
    print("all but turned:", ", ".join(f"{name} {share:.1%}" for name, share in mean.items()))
    strangers = measure_strangers(every, len(photographs), settings, drawn)
    print(strangers.to_markdown(index=False))
    return {f"reposts_{name}": round(share, 4) for name, share in mean.items()}


if __name__ == "__main__":
    import sys

    print_reposts(Path(sys.argv[1]), int(sys.argv[2]), 200)
