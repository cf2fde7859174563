"""A grainy sensor."""

import numpy as np
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def noise(pixels: Pixels, change: Change) -> Pixels:
    """Add normal noise, drawn for each value by itself; the same seed gives the same noise."""
    if change.noise == 0:
        return pixels
    grain = np.random.default_rng(change.noise_seed).standard_normal(pixels.shape, dtype=np.float32)
    return np.clip(np.rint(pixels + grain * np.float32(change.noise)), 0, 255).astype(np.uint8)
