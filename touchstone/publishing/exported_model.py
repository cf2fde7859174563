"""A detector in LiteRT's format (TensorFlow Lite), and how far its scores are from those of the original."""

import tempfile
import warnings
from typing import Any

import numpy as np
from pipeline.runtime.array_types import Pixels

from pipeline.models.saved_model import Scores, predict_scores
from pipeline.models.tensorflow_backend import hold_stderr


def to_tflite(model: Any, calibration: Pixels | None = None) -> bytes:
    """Convert a detector: float32 (n, size, size, 3) of 0..255 in, P(FAKE) as float32 (n, 1) out.

    With ``calibration`` pictures it computes in int8 inside; their values tell the ranges that 8 bits have to cover.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder, hold_stderr():
        model.export(folder, format="tf_saved_model", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if calibration is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([picture[None].astype(np.float32)] for picture in calibration)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        content: bytes = converter.convert()
    return content


def predict_tflite(content: bytes, pixels: Pixels, batch_size: int = 100) -> Scores:
    """Score pictures, uint8 (n, size, size, 3), with a converted detector: P(FAKE) as float32 (n,)."""
    import tensorflow as tf

    with hold_stderr(), warnings.catch_warnings():
        # TensorFlow has announced to leave this to the package ai-edge-litert; 2.21 still has it.
        warnings.simplefilter("ignore", UserWarning)
        interpreter = tf.lite.Interpreter(model_content=content)
    taken, given = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    scores = []
    for start in range(0, len(pixels), batch_size):
        batch = pixels[start : start + batch_size].astype(np.float32)
        interpreter.resize_tensor_input(taken, batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(taken, batch)
        interpreter.invoke()
        scores.append(interpreter.get_tensor(given)[:, 0].copy())
    return np.concatenate(scores)


def compare_scores(model: Any, content: bytes, pixels: Pixels, threshold: float) -> dict[str, float]:
    """Compare a converted detector with the original: the largest and mean difference, and verdicts that changed."""
    ours, theirs = predict_scores(model, pixels), predict_tflite(content, pixels)
    difference = np.abs(ours.astype(np.float64) - theirs)
    return {
        "pictures": len(pixels),
        "largest_difference": float(difference.max()),
        "mean_difference": float(difference.mean()),
        "called_otherwise": int(((ours >= threshold) != (theirs >= threshold)).sum()),
    }
