"""``touchstone evaluate``: measure any detector on any labelled pictures."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipeline.runtime.console import clean, reasons, show_json, show_sentences, show_table

#: Figures in the terminal, by the words for them; those with intervals first.
RANKING = {"ROC-AUC": "roc_auc", "average precision": "average_precision", "equal error rate": "equal_error_rate"}
SHARES = {"balanced accuracy": "balanced_accuracy", "precision": "precision", "recall": "recall", "MCC": "mcc"}

Model = Annotated[Path, typer.Argument(help="The detector: a .keras, .onnx or legacy .h5 file.")]
Data = Annotated[Path, typer.Option(help="Labelled pictures: a folder, or a zip.")]
Out = Annotated[Path, typer.Option(help="The folder that figures, report and scores are written to.")]
Real = Annotated[str, typer.Option(help="The name of the folders that photographs lie in.")]
Fake = Annotated[str, typer.Option(help="The name of the folders that generated pictures lie in.")]
Split = Annotated[Literal["train", "val", "test"] | None, typer.Option(help="Only pictures in folders of this name.")]
Validation = Annotated[
    Path | None, typer.Option(help="Other labelled pictures, to set thresholds and the temperature on.")
]
Classes = Annotated[
    Literal["real-fake", "fake-real"] | None,
    typer.Option(
        help="The order of two outputs; a single one speaks for the second of them. Folders in alphabetical order "
        "make fake-real. If left out, it is tried out; where that tells nothing, real-fake."
    ),
]
Output = Annotated[str | None, typer.Option(help="The output with the scores, by name, if there are others.")]
Outputs = Annotated[
    Literal["auto", "probabilities", "logits"], typer.Option(help="What the outputs are; auto looks at them.")
]
Pixels = Annotated[
    Literal["bytes", "unit", "symmetric", "imagenet", "clip", "caffe", "tf", "torch"] | None,
    typer.Option(
        help="What it takes: bytes (0 to 255), unit (0 to 1), symmetric (-1 to 1; Keras' tf), normalised as imagenet "
        "(Keras' torch) or clip, or Keras' caffe (BGR, less ImageNet's mean). If left out, what its file declares, "
        "else it is tried out; where that tells nothing, bytes."
    ),
]
Channels = Annotated[
    Literal["rgb", "bgr"] | None,
    typer.Option(help="The order of colours; if left out, what its file declares, else rgb unless bgr does better."),
]
Timeout = Annotated[
    float, typer.Option(min=1, max=86400, help="Seconds that opening it, and each batch of pictures, may take.")
]
Size = Annotated[int | None, typer.Option(min=8, max=1024, help="Pixels a side, where the model takes any.")]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="From this P(FAKE) on, the verdict is FAKE; else the file's own, else 0.5."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


def evaluate(  # noqa: PLR0913 - what others made takes some words to say
    model: Model,
    *,
    data: Data,
    out: Out,
    real: Real = "REAL",
    fake: Fake = "FAKE",
    split: Split = None,
    validation: Validation = None,
    classes: Classes = None,
    output: Output = None,
    outputs: Outputs = "auto",
    pixels: Pixels = None,
    channels: Channels = None,
    size: Size = None,
    threshold: Threshold = None,
    timeout: Timeout = 30.0,
    as_json: AsJson = False,
) -> None:
    """Measure a detector, ours or anybody's, on labelled pictures, as the stage evaluate does.

    Folders called REAL and FAKE, at any depth, tell the labels. Pictures are made square as the project around says,
    or squashed with Lanczos' filter. Files that cannot be judged are listed with a reason and stop nothing. The folder
    gets metrics.json, judgement.json, report.html, and files.csv with a line for every file.

    What neither its file nor an option declares (pixels, order of classes) is tried out in every way, on up to 50
    pictures of each class: of --validation, or else of the data, and those are then left out of the figures. What is
    usual is kept unless another way does better; either is shown, and what is doubtful is said first.

    The model runs in a process of its own, with bounds on time (--timeout) and memory.

    \b
    Examples:
      touchstone evaluate detector.onnx --data pictures/ --out measured
      touchstone evaluate detector.onnx --data cifake.zip --split test --pixels unit --out measured
      touchstone evaluate results/four_layer_cnn/model.keras --data pictures/ --validation others/ --out measured
      touchstone evaluate detector.keras --data set.zip --real nature --fake ai --classes fake-real --out measured
    """
    from touchstone.foreign.classifier import KERAS_MODES
    from touchstone.foreign.confined_model import open_classifier
    from touchstone.foreign.evaluation_page import explain_thresholds
    from touchstone.foreign.evaluation_set import LabelledPictures
    from touchstone.foreign.foreign_detector import ForeignDetector
    from touchstone.foreign.measurement import evaluate_foreign
    from touchstone.foreign.model_reading import ORDERS, Reading

    scale = None if pixels is None else KERAS_MODES.get(pixels, pixels)
    reading = Reading(scale, channels, outputs, None if classes is None else ORDERS[classes], size, threshold)
    validated = None if validation is None else LabelledPictures(validation, real, fake)
    with open_classifier(model, output, timeout) as classifier:
        figures, judgement = evaluate_foreign(
            ForeignDetector(classifier, reading), out, LabelledPictures(data, real, fake, split), validated
        )
    if as_json:
        show_json({**figures, "judgement": judgement.to_json()})
    else:
        show_sentences(judgement.sentences)
        _show(out, figures, explain_thresholds(figures))


def _show_readings(model: dict[str, Any], left_out: bool) -> None:
    from touchstone.foreign.classifier import PIXELS

    whose = "which are left out of the figures" if left_out else "of those for validation"
    print(f"Ways to read it, on {model['tried_on']} pictures, {whose}:\n")
    rows = [
        (
            "chosen" if row["chosen"] else "",
            f"{PIXELS[row['pixels']].words}{', in BGR' if row['channels'] == 'bgr' else ''}",
            ", ".join(row["classes"]),
            *(f"{row[name]:.3f}" for name in ("roc_auc", "balanced_accuracy", "called_fake")),
        )
        for row in model["readings"]
    ]
    show_table(("", "pixels", "classes", "ROC-AUC>", "balanced accuracy>", "called FAKE>"), rows)
    print()


def _show(out: Path, figures: dict[str, Any], explained: str) -> None:
    from collectors.http.signature import tell_strangers

    model = figures["model"]
    for doubt in model["doubts"]:
        print(f"In doubt: {doubt}")
    named = f"; its output {clean(model['output'])}" if model["output"] else "; its outputs"
    print(f"{model['file']} ({model['format']}) takes {model['size']}x{model['size']} pixels, {model['pixels']}")
    print(f"({model['pixels_from']}){named} read as {model['outputs']}, {model['classes'][1]} the second")
    print(f"({model['classes_from']}).")
    if model["readings"]:
        _show_readings(model, "read-first" in figures["not_judged"])
    print(f"{explained}\n")
    rows = [
        ("accuracy", figures["accuracy"], figures["accuracy_low"], figures["accuracy_high"]),
        *((words, figures[name], *figures["intervals"][name]) for words, name in RANKING.items()),
        *((words, figures[name], None, None) for words, name in SHARES.items()),
    ]
    shown = [(words, *(None if value is None else f"{value:.4f}" for value in values)) for words, *values in rows]
    show_table((f"on {figures['pictures']:,} pictures", "figure>", "95% from>", "to>"), shown)
    print()
    if figures["not_judged"]:
        print(f"Not judged, see files.csv: {reasons(figures['not_judged'])}.")
    if figures["no_pictures"]:
        print(f"{tell_strangers(Counter(figures['no_pictures']))}.")
    print(f"Written: {out / 'report.html'}, metrics.json, judgement.json, files.csv.")
