"""What others report of their detectors on CIFAKE."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """What the authors of a system report of it on CIFAKE; we measured nothing of it. FAKE is their positive class."""

    system: str
    accuracy: float
    precision: float | None = None
    recall: float | None = None


PUBLISHED = (
    Published("EfficientNetB6, theirs of recipe efficientnetb6", 0.9410, 0.9450, 0.9367),
    Published("three convolutions, theirs of recipe three_layer_cnn_32", 0.919, 0.923, 0.913),
    Published("the data set's paper (Bird and Lotfi 2024), two convolutions", 0.9298),
    Published("six convolutions, 25 epochs: the best small network", 0.9766),
    Published("DenseNet (Wang, Hao and Cong)", 0.9774),
)
