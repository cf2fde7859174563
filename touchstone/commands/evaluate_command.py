"""``touchstone evaluate``: measure any detector on any labelled pictures."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipeline.runtime.console import reasons, show_json, show_sentences, show_table

#: Figures in the terminal, by the words for them; those with intervals first.
RANKING = {"ROC-AUC": "roc_auc", "average precision": "average_precision", "equal error rate": "equal_error_rate"}
SHARES = {"balanced accuracy": "balanced_accuracy", "precision": "precision", "recall": "recall", "MCC": "mcc"}

Model = Annotated[Path, typer.Argument(help="The detector: a .keras or an .onnx file.")]
Data = Annotated[Path, typer.Option(help="Labelled pictures: a folder, or a zip.")]
Out = Annotated[Path, typer.Option(help="The folder that figures, report and scores are written to.")]
Real = Annotated[str, typer.Option(help="The name of the folders that photographs lie in.")]
Fake = Annotated[str, typer.Option(help="The name of the folders that generated pictures lie in.")]
Split = Annotated[Literal["train", "val", "test"] | None, typer.Option(help="Only pictures in folders of this name.")]
Validation = Annotated[
    Path | None, typer.Option(help="Other labelled pictures, to set thresholds and the temperature on.")
]
Classes = Annotated[
    Literal["real-fake", "fake-real"],
    typer.Option(help="The order of two outputs; a single one speaks for the second of them."),
]
Outputs = Annotated[
    Literal["auto", "probabilities", "logits"], typer.Option(help="What the outputs are; auto looks at them.")
]
Pixels = Annotated[
    Literal["bytes", "unit", "symmetric", "imagenet", "clip"] | None,
    typer.Option(
        help="What it takes: 0 to 255, 0 to 1, -1 to 1, or normalised as ImageNet's or CLIP's; "
        "if left out, what its file declares, else 0 to 255."
    ),
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
    classes: Classes = "real-fake",
    outputs: Outputs = "auto",
    pixels: Pixels = None,
    size: Size = None,
    threshold: Threshold = None,
    as_json: AsJson = False,
) -> None:
    """Measure a detector, ours or anybody's, on labelled pictures, as the stage evaluate does.

    Folders called REAL and FAKE, at any depth, tell the labels. Pictures are made square as the project around says,
    or squashed with Lanczos' filter. Files that cannot be judged are listed with a reason and stop nothing. The folder
    gets metrics.json, judgement.json, report.html, and files.csv with a line for every file.

    \b
    Examples:
      touchstone evaluate detector.onnx --data pictures/ --out measured
      touchstone evaluate detector.onnx --data cifake.zip --split test --pixels unit --out measured
      touchstone evaluate results/four_layer_cnn/model.keras --data pictures/ --validation others/ --out measured
      touchstone evaluate detector.keras --data set.zip --real nature --fake ai --classes fake-real --out measured
    """
    from touchstone.foreign.evaluation_page import explain_thresholds
    from touchstone.foreign.evaluation_set import LabelledPictures
    from touchstone.foreign.foreign_detector import ForeignDetector, Reading, open_classifier
    from touchstone.foreign.measurement import evaluate_foreign

    reading = Reading(pixels, outputs, classes == "fake-real", size, threshold)
    detector = ForeignDetector(model, open_classifier(model), reading)
    validated = None if validation is None else LabelledPictures(validation, real, fake)
    figures, judgement = evaluate_foreign(detector, out, LabelledPictures(data, real, fake, split), validated)
    if as_json:
        show_json({**figures, "judgement": judgement.to_json()})
    else:
        show_sentences(judgement.sentences)
        _show(out, figures, explain_thresholds(figures))


def _show(out: Path, figures: dict[str, Any], explained: str) -> None:
    model = figures["model"]
    print(f"{model['file']} ({model['format']}) takes {model['size']}x{model['size']} pixels, {model['pixels']}")
    print(f"({model['pixels_from']}); its outputs were read as {model['outputs']}, {model['classes'][1]} the second.")
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
    print(f"Written: {out / 'report.html'}, metrics.json, judgement.json, files.csv.")
