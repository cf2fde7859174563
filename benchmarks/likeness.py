"""Is a picture like those that a detector knows? What tells it, and what comes of it, for pictures of other kinds.

    python benchmarks/likeness.py --project ../project --recipe NAME --pictures ../shared/data/pictures.zip [--quick]

The project has the recipe trained and evaluated, as on CIFAKE; its test is what the check should pass. The pictures,
a zip of REAL/ and FAKE/, scikit-image's, scikit-learn's and matplotlib's, and drawings, screenshots and flat art that
are made here are what it is to hold back: at their full size, and also made as small as the detector's and stored as
JPEG like CIFAKE's ("shrunk"), so that nothing but their contents sets them apart. ``--quick`` asks of a tenth.
"""

import argparse
import io
import json
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image, ImageDraw, ImageFont
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.arrays.pixel_arrays import gather  # noqa: E402
from pipeline.asking.picture_judgement import PictureJudge  # noqa: E402
from pipeline.asking.seen_picture import judge_seen, see  # noqa: E402
from pipeline.config.params import load_params  # noqa: E402
from pipeline.decoding.unscreened import read_file_facts  # noqa: E402
from pipeline.judgement.features import ask, with_features  # noqa: E402
from pipeline.judgement.file_facts import FileFacts  # noqa: E402
from pipeline.judgement.fit_likeness import SAMPLES, read_stored  # noqa: E402
from pipeline.judgement.likeness import FeatureDistance, Likeness  # noqa: E402
from pipeline.models.saved_model import load_model, read_threshold, side_of  # noqa: E402
from pipeline.pictures.picture import open_picture, to_rgb  # noqa: E402
from pipeline.records.shards import read_shard, shard_paths  # noqa: E402
from pipeline.resizing.resize_settings import Resize  # noqa: E402
from pipeline.resizing.square_pixels import to_pixels  # noqa: E402
from pipeline.runtime.paths import Paths  # noqa: E402
from pipeline.storage.labels import Label  # noqa: E402

FALSE_ALARMS, MADE, CIFAKE_QUALITY, MOST_PIXELS = 0.05, 75, 75, 10**8

Named = tuple[str, Label | None, bytes]


def list_outside(pictures: Path) -> Iterator[Named]:
    """Return full-size pictures as a kind, a label where there is one, and bytes."""
    with zipfile.ZipFile(pictures) as archive:
        for name in sorted(archive.namelist()):
            label, kind = name.split("/")[:2]
            if not name.endswith("/"):
                yield f"{label} {kind}", Label[label], archive.read(name)
    import matplotlib
    import skimage
    import sklearn.datasets

    for folder in (
        Path(skimage.__file__).parent / "data",
        Path(matplotlib.get_data_path()) / "sample_data",
        Path(sklearn.datasets.__file__).parent / "images",
    ):
        for file in sorted(folder.iterdir()):
            if file.suffix in {".png", ".jpg"}:
                yield "of scikit-image, scikit-learn and matplotlib", None, file.read_bytes()
    for kind, draw in {"drawings": draw_lines, "screenshots": draw_screen, "flat art": draw_shapes}.items():
        for seed in range(MADE):
            out = io.BytesIO()
            draw(random.Random(seed)).save(out, "PNG")
            yield f"made: {kind}", None, out.getvalue()


def _canvas(chance: random.Random, colour: str | tuple[int, ...]) -> Image.Image:
    return Image.new("RGB", chance.choice([(800, 600), (1024, 768), (1920, 1080), (640, 640)]), colour)


def draw_lines(chance: random.Random) -> Image.Image:
    """Draw dark lines on white."""
    picture = _canvas(chance, "white")
    for _ in range(60):
        corners = [(chance.randrange(picture.width), chance.randrange(picture.height)) for _ in range(3)]
        ink = tuple(chance.randrange(120) for _ in range(3))
        ImageDraw.Draw(picture).line(corners, ink, chance.randrange(1, 6))
    return picture


def draw_screen(chance: random.Random) -> Image.Image:
    """Draw a window full of text."""
    picture = _canvas(chance, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    draw.rectangle((0, 0, picture.width, 40), "#334455")
    draw.rectangle((0, 40, 200, picture.height), "#eeeeff")
    for top in range(60, picture.height, 22):
        words = " ".join("".join(chance.choices("abcdefghijklmnop", k=chance.randrange(2, 9))) for _ in range(12))
        draw.text((220, top), words, "black", font)
    return picture


def draw_shapes(chance: random.Random) -> Image.Image:
    """Draw circles and boxes of plain colours, on a plain colour or on a gradient."""
    picture = _canvas(chance, tuple(chance.randrange(256) for _ in range(3)))
    if chance.random() < 0.5:
        ramp = np.linspace(0, 255, picture.width, dtype=np.uint8)
        picture = Image.fromarray(np.broadcast_to(ramp[None, :, None], (picture.height, picture.width, 3)).copy())
    for _ in range(chance.randrange(3, 15)):
        x, y, side = chance.randrange(picture.width), chance.randrange(picture.height), chance.randrange(20, 300)
        kind = chance.choice(["ellipse", "rectangle"])
        ink = tuple(chance.randrange(256) for _ in range(3))
        getattr(ImageDraw.Draw(picture), kind)((x - side, y - side, x + side, y + side), fill=ink)
    return picture


def shrink(picture: Image.Image, side: int) -> bytes:
    """Make a picture small and a JPEG like CIFAKE's."""
    out = io.BytesIO()
    Image.fromarray(to_pixels(picture, side, Resize())).save(out, "JPEG", quality=CIFAKE_QUALITY)
    return out.getvalue()


class Asked:
    """Pictures as files, as the network sees them, and what it makes of them."""

    def __init__(self, network: Any, files: list[bytes], judge: PictureJudge, resize: Resize) -> None:
        opened = [open_picture(data, MOST_PIXELS) for data in files]
        self.facts = [read_file_facts(image, data) for image, data in zip(opened, files, strict=True)]
        self.pictures = [to_rgb(image) for image in opened]
        side = side_of(network)
        self.seen = [see(p, f, judge, side, resize) for p, f in zip(self.pictures, self.facts, strict=True)]
        self.pixels = np.stack([each.pixels[0] for each in self.seen])
        self.scores, self.features = ask(network, self.pixels)


def read_test(paths: Paths, recipe: str) -> tuple[list[bytes], pd.DataFrame]:
    """Read the original files of a recipe's test, and its rows."""
    rows = read_stored(paths, recipe, "test")
    files: dict[tuple[str, int], bytes] = {}
    for source in rows["source"].unique():
        for shard in shard_paths(paths.collected(source)):
            for row in read_shard(shard, ["rank", "image"]).to_pylist():
                files[source, row["rank"]] = row["image"]["bytes"]
    return [files[key] for key in zip(rows["source"], rows["rank"], strict=True)], rows


def hidden_features(model: Any, pixels: Any) -> Any:
    """Return what the last dense layer takes."""
    import keras

    last = next(layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense))
    return np.asarray(keras.Model(model.inputs, last.input).predict(pixels, batch_size=256, verbose=0))


def neighbours(training: Any, count: int = 5) -> Callable[[Any], Any]:
    """Measure the distance to the 5th nearest of the training pictures, features standardised (Sun et al., 2022)."""
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(training)
    index = NearestNeighbors(n_neighbors=count).fit(scaler.transform(training))
    return lambda features: index.kneighbors(scaler.transform(features))[0][:, -1]


def mahalanobis(training: Any) -> Callable[[Any], Any]:
    """Measure Mahalanobis' distance, as the check does."""
    return FeatureDistance.fit(training, training[:100]).measure


def compare(methods: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Compare methods by their values for validation, test, full and shrunk pictures: AUC, and shares held back."""
    rows = []
    for name, values in methods.items():
        cut = np.quantile(values["validation"], 1 - FALSE_ALARMS)
        row: dict[str, Any] = {"method": name, "false_alarms": float((values["test"] > cut).mean())}
        for kind in ("full", "shrunk"):
            labels = np.r_[np.zeros(len(values["test"])), np.ones(len(values[kind]))]
            row[f"{kind}_auc"] = float(roc_auc_score(labels, np.r_[values["test"], values[kind]]))
            row[f"{kind}_held_back"] = float((values[kind] > cut).mean())
        rows.append(row)
    return rows


def sum_up(judgements: list[Any], labels: list[Label | None]) -> dict[str, Any]:
    """Count what pictures became, and why; of firm conclusions with a known label, how many are wrong."""
    firm = [(each.label, label) for each, label in zip(judgements, labels, strict=True) if each.label is not None]
    known = [(said, label) for said, label in firm if label is not None]
    reasons = pd.Series([each.reasons[0].code for each in judgements if each.reasons], dtype=object).value_counts()
    return {
        "pictures": len(judgements),
        "cannot_tell": 1 - len(firm) / len(judgements),
        "reasons": {str(code): int(count) for code, count in reasons.items()},
        "firm_and_wrong": sum(said != label for said, label in known) / max(len(known), 1),
    }


def measure(paths: Paths, recipe: str, pictures: Path, every: int) -> dict[str, Any]:
    """Fit all methods, compare them, and judge all pictures."""
    params, file = load_params(paths.root), paths.results(recipe) / "model.keras"
    model, judge = load_model(file), PictureJudge.open(file, read_threshold(file))
    network = with_features(model)
    outside = list(list_outside(pictures))[::every]
    test_files, rows = read_test(paths, recipe)
    asked = {
        "test": Asked(network, test_files[::every], judge, params.resize),
        "full": Asked(network, [data for _, _, data in outside], judge, params.resize),
    }
    small = [shrink(picture, side_of(model)) for picture in asked["full"].pictures]
    asked["shrunk"] = Asked(network, small, judge, params.resize)
    fitted = {}
    for part, most in SAMPLES.items():
        sample = read_stored(paths, recipe, part).sample(frac=1, random_state=0)[:most]
        table = pa.Table.from_pandas(sample[["source", "row"]], preserve_index=False)
        fitted[part] = gather(paths, side_of(model), table)
    pixels = {"validation": fitted["val"], **{kind: each.pixels for kind, each in asked.items()}}
    channels = {kind: ask(network, each)[1] for kind, each in ({"train": fitted["train"]} | pixels).items()}
    hidden = {kind: hidden_features(model, each) for kind, each in ({"train": fitted["train"]} | pixels).items()}
    scores = {kind: ask(network, each)[0] for kind, each in pixels.items()}
    likeness = judge.likeness
    assert likeness is not None
    odd = {kind: _odd(likeness, each.facts) for kind, each in asked.items()}
    odd["validation"] = np.array(likeness.storage.find_odd_rows(read_stored(paths, recipe, "val")), dtype=float)
    values: dict[str, dict[str, Any]] = {
        "how the file is stored": odd,
        "the score's own certainty": {kind: -np.abs(each - 0.5) for kind, each in scores.items()},
    }
    for place, features in {"last hidden layer": hidden, "convolutions": channels}.items():
        for name, fit in {"Mahalanobis": mahalanobis, "5th neighbour": neighbours}.items():
            distance = fit(features["train"])
            values[f"{name}, {place}"] = {kind: distance(features[kind]) for kind in pixels}
    labels = {"test": [Label(label) for label in rows["label"][::every]]}
    labels["full"] = labels["shrunk"] = [label for _, label, _ in outside]
    judged = {
        kind: sum_up(judge_seen(judge, each.seen, lambda batch: ask(network, batch)), labels[kind])
        for kind, each in asked.items()
    }
    return {
        "detector": judge.detector.headline,
        "methods": compare(values),
        "judged": judged,
        "check_ms": _time(likeness, asked["test"]),
    }


def _odd(likeness: Likeness, facts: list[FileFacts]) -> Any:
    return np.array([likeness.storage.find_odd(each) is not None for each in facts], dtype=float)


def _time(likeness: Likeness, asked: Asked) -> float:
    start = time.perf_counter()
    for facts, features in zip(asked.facts, asked.features, strict=True):
        likeness.find_odd(facts, features)
    return 1000 * (time.perf_counter() - start) / len(asked.facts)


def show(found: dict[str, Any]) -> None:
    """Print the tables for people."""
    print(found["detector"])
    titles = ("false alarms", "AUC, full", "held back", "AUC, shrunk", "held back")
    print(f"\n{'method':36} {' '.join(f'{title:>12}' for title in titles)}")
    for row in found["methods"]:
        figures = (row["full_auc"], row["full_held_back"], row["shrunk_auc"], row["shrunk_held_back"])
        print(f"{row['method']:36} {row['false_alarms']:12.3f} {figures[0]:12.3f} {figures[1]:12.3f} "
              f"{figures[2]:12.3f} {figures[3]:12.3f}")  # fmt: skip
    for kind, row in found["judged"].items():
        print(f"{kind}: {row['pictures']:,} pictures, {row['cannot_tell']:.1%} cannot tell {row['reasons']}, "
              f"{row['firm_and_wrong']:.1%} of the rest wrong")  # fmt: skip
    print(f"the check takes {found['check_ms']:.2f} ms a picture\n")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="every tenth picture")
    arguments = parser.parse_args()
    found = measure(
        Paths(arguments.project.resolve()), arguments.recipe, arguments.pictures, 10 if arguments.quick else 1
    )
    show(found)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
