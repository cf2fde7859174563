"""Settings of `augment`, as a recipe gives them: copies on disk, and changes drawn anew in every epoch."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pipeline.runtime.section import Ratio, Section

Quality = Annotated[int, Field(ge=1, le=100)]


class Distortion(Section):
    """How pictures are distorted; each amount is the largest change, drawn evenly up to it, and 0 leaves it out.

    ``rotation`` is in degrees, ``zoom``, ``brightness`` and ``contrast`` in parts of 1. Each kind of damage befalls a
    picture with ``damage_chance``: ``rescale`` is by how much of its side it is shrunk and enlarged again, ``blur`` a
    radius in pixels, ``noise`` a standard deviation in grey levels, ``jpeg`` the lowest and the highest quality.
    """

    rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    zoom: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    brightness: Ratio = 0.0
    contrast: Ratio = 0.0
    damage_chance: Ratio = 0.5
    rescale: Annotated[float, Field(ge=0, lt=1)] = 0.0
    blur: Annotated[float, Field(ge=0, le=20)] = 0.0
    noise: Annotated[float, Field(ge=0, le=255)] = 0.0
    jpeg: list[Quality] | None = Field(default=None, min_length=2, max_length=2)

    @model_validator(mode="after")
    def _qualities_in_order(self) -> Self:
        if self.jpeg and self.jpeg[0] > self.jpeg[1]:
            raise ValueError("`jpeg` should give the lowest quality first")
        return self

    @property
    def idle(self) -> bool:
        """Return whether nothing is to be distorted."""
        return not any((self.rotation, self.zoom, self.brightness, self.contrast, *self.damages))

    @property
    def damages(self) -> tuple[object, ...]:
        """Return the amounts of the four kinds of damage."""
        return self.rescale, self.blur, self.noise, self.jpeg


class Online(Distortion):
    """What is drawn anew for every picture in every epoch, on top of the copies. ``shift`` in pixels.

    ``horizontal_flip`` mirrors half of the pictures in the first epoch, and in each later one the other half.
    ``cutmix`` is the chance of a batch that its pictures are cut and pasted together, and their labels with them.
    """

    horizontal_flip: bool = True
    vertical_flip: bool = False
    shift: Annotated[int, Field(ge=0)] = 2
    cutmix: Ratio = 0.0


class Augment(Distortion):
    """Copies made of every training picture. ``shift`` in parts of the side."""

    copies: Annotated[int, Field(ge=0, le=20)] = 1
    horizontal_flip: bool = True
    vertical_flip: bool = False
    shift: Ratio = 0.06
    brightness: Ratio = 0.1
    contrast: Ratio = 0.1
    online: Online = Online()
