"""Which hash, and how many bits apart? Recall and precision on pictures that were changed as the web changes them.

    python benchmarks/hash_quality.py --archive cifake.zip [--plot hash_quality.png] [--quick]
        [--photographs pictures.zip]

Two sets of originals: tiles that do not overlap, cut from the photographs in the wheels of scikit-image, scikit-learn
and matplotlib, and CIFAKE's pictures (32x32). Each change is made of some originals of a set, and its hash is looked
for among those of all originals of both. Found are those within the distance: the own original should be among them
(recall), and no other (precision). Ours is imagehash's definition, the peer is imagededup; both hash the same pixels.
"""

import argparse
import io
import json
import tempfile
import time
import zipfile
from importlib.resources import files
from pathlib import Path

import imagehash
import matplotlib as mpl
import numpy as np
import pandas as pd
from altered import CHANGES, TURNS
from numpy.typing import NDArray
from peers import IMAGEDEDUP, IMAGEDEDUP_WITHOUT_CNN, run_peer
from PIL import Image
from repost_quality import print_reposts

from pipeline.hashing.hashes import DEFINITIONS, Hashes

#: The same four, as imagededup calls them.
PEERS = {"PHash": "phash", "DHash": "dhash", "AHash": "average_hash", "WHash": "whash"}
SEED, SIDE, MOST = 42, 96, 10
PHOTOGRAPHS = [
    ("skimage", f"data/{name}")
    for name in ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")
]
PHOTOGRAPHS += [("sklearn", "datasets/images/china.jpg"), ("sklearn", "datasets/images/flower.jpg")]
PHOTOGRAPHS += [("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")]

HASH = """
import sys
import numpy as np
from imagededup.methods import AHash, DHash, PHash, WHash
pictures = np.load(sys.argv[1])
hashers = {h.__class__.__name__: h for h in (PHash(False), DHash(False), AHash(False), WHash(False))}
found = {name: [int(h.encode_image(image_array=pictures[str(i)]), 16) for i in range(len(pictures.files))]
         for name, h in hashers.items()}
np.savez(sys.argv[2], **{name: np.array(values, dtype=np.uint64) for name, values in found.items()})
print("done")
"""

#: The places of some originals among all, and the originals.
Chosen = tuple[NDArray[np.int64], list[Image.Image]]


def cut_photographs() -> list[Image.Image]:
    """Cut the photographs into tiles that do not overlap and are not flat."""
    tiles = []
    for package, path in PHOTOGRAPHS:
        picture = Image.open(io.BytesIO((files(package) / path).read_bytes())).convert("RGB")
        for top in range(0, picture.height - SIDE + 1, SIDE):
            for left in range(0, picture.width - SIDE + 1, SIDE):
                tile = picture.crop((left, top, left + SIDE, top + SIDE))
                if np.asarray(tile.convert("L")).std() >= 8:
                    tiles.append(tile)
    return tiles


def draw_cifake(archive: Path, count: int) -> list[Image.Image]:
    """Draw pictures that differ in their bytes; by chance, as the names go by classes."""
    with zipfile.ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if name.lower().endswith((".jpg", ".png")))
        drawn = np.random.default_rng(SEED).choice(names, 2 * count, replace=False)
        distinct = list({opened.read(str(name)): None for name in drawn})[:count]
    return [Image.open(io.BytesIO(data)).convert("RGB") for data in distinct]


def hash_all(pictures: list[Image.Image]) -> dict[str, Hashes]:
    """Hash with imagehash, whose values ours are."""
    return {
        name: np.array([int(str(define(picture)), 16) for picture in pictures], dtype=np.uint64)
        for name, define in DEFINITIONS.items()
    }


def hash_with_peer(pictures: list[Image.Image]) -> dict[str, Hashes]:
    """Hash with imagededup."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "pictures.npz", Path(folder) / "hashes.npz"
        np.savez(given, **{str(place): np.asarray(picture) for place, picture in enumerate(pictures)})
        run_peer(IMAGEDEDUP, IMAGEDEDUP_WITHOUT_CNN + HASH, str(given), str(made))
        found = np.load(made)
        return {f"imagededup {name}": found[name] for name in PEERS}


def count_found(queries: Hashes, own: NDArray[np.int64], gallery: Hashes) -> list[tuple[int, int]]:
    """For each distance from 0 on: how many queries find their own original, and how many others they find in all.

    Args:
        queries: hashes, or the hashes of all eight orientations. (queries,) or (queries, 8)
        own: the place of each one's original. (queries,)
        gallery: the hashes of all originals. (gallery,)
    """
    turns = queries.reshape(len(queries), -1)
    apart = np.stack([np.bitwise_count(turn[:, None] ^ gallery).min(axis=0) for turn in turns])
    right = apart[np.arange(len(own)), own]
    found = [int((right <= most).sum()) for most in range(MOST + 1)]
    return [(own_found, int((apart <= most).sum()) - own_found) for most, own_found in enumerate(found)]


def measure(sets: dict[str, Chosen], originals: list[Image.Image]) -> pd.DataFrame:
    """Measure every hash, change and distance: rows of set, hash, change, distance, queries, found, strangers."""
    changed = {
        (kind, change): [make(picture) for picture in pictures]
        for kind, (_, pictures) in sets.items()
        for change, make in CHANGES.items()
    }
    every = [*originals, *(picture for made in changed.values() for picture in made)]
    hashes = hash_all(every) | hash_with_peer(every)
    rows = []
    place = len(originals)
    for (kind, change), made in changed.items():
        own = sets[kind][0]
        for name, values in hashes.items():
            counted = count_found(values[place : place + len(made)], own, values[: len(originals)])
            rows += [(kind, name, change, most, len(own), *counts) for most, counts in enumerate(counted)]
        if change in TURNS:
            turned = [[*map(picture.transpose, Image.Transpose), picture] for picture in made]
            for name, define in DEFINITIONS.items():
                eight = np.array([[int(str(define(turn)), 16) for turn in turns] for turns in turned], np.uint64)
                counted = count_found(eight, own, hashes[name][: len(originals)])
                told = f"{change}, orientations"
                rows += [(kind, name, told, most, len(own), *counts) for most, counts in enumerate(counted)]
        place += len(made)
    return pd.DataFrame(rows, columns=["set", "hash", "change", "distance", "queries", "found", "strangers"])


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up the changes other than turns, by set, hash and distance: recall and precision."""
    plain = rows[~rows["change"].str.startswith(TURNS)]
    total = plain.groupby(["set", "hash", "distance"], sort=False)[["queries", "found", "strangers"]].sum()
    return total.assign(recall=total["found"] / total["queries"], precision=_precision(total)).reset_index()


def _precision(rows: pd.DataFrame) -> pd.Series:
    return rows["found"] / (rows["found"] + rows["strangers"]).clip(lower=1)


def draw_plot(summary: pd.DataFrame, file: Path) -> None:
    """Draw precision against recall, one curve per hash, one panel per set; the points are distances."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for panel, (kind, rows) in zip(panels, summary.groupby("set", sort=False), strict=True):
        for place, (name, curve) in enumerate(rows.groupby("hash", sort=False)):
            style = {"linestyle": "--" if "imagededup" in name else "-", "color": f"C{place % 4}"}
            panel.plot(curve["recall"], curve["precision"], marker=".", linewidth=1.2, label=name, **style)
            if name == "phash":
                for point in curve.itertuples():
                    panel.annotate(str(point.distance), (point.recall, point.precision), fontsize=8, color="C0")
        panel.set(title=kind, xlabel="recall", ylabel="precision")
        panel.grid(alpha=0.3)
    panels[0].legend(fontsize=8, loc="lower left")
    figure.suptitle("All changes but turns; a point for each distance from 0 to 10, named on phash")
    figure.savefig(file, dpi=90)


def print_tables(rows: pd.DataFrame, summary: pd.DataFrame) -> None:
    """Print recall and precision by distance, and recall by change at some distances."""
    for kind, mine in summary.groupby("set", sort=False):
        print(f"\n{kind}: recall / precision in %, all changes but turns, by distance")
        shares = zip(mine["recall"], mine["precision"], strict=True)
        cells = mine.assign(cell=[f"{100 * recall:.1f} / {100 * precise:.1f}" for recall, precise in shares])
        print(cells.pivot(index="hash", columns="distance", values="cell")[[0, 2, 4, 6, 8, 10]].to_markdown())
    cells = rows[rows["distance"].isin([2, 4, 6, 8])]
    share, precise = 100 * cells["found"] / cells["queries"], 100 * _precision(cells)
    cells = cells.assign(cell=[f"{r:.0f}/{p:.0f}" for r, p in zip(share, precise, strict=True)])
    cells = cells.groupby(["set", "change", "hash"], sort=False)["cell"].agg(" ".join).reset_index()
    for kind, mine in cells.groupby("set", sort=False):
        print(f"\n{kind}: recall/precision in % at distances 2, 4, 6 and 8")
        print(mine.pivot(index="change", columns="hash", values="cell").reindex(mine["change"].unique()).to_markdown())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--plot", type=Path, help="draw precision against recall into this file")
    parser.add_argument("--photographs", type=Path, help="an archive of photographs: also measure what is confirmed")
    parser.add_argument("--quick", action="store_true", help="fewer pictures")
    options = parser.parse_args()
    start = time.perf_counter()
    tiles = cut_photographs()
    small = draw_cifake(options.archive, 1_000 if options.quick else 10_000)
    some = small[: 50 if options.quick else 300]
    sets = {
        "photographs": (np.arange(len(tiles)), tiles),
        "CIFAKE": (len(tiles) + np.arange(len(some)), some),
    }
    rows = measure(sets, [*tiles, *small])
    summary = summarise(rows)
    print(f"{len(tiles)} tiles of {SIDE}x{SIDE}, {len(some)} of {len(small):,} CIFAKE pictures")
    print(f"imagehash {imagehash.__version__}, {IMAGEDEDUP}")
    print_tables(rows, summary)
    if options.plot:
        draw_plot(summary, options.plot)
    figures = {"seconds": round(time.perf_counter() - start, 1), "tiles": len(tiles), "cifake": len(small)}
    default = summary[(summary["hash"] == "phash") & (summary["distance"] == 4)]
    for row in default.to_dict("records"):
        figures |= {f"{row['set'].lower()}_{name}": round(row[name], 4) for name in ("recall", "precision")}
    if options.photographs:
        figures |= print_reposts(options.photographs, half=1, drawn=50 if options.quick else 200)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
