"""Both classes, or nothing can be learned or measured."""

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.errors import EmptySplitError
from pipeline.storage.labels import Label


def require_classes(labels: NDArray[np.int8], split: str) -> None:
    """Check that a split has pictures of both classes.

    Raises:
        EmptySplitError: it has not.
    """
    for label in Label:
        if not (labels == label).any():
            raise EmptySplitError(
                f"the {split} split has no {label.name} picture among its {len(labels)}; "
                f"add sources of class {label.name}, raise their limits, or give the split a larger part"
            )
