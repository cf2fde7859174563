"""The command ``touchstone``: all verbs, in plain sight.

Only the verb that is asked for is imported, and what is heavy inside its function, so that answers come at once.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from pipeline.runtime.stage import run_command

#: All verbs, in the order of the help. Each is the function of its name in `touchstone/commands/VERB_command.py`.
VERBS = (
    "doctor",
    "sources",
    "collect",
    "retry",
    "rename",
    "duplicates",
    "flow",
    "compare",
    "predict",
    "evaluate",
    "cross",
    "tune",
    "convert",
    "why",
    "trace",
    "diff",
    "verify",
    "forget",
    "export",
    "rebuild",
    "app",
    "serve",
)


def make_app(verbs: Sequence[str] = VERBS) -> typer.Typer:
    """Make the command line with some verbs."""
    app = typer.Typer(
        name="touchstone",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(touchstone)
    for verb in verbs:
        app.command()(getattr(import_module(f"touchstone.commands.{verb}_command"), verb))
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"touchstone {version('touchstone')}")
        raise typer.Exit


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
      touchstone collect animals --again    search a source once more, and add what is new
      touchstone retry animals           try again what could not be fetched
      touchstone rename animals beasts   another name for a source, which keeps its pictures
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
      touchstone export DIR --to parquet    the pictures, for another library
      touchstone rebuild manifest.parquet DIR    pictures that others exported, fetched anew
      touchstone app                     look at it all in a browser, and check pictures
      touchstone serve                   the same verdicts for other programs, over HTTP

    The stages are run by DVC: dvc repro. `touchstone VERB --help` explains a verb.
    """
    if debug:
        os.environ["TOUCHSTONE_DEBUG"] = "1"


def main() -> None:
    """Run the command line."""
    asked = next((word for word in sys.argv[1:] if word != "--debug"), None)
    # One verb is imported and set up in a third of the time of all.
    run_command(make_app([asked] if asked in VERBS else VERBS))
