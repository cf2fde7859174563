"""A network asked for its scores and its features at once, in one pass."""

from typing import Any

from pipeline.judgement.likeness import Features
from pipeline.models.saved_model import BATCH, Scores, predict_rows, require_probabilities
from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.array_types import Pixels

#: A covariance of more features than this is not worth its room beside the model.
MOST = 1024


def with_features(model: Any) -> Any:
    """Make of a detector, a ``keras.Model`` that gives (n, 1), one that gives its features besides: (n, 1 + m).

    Features are the means over the picture of all channels of its convolutions: of what was tried
    (benchmarks/likeness.py), they part pictures of other kinds best. A network whose convolutions lie in a backbone
    within gives what its last dense layer takes; one that has neither, or too many, stays as it is.
    """
    start_keras()
    import keras

    found = _find_features(model)
    if not found or sum(int(each.shape[-1]) for each in found) > MOST:
        return model
    # Whatever a recipe computes in, these are compared in 32 bits.
    joined = keras.layers.Concatenate(dtype="float32", name="score_and_features")([model.outputs[0], *found])
    return keras.Model(model.inputs, joined, name=model.name)


def ask(network: Any, pixels: Pixels, batch_size: int = BATCH) -> tuple[Scores, Features | None]:
    """Ask what ``with_features`` made: P(FAKE), (n,), and features, (n, m), of uint8 pictures (n, size, size, 3).

    Raises:
        ModelFileError: scores are no probabilities.
    """
    rows = predict_rows(network, pixels, batch_size)
    require_probabilities(rows[:, 0], network)
    return rows[:, 0], rows[:, 1:] if rows.shape[1] > 1 else None


def _find_features(model: Any) -> list[Any]:
    import keras

    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    if convolutions:
        return [
            keras.layers.GlobalAveragePooling2D(dtype="float32", name=f"features_{number}")(layer.output)
            for number, layer in enumerate(convolutions)
        ]
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return [dense[-1].input] if dense else []
