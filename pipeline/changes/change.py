"""What is done to one copy, as plain values that the index keeps, and how they are drawn."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from pipeline.changes.augment_settings import Augment, Distortion
from pipeline.sampling.draws import draw, draws
from pipeline.storage.columns import KEY, LABEL, Column, TableDefinition

Value = TypeVar("Value")


def column(default: Value, type_: pa.DataType, meaning: str) -> Value:
    """Declare a field and its column in the index."""
    declared: Value = field(default=default, metadata={"type": type_, "meaning": meaning})
    return declared


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one copy, each field a column of the index. The defaults change nothing."""

    flipped: bool = column(False, pa.bool_(), "mirrored left to right")
    flipped_vertically: bool = column(False, pa.bool_(), "mirrored top to bottom")
    shift_x: int = column(0, pa.int16(), "pixels to the right")
    shift_y: int = column(0, pa.int16(), "pixels down")
    rotation: float = column(0.0, pa.float32(), "degrees, counter-clockwise")
    zoom: float = column(1.0, pa.float32(), "factor; 1 is none")
    brightness: float = column(1.0, pa.float32(), "factor; 1 is none")
    contrast: float = column(1.0, pa.float32(), "factor; 1 is none")
    scale: float = column(1.0, pa.float32(), "part of its side that it was shrunk to and enlarged from; 1 is none")
    blur: float = column(0.0, pa.float32(), "radius in pixels; 0 is none")
    noise: float = column(0.0, pa.float32(), "standard deviation in grey levels; 0 is none")
    noise_seed: int = column(0, pa.uint32(), "seed of the noise")
    jpeg_quality: int = column(0, pa.int16(), "quality of the JPEG that it was compressed as; 0 is none")

    def row(self) -> dict[str, Any]:
        """Give the change as columns of the index."""
        return asdict(self)


COLUMNS = tuple(Column(each.name, each.metadata["type"], each.metadata["meaning"]) for each in fields(Change))

AUGMENTED = TableDefinition(
    "datasets/augmented/RECIPE/index.parquet",
    "a training picture or a copy of one; row i describes pixels[i] of pixels.npy, uint8 (rows, SIZE, SIZE, 3)",
    (*KEY, LABEL, Column("copy", pa.int8(), "0 the picture itself, from 1 on its copies"), *COLUMNS),
)


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
