"""Muon for networks with convolutions: Keras' own takes matrices only, and leaves all other weights to AdamW."""

from typing import Any

from pipeline.models.tensorflow_backend import start_keras

#: How much slower than Muon's weights AdamW's change: those of the first and the last layer, offsets and scales.
ADAM_SHARE = 0.2


def build_muon(**settings: Any) -> Any:
    """Build the optimizer; ``settings`` are those that all of Keras' optimizers share.

    Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024, by which the step of a hidden
    layer's weights has all its singular values near 1; scaled as in Liu et al., "Muon is scalable for LLM training",
    2025. A convolution's kernel counts as a matrix of (places * channels in, channels out).
    """
    start_keras()
    import keras

    # As Jordan does: the iteration needs no more digits than a network in bfloat16. float16 lacks the range for it.
    computed = keras.config.dtype_policy().compute_dtype
    precision = "bfloat16" if computed == "bfloat16" else "float32"

    class Muon(keras.optimizers.Muon):  # type: ignore[misc]
        def build(self, variables: list[Any]) -> None:
            kernels = [variable.path for variable in variables if len(variable.shape) > 1]
            self.ends = {kernels[0], kernels[-1]}
            super().build(variables)

        def _should_use_adamw(self, variable: Any) -> bool:
            return len(variable.shape) not in (2, 4) or variable.path in self.ends

        def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
            self.assign(m, self.momentum * m + gradient)
            ahead = gradient + self.momentum * m
            matrix = keras.ops.cast(keras.ops.reshape(ahead, (-1, ahead.shape[-1])), precision)
            even = keras.ops.cast(self.zeropower_via_newtonschulz5(matrix, self.ns_steps), variable.dtype)
            self.assign_sub(variable, keras.ops.reshape(self.lr_adjust(lr * even), ahead.shape))

    return Muon(adam_lr_ratio=ADAM_SHARE, adam_weight_decay=settings["weight_decay"], **settings)
