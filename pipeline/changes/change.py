"""What is done to one copy, as plain values that the index keeps, and how they are drawn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.changes.augment_settings import Augment, Distortion
from pipeline.sampling.draws import draw, draws
from pipeline.storage.columns import KEY, LABEL, Column, TableDefinition

#: What was done to a copy. The defaults of ``Change`` change nothing.
COLUMNS = (
    Column("flipped", pa.bool_(), "mirrored left to right"),
    Column("flipped_vertically", pa.bool_(), "mirrored top to bottom"),
    Column("shift_x", pa.int16(), "pixels to the right"),
    Column("shift_y", pa.int16(), "pixels down"),
    Column("rotation", pa.float32(), "degrees, counter-clockwise"),
    Column("zoom", pa.float32(), "factor; 1 is none"),
    Column("brightness", pa.float32(), "factor; 1 is none"),
    Column("contrast", pa.float32(), "factor; 1 is none"),
    Column("scale", pa.float32(), "part of its side that it was shrunk to and enlarged from; 1 is none"),
    Column("blur", pa.float32(), "radius in pixels; 0 is none"),
    Column("noise", pa.float32(), "standard deviation in grey levels; 0 is none"),
    Column("noise_seed", pa.uint32(), "seed of the noise"),
    Column("jpeg_quality", pa.int16(), "quality of the JPEG that it was compressed as; 0 is none"),
)

AUGMENTED = TableDefinition(
    "datasets/augmented/RECIPE/index.parquet",
    "a training picture or a copy of one; row i describes pixels[i] of pixels.npy, uint8 (rows, SIZE, SIZE, 3)",
    (*KEY, LABEL, Column("copy", pa.int8(), "0 the picture itself, from 1 on its copies"), *COLUMNS),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one copy; the defaults change nothing.

    Shifts in pixels, to the right and down; ``rotation`` in degrees, against the clock; ``zoom``, ``brightness`` and
    ``contrast`` as factors; ``scale`` is the part of its side that the copy was shrunk to and enlarged from; ``blur``
    the radius in pixels; ``noise`` the standard deviation in grey levels; ``jpeg_quality`` 0 stands for no JPEG.
    """

    flipped: bool = False
    flipped_vertically: bool = False
    shift_x: int = 0
    shift_y: int = 0
    rotation: float = 0.0
    zoom: float = 1.0
    brightness: float = 1.0
    contrast: float = 1.0
    scale: float = 1.0
    blur: float = 0.0
    noise: float = 0.0
    noise_seed: int = 0
    jpeg_quality: int = 0

    def row(self) -> dict[str, Any]:
        """Return the change as columns of the index."""
        return {column.name: getattr(self, column.name) for column in COLUMNS}


def draw_change(settings: Augment, size: int, *name: object) -> Change:
    """Draw the change of one copy from its name, in whatever order and process that is done."""
    flip, x, y, _, _, vertical, _, _ = draws(8, *name)
    reach = round(settings.shift * size)
    return Change(
        flipped=settings.horizontal_flip and bool(flip < 0.5),
        flipped_vertically=settings.vertical_flip and bool(vertical < 0.5),
        shift_x=round((2 * x - 1) * reach),
        shift_y=round((2 * y - 1) * reach),
        **_draw_distortion(settings, *name),
    )


def draw_distortion(settings: Distortion, *name: object) -> Change:
    """Draw from its name how one picture is distorted, and neither flipped nor moved."""
    return Change(**_draw_distortion(settings, *name))


def _draw_distortion(settings: Distortion, *name: object) -> dict[str, Any]:
    _, _, _, brightness, contrast, _, rotation, zoom = draws(8, *name)
    return {
        "rotation": _as_kept((2 * rotation - 1) * settings.rotation),
        "zoom": _as_kept(1 + (2 * zoom - 1) * settings.zoom),
        "brightness": 1 + (2 * brightness - 1) * settings.brightness,
        "contrast": 1 + (2 * contrast - 1) * settings.contrast,
        **_draw_damage(settings, *name),
    }


def _draw_damage(settings: Distortion, *name: object) -> dict[str, Any]:
    """Draw which of the four kinds of damage befall a copy, each by its own chance, and how much of each."""
    if not any(settings.damages):
        return {}
    *chances, scale, blur, noise, quality = draws(8, *name, "damage")
    rescaled, blurred, noisy, compressed = (chance < settings.damage_chance for chance in chances)
    damage: dict[str, Any] = {}
    if settings.rescale and rescaled:
        damage["scale"] = _as_kept(1 - scale * settings.rescale)
    if settings.blur and blurred:
        damage["blur"] = _as_kept(blur * settings.blur)
    if settings.noise and noisy:
        damage["noise"] = _as_kept(noise * settings.noise)
        damage["noise_seed"] = int(draw(*name, "noise") * 2**32)
    if settings.jpeg and compressed:
        lowest, highest = settings.jpeg
        damage["jpeg_quality"] = lowest + int(quality * (highest - lowest + 1))
    return damage


def _as_kept(value: float) -> float:
    # The index keeps 32 bits: what is done is what it says.
    return float(np.float32(value))
