"""Builds the sandbox's pictures, once: crops, resyntheses, troubles, and the archive for Kaggle."""

import fcntl
import hashlib
import io
import shutil
import sys
import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from collectors.sandbox import photographs as p
from collectors.sandbox.pool import ARCHIVE, ListedPicture, write_pictures
from collectors.sandbox.resynthesis import DECODERS, resynthesise, start_tensorflow, train_autoencoder
from collectors.sandbox.troubles import encode, plant

SEED = 20_230_328

#: For each topic: pictures before trouble is planted, whether they are resyntheses, and of which photographs.
TOPICS = {
    "animals": (280, False, (p.CAT, p.FLOWER)),
    "humans": (280, False, (p.ASTRONAUT, p.HOPPER)),
    "cityscape": (280, False, (p.CHINA, p.ROCKET, p.MOTORCYCLE, p.COFFEE)),
    "ai generated images": (420, True, p.PHOTOGRAPHS),
    "dalle2 generated images": (420, True, p.PHOTOGRAPHS),
    "reserve real": (360, False, (p.COFFEE, p.CAT, p.CHINA, p.MOTORCYCLE, p.HOPPER)),
    "reserve fake": (360, True, p.PHOTOGRAPHS),
}

#: Pictures per class in the stand-in for CIFAKE: train, test.
CIFAKE = {"train": 320, "test": 80}

#: Where the pages would lie that the pictures stand on.
HOSTS = ("pictures.example", "www.albums.example", "press.example", "blog.example")

#: How often a picture is stored as what, the same for both classes: the container must not tell the label.
FORMATS = (("JPEG", 0.86), ("PNG", 0.07), ("WEBP", 0.07))
QUALITIES = (75, 96)


@dataclass(frozen=True, slots=True)
class PictureDraw:
    """One picture before it is stored: its crop, its pixels, and what drew it (None: a photograph)."""

    crop: p.Crop
    pixels: Any
    decoder: str | None


def ensure_pool(cache: Path) -> Path:
    """Return the folder of the sandbox's pictures, building it first where it is not there yet."""
    folder = cache / "sandbox" / version()
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        # Several sources start at once; one builds and the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            temporary = folder.with_suffix(".tmp")
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir()
            print("building the sandbox's pictures, once, in about a minute", file=sys.stderr, flush=True)
            build(temporary)
            temporary.rename(folder)
    return folder


def version() -> str:
    """Name the state of the code that decides the pictures."""
    here = Path(__file__).parent
    modules = ("build.py", "photographs.py", "pool.py", "resynthesis.py", "troubles.py")
    return hashlib.sha256(b"".join((here / module).read_bytes() for module in modules)).hexdigest()[:12]


def build(folder: Path) -> None:
    """Build the sandbox's pictures into an empty folder: the same bytes each time."""
    cropper = p.Cropper(SEED)
    drawn = {topic: _crops(cropper, count, which) for topic, (count, _, which) in TOPICS.items()}
    cifake = {(part, fake): _crops(cropper, n, p.PHOTOGRAPHS) for part, n in CIFAKE.items() for fake in (False, True)}
    fakes = [crops for topic, crops in drawn.items() if TOPICS[topic][1]]
    fakes += [crops for (_, fake), crops in cifake.items() if fake]
    photographs = [crop.crop.pixels for crops in drawn.values() for crop in crops]
    _resynthesise_all(fakes, photographs)
    write_pictures(folder, _list_all(drawn, np.random.default_rng(SEED)))
    _write_archive(folder / ARCHIVE, cifake)


def _crops(cropper: p.Cropper, count: int, which: tuple[p.Photograph, ...]) -> list[PictureDraw]:
    return [PictureDraw(crop, crop.pixels, None) for crop in islice(cropper.crops(which), count)]


def _resynthesise_all(groups: list[list[PictureDraw]], photographs: list[Any]) -> None:
    """Replace the crops of each group by their resyntheses, the kinds of decoder by turns."""
    start_tensorflow(SEED)
    for turn, decoder in enumerate(DECODERS):
        model = train_autoencoder(decoder, photographs, SEED + turn)
        for group in groups:
            mine = range(turn, len(group), len(DECODERS))
            pictures = resynthesise(model, [group[i].pixels for i in mine])
            for i, pixels in zip(mine, pictures, strict=True):
                group[i] = PictureDraw(group[i].crop, pixels, decoder)


def _list_all(drawn: dict[str, list[PictureDraw]], chance: np.random.Generator) -> list[ListedPicture]:
    """Store the pictures of all topics, then plant trouble in each."""
    clean = {topic: [_store(topic, n, d, chance) for n, d in enumerate(group)] for topic, group in drawn.items()}
    listed = []
    for topic, pictures in clean.items():
        strangers = [] if topic.startswith("reserve") else _strangers(topic, clean)
        listed += plant(pictures, strangers, chance)
    return listed


def _strangers(topic: str, clean: dict[str, list[ListedPicture]]) -> list[ListedPicture]:
    """Choose one picture of each other topic that is found under this one too: so some carry both labels."""
    return [pictures[0] for other, pictures in clean.items() if other != topic and not other.startswith("reserve")]


def _store(topic: str, number: int, drawn: PictureDraw, chance: np.random.Generator) -> ListedPicture:
    kind = str(chance.choice([name for name, _ in FORMATS], p=[share for _, share in FORMATS]))
    image = Image.fromarray(drawn.pixels)
    caption = drawn.crop.photograph.caption
    title = f"{caption}, drawn again ({drawn.decoder} decoder)" if drawn.decoder else caption
    return ListedPicture(
        topic=topic,
        name=f"{topic.replace(' ', '-')}-{number}",
        content_type=f"image/{kind.lower()}",
        width=image.width,
        height=image.height,
        title=f"{title}, detail {number + 1}",
        page_url=f"https://{HOSTS[number % len(HOSTS)]}/{topic.replace(' ', '-')}/{number}",
        fault="none",
        data=encode(image, kind, int(chance.integers(*QUALITIES))),
        thumbnail=encode(image, "JPEG", 60),
    )


def _write_archive(path: Path, groups: dict[tuple[str, bool], list[PictureDraw]]) -> None:
    """Write the stand-in for CIFAKE in its layout, names and all: REAL ones are padded with zeros, FAKE ones not."""
    with zipfile.ZipFile(path, "w") as archive:
        for (part, fake), group in groups.items():
            for i, drawn in enumerate(group):
                small = Image.fromarray(drawn.pixels).resize((32, 32), Image.Resampling.LANCZOS)
                out = io.BytesIO()
                small.save(out, "JPEG")
                number = f"{i // 10}" if fake else f"{i // 10:04d}"
                suffix = f" ({i % 10 + 1})" if i % 10 else ""
                entry = zipfile.ZipInfo(f"{part}/{'FAKE' if fake else 'REAL'}/{number}{suffix}.jpg")
                archive.writestr(entry, out.getvalue())
