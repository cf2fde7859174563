"""Names for arrays: their kind of number and what it counts. A type changes nothing that is computed."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Hashes = NDArray[np.uint64]
Indexes = NDArray[np.int64]
