"""What becomes of a detector of any making: the right reading, or a named doubt."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from onnx import TensorProto

from pipeline.models.tensorflow_backend import start_keras
from tests.touchstone.foreign.variants import Variant, expect, make_pictures, open_near, write_keras, write_onnx
from touchstone.foreign.foreign_detector import ForeignDetector
from touchstone.foreign.model_reading import InputReading, Reading, list_ways, usual_way
from touchstone.foreign.reading_doubts import say
from touchstone.foreign.reading_trial import try_ways

PICTURES, LABELS = make_pictures()


def layer(name, **options):
    """Give what makes a Keras layer and applies it: TensorFlow is imported when it is called."""

    def apply(tensor):
        import keras

        return getattr(keras.layers, name)(**options)(tensor)

    return apply


def nested(tensor):
    import keras

    return keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])(tensor)


def batch_normalized(tensor):
    import keras

    made = keras.layers.BatchNormalization(epsilon=1e-9, center=False, scale=False)
    given = made(tensor)
    made.set_weights([np.array(MEAN), np.array(DEVIATION) ** 2])
    return given


def divided(tensor):
    return tensor / 255.0


MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RESCALED = (layer("Rescaling", scale=1 / 255),)
NORMALIZED = (layer("Normalization", mean=MEAN, variance=[d**2 for d in DEVIATION]),)
NORMALIZED_BYTES = (
    layer("Normalization", mean=[255 * m for m in MEAN], variance=[(255 * d) ** 2 for d in DEVIATION]),
)
IDENTITY = (layer("Normalization", mean=[0.0] * 3, variance=[1.0] * 3),)


@dataclass(frozen=True)
class Case:
    """A variant, what is said of it, how it is to be read, and words of each doubt that is to be named, if any."""

    suffix: str
    variant: Variant
    way: InputReading
    doubts: tuple[str, ...] = ()
    said: Reading = field(default_factory=Reading)
    output: str | None = None


BYTES, UNIT, TF = InputReading("bytes", "rgb"), InputReading("unit", "rgb"), InputReading("symmetric", "rgb")
CAFFE, BGR = InputReading("caffe", "bgr"), InputReading("unit", "bgr")
FAKE_FIRST = InputReading("bytes", "rgb", True)
CHOSEN, FEW = ("Nothing declares",), ("Nothing declares", "too few to tell")

CASES = {
    "keras, rescaling": Case(".keras", Variant("unit", head=RESCALED), BYTES),
    "keras, rescaling, alphabetical": Case(
        ".keras", Variant("unit", head=RESCALED, fake_first=True), FAKE_FIRST, CHOSEN
    ),
    "keras, rescaling to -1..1": Case(
        ".keras", Variant("symmetric", head=(layer("Rescaling", scale=1 / 127.5, offset=-1),)), BYTES
    ),
    "keras, rescaling of 0..1 to -1..1": Case(
        ".keras", Variant("symmetric", head=(layer("Rescaling", scale=2.0, offset=-1),)), UNIT
    ),
    "keras, rescaling in a nested model": Case(".keras", Variant("unit", head=(nested,)), BYTES),
    "keras, rescaling of what was scaled before": Case(
        # Trained on 0..1, which its layer divides by 255 once more: what the file declares is wrong.
        ".keras",
        Variant("bytes", head=(layer("Rescaling", scale=1 / 255), layer("Rescaling", scale=255.0 * 255))),
        BYTES,
        ("Its file declares 0 to 255",),
    ),
    "keras, normalization of 0..1": Case(".keras", Variant("imagenet", head=NORMALIZED), UNIT),
    "keras, normalization of 0..1, alphabetical": Case(
        ".keras", Variant("imagenet", head=NORMALIZED, fake_first=True), InputReading("unit", "rgb", True), CHOSEN
    ),
    "keras, normalization of 0..255": Case(".keras", Variant("imagenet", head=NORMALIZED_BYTES), BYTES),
    "keras, normalization of nothing, 0..1": Case(".keras", Variant("unit", head=IDENTITY), UNIT, CHOSEN),
    "keras, normalization of nothing, 0..255": Case(".keras", Variant("bytes", head=IDENTITY), BYTES),
    "keras, batch normalization of 0..1": Case(".keras", Variant("imagenet", head=(batch_normalized,)), UNIT),
    "keras, division by 255": Case(".keras", Variant("unit", head=(divided,)), BYTES),
    "keras, 0..1": Case(".keras", Variant("unit"), UNIT, CHOSEN),
    "keras, tf": Case(".keras", Variant("symmetric"), TF, CHOSEN),
    "keras, tf, said": Case(".keras", Variant("symmetric"), TF, (), Reading(pixels="symmetric")),
    "keras, caffe": Case(".keras", Variant("caffe"), CAFFE, CHOSEN),
    "keras, caffe, said, alphabetical": Case(
        ".keras",
        Variant("caffe", fake_first=True),
        InputReading("caffe", "bgr", True),
        CHOSEN,
        Reading(pixels="caffe"),
    ),
    "keras, 0..1 in BGR": Case(".keras", Variant("unit", bgr=True), BGR, CHOSEN),
    "keras, two of a softmax": Case(".keras", Variant("unit", head=RESCALED, units=2, ending="softmax"), BYTES),
    "keras, two of a softmax, alphabetical": Case(
        ".keras", Variant("unit", head=RESCALED, units=2, ending="softmax", fake_first=True), FAKE_FIRST, CHOSEN
    ),
    "keras, two logits, 0..1": Case(".keras", Variant("unit", units=2, ending=None), UNIT, CHOSEN),
    "keras, a logit": Case(".keras", Variant("unit", head=RESCALED, ending=None), BYTES),
    "keras, a logit, all said": Case(
        ".keras",
        Variant("unit", ending=None, fake_first=True),
        InputReading("unit", "rgb", True),
        (),
        Reading(pixels="unit", fake_first=True, outputs="logits"),
    ),
    "keras, channels first": Case(".keras", Variant("unit", channels_first=True), UNIT, CHOSEN),
    "keras, batches of 16": Case(".keras", Variant("unit", head=RESCALED, batch=16), BYTES),
    "keras, any size": Case(".keras", Variant("unit", side=None), UNIT, CHOSEN, Reading(side=8)),
    "keras, further outputs, by name": Case(
        ".keras", Variant("unit", head=RESCALED, further=("logits", "features")), BYTES, output="logits"
    ),
    "h5, rescaling": Case(".h5", Variant("unit", head=RESCALED), BYTES),
    "h5, 0..1, alphabetical": Case(".h5", Variant("unit", fake_first=True), InputReading("unit", "rgb", True), CHOSEN),
    "onnx, 0..255": Case(".onnx", Variant("bytes"), BYTES),
    "onnx, 0..255, channels first": Case(".onnx", Variant("bytes", channels_first=True), BYTES),
    "onnx, 0..1, channels first": Case(".onnx", Variant("unit", channels_first=True), UNIT, CHOSEN),
    "onnx, 0..1, declared": Case(".onnx", Variant("unit", facts={"Image.NominalPixelRange": "Normalized_0_1"}), UNIT),
    "onnx, -1..1": Case(".onnx", Variant("symmetric", channels_first=True), TF, CHOSEN),
    "onnx, caffe": Case(".onnx", Variant("caffe"), CAFFE, CHOSEN),
    "onnx, imagenet": Case(".onnx", Variant("imagenet", channels_first=True), InputReading("clip", "rgb"), FEW),
    "onnx, clip, said": Case(".onnx", Variant("clip"), InputReading("clip", "rgb"), (), Reading(pixels="clip")),
    "onnx, 0..1 in BGR, declared": Case(
        ".onnx",
        Variant(
            "unit", bgr=True, facts={"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "Normalized_0_1"}
        ),
        BGR,
    ),
    "onnx, 0..1 in BGR, said": Case(".onnx", Variant("unit", bgr=True), BGR, (), Reading("unit", channels="bgr")),
    "onnx, whole numbers": Case(".onnx", Variant("bytes", kind=TensorProto.UINT8), BYTES),
    "onnx, half precision, 0..1": Case(".onnx", Variant("unit", kind=TensorProto.FLOAT16), UNIT, CHOSEN),
    "onnx, 0..255, alphabetical": Case(".onnx", Variant("bytes", fake_first=True), FAKE_FIRST, CHOSEN),
    "onnx, batches of 1": Case(".onnx", Variant("bytes", batch=1), BYTES),
    "onnx, batches of 16, alphabetical": Case(
        ".onnx", Variant("bytes", batch=16, fake_first=True), FAKE_FIRST, CHOSEN
    ),
    "onnx, two of a softmax, alphabetical": Case(
        ".onnx", Variant("unit", units=2, ending="softmax", fake_first=True), InputReading("unit", "rgb", True), CHOSEN
    ),
    "onnx, two logits": Case(".onnx", Variant("bytes", units=2, ending=None), BYTES),
    "onnx, a row of scores": Case(".onnx", Variant("bytes", shape=()), BYTES),
    "onnx, scores as pictures of 1x1": Case(
        ".onnx", Variant("bytes", units=2, ending="softmax", shape=(2, 1, 1)), BYTES
    ),
    "onnx, further outputs, by name": Case(
        ".onnx", Variant("bytes", further=("features", "logits")), BYTES, output="scores"
    ),
    "onnx, any size": Case(".onnx", Variant("bytes", side=None), BYTES, said=Reading(side=8)),
    "onnx, of no use": Case(".onnx", Variant("bytes", gain=0.0), BYTES, ("hardly tells the classes apart",)),
}


def read(folder, case):
    start_keras()
    path = folder / f"network{case.suffix}"
    (write_onnx if case.suffix == ".onnx" else write_keras)(path, case.variant)
    detector = ForeignDetector(open_near(path, case.output), case.said)
    open_ways = list_ways(case.said, detector.classifier.facts)
    doubts = try_ways(detector, PICTURES, LABELS, 0).doubts if len(open_ways) > 1 else []
    detector.show(detector.ask(PICTURES))
    return detector, doubts


@pytest.mark.parametrize("name", CASES)
def test_a_detector_is_read_rightly_or_the_doubt_is_named(tmp_path, name):
    case = CASES[name]
    detector, doubts = read(tmp_path, case)
    assert detector.way == case.way
    assert len(doubts) == len(case.doubts)
    for doubt, words in zip(doubts, case.doubts, strict=True):
        assert words in doubt
    if case.doubts == CHOSEN:
        # The doubt says by which options it goes.
        usual = usual_way(case.said, detector.classifier.facts)
        assert say(case.way, classes=case.way.fake_first != usual.fake_first) in doubts[0]
        assert say(case.way, pixels=case.way.pixels != usual.pixels) in doubts[0]
    if case.doubts in ((), CHOSEN):
        given = detector.predict_on_batch(PICTURES)[:, 0]
        np.testing.assert_allclose(given, expect(PICTURES), atol=0.02 if "half" in name else 1e-4)


def test_several_outputs_that_may_be_scores_want_to_be_named(tmp_path):
    from pipeline.runtime.errors import TouchstoneError

    path = write_onnx(tmp_path / "several.onnx", Variant(further=("features", "logits")))
    with pytest.raises(TouchstoneError, match="--output NAME"):
        open_near(path)
    with pytest.raises(TouchstoneError, match="no output of this name; it gives scores"):
        open_near(path, "verdict")
