"""The ways in which a classifier can be read as P(FAKE), what is said of that, and what is left open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from touchstone.foreign.classifier import PIXELS, Channels, ModelFacts

Outputs = Literal["auto", "probabilities", "logits"]

#: The two orders of classes, as ``--classes`` says them.
ORDERS = {"real-fake": False, "fake-real": True}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a user says of a classifier; None and ``auto`` leave it to the file, and to what it gives.

    ``pixels`` is a name of ``PIXELS``. ``fake_first``: of two outputs the first is FAKE's, and a single one speaks for
    REAL. ``side`` in pixels.
    """

    pixels: str | None = None
    channels: Channels | None = None
    outputs: Outputs = "auto"
    fake_first: bool | None = None
    side: int | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class InputReading:
    """One way to read a classifier: a name of ``PIXELS``, the order of colours, and that of the classes."""

    pixels: str
    channels: Channels
    fake_first: bool = False

    @property
    def classes(self) -> tuple[str, str]:
        """Name the classes in the order of the outputs."""
        return ("FAKE", "REAL") if self.fake_first else ("REAL", "FAKE")

    @property
    def takes(self) -> str:
        """Describe in words what pixels it takes."""
        return f"{PIXELS[self.pixels].words}{', in BGR' if self.channels == 'bgr' else ''}"

    def __str__(self) -> str:
        return f"{self.takes}, classes {', '.join(self.classes)}"


def usual_way(reading: Reading, facts: ModelFacts) -> InputReading:
    """Read a classifier as the user says, else as its file does, else as is usual: 0 to 255 in RGB, REAL first."""
    pixels = reading.pixels or facts.pixels or "bytes"
    return InputReading(pixels, _choose_channels(pixels, reading, facts), bool(reading.fake_first))


def list_ways(reading: Reading, facts: ModelFacts) -> list[InputReading]:
    """List the ways that what is said leaves open, the usual first, in the order of colours that goes with each."""
    usual = usual_way(reading, facts)
    said = reading.pixels or (usual.pixels if facts.is_ours or facts.whole else None)
    scales: Sequence[str] = [said] if said else [usual.pixels, *(name for name in PIXELS if name != usual.pixels)]
    orders = [False, True] if reading.fake_first is None and not facts.is_ours else [usual.fake_first]
    return [
        InputReading(scale, _choose_channels(scale, reading, facts), order) for scale in scales for order in orders
    ]


def mirror(way: InputReading, reading: Reading, facts: ModelFacts) -> InputReading | None:
    """Return the same way with colours in BGR, where nothing says how they come; else None."""
    if reading.channels or facts.channels or facts.is_ours or PIXELS[way.pixels].channels == "bgr":
        return None
    return InputReading(way.pixels, "bgr", way.fake_first)


def _choose_channels(pixels: str, reading: Reading, facts: ModelFacts) -> Channels:
    return reading.channels or facts.channels or PIXELS[pixels].channels
