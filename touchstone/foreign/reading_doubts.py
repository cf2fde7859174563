"""What is doubtful of how a classifier is read, in sentences that say what would remove the doubt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from touchstone.foreign.classifier import PIXELS
from touchstone.foreign.model_reading import ORDERS, InputReading

#: One way is better than another if this quantile of their difference is above 0.
QUANTILE = 0.01

#: A ROC-AUC from which on the order of classes is borne out by the figures alone: on pictures of another kind than
#: those of their training, detectors turn out a little worse than chance, but hardly as good as this the wrong way.
SURE = 0.75


@dataclass(frozen=True, slots=True)
class TriedReading:
    """A way that was tried, its figures, and the ``resampled`` means of the first two."""

    way: InputReading
    roc_auc: float
    balanced_accuracy: float
    called_fake: float
    resampled: NDArray[np.float64] = field(repr=False)

    @property
    def value(self) -> float:
        """Return what ways are compared by."""
        return (self.roc_auc + self.balanced_accuracy) / 2

    @property
    def tells(self) -> bool:
        """Return whether it is better than chance."""
        return bool(np.quantile(self.resampled, QUANTILE) > 0.5)

    def beats(self, other: "TriedReading") -> bool:
        """Return whether it is better in nearly all resamples."""
        return bool(np.quantile(self.resampled - other.resampled, QUANTILE) > 0)

    def __str__(self) -> str:
        return f"{self.way}: ROC-AUC {self.roc_auc:.3f}, balanced accuracy {self.balanced_accuracy:.3f}"


def name_doubts(
    tried: Sequence[TriedReading], usual: InputReading, chosen: TriedReading, declared: str | None
) -> list[str]:
    """Name what a trial leaves doubtful of the way that was chosen; nothing where it bears the usual one out."""
    best = max(tried, key=lambda each: each.value)
    if not best.tells:
        return [
            f"However it is read, it hardly tells the classes apart (at best {best}): it may be read wrongly, or "
            f"be of no use on such pictures. "
            f"It is read as is usual; {_declare(tried, chosen.way)} says how it is meant."
        ]
    if declared is not None and best.way.pixels != declared and best.beats(chosen):
        return [
            f"Its file declares {PIXELS[declared].words}, and so it is read ({chosen}), but another way does better "
            f"({best}): {_declare([best, chosen], best.way)} reads it so."
        ]
    doubts = []
    first = next((each for each in tried if each.way == usual), None)
    if chosen.way != usual:
        otherwise = f"; as is usual ({first})" if first else ""
        doubts.append(
            f"Nothing declares how it is to be read. What does best was chosen ({chosen}){otherwise}. "
            f"{_declare(tried, chosen.way)} declares it{_warn_of_order(chosen.way, usual)}."
        )
    rivals = [each for each in tried if each is not chosen and not chosen.beats(each) and not each.beats(chosen)]
    rivals = [each for each in rivals if declared is None or each.way.pixels == declared]
    if rivals:
        shown = "; ".join(str(each.way) for each in sorted(rivals, key=lambda each: -each.value))
        doubts.append(
            f"These pictures are too few to tell {chosen.way} from {shown}. "
            f"{_declare([chosen, *rivals], chosen.way)} declares it."
        )
    opposite = any(each.way.fake_first != chosen.way.fake_first for each in tried)
    if opposite and chosen.way.fake_first == usual.fake_first and chosen.roc_auc < SURE:
        doubts.append(
            f"The order of the classes is not declared, and a detector as weak as this ({chosen}) may be upside down "
            f"on such pictures; {say(chosen.way, classes=True)} declares it."
        )
    return doubts


def doubt_order(roc_auc: float, high: float, way: InputReading) -> list[str]:
    """Name the order of classes as doubtful where a detector is worse than chance, ``high`` being the AUC's bound."""
    if high >= 0.5:
        return []
    other = InputReading(way.pixels, way.channels, not way.fake_first)
    return [
        f"It is worse than chance: with the classes in the other order ({say(other, classes=True)}) its ROC-AUC would "
        f"be {1 - roc_auc:.3f}."
    ]


def say(way: InputReading, pixels: bool = False, classes: bool = False, channels: bool = False) -> str:
    """Return the options of the command line that declare a way.

    >>> say(InputReading("unit", "rgb", True), pixels=True, classes=True)
    '--pixels unit --classes fake-real'
    """
    order = next(name for name, first in ORDERS.items() if first == way.fake_first)
    options = {f"--pixels {way.pixels}": pixels, f"--channels {way.channels}": channels, f"--classes {order}": classes}
    return " ".join(option for option, said in options.items() if said)


def _declare(tried: Sequence[TriedReading], way: InputReading) -> str:
    """Return the options in which ways differ, as they declare one of them."""
    ways = [each.way for each in tried]
    channels = any(one.pixels == other.pixels and one.channels != other.channels for one in ways for other in ways)
    return say(way, len({each.pixels for each in ways}) > 1, len({each.fake_first for each in ways}) > 1, channels)


def _warn_of_order(way: InputReading, usual: InputReading) -> str:
    if way.fake_first == usual.fake_first:
        return ""
    return "; if REAL is meant to be first, it is worse than chance on these pictures"
