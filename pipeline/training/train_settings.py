"""What a recipe says of training, and of the score from which on a picture is called FAKE."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.runtime.section import Count, Part, Ratio, Section


class Decision(Section):
    """From which score on a picture is called FAKE; chosen on the validation pictures, never on the test.

    ``fixed`` takes ``threshold``; ``balanced_accuracy`` the threshold where that is best; ``false_positive_rate``
    the lowest where at most the part ``at_most`` of REAL pictures is called FAKE.
    """

    rule: Literal["fixed", "balanced_accuracy", "false_positive_rate"] = "fixed"
    threshold: Ratio = 0.5
    at_most: Ratio = 0.01


class Train(Section):
    """How the network is trained.

    The learning rate rises over ``warmup`` and falls along a ``cosine`` to zero; or stays ``constant``; or is divided
    by ten when the validation loss has not fallen for two epochs (``plateau``). ``warmup`` and ``average``, over how
    long the weights are averaged, are in parts of the whole training. Training stops when the validation loss has not
    fallen for ``early_stopping`` epochs; 0 never does. ``precision: auto`` computes in half precision where a GPU or
    the processor has units for it. With ``deterministic``, the same pictures and seed give the same weights, bit for
    bit. ``seeds`` trains so many times, from the project's seed on; the best on validation is kept.
    """

    epochs: Count = 10
    batch_size: Count = 128
    loss: Literal["binary_crossentropy", "sparse_categorical_crossentropy"] = "binary_crossentropy"
    optimizer: Literal["adam", "adamw", "muon"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    schedule: Literal["cosine", "constant", "plateau"] = "cosine"
    warmup: Part = 0.05
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    label_smoothing: Part = 0.0
    average: Part = 0.0
    early_stopping: Annotated[int, Field(ge=0)] = 0
    precision: Literal["auto", "float32"] = "auto"
    deterministic: bool = True
    seeds: Annotated[int, Field(ge=1, le=100)] = 1
    decision: Decision = Decision()

    @model_validator(mode="after")
    def _fits_together(self) -> "Train":
        if self.label_smoothing and self.loss != "binary_crossentropy":
            raise ValueError("`label_smoothing` should go with `loss: binary_crossentropy`")
        return self

    def units(self) -> int:
        """Return how many scores per picture the loss takes: P(FAKE), or those of both classes."""
        return 1 if self.loss == "binary_crossentropy" else 2
