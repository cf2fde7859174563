"""The command ``touchstone``: all verbs, in plain sight.

Verbs import what is heavy inside their functions, so that ``touchstone --help`` stays quick.
"""

import os
from importlib.metadata import version
from typing import Annotated

import typer

from pipeline.parts.command import run_command
from touchstone.compare import compare
from touchstone.convert import convert
from touchstone.cross import cross
from touchstone.diff import diff
from touchstone.doctor import doctor
from touchstone.duplicates import duplicates
from touchstone.evaluate import evaluate
from touchstone.flow import flow
from touchstone.forget import forget
from touchstone.predict import predict
from touchstone.retry import retry
from touchstone.sources import sources
from touchstone.trace import trace
from touchstone.tune import tune
from touchstone.verify import verify
from touchstone.why import why

app = typer.Typer(
    name="touchstone",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

for verb in (
    doctor,
    sources,
    retry,
    duplicates,
    flow,
    compare,
    predict,
    evaluate,
    cross,
    tune,
    convert,
    why,
    trace,
    diff,
    verify,
    forget,
):
    app.command()(verb)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"touchstone {version('touchstone')}")
        raise typer.Exit


@app.callback()
def touchstone(
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")] = False,
    _: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Build datasets of real photographs and AI-generated pictures, and train detectors on them.

    \b
    Examples:
      touchstone doctor                  is everything there that this project needs?
      touchstone sources                 what is collected from where, and what it gave
      touchstone retry animals           try again what could not be fetched
      touchstone duplicates              which pictures are the same, and which of them stayed
      touchstone flow                    how many pictures each stage kept, and the accuracy
      touchstone compare                 all recipes in one table, beside what others report
      touchstone predict photo.jpg       how likely is this picture AI-generated?
      touchstone evaluate detector.onnx --data pictures/ --out measured    measure any detector on any pictures
      touchstone cross four_layer_cnn    train on some sources, test on others
      touchstone tune four_layer_cnn     search for better settings of a recipe
      touchstone convert                 a detector for LiteRT (TensorFlow Lite)
      touchstone why photo.jpg           all that is on file of a picture: where it is from, why it is where it is
      touchstone trace results/four_layer_cnn/model.keras    what a model was made of
      touchstone diff HEAD~1             what changed since, picture by picture
      touchstone verify                  is everything still what was recorded, byte for byte?
      touchstone forget ID --why TEXT    remove a picture for good

    The stages are run by DVC: dvc repro. `touchstone VERB --help` explains a verb.
    """
    if debug:
        os.environ["TOUCHSTONE_DEBUG"] = "1"


def main() -> None:
    """Run the command line."""
    run_command(app)
